package dev.computeserver.task;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private static final Duration LIFE = Duration.ofSeconds(100);

  private final Lease lease = new Lease(LIFE);

  @Test
  void aLateAnswerToAnEarlierBeatDoesNotShortenIt() {
    long now = System.nanoTime();
    lease.renewed(now);
    lease.renewed(now - LIFE.toNanos());
    assertTrue(lease.holds());
  }

  @Test
  void itEndsBeforeOthersMayTakeOver() {
    assertFalse(new Lease(Duration.ZERO).holds());
  }
}
