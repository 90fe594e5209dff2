package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenaiThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("openai");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  private static JsonObject run(String capability, String model, String input) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(64)).replace("SOUND", Spoken.sound()));
    JsonObject ended = sandbox.node.run(sandbox.task(capability, model, in, new JsonObject()));
    assertEquals("completed", ended.getString("status"), ended::encodePrettily);
    return ended;
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation||{\"prompt\":\"a fox\",\"width\":256,\"height\":128,\"output_format\":\"jpg\"}|{\"quality\":\"low\"}|image/jpeg",
      "image_editing||{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\",\"output_format\":\"png\"}|{\"input_fidelity\":\"high\",\"n\":1}|image/png",
      "inpainting||{\"image_url\":\"IMAGE\",\"mask_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{}|image/png",
      "speech_synthesis||{\"text\":\"hello\",\"voice\":\"nova\",\"language\":\"en\",\"output_format\":\"wav\"}|{\"speed\":1.5}|audio/wav"})
  void makesAFileForEachCapability(String capability, String model, String input, String options, String type) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(64)));
    sandbox.output(sandbox.task(capability, model, in, new JsonObject(options)), type);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "text_generation||{\"prompt\":\"one two three\",\"system\":\"be brief\",\"max_tokens\":99,\"temperature\":0.2}|3 words",
      "text_generation|gpt-6.1-sol|{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"one two\"}]}|2 words",
      "image_understanding||{\"image_url\":\"IMAGE\",\"prompt\":\"how big?\"}|64 pixels wide",
      "speech_recognition||{\"audio_url\":\"SOUND\",\"language\":\"en\"}|0.50 seconds",
      "speech_recognition|whisper-1|{\"audio_url\":\"SOUND\",\"timestamps\":true}|0.50 seconds"})
  void makesATextForEachCapability(String capability, String model, String input, String part) {
    JsonObject result = run(capability, model, input).getJsonObject("result");
    assertTrue(result.getString("text").contains(part), result::encodePrettily);
    assertTrue(result.containsKey("usage"), result::encodePrettily);
  }

  @Test
  void makesVectorsAndSegments() {
    JsonObject result = run("text_embedding", "", "{\"texts\":[\"a\",\"b\"],\"dimensions\":64}").getJsonObject("result");
    assertEquals(2, result.getJsonArray("vectors").size());
    assertEquals(64, result.getInteger("dimensions"));
    JsonObject said = run("speech_recognition", "whisper-1", "{\"audio_url\":\"SOUND\",\"timestamps\":true}").getJsonObject("result");
    assertEquals(0.5, said.getJsonArray("segments").getJsonObject(0).getDouble("end"), 0.01);
  }

  @Test
  void repaintsWhereTheMaskIsWhiteAndNowhereElse() throws Exception {
    JsonObject in = new JsonObject().put("image_url", ThroughSandbox.picture(64)).put("mask_url", Spoken.mask(64)).put("prompt", ".");
    JsonObject output = sandbox.output(sandbox.task("inpainting", null, in, new JsonObject()), "image/png");
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(sandbox.node.get(output.getString("url")).bytes()));
    assertEquals(0xff808080, picture.getRGB(2, 2), "the edge stays grey");
    assertTrue(picture.getRGB(32, 40) != 0xffffffff, "the middle is new");
  }

  @ParameterizedTest
  @CsvSource({"text_generation,refused,content_refused", "text_generation,fails,provider_failed", "text_generation,submit_401,provider_auth",
      "text_generation,submit_402,provider_quota", "image_generation,refused,content_refused", "image_generation,submit_422,invalid_input",
      "image_generation,fails,submission_unknown", "image_generation,submit_cut,submission_unknown"})
  void tellsWhatWentWrong(String capability, String fault, String code) {
    JsonObject options = new JsonObject().put("sandbox", new JsonObject().put("fault", fault));
    assertEquals(code, sandbox.failure(sandbox.task(capability, null, new JsonObject().put("prompt", "a fox"), options)));
  }

  @Test
  void theSandboxRefusesWhatOpenaiDoesNotKnow() {
    JsonObject odd = new JsonObject().put("odd_option", 1);
    assertEquals("invalid_input", sandbox.failure(sandbox.task("text_generation", null, new JsonObject().put("prompt", "a fox"), odd)));
    assertEquals("invalid_input", sandbox.failure(sandbox.task("image_editing", null,
        new JsonObject().put("prompt", "a fox").put("image_url", ThroughSandbox.picture(64)), odd)));
  }
}
