package dev.computeserver.callback;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/**
 * Ed25519 over four lines: the job's id, the user's id, the time and the SHA-256 of the body. Each stands in a header of its
 * own, the signature in hexadecimal digits; a key's id may stand there as a hint.
 *
 * @param prefix what all headers begin with, such as {@code X-Fal-Webhook-}
 * @param job the rest of the header with the job's id, such as {@code Request-Id}
 * @param source the provider's public keys
 */
public record Ed25519Lines(String prefix, String job, Source.Published source) implements Scheme {
  private static final Duration TOLERANCE = Duration.ofSeconds(300);

  @Override
  public Verdict judge(Signed callback, Keys keys, Instant now) {
    String id = callback.header(prefix + job);
    String user = callback.header(prefix + "User-Id");
    String time = callback.header(prefix + "Timestamp");
    String signature = callback.header(prefix + "Signature");
    if (id == null || user == null || time == null || signature == null || !signature.matches("[0-9a-fA-F]{128}")
        || !Scheme.near(time, now, TOLERANCE)) {
      return Verdict.FORGED;
    }
    if (callback.body() == null) {
      return Verdict.UNKNOWN;
    }
    byte[] message = String.join("\n", id, user, time, sha256(callback.body())).getBytes(StandardCharsets.UTF_8);
    boolean fits = keys.signed("Ed25519", callback.header(prefix + "Key-Id"), message, HexFormat.of().parseHex(signature));
    return fits ? Verdict.GENUINE : Verdict.FORGED;
  }

  private static String sha256(Buffer body) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body.getBytes()));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
