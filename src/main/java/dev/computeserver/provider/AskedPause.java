package dev.computeserver.provider;

import dev.computeserver.outbound.RetryAfter;
import dev.computeserver.outbound.TimeSpan;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The pauses that providers tell otherwise than {@code Retry-After} does; given as that has them, in seconds, or null. */
final class AskedPause {
  private static final List<String> RESETS = List.of("RateLimit", "RateLimit-Reset", "X-RateLimit-Reset");
  /** As in {@code "api";r=0;t=55}. */
  private static final Pattern LEFT = Pattern.compile(".*;\\s*t=(\\d{1,5}).*");
  /** As in "Please try again in 20s" or "Expected available in 1 second". */
  private static final Pattern WORDS = Pattern.compile("(?i)\\b(?:again|retry|retrying|available|resets?|wait|timed out|try)(?: (?:in|after|for|at least|about)){0,2} ~?("
      + TimeSpan.PATTERN + ")");
  /** The longest window of a limit is a month; what seems longer is a time by an unknown clock. */
  private static final Duration LONGEST = Duration.ofDays(31);
  private static final int MOST_TEXT = 1_000;

  private AskedPause() {
  }

  /**
   * How long until the last of the windows that are used up begins anew, or where none is said to be, the first of all.
   *
   * @param remaining name of the header with what is left of a window, in which {@code %s} stands for the kind
   * @param reset the same of the header that says when it begins anew: {@code 6m0s}, a time as in RFC 3339, or seconds since 1970
   */
  static String untilReset(Reply reply, String remaining, String reset, String... kinds) {
    List<String> used = Arrays.stream(kinds).filter(kind -> "0".equals(reply.headers().get(remaining.formatted(kind)))).toList();
    Stream<Duration> pauses = (used.isEmpty() ? Arrays.stream(kinds) : used.stream())
        .map(kind -> until(reply, reply.headers().get(reset.formatted(kind)))).filter(Objects::nonNull);
    return (used.isEmpty() ? pauses.min(Duration::compareTo) : pauses.max(Duration::compareTo)).map(RetryAfter::seconds).orElse(null);
  }

  /** When a limit is reset, as the usual headers tell it. */
  static String untilReset(Reply reply) {
    return RESETS.stream().map(reply.headers()::get).filter(Objects::nonNull)
        .map(told -> until(reply, LEFT.matcher(told).replaceFirst("$1"))).filter(Objects::nonNull).findFirst().map(RetryAfter::seconds).orElse(null);
  }

  /** What an error asks for in its own words. */
  static String inWords(Reply reply) {
    Matcher words = WORDS.matcher(reply.text(MOST_TEXT));
    return reply.ok() || !words.find() ? null : TimeSpan.of(words.group(1)).map(RetryAfter::seconds).orElse(null);
  }

  /** How long from the reply's own date to a time, or how long a duration is; null where it is neither or no time is left. */
  static Duration until(Reply reply, String told) {
    Instant sent = RetryAfter.sent(reply.headers()).orElse(Instant.EPOCH);
    return RetryAfter.of(told, sent).filter(left -> !left.isZero() && left.compareTo(LONGEST) <= 0).orElse(null);
  }
}
