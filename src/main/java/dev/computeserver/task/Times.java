package dev.computeserver.task;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Times as clients see them. */
public final class Times {
  private static final DateTimeFormatter MILLIS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private Times() {
  }

  /** RFC 3339 in UTC with milliseconds; null stays null. */
  public static String text(Instant time) {
    return time == null ? null : MILLIS.format(time);
  }
}
