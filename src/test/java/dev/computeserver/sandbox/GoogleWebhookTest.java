package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.SandboxRun.done;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.callback.Keys;
import dev.computeserver.callback.Signed;
import dev.computeserver.callback.Source;
import dev.computeserver.callback.TokenForUrl;
import dev.computeserver.callback.Verdict;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GoogleWebhookTest {
  private final SandboxRun run = new SandboxRun();
  private final Promise<Signed> received = Promise.promise();

  @AfterEach
  void close() {
    run.close();
  }

  @Test
  void tellsTheEndWithATokenForTheUrl() {
    HttpServer server = done(run.vertx.createHttpServer().requestHandler(request -> request.body().onSuccess(body -> {
      request.response().end();
      received.tryComplete(new Signed(request.path(), request.headers(), body));
    })).listen(0, "127.0.0.1"));
    JsonObject body = JsonObject.of("model", "gemini-omni-1.1-flash", "background", true, "store", true, "input", "a wave",
        "response_format", JsonObject.of("type", "video"), "webhook_config",
        JsonObject.of("uris", JsonArray.of("http://127.0.0.1:" + server.actualPort() + "/hooks/1-token")));
    JsonObject job = done(run.client.postAbs(run.url("/google/v1beta/interactions")).putHeader("x-goog-api-key", "k").sendJsonObject(body))
        .bodyAsJsonObject();
    run.clock.forward(60_000);
    Signed hook = done(received.future());
    assertEquals(job.getString("id"), hook.body().toJsonObject().getJsonObject("data").getString("id"), job::encode);
    Keys keys = Keys.published(run.get(run.url("/google/.well-known/jwks.json")).bodyAsJsonObject());
    TokenForUrl scheme = new TokenForUrl("Webhook-Signature", new Source.Published("/.well-known/jwks.json"));
    assertEquals(Verdict.GENUINE, scheme.judge(hook, keys, run.clock.instant()));
    assertEquals(Verdict.UNKNOWN, scheme.judge(new Signed("/hooks/2-token", hook.headers(), hook.body()), keys, run.clock.instant()));
  }
}
