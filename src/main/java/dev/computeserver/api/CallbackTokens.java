package dev.computeserver.api;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes and checks the tokens in URLs that providers get from us, by which we know that they got them from us. */
public final class CallbackTokens {
  private static final long LIFE_SECONDS = 86_400;

  private final SecretKeySpec key;

  /** {@code secret} is the same on all nodes. */
  public CallbackTokens(String secret) {
    key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  }

  /** For a callback URL: URL-safe, 22 characters. */
  public String of(UUID task) {
    return sign(task.toString());
  }

  /** The path of a link to an inline input, good for a day. */
  public String inputPath(UUID task, String field, Instant now) {
    long until = now.plusSeconds(LIFE_SECONDS).getEpochSecond();
    return "/v1/inputs/" + task + "/" + field + "/" + until + "/" + sign(task + "/" + field + "/" + until);
  }

  boolean fitsInput(UUID task, String field, long until, String token, Instant now) {
    return until >= now.getEpochSecond() && equal(sign(task + "/" + field + "/" + until), token);
  }

  private String sign(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      byte[] full = mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(full, 16));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  boolean fits(UUID task, String token) {
    return equal(of(task), token);
  }

  private static boolean equal(String right, String given) {
    return MessageDigest.isEqual(right.getBytes(StandardCharsets.US_ASCII), given.getBytes(StandardCharsets.UTF_8));
  }
}
