package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PausesTest {
  private static final ProviderConfig.Polling POLLING = new ProviderConfig.Polling(500, 250, 30_000);
  private static final Settings.Tasks RULES = new Settings.Tasks(3_600, 3, 60, 1_000, 60_000, 30);

  @ParameterizedTest
  @CsvSource({"0,0,1,250", "10000,0,1,1000", "3600000,0,1,30000", "0,0,1000,2000", "0,1,1,500", "0,3,1,2000", "0,100,1,30000", "0,0,100000,30000"})
  void looksLessOftenTheLongerItTakesTheMoreJobsWaitAndTheMoreLooksFail(long elapsed, int failures, int waiting, long pause) {
    assertEquals(pause, Pauses.betweenLooks(elapsed, failures, waiting, POLLING));
  }

  @ParameterizedTest
  @CsvSource({"500,2,2000", "5000,2,5000", "500,99999,300000", "500,,500", "500,soon,500", "500,0.7,700",
      "500,'Wed, 21 Oct 2026 07:28:09 GMT',9000"})
  void looksNoSoonerThanTheProviderAsks(long pause, String asked, long longer) {
    assertEquals(longer, Pauses.atLeast(pause, asked, Instant.parse("2026-10-21T07:28:00Z")));
  }

  @Test
  void growsTwofoldWithJitterUpToTheLongest() {
    for (int times = 0; times < 40; times++) {
      long whole = Math.min(60_000, 1_000L << Math.min(times, 20));
      long pause = Pauses.growing(times, RULES);
      assertTrue(pause >= whole / 2 && pause <= whole, times + " times: " + pause);
    }
  }
}
