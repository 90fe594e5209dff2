package dev.computeserver.callback;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * HMAC-SHA256 in a header, as most providers sign: at first hexadecimal and over the body alone, the rest by the methods below. Of several
 * signatures with commas between, as after a change of the secret, one must fit.
 */
public final class Hmac implements Scheme {
  private static final String TIME_INSIDE = "t=";

  private final String header;
  private final Source source;
  private String prefix = "";
  private boolean base64;
  private Duration tolerance;
  private String timeHeader;
  private String bareHeader;

  /** @param header with the signature */
  public Hmac(String header, Source source) {
    this.header = header;
    this.source = source;
  }

  /** What stands before the signature's digits, such as {@code sha256=} or {@code v1=}. */
  public Hmac prefixed(String text) {
    prefix = text;
    return this;
  }

  /** The signature is in base64. */
  public Hmac base64() {
    base64 = true;
    return this;
  }

  /** The signature is over {@code time.body}; the time, in seconds since 1970, has a header of its own and is no further from now. */
  public Hmac timedBy(String headerOfTime, Duration most) {
    timeHeader = headerOfTime;
    tolerance = most;
    return this;
  }

  /** The same with the time beside the signature, such as {@code t=1793613600,v0=ab12...}. */
  public Hmac timedInside(Duration most) {
    return timedBy(null, most);
  }

  /**
   * Where the provider's own texts contradict each other: the bare secret is taken, too, there or in this header, since only who has it can
   * send it. A callback with neither header tells nothing then, and is not forged.
   */
  public Hmac orBareIn(String headerOfSecret) {
    bareHeader = headerOfSecret;
    return this;
  }

  @Override
  public Source source() {
    return source;
  }

  @Override
  public Verdict judge(Signed callback, Keys keys, Instant now) {
    String given = callback.header(header);
    String secret = keys.secret().reveal();
    if (bareHeader != null) {
      String bare = callback.header(bareHeader);
      if (given == null && bare == null) {
        return Verdict.UNKNOWN;
      }
      if (bare != null && HmacSha256.equal(secret, bare) || given != null && HmacSha256.equal(secret, given)) {
        return Verdict.GENUINE;
      }
    }
    if (given == null) {
      return Verdict.FORGED;
    }
    String[] parts = given.split(",");
    String time = tolerance == null ? null : timeHeader == null ? inside(parts) : callback.header(timeHeader);
    if (tolerance != null && (time == null || !Scheme.near(time, now, tolerance))) {
      return Verdict.FORGED;
    }
    if (callback.body() == null) {
      return Verdict.UNKNOWN;
    }
    byte[] mac = HmacSha256.of(secret.getBytes(StandardCharsets.UTF_8), time == null ? "" : time + ".", callback.body());
    String right = prefix + (base64 ? Base64.getEncoder().encodeToString(mac) : HexFormat.of().formatHex(mac));
    return Arrays.stream(parts).anyMatch(part -> HmacSha256.equal(right, part.trim())) ? Verdict.GENUINE : Verdict.FORGED;
  }

  private static String inside(String[] parts) {
    return Arrays.stream(parts).map(String::trim).filter(part -> part.startsWith(TIME_INSIDE)).map(part -> part.substring(TIME_INSIDE.length()))
        .findFirst().orElse(null);
  }
}
