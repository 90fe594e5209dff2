package dev.computeserver.provider;

import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import dev.computeserver.outbound.RetryAfter;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next request. */
public final class Pauses {
  private static final int LOOKS_PER_SECOND = 500;
  private static final long MOST_RETRY_AFTER_MILLIS = 300_000;

  private Pauses() {
  }

  /**
   * A tenth of the time that the job has taken so far, so that waiting costs little however long it takes; longer while many
   * jobs are waited for, so that all of them together are looked at {@value #LOOKS_PER_SECOND} times a second at most; and
   * longer after failures. Never longer than {@code polling.max_ms}.
   */
  static long betweenLooks(long elapsed, int failures, int waiting, ProviderConfig.Polling polling) {
    long pause = Math.max(Math.max(polling.minMs(), elapsed / 10), waiting * 1_000L / LOOKS_PER_SECOND);
    pause = failures == 0 ? pause : Math.max(pause, 500L << Math.min(failures - 1, 10));
    return Math.min(pause, polling.maxMs());
  }

  /** A pause, or a longer one where the provider asks for it: in seconds or until a date, {@value #MOST_RETRY_AFTER_MILLIS} ms at most. */
  static long atLeast(long pause, String retryAfter, Instant now) {
    long asked = RetryAfter.of(retryAfter, now).map(Duration::toMillis).orElse(0L);
    return Math.max(pause, Math.min(MOST_RETRY_AFTER_MILLIS, asked));
  }

  /** {@code retry_first_ms}, doubled each time up to {@code retry_max_ms}, of which a random half to the whole. */
  public static long growing(int times, Settings.Tasks rules) {
    long pause = Math.min(rules.retryMaxMs(), (long) rules.retryFirstMs() << Math.min(times, 20));
    return pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
  }
}
