package dev.computeserver.sandbox;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;

/** Writes Google's webhook with a token for its URL, signed with a key that is made when it is first needed. */
final class GoogleWebhook {

  private static final String KEY_ID = "sandbox";
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private KeyPair keys;

  private KeyPair keys() {
    try {
      keys = keys == null ? KeyPairGenerator.getInstance("RSA").generateKeyPair() : keys;
      return keys;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no RSA", e);
    }
  }

  JsonObject keySet() {
    RSAPublicKey key = (RSAPublicKey) keys().getPublic();
    return JsonObject.of("keys", JsonArray.of(JsonObject.of("kty", "RSA", "alg", "RS256", "kid", KEY_ID,
        "n", number(key.getModulus()), "e", number(key.getPublicExponent()))));
  }

  private static String number(BigInteger number) {
    byte[] bytes = number.toByteArray();
    int from = bytes[0] == 0 ? 1 : 0;
    return BASE64.encodeToString(Arrays.copyOfRange(bytes, from, bytes.length));
  }

  Callbacks.Message message(SandboxJob job, String url, Instant now) {
    return new Callbacks.Message(GoogleInteraction.event(job, now).toBuffer(), Map.of("Content-Type", "application/json",
        "webhook-id", job.id(), "webhook-timestamp", String.valueOf(now.getEpochSecond()), "Webhook-Signature", token(url, now)));
  }

  private String token(String url, Instant now) {
    String text = part(JsonObject.of("alg", "RS256", "typ", "JWT", "kid", KEY_ID)) + "."
        + part(JsonObject.of("iss", "sandbox", "aud", url, "iat", now.getEpochSecond(), "exp", now.getEpochSecond() + 300));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(keys().getPrivate());
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return text + "." + BASE64.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java cannot sign with RSA", e);
    }
  }

  private static String part(JsonObject json) {
    return BASE64.encodeToString(json.toBuffer().getBytes());
  }
}
