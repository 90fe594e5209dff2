package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.SandboxRun.FLUX;
import static dev.computeserver.sandbox.SandboxRun.done;
import static dev.computeserver.sandbox.SandboxRun.prompt;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FalWebhookTest {

  private record Received(String query, MultiMap headers, Buffer body) { }

  private final SandboxRun run = new SandboxRun();
  private final Promise<Received> received = Promise.promise();
  private final AtomicInteger calls = new AtomicInteger();

  @AfterEach
  void close() {
    run.close();
  }

  private String receiver(int failures) {
    Promise<Void> failed = Promise.promise();
    HttpServer server = done(run.vertx.createHttpServer().requestHandler(request -> request.body().onSuccess(body -> {
      if (calls.incrementAndGet() <= failures) {
        run.clock.forward(1_000);
        request.response().setStatusCode(503).end();
        failed.tryComplete();
      } else {
        request.response().end();
        received.tryComplete(new Received(request.query(), request.headers(), body));
      }
    })).listen(0, "127.0.0.1"));
    return "http://127.0.0.1:" + server.actualPort() + "/hook?token=abc";
  }

  private JsonObject submit(String hook, JsonObject input) {
    String query = "?fal_webhook=" + URLEncoder.encode(hook, StandardCharsets.UTF_8);
    return run.submit(FLUX + query, input).bodyAsJsonObject();
  }

  private boolean signedBySandbox(Received hook) throws Exception {
    String x = run.get(run.url("/fal_standard/.well-known/jwks.json")).bodyAsJsonObject().getJsonArray("keys")
        .getJsonObject(0).getString("x");
    byte[] prefix = HexFormat.of().parseHex("302a300506032b6570032100");
    byte[] encoded = Buffer.buffer(prefix).appendBytes(Base64.getUrlDecoder().decode(x)).getBytes();
    Signature signature = Signature.getInstance("Ed25519");
    signature.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
    MultiMap headers = hook.headers();
    signature.update(String.join("\n", headers.get("X-Fal-Webhook-Request-Id"), headers.get("X-Fal-Webhook-User-Id"),
        headers.get("X-Fal-Webhook-Timestamp"), Submission.sha256(hook.body().getBytes()))
        .getBytes(StandardCharsets.UTF_8));
    return signature.verify(HexFormat.of().parseHex(headers.get("X-Fal-Webhook-Signature")));
  }

  @Test
  void sendsOneSignedCallWithTheResultAtTheEnd() throws Exception {
    JsonObject job = submit(receiver(0), prompt());
    run.clock.forward(3_000);
    Received hook = done(received.future());
    JsonObject body = hook.body().toJsonObject();
    assertEquals("token=abc", hook.query());
    assertEquals("OK", body.getString("status"));
    assertEquals(job.getString("request_id"), body.getString("request_id"));
    assertEquals(run.get(job.getString("response_url")).bodyAsJsonObject(), body.getJsonObject("payload"));
    assertTrue(signedBySandbox(hook));
  }

  @Test
  void triesAgainAndTellsOfFailures() throws Exception {
    submit(receiver(2), prompt().put("sandbox", JsonObject.of("fault", "refused")));
    run.clock.forward(3_000);
    // The second pause is 2 s and the receiver moves the clock by 1 s a failure.
    run.vertx.setPeriodic(20, tick -> run.clock.forward(500));
    Received hook = done(received.future());
    assertEquals("ERROR", hook.body().toJsonObject().getString("status"));
    assertEquals("Invalid status code: 422", hook.body().toJsonObject().getString("error"));
    assertEquals(3, calls.get());
    assertTrue(signedBySandbox(hook));
  }

  @Test
  void tellsOfACancelAtOnce() {
    JsonObject job = submit(receiver(0), prompt().put("sandbox", JsonObject.of("queue_ms", 60_000)));
    run.call(io.vertx.core.http.HttpMethod.PUT, job.getString("cancel_url"));
    assertEquals("ERROR", done(received.future()).body().toJsonObject().getString("status"));
  }
}
