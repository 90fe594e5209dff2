package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.SandboxRun.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunwaySandboxTest {
  private static final JsonObject FILM = JsonObject.of("model", "gen4.5", "promptText", "a wave", "ratio", "1280:720", "duration", 2);

  private final SandboxRun run = new SandboxRun();

  @AfterEach
  void close() {
    run.close();
  }

  private HttpRequest<Buffer> request(HttpMethod method, String path) {
    return run.client.requestAbs(method, run.url("/runway/v1/" + path)).putHeader("Authorization", "Bearer key")
        .putHeader("X-Runway-Version", "2024-11-06");
  }

  private HttpResponse<Buffer> post(String operation, JsonObject body) {
    return done(request(HttpMethod.POST, operation).sendJsonObject(body));
  }

  private HttpResponse<Buffer> look(String id) {
    return done(request(HttpMethod.GET, "tasks/" + id).send());
  }

  private String status(String id) {
    return look(id).bodyAsJsonObject().getString("status");
  }

  @Test
  void wantsKeyAndVersionOnEveryCall() {
    assertEquals(200, done(request(HttpMethod.GET, "organization").send()).statusCode());
    assertEquals(401, done(run.client.getAbs(run.url("/runway/v1/organization")).putHeader("X-Runway-Version", "2024-11-06").send()).statusCode());
    assertEquals(400, done(run.client.getAbs(run.url("/runway/v1/organization")).putHeader("Authorization", "Bearer key").send()).statusCode());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "text_to_video|{\"model\":\"gen4.5\",\"promptText\":\"p\",\"ratio\":\"1280:720\"}|duration",
      "text_to_video|{\"model\":\"gen4.5\",\"promptText\":\"p\",\"ratio\":\"960:960\",\"duration\":2}|ratio",
      "text_to_video|{\"model\":\"gen4.5\",\"promptText\":\"p\",\"ratio\":\"1280:720\",\"duration\":2,\"webhook\":\"x\"}|webhook",
      "text_to_video|{\"model\":\"gen4.5\",\"promptText\":\"p\",\"ratio\":\"1280:720\",\"duration\":2.5}|duration",
      "text_to_video|{\"model\":\"gen4_image\",\"promptText\":\"p\"}|model",
      "text_to_image|{\"model\":\"gen4_image_turbo\",\"promptText\":\"p\",\"ratio\":\"720:720\"}|referenceImages",
      "text_to_image|{\"model\":\"gen4_image\",\"promptText\":\"p\",\"ratio\":\"720:720\",\"referenceImages\":[{\"uri\":\"https://a.b/i.png\",\"tag\":\"1\"}]}|referenceImages.tag",
      "image_to_video|{\"model\":\"gen4_turbo\",\"promptImage\":\"http://example.com/a.png\",\"ratio\":\"1280:720\"}|uri",
      "text_to_speech|{\"model\":\"eleven_v3\",\"promptText\":\"p\",\"voice\":{\"type\":\"runway-preset\",\"presetId\":\"Nobody\"}}|voice.presetId"})
  void namesTheFirstFaultOfABody(String operation, String body, String path) {
    HttpResponse<Buffer> answer = post(operation, new JsonObject(body));
    assertEquals(400, answer.statusCode(), answer::bodyAsString);
    assertEquals(path, String.join(".", answer.bodyAsJsonObject().getJsonArray("issues").getJsonObject(0).getJsonArray("path").stream()
        .map(String::valueOf).toList()));
  }

  @Test
  void goesThroughTheStatesOfATask() {
    String id = post("text_to_video", FILM).bodyAsJsonObject().getString("id");
    assertTrue(id.matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), id);
    assertEquals("THROTTLED", status(id));
    run.clock.forward(400);
    assertEquals("PENDING", status(id));
    run.clock.forward(1_100);
    assertEquals(0.5, look(id).bodyAsJsonObject().getDouble("progress"));
    run.clock.forward(1_000);
    JsonObject done = look(id).bodyAsJsonObject();
    assertEquals("SUCCEEDED", done.getString("status"));
    assertEquals(5, done.getJsonObject("cost").getInteger("credits"));
    HttpResponse<Buffer> file = done(run.client.getAbs(done.getJsonArray("output").getString(0)).send());
    assertEquals("video/mp4", file.getHeader("Content-Type"));
  }

  @ParameterizedTest
  @CsvSource({"0,CANCELLED", "1000,", "3000,"})
  void aDeleteCancelsATaskOrDeletesOneThatHasRun(long after, String status) {
    String id = post("text_to_video", FILM).bodyAsJsonObject().getString("id");
    run.clock.forward(after);
    assertEquals(204, done(request(HttpMethod.DELETE, "tasks/" + id).send()).statusCode());
    assertEquals(status == null ? 404 : 200, look(id).statusCode());
    assertEquals(status, status(id));
    assertEquals(404, done(request(HttpMethod.DELETE, "tasks/17f2").send()).statusCode());
  }
}
