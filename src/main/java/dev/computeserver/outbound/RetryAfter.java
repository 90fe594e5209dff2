package dev.computeserver.outbound;

import io.netty.handler.codec.DateFormatter;
import io.vertx.core.MultiMap;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** For how long a server asks to be left alone: in seconds, in milliseconds, or until a date in any of the forms that HTTP has. */
public final class RetryAfter {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");
  /** As some write it: with its unit, once more behind a comma where a proxy has joined two headers, or with more digits than make sense. */
  private static final Pattern SECONDS = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)\\s*(?:s|sec|seconds)?(?:, \\1)?");
  private static final BigDecimal MOST_SECONDS = BigDecimal.valueOf(TimeUnit.DAYS.toSeconds(36_500));
  private static final Pattern ZONE = Pattern.compile(".*[+-]\\d{4}");

  private RetryAfter() {
  }

  /** What the headers of a reply say, in a form that {@link #of} reads; null where they say nothing. */
  public static String in(MultiMap headers) {
    String millis = headers.get("Retry-After-Ms");
    if (millis != null && NUMBER.matcher(millis.trim()).matches()) {
      return new BigDecimal(millis.trim()).movePointLeft(3).stripTrailingZeros().toPlainString();
    }
    String said = headers.get("Retry-After");
    Date until = date(said);
    Date sent = date(headers.get("Date"));
    // By the server's own clock, where it tells: ours may go differently.
    return until == null || sent == null ? said : String.valueOf(Math.max(0, (until.getTime() - sent.getTime()) / 1_000));
  }

  /** Seconds, with or without a fraction, or an HTTP date; empty where it is neither, and zero for a date that has gone by. */
  public static Optional<Duration> of(String said, Instant now) {
    Matcher seconds = SECONDS.matcher(said == null ? "" : said.trim());
    if (seconds.matches()) {
      return Optional.of(Duration.ofNanos(new BigDecimal(seconds.group(1)).min(MOST_SECONDS).movePointRight(9).longValue()));
    }
    return Optional.ofNullable(date(said)).map(until -> Duration.between(now, until.toInstant()))
        .map(left -> left.isNegative() ? Duration.ZERO : left);
  }

  private static Date date(String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    if (!ZONE.matcher(text.trim()).matches()) {
      return DateFormatter.parseHttpDate(text.trim());
    }
    try {
      return Date.from(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text.trim())));
    } catch (DateTimeException none) {
      return null;
    }
  }
}
