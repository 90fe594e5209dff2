package dev.computeserver.task;

import java.time.Instant;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Writes an event's number, which is microseconds since 1970 in the order of commits, as a UUID of version 7 and back.
 * The text sorts as the number does.
 */
public final class EventId {
  private static final long VARIANT = 1L << 63;

  private EventId() {
  }

  /** The number as clients see it. */
  public static String text(long id) {
    return new UUID((id / 1_000) << 16 | 0x7000 | (id % 1_000) << 2, VARIANT).toString();
  }

  /** The number behind a text, or empty where the text is no event id. */
  public static OptionalLong parse(String text) {
    return TaskId.parse(text).map(id -> {
      long high = id.getMostSignificantBits();
      long micros = (high & 0xfff) >>> 2;
      boolean ours = (high & 0xf003) == 0x7000 && micros < 1_000 && id.getLeastSignificantBits() == VARIANT;
      return ours ? OptionalLong.of((high >>> 16) * 1_000 + micros) : OptionalLong.empty();
    }).orElse(OptionalLong.empty());
  }

  /** When the event happened. */
  public static Instant time(long id) {
    return Instant.ofEpochMilli(id / 1_000);
  }

  /** The smallest number of a time. */
  public static long floor(Instant time) {
    return time.toEpochMilli() * 1_000;
  }
}
