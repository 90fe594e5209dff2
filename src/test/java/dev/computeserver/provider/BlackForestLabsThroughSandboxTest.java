package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlackForestLabsThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("black_forest_labs");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation||{\"prompt\":\"a fox\",\"width\":64,\"height\":128,\"seed\":7}|{\"disable_pup\":true}|image/jpeg",
      "image_generation|flux-2-flex|{\"prompt\":\"a fox\",\"aspect_ratio\":\"4:3\",\"output_format\":\"png\"}|{\"steps\":20}|image/png",
      "image_generation|flux-3-image|{\"prompt\":\"a fox\",\"aspect_ratio\":\"7:5\"}|{\"resolution\":\"2k\"}|image/jpeg",
      "image_generation|flux-pro-1.1-ultra|{\"prompt\":\"a fox\",\"aspect_ratio\":\"17:9\"}|{\"raw\":true}|image/jpeg",
      "image_generation|flux-dev|{\"prompt\":\"a fox\",\"aspect_ratio\":\"21:9\"}|{}|image/jpeg",
      "image_editing||{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\",\"output_format\":\"png\"}|{}|image/png",
      "image_editing|flux-3-image|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{}|image/jpeg",
      "image_editing|flux-kontext-pro|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{\"aspect_ratio\":\"1:1\"}|image/jpeg",
      "inpainting||{\"image_url\":\"IMAGE\",\"mask_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{\"guidance\":30}|image/jpeg",
      "video_generation||{\"prompt\":\"a wave\",\"duration_seconds\":5,\"resolution\":\"1080p\",\"aspect_ratio\":\"16:9\"}|{}|video/mp4",
      "image_to_video||{\"image_url\":\"IMAGE\"}|{\"generate_audio\":false}|video/mp4"})
  void makesAFileForEachModel(String capability, String model, String input, String options, String type) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(256)));
    sandbox.output(sandbox.task(capability, model, in, new JsonObject(options)), type);
  }

  @ParameterizedTest
  @CsvSource({"refused,content_refused", "nsfw,content_refused", "fails,provider_failed", "submit_401,provider_auth",
      "submit_402,provider_quota", "submit_422,invalid_input"})
  void tellsWhatWentWrong(String fault, String code) {
    JsonObject options = new JsonObject().put("sandbox", new JsonObject().put("fault", fault));
    assertEquals(code, sandbox.failure(sandbox.task("image_generation", null, new JsonObject().put("prompt", "a fox"), options)));
  }
}
