package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.SandboxRun.done;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicateWebhookTest {

  private record Received(MultiMap headers, Buffer body) { }

  private final SandboxRun run = new SandboxRun();
  private final Promise<Received> received = Promise.promise();

  @AfterEach
  void close() {
    run.close();
  }

  private HttpResponse<Buffer> submit(JsonObject body) {
    return done(run.client.postAbs(run.url("/replicate/predictions")).putHeader("Authorization", "Bearer r8_x").sendJsonObject(body));
  }

  private HttpResponse<Buffer> get(String url) {
    return done(run.client.getAbs(url).putHeader("Authorization", "Bearer r8_x").send());
  }

  private static JsonObject fox() {
    return JsonObject.of("version", "black-forest-labs/flux-schnell", "input", JsonObject.of("prompt", "a fox"));
  }

  @Test
  void theEndOfAPredictionIsToldSignedAndAsItIsShown() throws Exception {
    HttpServer server = done(run.vertx.createHttpServer().requestHandler(request -> request.body().onSuccess(body -> {
      request.response().end();
      received.tryComplete(new Received(request.headers(), body));
    })).listen(0, "127.0.0.1"));
    HttpResponse<Buffer> submitted = submit(fox().put("webhook", "http://127.0.0.1:" + server.actualPort() + "/hook")
        .put("webhook_events_filter", JsonArray.of("completed")));
    assertEquals(201, submitted.statusCode());
    assertEquals("starting", submitted.bodyAsJsonObject().getString("status"));
    run.clock.forward(3_000);
    Received hook = done(received.future());
    assertEquals(get(submitted.bodyAsJsonObject().getJsonObject("urls").getString("get")).bodyAsJsonObject(), hook.body().toJsonObject());
    assertEquals("succeeded", hook.body().toJsonObject().getString("status"));
    String secret = get(run.url("/replicate/webhooks/default/secret")).bodyAsJsonObject().getString("key");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
    String signed = hook.headers().get("webhook-id") + "." + hook.headers().get("webhook-timestamp") + "." + hook.body();
    assertEquals("v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))), hook.headers().get("webhook-signature"));
  }

  @Test
  void whatTheProviderDoesNotKnowIsRefusedByItsPlace() {
    JsonObject unknown = submit(fox().put("odd", 1)).bodyAsJsonObject().getJsonArray("invalid_fields").getJsonObject(0);
    assertEquals("additional_property_not_allowed", unknown.getString("type"));
    assertEquals("", unknown.getString("field"));
    JsonObject input = submit(fox().put("input", JsonObject.of("prompt", "x", "num_outputs", 5))).bodyAsJsonObject();
    assertEquals("input.num_outputs", input.getJsonArray("invalid_fields").getJsonObject(0).getString("field"));
    assertEquals(422, submit(fox().put("webhook", "http://example.com/hook")).statusCode());
    assertEquals(422, submit(fox().put("version", "no-such/model")).statusCode());
    assertEquals(401, done(run.client.getAbs(run.url("/replicate/predictions")).send()).statusCode());
  }
}
