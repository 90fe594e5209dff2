package dev.computeserver.provider;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ElevenLabsThroughSandboxTest {
  private static final Sandboxed SANDBOX = new Sandboxed("elevenlabs");

  @AfterAll
  static void stop() {
    SANDBOX.close();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "speech_synthesis|{\"text\":\"hello there\",\"voice\":\"abc\"}|audio/wav",
      "speech_synthesis|{\"text\":\"hello there\",\"output_format\":\"wav\",\"language\":\"en-GB\"}|audio/wav",
      "sound_generation|{\"prompt\":\"a door\",\"duration_seconds\":1.5}|audio/wav",
      "music_generation|{\"prompt\":\"a waltz\",\"duration_seconds\":4,\"instrumental\":true}|audio/wav",
      "image_generation|{\"prompt\":\"a fox\",\"width\":1600,\"height\":900}|image/png",
      "image_editing|{\"prompt\":\"a fox\",\"image_url\":\"PICTURE\"}|image/png",
      "inpainting|{\"prompt\":\"a fox\",\"image_url\":\"PICTURE\",\"mask_url\":\"MASK\"}|image/png",
      "video_generation|{\"prompt\":\"a fox\",\"duration_seconds\":4,\"aspect_ratio\":\"9:16\",\"resolution\":\"1080p\",\"seed\":4}|video/mp4",
      "image_to_video|{\"image_url\":\"PICTURE\"}|video/mp4"})
  void makesAFileForEachCapability(String capability, String input, String contentType) {
    assertEquals(contentType, SANDBOX.file(capability, input));
  }

  @Test
  void transcribesWithSegments() {
    var result = SANDBOX.completed("speech_recognition", "{\"audio_url\":\"SOUND\",\"language\":\"en\"}").getJsonObject("result");
    assertTrue(result.getString("text").contains("recording"), result::encode);
    assertTrue(result.getJsonArray("segments").getJsonObject(0).getDouble("end") > 0, result::encode);
    assertEquals("eng", result.getString("language"));
    assertTrue(SANDBOX.completed("speech_recognition", "{\"audio_url\":\"SOUND\",\"timestamps\":false}").getJsonObject("result")
        .getJsonArray("segments").isEmpty());
  }

  @ParameterizedTest
  @CsvSource({"speech_synthesis,text,refused,content_refused", "video_generation,prompt,refused,content_refused",
      "video_generation,prompt,fails,provider_failed", "speech_synthesis,text,submit_402,provider_quota", "music_generation,prompt,submit_401,provider_auth",
      "video_generation,prompt,invalid,invalid_input", "sound_generation,prompt,submit_500,submission_unknown"})
  void endsWithTheCodeOfEachFault(String capability, String field, String fault, String code) {
    assertEquals(code, SANDBOX.failed(capability, "{\"" + field + "\":\"x\"}", fault));
  }

  @Test
  void speaksALongTextWhereTheModelDoes() {
    SANDBOX.completedBy("eleven_flash_v2_5", "speech_synthesis", "{\"text\":\"" + "a ".repeat(5_500) + "\"}");
  }

  @Test
  void findsSpeechWhoseReplyWasLostInTheHistory() {
    var task = SANDBOX.run("speech_synthesis", "{\"text\":\"said once\"}", "submit_cut");
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size());
  }
}
