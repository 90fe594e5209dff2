package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FalStandardThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("fal_standard");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation||{\"prompt\":\"a fox\",\"width\":64,\"height\":64,\"seed\":7}|image/jpeg",
      "image_generation|fal-ai/nano-banana-pro|{\"prompt\":\"a fox\",\"aspect_ratio\":\"3:2\",\"output_format\":\"png\"}|image/png",
      "image_editing||{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\",\"output_format\":\"png\"}|image/png",
      "inpainting||{\"image_url\":\"IMAGE\",\"mask_url\":\"IMAGE\",\"prompt\":\"a hat\",\"seed\":1}|image/png",
      "background_removal||{\"image_url\":\"IMAGE\",\"output_format\":\"png\"}|image/png",
      "super_resolution||{\"image_url\":\"IMAGE\",\"scale\":2,\"prompt\":\"a square\"}|image/png",
      "video_generation||{\"prompt\":\"a wave\",\"duration_seconds\":5,\"aspect_ratio\":\"16:9\"}|video/mp4",
      "image_to_video||{\"image_url\":\"IMAGE\"}|video/mp4",
      "speech_synthesis||{\"text\":\"hello\",\"voice\":\"af_heart\"}|audio/wav",
      "speech_synthesis|fal-ai/minimax/speech-2.8-hd|{\"text\":\"hello\",\"voice\":\"Wise_Woman\",\"language\":\"en\"}|audio/wav",
      "music_generation||{\"prompt\":\"calm piano with rain\",\"instrumental\":true}|audio/wav",
      "sound_generation||{\"prompt\":\"a bell\",\"duration_seconds\":1}|audio/wav",
      "model_3d_generation||{\"image_url\":\"IMAGE\"}|model/gltf-binary",
      "model_3d_generation|fal-ai/hunyuan3d-v21|{\"image_url\":\"IMAGE\"}|model/gltf-binary",
      "model_3d_generation|fal-ai/hunyuan3d-v3/text-to-3d|{\"prompt\":\"a chair\"}|model/gltf-binary"})
  void makesAFileForEachCapability(String capability, String model, String input, String type) {
    sandbox.output(sandbox.task(capability, model, filled(input), new JsonObject()), type);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_understanding|{\"image_url\":\"IMAGE\",\"prompt\":\"how big?\"}",
      "text_generation|{\"system\":\"be brief\",\"messages\":[{\"role\":\"user\",\"content\":\"one two\"}],\"max_tokens\":9}",
      "speech_recognition|{\"audio_url\":\"SOUND\",\"language\":\"en\",\"timestamps\":true}"})
  void makesATextForEachCapability(String capability, String input) {
    JsonObject ended = sandbox.node.run(sandbox.task(capability, null, filled(input), new JsonObject()));
    assertEquals("completed", ended.getString("status"), ended::encodePrettily);
    assertTrue(ended.getJsonObject("result").getString("text").length() > 3, ended::encodePrettily);
  }

  private static JsonObject filled(String input) {
    return new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(64)).replace("SOUND", Spoken.sound()));
  }
}
