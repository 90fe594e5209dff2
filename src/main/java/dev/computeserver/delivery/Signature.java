package dev.computeserver.delivery;

import dev.computeserver.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signatures after the Standard Webhooks specification: HMAC-SHA256 over {@code id.timestamp.body}. */
public final class Signature {
  /** What a secret begins with; base64 follows. */
  public static final String PREFIX = "whsec_";

  private static final String VERSION = "v1,";
  private static final Duration TOLERANCE = Duration.ofMinutes(5);

  private Signature() {
  }

  /** The value of {@code webhook-signature}: one signature per secret, so that receivers may change theirs at any time. */
  public static String of(List<Secret> secrets, String id, long timestamp, String body) {
    return secrets.stream().map(secret -> VERSION + Base64.getEncoder().encodeToString(mac(secret, id, timestamp, body)))
        .collect(Collectors.joining(" "));
  }

  /** Whether one of the signatures in {@code header} is right and the time is within five minutes of now. */
  public static boolean fits(Secret secret, String id, long timestamp, String body, String header, Instant now) {
    if (Duration.between(Instant.ofEpochSecond(timestamp), now).abs().compareTo(TOLERANCE) > 0) {
      return false;
    }
    byte[] right = (VERSION + Base64.getEncoder().encodeToString(mac(secret, id, timestamp, body))).getBytes(StandardCharsets.US_ASCII);
    boolean fits = false;
    for (String given : header.split(" ")) {
      fits |= MessageDigest.isEqual(right, given.getBytes(StandardCharsets.UTF_8));
    }
    return fits;
  }

  private static byte[] mac(Secret secret, String id, long timestamp, String body) {
    String text = secret.reveal();
    byte[] key = Base64.getDecoder().decode(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal((id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
