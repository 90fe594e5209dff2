package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoogleThroughSandboxTest {
  private static final Sandboxed SANDBOX = new Sandboxed("google");

  @AfterAll
  static void stop() {
    SANDBOX.close();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|{\"prompt\":\"a fox\",\"width\":768,\"height\":1024,\"seed\":4}|image/png",
      "image_editing|{\"prompt\":\"a fox\",\"image_url\":\"PICTURE\"}|image/png",
      "speech_synthesis|{\"text\":\"hello there\",\"voice\":\"Puck\",\"language\":\"en-US\"}|audio/wav",
      "music_generation|{\"prompt\":\"a waltz\",\"instrumental\":true}|audio/wav",
      "video_generation|{\"prompt\":\"a fox\",\"duration_seconds\":4,\"aspect_ratio\":\"9:16\",\"resolution\":\"4k\"}|video/mp4",
      "image_to_video|{\"image_url\":\"PICTURE\"}|video/mp4"})
  void makesAFileForEachCapability(String capability, String input, String contentType) {
    assertEquals(contentType, SANDBOX.file(capability, input));
  }

  @Test
  void answersTexts() {
    assertTrue(text("text_generation", "{\"prompt\":\"two words\",\"system\":\"be short\",\"max_tokens\":50,\"temperature\":0.5}").contains("two words"));
    assertTrue(text("image_understanding", "{\"prompt\":\"what is it\",\"image_url\":\"PICTURE\"}").contains("64 pixels wide"));
  }

  private static String text(String capability, String input) {
    return SANDBOX.completed(capability, input).getJsonObject("result").getString("text");
  }

  @Test
  void embedsOneTextOrMany() {
    JsonObject one = SANDBOX.completed("text_embedding", "{\"text\":\"a\",\"dimensions\":64}").getJsonObject("result");
    assertEquals(64, one.getInteger("dimensions"));
    assertEquals(1, one.getJsonArray("vectors").size());
    JsonObject many = SANDBOX.completed("text_embedding", "{\"texts\":[\"a\",\"b\",\"c\"]}").getJsonObject("result");
    assertEquals(3, many.getJsonArray("vectors").size());
    assertEquals(many.getInteger("dimensions"), many.getJsonArray("vectors").getJsonArray(2).size());
  }

  @Test
  void transcribesWithSegments() {
    JsonObject result = SANDBOX.completed("speech_recognition", "{\"audio_url\":\"SOUND\",\"language\":\"en-US\"}").getJsonObject("result");
    assertTrue(result.getString("text").contains("recording"), result::encode);
    assertTrue(result.getJsonArray("segments").getJsonObject(0).getDouble("end") > 0, result::encode);
  }

  @Test
  void waitsWhileItIsOverloaded() {
    SANDBOX.waitsFor("submit_503", "text_generation", "{\"prompt\":\"x\"}");
  }

  @ParameterizedTest
  @CsvSource({"text_generation,refused,content_refused", "image_generation,nsfw,content_refused", "video_generation,refused,content_refused",
      "video_generation,fails,provider_failed", "text_generation,submit_402,provider_quota", "music_generation,submit_401,provider_auth",
      "image_generation,invalid,invalid_input"})
  void endsWithTheCodeOfEachFault(String capability, String fault, String code) {
    assertEquals(code, SANDBOX.failed(capability, "{\"prompt\":\"x\"}", fault));
  }
}
