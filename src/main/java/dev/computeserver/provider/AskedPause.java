package dev.computeserver.provider;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The pauses that providers tell otherwise than {@code Retry-After} does; given as that has them, in seconds, or null. */
final class AskedPause {
  private static final Pattern PARTS = Pattern.compile("(?:(\\d{1,3})h)?(?:(\\d{1,5})m(?!s))?(?:(\\d{1,6}(?:\\.\\d{1,9})?)s)?(?:(\\d{1,9}(?:\\.\\d{1,9})?)ms)?");

  private AskedPause() {
  }

  /**
   * How long until the last of the windows that are used up begins anew.
   *
   * @param remaining name of the header with what is left of a window, in which {@code %s} stands for the kind
   * @param reset the same of the header that says when it begins anew: {@code 6m0s}, a time as in RFC 3339, or seconds since 1970
   */
  static String untilReset(Reply reply, String remaining, String reset, String... kinds) {
    return Arrays.stream(kinds)
        .filter(kind -> "0".equals(reply.headers().get(remaining.formatted(kind))))
        .map(kind -> until(reply, reply.headers().get(reset.formatted(kind))))
        .filter(Objects::nonNull).max(Duration::compareTo).map(AskedPause::seconds).orElse(null);
  }

  /** How long from the reply's own date to a time, or how long a duration is; null where it is neither or no time is left. */
  static Duration until(Reply reply, String told) {
    Matcher parts = PARTS.matcher(told == null ? "" : told);
    Duration left;
    if (parts.matches()) {
      left = Duration.ofNanos((long) (1e9 * (3_600 * part(parts, 1) + 60 * part(parts, 2) + part(parts, 3)) + 1e6 * part(parts, 4)));
    } else {
      Instant now = instant(reply.headers().get("Date"));
      Instant then = instant(told);
      left = now == null || then == null ? Duration.ZERO : Duration.between(now, then);
    }
    return left.isNegative() || left.isZero() ? null : left;
  }

  private static double part(Matcher parts, int group) {
    return parts.group(group) == null ? 0 : Double.parseDouble(parts.group(group));
  }

  private static Instant instant(String told) {
    if (told == null) {
      return null;
    }
    if (told.matches("\\d{1,12}")) {
      return Instant.ofEpochSecond(Long.parseLong(told));
    }
    return Stream.of(DateTimeFormatter.ISO_OFFSET_DATE_TIME, DateTimeFormatter.RFC_1123_DATE_TIME)
        .map(format -> parsed(told, format)).filter(Objects::nonNull).findFirst().orElse(null);
  }

  private static Instant parsed(String told, DateTimeFormatter format) {
    try {
      return ZonedDateTime.parse(told, format).toInstant();
    } catch (DateTimeException other) {
      return null;
    }
  }

  static String seconds(Duration pause) {
    long millis = pause.toMillis();
    return millis % 1_000 == 0 ? String.valueOf(millis / 1_000) : String.valueOf(millis / 1_000.0);
  }
}
