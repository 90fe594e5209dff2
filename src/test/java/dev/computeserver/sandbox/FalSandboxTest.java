package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.SandboxRun.FLUX;
import static dev.computeserver.sandbox.SandboxRun.done;
import static dev.computeserver.sandbox.SandboxRun.prompt;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.parsetools.RecordParser;
import io.vertx.ext.web.client.HttpResponse;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FalSandboxTest {

  private final SandboxRun run = new SandboxRun();
  private final HttpClient streams = run.vertx.createHttpClient();

  @AfterEach
  void close() {
    run.close();
  }

  @Test
  void linksHoldOwnerAndAppButNotTheSubPath() {
    HttpResponse<Buffer> answer = run.submit(FLUX, prompt());
    JsonObject job = answer.bodyAsJsonObject();
    String link = run.url("/fal_standard/fal-ai/flux/requests/" + job.getString("request_id"));
    assertEquals(200, answer.statusCode());
    assertEquals("IN_QUEUE", job.getString("status"));
    assertEquals(job.getString("request_id"), answer.getHeader("x-fal-request-id"));
    assertEquals(List.of(link, link + "/status", link + "/cancel"),
        List.of(job.getString("response_url"), job.getString("status_url"), job.getString("cancel_url")));
    assertEquals(404, run.get(link.replace("/flux/", "/flux/dev/") + "/status").statusCode());
    JsonObject flow = run.submit("workflows/me/flux-flow/x", prompt()).bodyAsJsonObject();
    assertTrue(flow.getString("status_url").contains("/workflows/me/flux-flow/requests/"));
  }

  @Test
  void goesThroughQueueAndRunToAPictureOfTheAskedSize() throws Exception {
    JsonObject job = run.submit(FLUX, prompt().put("output_format", "png")).bodyAsJsonObject();
    String status = job.getString("status_url");
    HttpResponse<Buffer> queued = run.get(status);
    assertEquals(202, queued.statusCode());
    assertEquals(3, queued.bodyAsJsonObject().getInteger("queue_position"));
    assertNull(queued.bodyAsJsonObject().getValue("logs"));
    run.clock.forward(400);
    assertEquals(0, run.get(status).bodyAsJsonObject().getInteger("queue_position"));
    assertEquals(400, run.get(job.getString("response_url")).statusCode());
    run.clock.forward(900);
    HttpResponse<Buffer> running = run.get(status + "?logs=1");
    assertEquals(202, running.statusCode());
    assertEquals("IN_PROGRESS", running.bodyAsJsonObject().getString("status"));
    JsonArray logs = running.bodyAsJsonObject().getJsonArray("logs");
    assertEquals("40%|####      | 11/28", logs.getJsonObject(4).getString("message"));
    run.clock.forward(1_200);
    HttpResponse<Buffer> over = run.get(status);
    assertEquals(200, over.statusCode());
    assertEquals("COMPLETED", over.bodyAsJsonObject().getString("status"));
    assertEquals(2.0, over.bodyAsJsonObject().getJsonObject("metrics").getDouble("inference_time"));
    assertTrue(over.bodyAsJsonObject().containsKey("error") && over.bodyAsJsonObject().getValue("error") == null);
    JsonObject result = run.get(job.getString("response_url")).bodyAsJsonObject();
    JsonObject image = result.getJsonArray("images").getJsonObject(0);
    HttpResponse<Buffer> file = done(run.client.getAbs(image.getString("url")).send());
    assertEquals("image/png", file.getHeader("Content-Type"));
    assertEquals(image.getInteger("file_size"), file.body().length());
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(file.body().getBytes()));
    assertEquals(List.of(64, 48), List.of(picture.getWidth(), picture.getHeight()));
    assertEquals(7, result.getInteger("seed"));
    assertEquals(List.of(false), result.getJsonArray("has_nsfw_concepts").getList());
  }

  @Test
  void refusesAMissingOrBearerKey() {
    assertEquals(401, done(run.client.postAbs(run.url("/fal_standard/" + FLUX)).sendJsonObject(prompt())).statusCode());
    assertEquals(401, done(run.client.postAbs(run.url("/fal_standard/" + FLUX)).putHeader("Authorization", "Bearer x")
        .sendJsonObject(prompt())).statusCode());
    assertEquals(404, run.submit("fal-ai/nothing-known", prompt()).statusCode());
    assertEquals(422, done(run.client.postAbs(run.url("/fal_standard/" + FLUX)).putHeader("Authorization", "Key x")
        .sendBuffer(Buffer.buffer("no json"))).statusCode());
  }

  @Test
  void cancelsByPhase() {
    JsonObject queued = run.submit(FLUX, prompt()).bodyAsJsonObject();
    HttpResponse<Buffer> first = run.call(HttpMethod.PUT, queued.getString("cancel_url"));
    assertEquals(List.of(200, "OK"), List.of(first.statusCode(), first.bodyAsJsonObject().getString("status")));
    JsonObject ended = run.get(queued.getString("status_url")).bodyAsJsonObject();
    assertEquals("COMPLETED", ended.getString("status"));
    assertEquals("client_cancelled", ended.getString("error_type"));
    assertEquals(499, run.get(queued.getString("response_url")).statusCode());

    JsonObject running = run.submit(FLUX, prompt().put("sandbox", JsonObject.of("fault", "hang"))).bodyAsJsonObject();
    run.clock.forward(3_600_000);
    assertEquals(202, run.get(running.getString("status_url")).statusCode());
    HttpResponse<Buffer> second = run.call(HttpMethod.PUT, running.getString("cancel_url"));
    assertEquals(List.of(202, "CANCELLATION_REQUESTED"),
        List.of(second.statusCode(), second.bodyAsJsonObject().getString("status")));
    run.clock.forward(SandboxJob.CANCEL_MS);
    HttpResponse<Buffer> third = run.call(HttpMethod.PUT, running.getString("cancel_url"));
    assertEquals(List.of(400, "ALREADY_COMPLETED"),
        List.of(third.statusCode(), third.bodyAsJsonObject().getString("status")));
    HttpResponse<Buffer> unknown = run.call(HttpMethod.PUT, run.url("/fal_standard/fal-ai/flux/requests/x/cancel"));
    assertEquals(List.of(404, "NOT_FOUND"),
        List.of(unknown.statusCode(), unknown.bodyAsJsonObject().getString("status")));
  }

  @Test
  void listsStartedRequestsWithTheirInput() {
    JsonObject input = prompt();
    String id = run.submit(FLUX, input).bodyAsJsonObject().getString("request_id");
    run.submit("fal-ai/flux/schnell", input);
    String list = run.url("/fal_standard/v1/models/requests/by-endpoint?endpoint_id=fal-ai/flux/dev&expand=payloads");
    assertEquals(0, run.get(list).bodyAsJsonObject().getJsonArray("items").size());
    run.clock.forward(1_000);
    JsonArray started = run.get(list + "&start=2026-11-02T09:59:00Z").bodyAsJsonObject().getJsonArray("items");
    assertEquals(1, started.size());
    assertEquals(id, started.getJsonObject(0).getString("request_id"));
    assertEquals(input, started.getJsonObject(0).getJsonObject("json_input"));
    assertNull(started.getJsonObject(0).getValue("status_code"));
    run.clock.forward(2_000);
    JsonObject ended = run.get(list + "&status=success").bodyAsJsonObject();
    assertEquals(200, ended.getJsonArray("items").getJsonObject(0).getInteger("status_code"));
    assertFalse(ended.getBoolean("has_more"));
    run.submit(FLUX, input);
    run.clock.forward(3_000);
    JsonObject page = run.get(list + "&limit=1").bodyAsJsonObject();
    assertTrue(page.getBoolean("has_more"));
    JsonObject next = run.get(list + "&limit=1&cursor=" + page.getString("next_cursor")).bodyAsJsonObject();
    assertEquals(id, next.getJsonArray("items").getJsonObject(0).getString("request_id"));
  }

  @Test
  void endsARequestThatWaitsLongerThanItsStartTimeout() {
    JsonObject job = done(run.client.postAbs(run.url("/fal_standard/" + FLUX)).putHeader("Authorization", "Key x")
        .putHeader("X-Fal-Request-Timeout", "2")
        .sendJsonObject(prompt().put("sandbox", JsonObject.of("queue_ms", 60_000)))).bodyAsJsonObject();
    run.clock.forward(2_000);
    HttpResponse<Buffer> result = run.get(job.getString("response_url"));
    assertEquals(504, result.statusCode());
    assertEquals("user", result.getHeader("X-Fal-Request-Timeout-Type"));
    assertEquals("request_timeout", run.get(job.getString("status_url")).bodyAsJsonObject().getString("error_type"));
  }

  @Test
  void streamsEachChangeUntilTheEnd() {
    JsonObject job = run.submit(FLUX, prompt()).bodyAsJsonObject();
    run.clock.forward(2_500);
    String events = run.get(job.getString("status_url") + "/stream?logs=1").bodyAsString();
    List<JsonObject> all = Stream.of(events.split("\n\n")).map(line -> new JsonObject(line.substring(6))).toList();
    assertEquals("COMPLETED", all.get(all.size() - 1).getString("status"));
    assertEquals(11, all.get(0).getJsonArray("logs").size());
  }

  @Test
  void streamsWhileTheJobRuns() {
    JsonObject job = run.submit(FLUX, prompt()).bodyAsJsonObject();
    RequestOptions stream = new RequestOptions().setAbsoluteURI(job.getString("status_url") + "/stream").putHeader("Authorization", "Key x");
    List<String> told = new ArrayList<>();
    done(streams.request(stream).compose(HttpClientRequest::send).compose(answer -> {
      RecordParser.newDelimited("\n\n", answer).handler(event -> {
        told.add(new JsonObject(event.toString().substring(6)).getString("status"));
        run.clock.forward(1_300);
      });
      return answer.end();
    }));
    assertEquals(List.of("IN_QUEUE", "IN_PROGRESS", "COMPLETED"), told);
  }

  @Test
  void takesAnUploadedFileAsInput() throws Exception {
    JsonObject links = done(run.client.postAbs(run.url("/fal_standard/storage/upload/initiate?storage_type=fal-cdn-v3"))
        .putHeader("Authorization", "Key x")
        .sendJsonObject(JsonObject.of("content_type", "image/png", "file_name", "a.png"))).bodyAsJsonObject();
    Made picture = Pictures.encode(Pictures.gradient("in", 1, 40, 30), "png");
    assertEquals(200, done(run.client.putAbs(links.getString("upload_url")).putHeader("Content-Type", "image/png")
        .sendBuffer(Buffer.buffer(picture.bytes()))).statusCode());
    JsonObject result = run.result("fal-ai/esrgan",
        JsonObject.of("image_url", links.getString("file_url"), "scale", 3));
    assertEquals(120, result.getJsonObject("image").getInteger("width"));
  }

  @Test
  void countsWhatWasSubmitted() {
    run.submit(FLUX, prompt());
    run.submit(FLUX, prompt());
    JsonObject report = run.get(run.url("/sandbox/jobs?limit=10")).bodyAsJsonObject();
    assertEquals(2, report.getJsonObject("providers").getJsonObject("fal_standard").getInteger("accepted"));
    JsonArray jobs = report.getJsonArray("jobs");
    assertEquals(jobs.getJsonObject(0).getString("input_hash"), jobs.getJsonObject(1).getString("input_hash"));
    assertEquals("queued", jobs.getJsonObject(0).getString("phase"));
    assertEquals(422, run.get(run.url("/sandbox/jobs?limit=x")).statusCode());
  }
}
