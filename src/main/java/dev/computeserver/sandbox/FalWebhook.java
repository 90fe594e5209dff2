package dev.computeserver.sandbox;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;

/** Writes and signs fal's webhook with a key that lives as long as the sandbox. */
final class FalWebhook {

  private static final String USER = "sandbox-user";

  private final KeyPair keys;

  FalWebhook() {
    try {
      keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no Ed25519", e);
    }
  }

  JsonObject keySet() {
    byte[] encoded = keys.getPublic().getEncoded();
    // The last 32 bytes of the X.509 form are the bare key.
    byte[] bare = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    return JsonObject.of("keys", JsonArray.of(JsonObject.of("kty", "OKP", "crv", "Ed25519",
        "x", Base64.getUrlEncoder().withoutPadding().encodeToString(bare))));
  }

  Callbacks.Message message(SandboxJob job, Reply outcome, Instant now) {
    boolean good = outcome.status() == 200;
    // fal names the last internal attempt here, which differs after its own retries.
    String attempt = good ? job.id() : UUID.nameUUIDFromBytes(job.id().getBytes(StandardCharsets.UTF_8)).toString();
    JsonObject body = JsonObject.of("request_id", job.id(), "gateway_request_id", attempt,
        "status", good ? "OK" : "ERROR");
    if (!good) {
      body.put("error", "Invalid status code: " + outcome.status());
    }
    Buffer bytes = body.put("payload", outcome.jsonBody()).toBuffer();
    String timestamp = String.valueOf(now.getEpochSecond());
    String signed = String.join("\n", job.id(), USER, timestamp, Submission.sha256(bytes.getBytes()));
    return new Callbacks.Message(bytes, Map.of("Content-Type", "application/json",
        "X-Fal-Webhook-Request-Id", job.id(), "X-Fal-Webhook-User-Id", USER,
        "X-Fal-Webhook-Timestamp", timestamp, "X-Fal-Webhook-Signature", sign(signed)));
  }

  private String sign(String text) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(keys.getPrivate());
      signature.update(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java cannot sign with Ed25519", e);
    }
  }
}
