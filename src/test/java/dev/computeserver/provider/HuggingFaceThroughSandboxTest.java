package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HuggingFaceThroughSandboxTest {
  private static final Sandboxed SANDBOX = new Sandboxed("huggingface");

  @AfterAll
  static void stop() {
    SANDBOX.close();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|{\"prompt\":\"a fox\",\"width\":768,\"height\":512,\"seed\":4,\"output_format\":\"png\"}|image/png",
      "image_editing|{\"prompt\":\"a fox\",\"image_url\":\"PICTURE\"}|image/png",
      "background_removal|{\"image_url\":\"PICTURE\"}|image/png",
      "video_generation|{\"prompt\":\"a fox\",\"aspect_ratio\":\"9:16\",\"resolution\":\"720p\"}|video/mp4",
      "image_to_video|{\"image_url\":\"PICTURE\"}|video/mp4",
      "speech_synthesis|{\"text\":\"hello there\",\"voice\":\"af_heart\"}|audio/wav"})
  void makesAFileForEachCapability(String capability, String input, String contentType) {
    assertEquals(contentType, SANDBOX.file(capability, input));
  }

  @Test
  void answersTexts() {
    assertTrue(text("text_generation", "{\"prompt\":\"two words\",\"system\":\"be short\",\"max_tokens\":50}").contains("two words"));
    assertTrue(text("image_understanding", "{\"prompt\":\"what is it\",\"image_url\":\"PICTURE\"}").contains("64 pixels wide"));
  }

  private static String text(String capability, String input) {
    return SANDBOX.completed(capability, input).getJsonObject("result").getString("text");
  }

  @Test
  void embedsTexts() {
    JsonObject result = SANDBOX.completed("text_embedding", "{\"texts\":[\"a\",\"b\"]}").getJsonObject("result");
    assertEquals(2, result.getJsonArray("vectors").size());
    assertEquals(1024, result.getInteger("dimensions"));
    assertEquals(1, SANDBOX.completed("text_embedding", "{\"text\":\"a\"}").getJsonObject("result").getJsonArray("vectors").size());
  }

  @Test
  void transcribesWithAndWithoutSegments() {
    JsonObject result = SANDBOX.completed("speech_recognition", "{\"audio_url\":\"SOUND\",\"language\":\"en\"}").getJsonObject("result");
    assertTrue(result.getString("text").contains("recording"), result::encode);
    assertTrue(result.getJsonArray("segments").getJsonObject(0).getDouble("end") > 0, result::encode);
  }

  @Test
  void waitsWhileAModelIsLoaded() {
    SANDBOX.waitsFor("submit_503", "text_generation", "{\"prompt\":\"x\"}");
  }

  @ParameterizedTest
  @CsvSource({"text_generation,refused,content_refused", "image_generation,nsfw,content_refused", "image_generation,fails,provider_failed",
      "text_generation,submit_402,provider_quota", "video_generation,submit_401,provider_auth"})
  void endsWithTheCodeOfEachFault(String capability, String fault, String code) {
    assertEquals(code, SANDBOX.failed(capability, "{\"prompt\":\"x\"}", fault));
  }
}
