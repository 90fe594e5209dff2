package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.SandboxRun.FLUX;
import static dev.computeserver.sandbox.SandboxRun.done;
import static dev.computeserver.sandbox.SandboxRun.prompt;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import java.io.ByteArrayInputStream;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FalFaultsTest {

  private final SandboxRun run = new SandboxRun();

  @AfterEach
  void close() {
    run.close();
  }

  private static JsonObject fault(String name) {
    return JsonObject.of("fault", name);
  }

  private HttpResponse<Buffer> submitWith(JsonObject sandbox) {
    return run.submit(FLUX, prompt().put("sandbox", sandbox));
  }

  private int accepted() {
    return run.get(run.url("/sandbox/jobs")).bodyAsJsonObject().getInteger("kept");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 402, 422, 429, 500, 503})
  void refusesASubmissionWithoutAcceptingIt(int status) {
    HttpResponse<Buffer> answer = submitWith(fault("submit_" + status));
    assertEquals(status, answer.statusCode());
    assertTrue(answer.bodyAsJsonObject().containsKey("detail"));
    assertEquals(status == 429 ? "1" : null, answer.getHeader("Retry-After"));
    assertEquals(0, accepted());
  }

  @Test
  void acceptsAndThenCutsOrHangs() {
    Future<HttpResponse<Buffer>> cut = run.submitting(FLUX, prompt().put("sandbox", fault("submit_cut")));
    assertThrows(Exception.class, () -> done(cut));
    assertEquals(1, accepted());
    Future<HttpResponse<Buffer>> hanging = run.submitting(FLUX, prompt().put("sandbox", fault("submit_hang")));
    // The order on the loop is not ours to know: ask until the second job is there.
    for (int i = 0; i < 1_000 && accepted() < 2; i++) {
      Thread.onSpinWait();
    }
    assertEquals(2, accepted());
    assertFalse(hanging.isComplete());
  }

  @Test
  void strikesOnlyTheAskedNumberOfTimes() {
    JsonObject twice = fault("submit_503").put("times", 2).put("key", "k");
    assertEquals(List.of(503, 503, 200, 200), List.of(submitWith(twice).statusCode(), submitWith(twice).statusCode(),
        submitWith(twice).statusCode(), submitWith(twice).statusCode()));
    assertEquals(503, submitWith(twice.copy().put("key", "other")).statusCode());
  }

  @Test
  void tellsFailureOnlyAtTheResult() {
    for (List<Object> expected : List.<List<Object>>of(List.of("fails", 500, "internal_server_error", "true"),
        List.of("refused", 422, "content_policy_violation", "false"), List.of("invalid", 422, "missing", "false"))) {
      JsonObject job = run.finished(fault((String) expected.get(0)));
      HttpResponse<Buffer> status = run.get(job.getString("status_url"));
      assertEquals(200, status.statusCode());
      assertEquals("COMPLETED", status.bodyAsJsonObject().getString("status"));
      assertEquals(expected.get(2), status.bodyAsJsonObject().getString("error_type"));
      HttpResponse<Buffer> result = run.get(job.getString("response_url"));
      assertEquals(expected.get(1), result.statusCode());
      JsonObject detail = result.bodyAsJsonObject().getJsonArray("detail").getJsonObject(0);
      assertEquals(expected.get(2), detail.getString("type"));
      assertEquals(expected.get(3), result.getHeader("X-Fal-Retryable"));
    }
  }

  @Test
  void marksUnsafePicturesInAGoodResult() throws Exception {
    JsonObject result = run.get(run.finished(fault("nsfw")).getString("response_url")).bodyAsJsonObject();
    assertEquals(List.of(true), result.getJsonArray("has_nsfw_concepts").getList());
    byte[] file = run.get(result.getJsonArray("images").getJsonObject(0).getString("url")).body().getBytes();
    assertEquals(0xFF000000, ImageIO.read(new ByteArrayInputStream(file)).getRGB(30, 20));
  }

  @Test
  void failsTheFirstStatusCallOnly() {
    JsonObject broken = run.finished(fault("status_500_once"));
    assertEquals(500, run.get(broken.getString("status_url")).statusCode());
    assertEquals(200, run.get(broken.getString("status_url")).statusCode());
    JsonObject cut = run.finished(fault("status_cut_once"));
    assertThrows(Exception.class, () -> run.get(cut.getString("status_url")));
    assertEquals(200, run.get(cut.getString("status_url")).statusCode());
  }

  @Test
  void sendsGarbageForTheResult() {
    JsonObject job = run.finished(fault("result_garbage").put("times", 1));
    HttpResponse<Buffer> result = run.get(job.getString("response_url"));
    assertEquals("text/html", result.getHeader("Content-Type"));
    assertTrue(result.bodyAsString().startsWith("<html>"));
  }

  @Test
  void losesOrCutsTheFile() {
    assertEquals(404, run.get(file(fault("file_404"))).statusCode());
    String cut = file(fault("file_cut").put("times", 1));
    assertThrows(Exception.class, () -> run.get(cut));
    assertEquals(200, run.get(cut).statusCode());
  }

  private String file(JsonObject sandbox) {
    return run.get(run.finished(sandbox).getString("response_url")).bodyAsJsonObject().getJsonArray("images")
        .getJsonObject(0).getString("url");
  }

  @Test
  void namesAnUnknownOrWrongWish() {
    for (JsonObject wish : List.of(JsonObject.of("speed", 1), JsonObject.of("duration_ms", "1"),
        JsonObject.of("fault", "nope"), JsonObject.of("times", -1))) {
      HttpResponse<Buffer> answer = submitWith(wish);
      assertEquals(422, answer.statusCode());
      assertEquals(List.of("body", "sandbox", wish.fieldNames().iterator().next()), answer.bodyAsJsonObject()
          .getJsonArray("detail").getJsonObject(0).getJsonArray("loc").getList());
    }
    assertEquals(422, run.submit(FLUX, prompt().put("sandbox", "x")).statusCode());
  }

  @Test
  void answersInItsOwnWordsWhereTheBookIsFull() {
    try (SandboxRun small = new SandboxRun(1)) {
      assertEquals(200, small.submit(FLUX, prompt()).statusCode());
      HttpResponse<Buffer> full = small.submit(FLUX, prompt());
      assertEquals(List.of(429, "1"), List.of(full.statusCode(), full.getHeader("Retry-After")));
      small.clock.forward(2_500 + SandboxJobs.KEPT_MS);
      assertEquals(200, small.submit(FLUX, prompt()).statusCode());
    }
  }
}
