package dev.computeserver.sandbox;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs Replicate's webhooks, as Standard Webhooks wants it, with a secret that lives as long as the sandbox. */
final class ReplicateWebhook {

  private final byte[] key = new byte[24];

  ReplicateWebhook() {
    new SecureRandom().nextBytes(key);
  }

  JsonObject secret() {
    return JsonObject.of("key", "whsec_" + Base64.getEncoder().encodeToString(key));
  }

  /** The body is the prediction itself. */
  Callbacks.Message message(JsonObject prediction, Instant now) {
    Buffer body = prediction.toBuffer();
    String id = "msg_" + prediction.getString("id");
    String timestamp = String.valueOf(now.getEpochSecond());
    return new Callbacks.Message(body, Map.of("Content-Type", "application/json", "webhook-id", id, "webhook-timestamp", timestamp,
        "webhook-signature", "v1," + sign(id + "." + timestamp + "." + body)));
  }

  private String sign(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java cannot sign with HmacSHA256", e);
    }
  }
}
