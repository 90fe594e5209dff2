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
      "1 second,1000", "5 secs,5000", "2 sec.,2000", "5 S,5000", "1m,60000", "1m30s,90000", "2h,7200000", "8h,28800000", "5 minutes,300000", "5000ms,5000", "1 min 5 s,65000",
      "'\"5\"',5000", "5;,5000", "5; comment=busy,5000", "'5, 10',10000", "'1,5',5000", "'30s, 30',30000", "in 5 seconds,5000", "+5,5000", ".5,500", "5.,5000",
      "1.123456789012345,1123", "PT60S,60000", "PT1M30.5S,90500",
      "1994-11-06T08:49:37Z,7000", "1994-11-06T08:49:37.250Z,7250", "1994-11-06T10:49:37+02:00,7000", "1994-11-06 08:49:37,7000", "1994-11-06T08:49:00Z,0",
      "784111777,7000", "784111777.5,7500", "784111777000,7000", "784111700,0",
      "'Sun, 06 Nov 1994 10:49:37 +0200',7000",
      "'Sun, 06 Nov 1994 08:49:37 GMT',7000", "'Sunday, 06-Nov-94 08:49:37 GMT',7000", "Sun Nov  6 08:49:37 1994,7000",
      "'Sun, 06 Nov 1994 08:49:00 GMT',0"})
  void everyFormIsRead(String said, long millis) {
    assertEquals(Optional.of(millis), RetryAfter.of(said, NOW).map(Duration::toMillis));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "soon", "-1", "1e9", "1, soon", "8x", "PT-5S", "P", "PTS", "2026-13-01T00:00:00Z", "Infinity", "NaN", "Sun, 06 Nov", "08:49:37"})
  void anOddWishIsNone(String said) {
    assertEquals(Optional.empty(), RetryAfter.of(said, NOW));
  }

  @Test
  void millisecondsAreTheExacterForm() {
    assertEquals("0.25", RetryAfter.in(headers("Retry-After", "1", "retry-after-ms", "250")));
    assertEquals("1", RetryAfter.in(headers("Retry-After", "1", "Retry-After-Ms", "soon")));
    assertNull(RetryAfter.in(headers()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Fri, 01 Jan 2038 00:00:09 GMT", "2038-01-01T00:00:09Z", "2145916809", "2145916809000"})
  void aTimeOfAnyFormIsTakenByTheClockOfWhoSentIt(String until) {
    assertEquals("9", RetryAfter.in(headers("Date", "Fri, 01 Jan 2038 00:00:00 GMT", "Retry-After", until)));
  }

  @Test
  void whatCannotBeReadIsNotTold() {
    assertNull(RetryAfter.in(headers("Retry-After", "soon")));
    assertNull(RetryAfter.in(headers("Retry-After", "soon", "Date", "Fri, 01 Jan 2038 00:00:00 GMT")));
  }

  @Test
  void aDateIsTakenByTheClockOfWhoSentIt() {
    String said = RetryAfter.in(headers("Date", "Fri, 01 Jan 2038 00:00:00 GMT", "Retry-After", "Fri, 01 Jan 2038 00:00:09 GMT"));
    assertEquals(Optional.of(Duration.ofSeconds(9)), RetryAfter.of(said, NOW));
  }
}
