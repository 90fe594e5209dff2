package dev.computeserver.callback;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * One header with time and signature, such as {@code t=1793613600,v0=ab12...}: the hexadecimal HMAC-SHA256 over
 * {@code time.body}.
 *
 * @param header its name
 * @param tolerance how far from now the time may be
 */
public record TimedHmac(String header, Duration tolerance, Source source) implements Scheme {

  @Override
  public Verdict judge(Signed callback, Keys keys, Instant now) {
    String[] parts = callback.header(header) == null ? new String[0] : callback.header(header).split(",");
    String time = Arrays.stream(parts).map(String::trim).filter(part -> part.startsWith("t=")).map(part -> part.substring(2)).findFirst().orElse("");
    if (!Scheme.near(time, now, tolerance)) {
      return Verdict.FORGED;
    }
    if (callback.body() == null) {
      return Verdict.UNKNOWN;
    }
    byte[] key = keys.secret().reveal().getBytes(StandardCharsets.UTF_8);
    String right = "v0=" + HexFormat.of().formatHex(HmacSha256.of(key, time + ".", callback.body()));
    return Arrays.stream(parts).anyMatch(part -> HmacSha256.equal(right, part.trim())) ? Verdict.GENUINE : Verdict.FORGED;
  }
}
