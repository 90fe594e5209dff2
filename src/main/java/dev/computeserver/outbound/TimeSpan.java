package dev.computeserver.outbound;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A length of time as servers write it: {@code 20s}, {@code 1m30s}, {@code 250ms}, {@code 5 seconds}, {@code PT1M}. */
public final class TimeSpan {
  static final String NUMBER = "(?:\\d{1,18}(?:\\.\\d{0,20})?|\\.\\d{1,20})";
  private static final String UNIT = "(?:ms|msecs?|millis|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])";
  /** One, to look for within a text; a number alone is none. */
  public static final String PATTERN = "(?i:(?:" + NUMBER + "\\s{0,3}" + UNIT + "[\\s.]{0,3})+)";

  private static final Pattern PART = Pattern.compile("(?i)(" + NUMBER + ")\\s{0,3}(" + UNIT + ")");
  private static final Pattern WHOLE = Pattern.compile(PATTERN);
  private static final BigDecimal MOST_NANOS = BigDecimal.valueOf(TimeUnit.DAYS.toNanos(36_500));

  private TimeSpan() {
  }

  /** The length that the whole text tells, a hundred years at most; empty where it is something else, as a number without a unit is. */
  public static Optional<Duration> of(String text) {
    String told = text.trim();
    if (told.startsWith("P")) {
      return iso(told);
    }
    if (!WHOLE.matcher(told).matches()) {
      return Optional.empty();
    }
    BigDecimal nanos = BigDecimal.ZERO;
    for (Matcher part = PART.matcher(told); part.find();) {
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(nanosIn(part.group(2).toLowerCase(Locale.ROOT)))));
    }
    return Optional.of(ofNanos(nanos));
  }

  static Duration ofSeconds(String number) {
    return ofNanos(new BigDecimal(number).movePointRight(9));
  }

  private static Duration ofNanos(BigDecimal nanos) {
    return Duration.ofNanos(nanos.min(MOST_NANOS).longValue());
  }

  private static Optional<Duration> iso(String told) {
    try {
      return Optional.of(Duration.parse(told)).filter(span -> !span.isNegative());
    } catch (DateTimeParseException none) {
      return Optional.empty();
    }
  }

  private static long nanosIn(String unit) {
    return unit.startsWith("ms") || unit.startsWith("mil") ? 1_000_000 : switch (unit.charAt(0)) {
      case 's' -> TimeUnit.SECONDS.toNanos(1);
      case 'm' -> TimeUnit.MINUTES.toNanos(1);
      case 'h' -> TimeUnit.HOURS.toNanos(1);
      default -> TimeUnit.DAYS.toNanos(1);
    };
  }
}
