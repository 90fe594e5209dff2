package dev.computeserver.api;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.OptionalInt;
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

  /** For the callback URL of one attempt at one provider: the attempt's number, which {@link #attempt} gives back, and 22 characters. */
  public String of(ProviderType provider, UUID task, int attempt) {
    return attempt + "-" + sign(provider.word() + "/" + task + "/" + attempt);
  }

  /** The attempt that the token was made for, or empty where it is none of ours for this provider and task. */
  OptionalInt attempt(ProviderType provider, UUID task, String token) {
    String number = token.split("-", 2)[0];
    if (!number.matches("\\d{1,5}")) {
      return OptionalInt.empty();
    }
    int attempt = Integer.parseInt(number);
    return equal(of(provider, task, attempt), token) ? OptionalInt.of(attempt) : OptionalInt.empty();
  }

  /** What a provider that takes a secret from us signs the callbacks of an attempt with. */
  public Secret secret(UUID task, int attempt) {
    return Secret.of(sign("secret/" + task + "/" + attempt));
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

  private static boolean equal(String right, String given) {
    return MessageDigest.isEqual(right.getBytes(StandardCharsets.US_ASCII), given.getBytes(StandardCharsets.UTF_8));
  }
}
