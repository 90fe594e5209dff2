package dev.computeserver.outbound;

import io.netty.handler.codec.DateFormatter;
import io.vertx.core.MultiMap;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * For how long a server asks to be left alone: in seconds, as a length with its units, or until a time in any of the forms that HTTP
 * and its users have.
 */
public final class RetryAfter {
  private static final Pattern MILLIS = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");
  private static final Pattern NUMBER = Pattern.compile("\\+?(" + TimeSpan.NUMBER + ")");
  /** What some put around it: quotes, parameters behind it, "in" before it. */
  private static final Pattern AROUND = Pattern.compile("^[\"']|[\"']?\\s{0,9}(?:;.*)?$|^in\\s+", Pattern.CASE_INSENSITIVE);
  private static final Pattern ZONE = Pattern.compile(".*[+-]\\d{4}");
  private static final Pattern ISO = Pattern.compile("(\\d{4}-\\d{2}-\\d{2})[Tt ](\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?)([Zz]|[+-]\\d{2}:\\d{2})?");
  /** A number this near to now is a time: as a length it would be decades. */
  private static final Duration NEAR = Duration.ofDays(1);

  private RetryAfter() {
  }

  /** What the headers of a reply say, in a form that {@link #of} reads; null where they say nothing that it does. */
  public static String in(MultiMap headers) {
    String millis = headers.get("Retry-After-Ms");
    if (millis != null && MILLIS.matcher(millis.trim()).matches()) {
      return new BigDecimal(millis.trim()).movePointLeft(3).stripTrailingZeros().toPlainString();
    }
    String said = headers.get("Retry-After");
    // By the server's own clock, where it tells: ours may go differently.
    Optional<Instant> sent = sent(headers);
    return of(said, sent.orElse(Instant.EPOCH)).map(length -> sent.isEmpty() ? said : seconds(length)).orElse(null);
  }

  /** When a reply was sent, by the clock of who sent it; empty where it does not tell. */
  public static Optional<Instant> sent(MultiMap headers) {
    return Optional.ofNullable(date(headers.get("Date"))).map(Date::toInstant);
  }

  /** Of several that are joined by commas the longest; empty where it is none of the forms, and zero for a time that has gone by. */
  public static Optional<Duration> of(String said, Instant now) {
    String bare = said == null ? "" : AROUND.matcher(said.trim()).replaceAll("");
    Optional<Duration> one = one(bare, now);
    if (one.isPresent() || bare.indexOf(',') < 0) {
      return one;
    }
    List<Optional<Duration>> all = Stream.of(bare.split(",")).map(each -> one(each.trim(), now)).toList();
    return all.stream().allMatch(Optional::isPresent) ? all.stream().map(Optional::get).max(Duration::compareTo) : Optional.empty();
  }

  /** A length as {@link #of} reads it: in seconds, to the millisecond. */
  public static String seconds(Duration length) {
    return BigDecimal.valueOf(length.toMillis(), 3).stripTrailingZeros().toPlainString();
  }

  private static Optional<Duration> one(String text, Instant now) {
    if (NUMBER.matcher(text).matches()) {
      String number = text.startsWith("+") ? text.substring(1) : text;
      return Optional.of(epoch(number, now).map(until -> left(now, until)).orElseGet(() -> TimeSpan.ofSeconds(number)));
    }
    return TimeSpan.of(text).or(() -> time(text).map(until -> left(now, until)));
  }

  private static Duration left(Instant now, Instant until) {
    Duration left = Duration.between(now, until);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** In seconds or milliseconds since 1970. */
  private static Optional<Instant> epoch(String number, Instant now) {
    BigDecimal millis = new BigDecimal(number);
    return Stream.of(millis.movePointRight(3), millis).map(BigDecimal::longValue).map(Instant::ofEpochMilli)
        .filter(time -> Duration.between(now, time).abs().compareTo(NEAR) < 0).findFirst();
  }

  /** A time in one of HTTP's forms, with its zone in digits, or as in ISO 8601, in UTC where it has no zone. */
  private static Optional<Instant> time(String text) {
    Matcher iso = ISO.matcher(text);
    if (!iso.matches()) {
      return Optional.ofNullable(date(text)).map(Date::toInstant);
    }
    String zone = iso.group(3) == null ? "Z" : iso.group(3);
    return parsed(DateTimeFormatter.ISO_OFFSET_DATE_TIME, iso.group(1) + "T" + iso.group(2) + zone);
  }

  private static Date date(String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    return ZONE.matcher(text.trim()).matches() ? parsed(DateTimeFormatter.RFC_1123_DATE_TIME, text.trim()).map(Date::from).orElse(null)
        : DateFormatter.parseHttpDate(text.trim());
  }

  private static Optional<Instant> parsed(DateTimeFormatter form, String text) {
    try {
      return Optional.of(Instant.from(form.parse(text)));
    } catch (DateTimeException none) {
      return Optional.empty();
    }
  }
}
