package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StabilityThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("stability");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation||{\"prompt\":\"a fox\",\"negative_prompt\":\"snow\",\"aspect_ratio\":\"16:9\",\"seed\":7,\"output_format\":\"jpg\"}|{}|image/jpeg",
      "image_generation|ultra|{\"prompt\":\"a fox\",\"width\":1024,\"height\":1024}|{\"style_preset\":\"anime\"}|image/png",
      "image_generation|sd3.5-medium|{\"prompt\":\"a fox\"}|{\"cfg_scale\":5}|image/png",
      "image_editing||{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\",\"strength\":0.4}|{}|image/png",
      "image_editing|ultra|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{}|image/png",
      "image_editing|search-and-replace|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{\"search_prompt\":\"square\"}|image/png",
      "image_editing|search-and-recolor|{\"image_url\":\"IMAGE\",\"prompt\":\"red\"}|{\"select_prompt\":\"square\"}|image/png",
      "image_editing|outpaint|{\"image_url\":\"IMAGE\",\"prompt\":\"grass\"}|{\"left\":100}|image/png",
      "image_editing|structure|{\"image_url\":\"IMAGE\",\"prompt\":\"a house\"}|{}|image/png",
      "image_editing|replace-background-and-relight|{\"image_url\":\"IMAGE\",\"prompt\":\"a beach\"}|{}|image/png",
      "inpainting||{\"image_url\":\"IMAGE\",\"mask_url\":\"IMAGE\",\"prompt\":\"a hat\",\"seed\":1}|{}|image/png",
      "background_removal||{\"image_url\":\"IMAGE\",\"output_format\":\"png\"}|{}|image/png",
      "super_resolution||{\"image_url\":\"IMAGE\",\"scale\":4}|{}|image/png",
      "super_resolution|conservative|{\"image_url\":\"IMAGE\",\"prompt\":\"a square\"}|{}|image/png",
      "super_resolution|creative|{\"image_url\":\"IMAGE\",\"prompt\":\"a square\"}|{}|image/png",
      "music_generation||{\"prompt\":\"a waltz\",\"duration_seconds\":2}|{}|audio/wav",
      "sound_generation|stable-audio-3|{\"prompt\":\"a bell\",\"duration_seconds\":1.5}|{}|audio/wav",
      "model_3d_generation||{\"image_url\":\"IMAGE\"}|{}|model/gltf-binary"})
  void makesAFileForEachOperation(String capability, String model, String input, String options, String type) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(128)));
    sandbox.output(sandbox.task(capability, model, in, new JsonObject(options)), type);
  }

  @ParameterizedTest
  @CsvSource({"refused,content_refused", "nsfw,content_refused", "submit_401,provider_auth", "submit_402,provider_quota",
      "submit_422,invalid_input", "submit_cut,submission_unknown"})
  void tellsWhatWentWrong(String fault, String code) {
    JsonObject options = new JsonObject().put("sandbox", new JsonObject().put("fault", fault));
    assertEquals(code, sandbox.failure(sandbox.task("image_generation", null, new JsonObject().put("prompt", "a fox"), options)));
  }

  @Test
  void aJobThatFailsIsTakenForAFailureAndNotForAPassingFault() {
    JsonObject options = new JsonObject().put("sandbox", new JsonObject().put("fault", "fails"));
    assertEquals("provider_failed", sandbox.failure(sandbox.task("music_generation", "stable-audio-3", new JsonObject().put("prompt", "a waltz"), options)));
  }
}
