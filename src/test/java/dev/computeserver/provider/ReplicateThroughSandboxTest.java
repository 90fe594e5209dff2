package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicateThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("replicate");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  private static String file(String type, String head, int length) {
    byte[] bytes = Arrays.copyOf(head.getBytes(StandardCharsets.ISO_8859_1), length);
    return "data:" + type + ";base64," + Base64.getEncoder().encodeToString(bytes);
  }

  private static JsonObject fox(JsonObject wish) {
    return sandbox.task("image_generation", null, new JsonObject().put("prompt", "a fox"), new JsonObject().put("sandbox", wish));
  }

  private static JsonObject result(String capability, JsonObject input) {
    JsonObject task = sandbox.node.run(sandbox.task(capability, null, input, new JsonObject()));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    return task.getJsonObject("result");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation||{\"prompt\":\"a fox\",\"width\":320,\"height\":240,\"seed\":7,\"output_format\":\"jpeg\"}|{\"go_fast\":false}|image/jpeg",
      "image_generation|black-forest-labs/flux-1.1-pro|{\"prompt\":\"a fox\",\"width\":256,\"height\":320,\"output_format\":\"png\"}|{\"safety_tolerance\":3}|image/png",
      "image_generation|black-forest-labs/flux-2-pro|{\"prompt\":\"a fox\",\"aspect_ratio\":\"3:2\",\"output_format\":\"png\"}|{\"input\":{\"resolution\":\"1 MP\"}}|image/png",
      "image_editing||{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\",\"seed\":3,\"output_format\":\"jpg\"}|{\"aspect_ratio\":\"1:1\"}|image/jpeg",
      "image_editing|black-forest-labs/flux-2-pro|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{}|image/png",
      "inpainting||{\"image_url\":\"IMAGE\",\"mask_url\":\"IMAGE\",\"prompt\":\"a hat\",\"seed\":3}|{\"guidance\":30}|image/png",
      "inpainting|black-forest-labs/flux-fill-dev|{\"image_url\":\"IMAGE\",\"mask_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{}|image/png",
      "background_removal||{\"image_url\":\"IMAGE\",\"output_format\":\"png\"}|{\"threshold\":0.5}|image/png",
      "super_resolution||{\"image_url\":\"IMAGE\",\"scale\":2}|{\"face_enhance\":true}|image/png",
      "super_resolution|f121d640bd286e1fdc67f9799164c1d5be36ff74576ee11c803ae5b665dd46aa|{\"image_url\":\"IMAGE\"}|{}|image/png",
      "video_generation||{\"prompt\":\"a wave\"}|{\"prompt_optimizer\":false}|video/mp4",
      "image_to_video||{\"image_url\":\"IMAGE\"}|{}|video/mp4",
      "lip_sync||{\"video_url\":\"VIDEO\",\"audio_url\":\"SOUND\"}|{\"guidance_scale\":1.5}|video/mp4",
      "speech_synthesis||{\"text\":\"hello there\",\"voice\":\"af_bella\",\"output_format\":\"wav\"}|{\"speed\":1.2}|audio/wav",
      "music_generation||{\"prompt\":\"a waltz\",\"duration_seconds\":2,\"instrumental\":true}|{\"model_version\":\"large\"}|audio/wav",
      "sound_generation||{\"prompt\":\"a bell\",\"duration_seconds\":2}|{}|audio/wav",
      "model_3d_generation||{\"image_url\":\"IMAGE\"}|{\"texture_size\":1024}|model/gltf-binary"})
  void makesAFileForEachCapability(String capability, String model, String input, String options, String type) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(64)).replace("SOUND", Spoken.sound())
        .replace("VIDEO", file("video/mp4", "\0\0\0\u0018ftypmp42", 64)));
    sandbox.output(sandbox.task(capability, model, in, new JsonObject(options)), type);
  }

  @Test
  void answersTexts() {
    assertTrue(result("text_generation", new JsonObject().put("prompt", "two words").put("max_tokens", 50).put("temperature", 0.2)).getString("text")
        .contains("\"two words\""));
    assertTrue(result("text_generation", new JsonObject().put("prompt", "two words").put("system", "be {short}")).getString("text").contains("be {short}"));
    assertTrue(result("image_understanding", new JsonObject().put("prompt", "what?").put("image_url", ThroughSandbox.picture(64)).put("max_tokens", 5))
        .getString("text").contains("64 pixels wide"));
  }

  @Test
  void embedsOneTextOrSeveral() {
    JsonObject two = result("text_embedding", new JsonObject().put("texts", new JsonArray().add("a").add("b")));
    assertEquals(2, two.getJsonArray("vectors").size());
    assertEquals(768, two.getInteger("dimensions"));
    assertEquals(1, result("text_embedding", new JsonObject().put("text", "a")).getJsonArray("vectors").size());
  }

  @Test
  void bringsALargeFileToTheProviderFirst() {
    JsonObject heard = result("speech_recognition", new JsonObject().put("audio_url", file("audio/mpeg", "ID3", 400_000)).put("language", "en-GB"));
    assertTrue(heard.getString("text").contains("400000 bytes"), heard::encode);
    assertEquals("english", heard.getString("language"));
    assertEquals(1, heard.getJsonArray("segments").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"super_resolution", "image_to_video", "image_understanding"})
  void aPageAsThePictureIsNoPicture(String capability) {
    Vertx vertx = Vertx.vertx();
    try (FakeProvider site = new FakeProvider(vertx, seen -> FakeProvider.reply(200, "text/html", Buffer.buffer("<!doctype html><html><body>Gone</body></html>")))) {
      JsonObject input = new JsonObject().put("image_url", site.elsewhere() + "/fox.png");
      input = capability.equals("image_understanding") ? input.put("prompt", "what?") : input;
      JsonObject error = sandbox.node.run(sandbox.task(capability, null, input, new JsonObject())).getJsonObject("error");
      assertEquals("invalid_input", error.getString("code"), error::encodePrettily);
      assertTrue(error.getString("message").contains("input.image_url could not be read"), error::encodePrettily);
    } finally {
      TestStore.await(vertx.close());
    }
  }

  @Test
  void givesAllPicturesOfAPrediction() {
    JsonObject task = sandbox.node.run(sandbox.task("image_generation", null, new JsonObject().put("prompt", "a fox").put("num_outputs", 3), new JsonObject()));
    assertEquals(3, task.getJsonArray("outputs").size(), task::encodePrettily);
  }

  @ParameterizedTest
  @CsvSource({"refused,content_refused", "nsfw,content_refused", "fails,provider_failed", "result_garbage,provider_failed", "submit_401,provider_auth",
      "submit_402,provider_quota", "submit_422,invalid_input"})
  void tellsWhatWentWrong(String fault, String code) {
    assertEquals(code, sandbox.failure(fox(new JsonObject().put("fault", fault))));
  }

  @ParameterizedTest
  @CsvSource({"image_generation,no-such/model", "image_generation,nightmareai/real-esrgan:0000", "text_generation,openai/whisper"})
  void aModelThatTheProviderDoesNotKnowIsItsRefusal(String capability, String model) {
    JsonObject task = sandbox.node.run(sandbox.task(capability, model, new JsonObject().put("prompt", "x"), new JsonObject()));
    assertEquals("invalid_input", task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertTrue(task.getJsonObject("error").getString("message").contains("owner/name:version"), task::encodePrettily);
  }

  @ParameterizedTest
  @CsvSource({"submit_cut", "status_500_once", "status_cut_once"})
  void getsOverWhatPasses(String fault) {
    JsonObject task = sandbox.node.run(fox(new JsonObject().put("fault", fault)));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  @Test
  void waitsAsLongAsARefusalForTooManyRequestsSays() {
    JsonObject task = sandbox.node.run(fox(new JsonObject().put("fault", "submit_429").put("times", 1)));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
  }

  @Test
  void aCancelledPredictionIsCharged() {
    String id = sandbox.node.post("/v1/tasks", fox(new JsonObject().put("queue_ms", 0).put("duration_ms", 600_000))).json().getString("id");
    while (sandbox.node.get("/v1/tasks/" + id).json().getString("external_id") == null) {
      Thread.onSpinWait();
    }
    assertEquals(202, sandbox.node.post("/v1/tasks/" + id + "/cancel", "").status());
    JsonObject task = sandbox.node.ended(id);
    assertEquals("cancelled", task.getString("status"), task::encodePrettily);
    assertEquals("yes", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }
}
