package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LumaThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("luma");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  private static JsonObject fault(String name) {
    return new JsonObject().put("sandbox", new JsonObject().put("fault", name));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation||{\"prompt\":\"a fox\",\"width\":640,\"height\":480}|{\"style_ref\":[{\"url\":\"https://a/i\",\"weight\":0.5}]}|image/jpeg",
      "image_generation|photon-flash-1|{\"prompt\":\"a fox\",\"aspect_ratio\":\"9:21\",\"output_format\":\"png\"}|{}|image/png",
      "image_generation|uni-1|{\"prompt\":\"a fox\",\"aspect_ratio\":\"3:1\",\"output_format\":\"jpg\"}|{\"style\":\"manga\"}|image/jpeg",
      "image_editing||{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\",\"strength\":0.9}|{\"aspect_ratio\":\"1:1\"}|image/jpeg",
      "image_editing|uni-1-max|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{\"web_search\":true}|image/png",
      "video_generation||{\"prompt\":\"a wave\",\"duration_seconds\":6,\"resolution\":\"4k\",\"aspect_ratio\":\"9:16\"}|{\"loop\":true,\"concepts\":[{\"key\":\"dolly_zoom\"}]}|video/mp4",
      "video_generation|ray-3.2|{\"prompt\":\"a wave\",\"duration_seconds\":6,\"resolution\":\"360p\"}|{\"video\":{\"hdr\":true}}|video/mp4",
      "image_to_video||{\"image_url\":\"IMAGE\"}|{}|video/mp4",
      "image_to_video|ray-flash-2|{\"image_url\":\"IMAGE\",\"prompt\":\"it turns\"}|{\"keyframes\":{\"frame1\":{\"type\":\"generation\",\"id\":\"x\"}}}|video/mp4",
      "image_to_video|ray-3.2|{\"image_url\":\"IMAGE\",\"duration_seconds\":5}|{}|video/mp4"})
  void makesAFileForEachModel(String capability, String model, String input, String options, String type) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(128)));
    sandbox.output(sandbox.task(capability, model, in, new JsonObject(options)), type);
  }

  @Test
  void findsTheGenerationOfALostSubmit() {
    JsonObject in = new JsonObject().put("image_url", ThroughSandbox.picture(64));
    JsonObject ended = sandbox.node.run(sandbox.task("image_to_video", null, in, fault("submit_cut")).put("max_attempts", 1));
    assertEquals("completed", ended.getString("status"), ended::encodePrettily);
    assertTrue(ended.getString("external_id").matches("[0-9a-f-]{36}"), ended::encodePrettily);
  }

  @Test
  void aCallbackEndsTheWaitingForTheNextLook() {
    try (ThroughSandbox patient = new ThroughSandbox("luma", 600_000, 600_000)) {
      // Long enough for the job to be stored before the provider has news of it.
      JsonObject options = new JsonObject().put("sandbox", new JsonObject().put("duration_ms", 3_000));
      JsonObject task = patient.task("image_generation", null, new JsonObject().put("prompt", "a fox"), options);
      patient.output(task.put("timeout_seconds", 60), "image/jpeg");
    }
  }

  @ParameterizedTest
  @CsvSource({",refused,content_refused", ",nsfw,content_refused", ",invalid,invalid_input", ",fails,provider_failed",
      ",submit_401,provider_auth", ",submit_402,provider_quota", ",submit_422,invalid_input", ",file_404,output_unavailable",
      "uni-1,refused,content_refused", "uni-1,invalid,invalid_input", "uni-1,fails,provider_failed", "uni-1,submit_cut,submission_unknown"})
  void tellsWhatWentWrong(String model, String fault, String code) {
    assertEquals(code, sandbox.failure(sandbox.task("image_generation", model, new JsonObject().put("prompt", "a fox"), fault(fault))));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "photon-1|{\"odd_option\":1}", "photon-1|{\"style_ref\":[{\"weight\":0.5}]}", "uni-1|{\"callback_url\":\"https://a/b\"}", "uni-1|{\"style\":\"oil\"}",
      "uni-1|{\"source\":{\"url\":\"https://a/i\",\"data\":\"eHl6\",\"media_type\":\"image/png\"}}", "ray-3.2|{}", "photon-2|{}"})
  void theSandboxRefusesWhatLumaDoesNotKnow(String model, String options) {
    JsonObject task = sandbox.task("image_generation", model, new JsonObject().put("prompt", "a fox"), new JsonObject(options));
    assertEquals("invalid_input", sandbox.failure(task));
  }

  @Test
  void theSandboxRefusesALoopThatEndsAtAPicture() {
    JsonObject options = new JsonObject("{\"loop\":true,\"keyframes\":{\"frame1\":{\"type\":\"image\",\"url\":\"https://a/i\"}}}");
    assertEquals("invalid_input", sandbox.failure(sandbox.task("video_generation", null, new JsonObject().put("prompt", "a fox"), options)));
  }
}
