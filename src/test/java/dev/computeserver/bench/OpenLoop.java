package dev.computeserver.bench;

import java.util.concurrent.locks.LockSupport;

/**
 * Sends on a fixed schedule whatever the answers do. Who measures from the scheduled time, not from the sending, also
 * counts what a slow server kept waiting.
 */
final class OpenLoop {

  /** Sends one request without blocking. */
  interface Send {
    void at(int index, long scheduledMicros);
  }

  private static final long MICROS_PER_SECOND = 1_000_000;

  private OpenLoop() {
  }

  /** Calls {@code send} {@code count} times, {@code perSecond} a second, on this thread, and returns after the last. */
  static void run(int perSecond, int count, Send send) {
    long start = MicroClock.now();
    for (int index = 0; index < count; index++) {
      long scheduled = start + index * MICROS_PER_SECOND / perSecond;
      for (long now = MicroClock.now(); now < scheduled; now = MicroClock.now()) {
        LockSupport.parkNanos((scheduled - now) * 1000);
      }
      send.at(index, scheduled);
    }
  }
}
