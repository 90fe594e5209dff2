package dev.computeserver.bench;

import java.time.Instant;

/** Wall-clock time in microseconds since 1970: the one clock that two processes of one machine share. */
final class MicroClock {

  private MicroClock() {
  }

  static long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000L + now.getNano() / 1_000L;
  }
}
