package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunwayThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("runway");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation||{\"prompt\":\"a fox\",\"aspect_ratio\":\"4:3\",\"seed\":7}|{\"contentModeration\":{\"publicFigureThreshold\":\"low\"}}|image/png",
      "image_generation|seedream5_pro|{\"prompt\":\"a fox\",\"width\":896,\"height\":1184,\"output_format\":\"jpg\"}|{}|image/jpeg",
      "image_generation|gemini_2.5_flash|{\"prompt\":\"a fox\",\"aspect_ratio\":\"3:2\"}|{}|image/png",
      "image_editing||{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\",\"seed\":3}|{\"ratio\":\"720:720\"}|image/png",
      "image_editing|gen4_image_turbo|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{}|image/png",
      "image_editing|grok_imagine_image_2|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{\"quality\":\"low\"}|image/png",
      "super_resolution||{\"image_url\":\"IMAGE\",\"scale\":4}|{\"flavor\":\"photo\",\"sharpen\":10}|image/png",
      "video_generation||{\"prompt\":\"a wave\",\"duration_seconds\":2,\"aspect_ratio\":\"9:16\",\"seed\":7}|{}|video/mp4",
      "video_generation|veo3.1|{\"prompt\":\"a wave\",\"duration_seconds\":4,\"resolution\":\"1080p\"}|{\"audio\":false,\"negativePrompt\":\"rain\"}|video/mp4",
      "video_generation|hailuo3|{\"prompt\":\"a wave\",\"resolution\":\"768p\"}|{}|video/mp4",
      "image_to_video||{\"image_url\":\"IMAGE\"}|{}|video/mp4",
      "image_to_video|gen4.5|{\"image_url\":\"IMAGE\",\"aspect_ratio\":\"1:1\"}|{}|video/mp4",
      "image_to_video|wan3|{\"image_url\":\"IMAGE\",\"resolution\":\"480p\"}|{}|video/mp4",
      "image_to_video|happyhorse_1_0|{\"image_url\":\"IMAGE\",\"resolution\":\"720p\"}|{}|video/mp4",
      "speech_synthesis||{\"text\":\"hello there\"}|{}|audio/wav",
      "speech_synthesis|eleven_v3|{\"text\":\"hello there\",\"voice\":\"Arjun\",\"language\":\"en\"}|{\"stability\":0.5}|audio/wav",
      "sound_generation||{\"prompt\":\"a bell\",\"duration_seconds\":1.5}|{\"loop\":true}|audio/wav"})
  void makesAFileForEachCapability(String capability, String model, String input, String options, String type) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(320)));
    sandbox.output(sandbox.task(capability, model, in, new JsonObject(options)), type);
  }

  @Test
  void givesAllPicturesOfATask() {
    JsonObject in = new JsonObject().put("prompt", "a fox").put("num_outputs", 3);
    JsonObject task = sandbox.node.run(sandbox.task("image_generation", "seedream5_pro", in, new JsonObject()));
    assertEquals(3, task.getJsonArray("outputs").size(), task::encodePrettily);
    assertEquals(5.0, task.getJsonObject("result").getJsonObject("usage").getDouble("credits"));
  }

  @Test
  void uploadsAPictureThatIsTooLongToBeSentInline() throws IOException {
    BufferedImage noise = new BufferedImage(1_400, 1_000, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(7);
    for (int i = 0; i < 1_400_000; i++) {
      noise.setRGB(i % 1_400, i / 1_400, random.nextInt());
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(noise, "png", png);
    String large = "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
    assertTrue(large.length() > RunwayMedia.MOST_INLINE);
    JsonObject in = new JsonObject().put("image_url", large).put("prompt", "a hat");
    JsonObject output = sandbox.output(sandbox.task("image_editing", null, in, new JsonObject()), "image/png");
    assertTrue(output.getLong("bytes") > RunwayMedia.MOST_INLINE / 2, output::encode);
  }

  private static JsonObject task(JsonObject wish) {
    return sandbox.task("video_generation", null, new JsonObject().put("prompt", "a wave"), new JsonObject().put("sandbox", wish));
  }

  @ParameterizedTest
  @CsvSource({"refused,content_refused,yes", "nsfw,content_refused,yes", "fails,provider_failed,no", "invalid,invalid_input,no",
      "submit_401,provider_auth,no", "submit_402,provider_quota,no", "submit_422,invalid_input,no", "submit_500,submission_unknown,unknown",
      "submit_cut,submission_unknown,unknown", "result_garbage,provider_failed,unknown"})
  void tellsWhatWentWrongAndWhetherItWasCharged(String fault, String code, String charged) {
    JsonObject ended = sandbox.node.run(task(new JsonObject().put("fault", fault)).put("max_attempts", 1));
    assertEquals("failed", ended.getString("status"), ended::encodePrettily);
    assertEquals(code, ended.getJsonObject("error").getString("code"), ended::encodePrettily);
    assertEquals(charged, ended.getJsonArray("attempts").getJsonObject(0).getString("charged"), ended::encodePrettily);
  }

  /** What never ran costs nothing, as can be read; a task that ran is gone and nobody tells. */
  @ParameterizedTest
  @CsvSource({"600000,0,no", "0,600000,unknown"})
  void aCancelEndsATaskThatWaitsOrRuns(long queue, long run, String charged) {
    String id = sandbox.node.post("/v1/tasks", task(new JsonObject().put("queue_ms", queue).put("duration_ms", run))).json().getString("id");
    while (sandbox.node.get("/v1/tasks/" + id).json().getString("external_id") == null) {
      Thread.onSpinWait();
    }
    assertEquals(202, sandbox.node.post("/v1/tasks/" + id + "/cancel", "").status());
    JsonObject task = sandbox.node.ended(id);
    assertEquals("cancelled", task.getString("status"));
    assertEquals(charged, task.getJsonArray("attempts").getJsonObject(0).getString("charged"), task::encodePrettily);
  }
}
