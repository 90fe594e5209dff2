package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdeogramThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("ideogram");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation||{\"prompt\":\"a fox\",\"negative_prompt\":\"snow\",\"width\":1280,\"height\":704,\"seed\":7}|{\"rendering_speed\":\"TURBO\"}",
      "image_generation||{\"prompt\":\"a fox\",\"aspect_ratio\":\"3:4\"}|{\"color_palette\":{\"name\":\"EMBER\"}}",
      "image_generation|ideogram-v4|{\"prompt\":\"a fox\",\"aspect_ratio\":\"1:1\"}|{}",
      "image_generation|ideogram-v3-transparent|{\"prompt\":\"a fox\"}|{\"upscale_factor\":\"X2\"}",
      "image_editing||{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{}",
      "image_editing||{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\",\"strength\":0.4}|{}",
      "image_editing|ideogram-v4|{\"image_url\":\"IMAGE\",\"prompt\":\"a hat\"}|{}",
      "background_removal||{\"image_url\":\"IMAGE\",\"output_format\":\"png\"}|{}",
      "super_resolution||{\"image_url\":\"IMAGE\",\"prompt\":\"a square\"}|{\"resemblance\":60}"})
  void makesAPictureForEachOperation(String capability, String model, String input, String options) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(64)));
    sandbox.output(sandbox.task(capability, model, in, new JsonObject(options)), "image/png");
  }

  @Test
  void makesSeveralPicturesAndDescribesOne() {
    JsonObject two = sandbox.node.run(sandbox.task("image_generation", null, new JsonObject().put("prompt", "a fox").put("num_outputs", 2), new JsonObject()));
    assertEquals(2, two.getJsonArray("outputs").size(), two::encodePrettily);
    JsonObject told = sandbox.node.run(sandbox.task("image_understanding", null,
        new JsonObject().put("prompt", "what is it?").put("image_url", ThroughSandbox.picture(64)), new JsonObject()));
    assertTrue(told.getJsonObject("result").getString("text").contains("64 pixels wide"), told::encodePrettily);
  }

  @Test
  void repaintsWhereTheMaskIsWhiteAndNowhereElse() throws IOException {
    JsonObject in = new JsonObject().put("image_url", ThroughSandbox.picture(64)).put("mask_url", Spoken.mask(64)).put("prompt", ".");
    JsonObject output = sandbox.output(sandbox.task("inpainting", null, in, new JsonObject()), "image/png");
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(sandbox.node.get(output.getString("url")).bytes()));
    assertEquals(0xff808080, picture.getRGB(2, 2), "the edge stays grey");
    assertTrue(picture.getRGB(32, 40) != 0xffffffff, "the middle is new");
  }

  @Test
  void watchesAPictureThatIsMadeInTheBackground() {
    try (TestNode reachable = new TestNode(Map.of("COMPUTE_PUBLIC_URL", "https://compute.example.com", "COMPUTE_PROVIDERS_IDEOGRAM_POLLING_FIRST_MS", "50",
        "COMPUTE_PROVIDERS_IDEOGRAM_POLLING_MIN_MS", "50"))) {
      for (Map.Entry<String, String> each : Map.of("status_500_once", "completed", "fails", "failed").entrySet()) {
        JsonObject task = sandbox.task("image_generation", "ideogram-v4", new JsonObject().put("prompt", "a fox"),
            new JsonObject().put("sandbox", new JsonObject().put("fault", each.getKey())));
        JsonObject ended = reachable.run(task.put("max_attempts", 1));
        assertEquals(each.getValue(), ended.getString("status"), ended::encodePrettily);
        assertEquals(32, ended.getString("external_id").length());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"refused,content_refused", "nsfw,content_refused", "fails,submission_unknown", "submit_401,provider_auth",
      "submit_402,provider_quota", "submit_422,invalid_input", "submit_cut,submission_unknown", "file_404,output_unavailable"})
  void tellsWhatWentWrong(String fault, String code) {
    JsonObject options = new JsonObject().put("sandbox", new JsonObject().put("fault", fault));
    assertEquals(code, sandbox.failure(sandbox.task("image_generation", null, new JsonObject().put("prompt", "a fox"), options)));
  }

  @Test
  void theSandboxRefusesWhatIdeogramDoesNotKnow() {
    JsonObject odd = new JsonObject().put("odd_option", 1);
    assertEquals("invalid_input", sandbox.failure(sandbox.task("image_generation", null, new JsonObject().put("prompt", "a fox"), odd)));
  }
}
