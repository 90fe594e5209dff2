package dev.computeserver.outbound;

import io.netty.handler.codec.DateFormatter;
import io.vertx.core.MultiMap;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.regex.Pattern;

/** For how long a server asks to be left alone: in seconds, in milliseconds, or until a date in any of the forms that HTTP has. */
public final class RetryAfter {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");

  private RetryAfter() {
  }

  /** What the headers of a reply say, in a form that {@link #of} reads; null where they say nothing. */
  public static String in(MultiMap headers) {
    String millis = headers.get("Retry-After-Ms");
    if (millis != null && NUMBER.matcher(millis.trim()).matches()) {
      return new BigDecimal(millis.trim()).movePointLeft(3).toPlainString();
    }
    String said = headers.get("Retry-After");
    Date until = date(said);
    Date sent = date(headers.get("Date"));
    // By the server's own clock, where it tells: ours may go differently.
    return until == null || sent == null ? said : String.valueOf(Math.max(0, (until.getTime() - sent.getTime()) / 1_000));
  }

  /** Seconds, with or without a fraction, or an HTTP date; empty where it is neither, and zero for a date that has gone by. */
  public static Optional<Duration> of(String said, Instant now) {
    if (said != null && NUMBER.matcher(said.trim()).matches()) {
      return Optional.of(Duration.ofNanos(new BigDecimal(said.trim()).movePointRight(9).longValue()));
    }
    return Optional.ofNullable(date(said)).map(until -> Duration.between(now, until.toInstant()))
        .map(left -> left.isNegative() ? Duration.ZERO : left);
  }

  private static Date date(String text) {
    return text == null || text.isBlank() ? null : DateFormatter.parseHttpDate(text.trim());
  }
}
