package dev.computeserver.task;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Makes and reads UUIDs of version 7 (RFC 9562), which sort by the time they were made at. */
public final class TaskId {
  private static final AtomicLong LAST = new AtomicLong();

  private TaskId() {
  }

  /** A new id, later than every other that this process has made. */
  public static UUID next() {
    long now = System.currentTimeMillis() << 12;
    long stamp = LAST.updateAndGet(last -> Math.max(last + 1, now));
    return new UUID((stamp >>> 12) << 16 | 0x7000 | stamp & 0xfff, 1L << 63 | ThreadLocalRandom.current().nextLong() >>> 2);
  }

  /** The time in an id, to the millisecond. */
  public static Instant time(UUID id) {
    return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
  }

  /** The smallest id of a time: every id made at or after it is not smaller. */
  public static UUID floor(Instant time) {
    return new UUID(Math.max(0, time.toEpochMilli()) << 16 | 0x7000, 1L << 63);
  }

  /** The id that a text names, or empty where it is none. */
  public static Optional<UUID> parse(String text) {
    try {
      return text != null && text.length() == 36 ? Optional.of(UUID.fromString(text)) : Optional.empty();
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
