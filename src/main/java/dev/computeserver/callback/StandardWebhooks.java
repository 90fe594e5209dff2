package dev.computeserver.callback;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;

/**
 * The Standard Webhooks specification with a secret: {@code webhook-signature} holds {@code v1,} and the base64 of the
 * HMAC-SHA256 over {@code id.timestamp.body}, once for each secret that is valid now.
 */
public record StandardWebhooks(Source source) implements Scheme {
  private static final Duration TOLERANCE = Duration.ofSeconds(300);
  private static final String PREFIX = "whsec_";

  @Override
  public Verdict judge(Signed callback, Keys keys, Instant now) {
    String id = callback.header("webhook-id");
    String time = callback.header("webhook-timestamp");
    String signatures = callback.header("webhook-signature");
    if (id == null || time == null || signatures == null || !Scheme.near(time, now, TOLERANCE)) {
      return Verdict.FORGED;
    }
    if (callback.body() == null) {
      return Verdict.UNKNOWN;
    }
    byte[] mac = HmacSha256.of(key(keys.secret().reveal()), id + "." + time + ".", callback.body());
    String right = "v1," + Base64.getEncoder().encodeToString(mac);
    boolean fits = Arrays.stream(signatures.split(" ")).anyMatch(given -> HmacSha256.equal(right, given));
    return fits ? Verdict.GENUINE : Verdict.FORGED;
  }

  private static byte[] key(String secret) {
    return secret.startsWith(PREFIX) ? Base64.getDecoder().decode(secret.substring(PREFIX.length())) : secret.getBytes(StandardCharsets.UTF_8);
  }
}
