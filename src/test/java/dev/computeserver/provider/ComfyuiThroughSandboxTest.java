package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComfyuiThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("comfyui");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  private static JsonObject run(JsonObject sandboxWishes) {
    return sandbox.task("image_generation", null, new JsonObject().put("prompt", "a fox"), new JsonObject().put("sandbox", sandboxWishes));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|{\"prompt\":\"a fox\",\"negative_prompt\":\"snow\",\"width\":64,\"height\":128,\"seed\":7,\"output_format\":\"png\"}|image/png",
      "image_generation|{\"prompt\":\"a fox\",\"aspect_ratio\":\"16:9\"}|image/png",
      "image_editing|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\",\"strength\":0.4}|image/png",
      "inpainting|{\"image_url\":\"IMAGE\",\"mask_url\":\"IMAGE\",\"prompt\":\"a hat\"}|image/png",
      "super_resolution|{\"image_url\":\"IMAGE\",\"scale\":2}|image/png",
      "video_generation|{\"prompt\":\"a wave\",\"duration_seconds\":2}|video/mp4",
      "image_to_video|{\"image_url\":\"IMAGE\",\"prompt\":\"it turns\"}|video/mp4",
      "music_generation|{\"prompt\":\"a waltz\",\"duration_seconds\":2,\"instrumental\":true}|audio/wav",
      "sound_generation|{\"prompt\":\"a bell\",\"duration_seconds\":1.5}|audio/wav",
      "model_3d_generation|{\"image_url\":\"IMAGE\"}|model/gltf-binary"})
  void makesAFileByEachWorkflow(String capability, String input, String type) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(64)));
    sandbox.output(sandbox.task(capability, null, in, new JsonObject()), type);
  }

  @Test
  void givesAllPicturesOfABatch() {
    JsonObject task = sandbox.node.run(sandbox.task("image_generation", null, new JsonObject().put("prompt", "a fox").put("num_outputs", 3), new JsonObject()));
    assertEquals(3, task.getJsonArray("outputs").size());
  }

  @ParameterizedTest
  @CsvSource({"fails,provider_failed", "submit_422,invalid_input", "result_garbage,provider_failed"})
  void tellsWhatWentWrong(String fault, String code) {
    assertEquals(code, sandbox.failure(run(new JsonObject().put("fault", fault))));
  }

  @Test
  void findsTheJobOfASubmitWhoseAnswerWasLost() {
    JsonObject task = sandbox.node.run(run(new JsonObject().put("fault", "submit_cut")));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
  }

  @ParameterizedTest
  @CsvSource({"600000,0", "0,600000"})
  void aCancelTakesTheJobFromTheQueueOrInterruptsIt(long queue, long run) {
    String id = sandbox.node.post("/v1/tasks", run(new JsonObject().put("queue_ms", queue).put("duration_ms", run))).json().getString("id");
    while (sandbox.node.get("/v1/tasks/" + id).json().getString("external_id") == null) {
      Thread.onSpinWait();
    }
    assertEquals(202, sandbox.node.post("/v1/tasks/" + id + "/cancel", "").status());
    JsonObject task = sandbox.node.ended(id);
    assertEquals("cancelled", task.getString("status"));
    assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }

  @Test
  void hearsOfProgressAndOfTheEndWithoutAsking() {
    try (ThroughSandbox patient = new ThroughSandbox("comfyui", 600_000, 600_000)) {
      JsonObject task = patient.task("image_generation", null, new JsonObject().put("prompt", "a fox"),
          new JsonObject().put("sandbox", new JsonObject().put("duration_ms", 6_000)));
      JsonObject ended = patient.node.run(task);
      assertEquals("completed", ended.getString("status"), ended::encodePrettily);
      assertTrue(patient.node.events(ended.getString("id")).stream().map(JsonObject.class::cast)
          .anyMatch(event -> event.getString("type").equals("task.progress") && event.getJsonObject("progress").containsKey("percent")));
    }
  }
}
