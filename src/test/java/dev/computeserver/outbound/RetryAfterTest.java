package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.MultiMap;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
  private static final Instant NOW = Instant.parse("1994-11-06T08:49:30Z");

  private static MultiMap headers(String... namesAndValues) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return headers;
  }

  @ParameterizedTest
  @CsvSource({"0,0", "2,2000", "' 2 ',2000", "2.5,2500", "0.05,50", "86400,86400000", "999999999,999999999000", "12345678901234,3153600000000", "8s,8000", "'8, 8',8000",
      "'Sun, 06 Nov 1994 10:49:37 +0200',7000",
      "'Sun, 06 Nov 1994 08:49:37 GMT',7000", "'Sunday, 06-Nov-94 08:49:37 GMT',7000", "Sun Nov  6 08:49:37 1994,7000",
      "'Sun, 06 Nov 1994 08:49:00 GMT',0"})
  void everyFormIsRead(String said, long millis) {
    assertEquals(Optional.of(Duration.ofMillis(millis)), RetryAfter.of(said, NOW));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "soon", "-1", "1e9", "1,5", "1, 5", "8h", "Infinity", "NaN", "Sun, 06 Nov", "08:49:37"})
  void anOddWishIsNone(String said) {
    assertEquals(Optional.empty(), RetryAfter.of(said, NOW));
  }

  @Test
  void millisecondsAreTheExacterForm() {
    assertEquals("0.25", RetryAfter.in(headers("Retry-After", "1", "retry-after-ms", "250")));
    assertEquals("1", RetryAfter.in(headers("Retry-After", "1", "Retry-After-Ms", "soon")));
    assertNull(RetryAfter.in(headers()));
  }

  @Test
  void aDateIsTakenByTheClockOfWhoSentIt() {
    String said = RetryAfter.in(headers("Date", "Fri, 01 Jan 2038 00:00:00 GMT", "Retry-After", "Fri, 01 Jan 2038 00:00:09 GMT"));
    assertEquals(Optional.of(Duration.ofSeconds(9)), RetryAfter.of(said, NOW));
  }
}
