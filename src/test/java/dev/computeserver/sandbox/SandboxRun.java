package dev.computeserver.sandbox;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/** A deployed sandbox with a clock that stands still until it is moved, and a client that speaks to its fal side. */
final class SandboxRun implements AutoCloseable {

  static final String FLUX = "fal-ai/flux/dev";

  /** Stands still until moved. */
  static final class StandingClock implements InstantSource {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-02T10:00:00Z"));

    @Override
    public Instant instant() {
      return now.get();
    }

    void forward(long ms) {
      now.updateAndGet(at -> at.plusMillis(ms));
    }
  }

  final StandingClock clock = new StandingClock();
  final Vertx vertx = Vertx.vertx();
  final SandboxVerticle sandbox;
  final WebClient client;

  SandboxRun() {
    this(SandboxJobs.MAX_JOBS);
  }

  SandboxRun(int maxJobs) {
    sandbox = new SandboxVerticle(clock, maxJobs);
    done(vertx.deployVerticle(sandbox));
    client = WebClient.create(vertx, new WebClientOptions().setFollowRedirects(false));
  }

  String url(String path) {
    return "http://127.0.0.1:" + sandbox.port() + path;
  }

  HttpResponse<Buffer> call(HttpMethod method, String url) {
    return done(client.requestAbs(method, url).putHeader("Authorization", "Key id:secret").send());
  }

  HttpResponse<Buffer> get(String url) {
    return call(HttpMethod.GET, url);
  }

  HttpResponse<Buffer> submit(String model, JsonObject input) {
    return done(submitting(model, input));
  }

  Future<HttpResponse<Buffer>> submitting(String model, JsonObject input) {
    return client.postAbs(url("/fal_standard/" + model)).putHeader("Authorization", "Key id:secret")
        .timeout(10_000).sendJsonObject(input);
  }

  /** Submits a flux job with this fault and goes on to the end of its run. */
  JsonObject finished(JsonObject sandbox) {
    JsonObject job = submit(FLUX, prompt().put("sandbox", sandbox)).bodyAsJsonObject();
    clock.forward(3_000);
    return job;
  }

  /** The result of a model at once, with its status code in {@code status_code}. */
  JsonObject result(String model, JsonObject input) {
    JsonObject job = submit(model, input).bodyAsJsonObject();
    clock.forward(3_000);
    HttpResponse<Buffer> result = get(job.getString("response_url"));
    return result.bodyAsJsonObject().put("status_code", result.statusCode());
  }

  static JsonObject prompt() {
    return JsonObject.of("prompt", "a red fox", "image_size", JsonObject.of("width", 64, "height", 48), "seed", 7);
  }

  static String dataUrl(Made made) {
    return "data:" + made.contentType() + ";base64," + Base64.getEncoder().encodeToString(made.bytes());
  }

  static <T> T done(Future<T> future) {
    try {
      return future.await(20, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no answer within 20 s", e);
    }
  }

  @Override
  public void close() {
    done(vertx.close());
  }
}
