package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.media.ExifFiles;
import dev.computeserver.media.UprightPicture;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A picture that was stored on its side reaches its provider upright, inline or fetched for it. */
class TurnedInputsTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final byte[] ON_ITS_SIDE = ExifFiles.png(Base64.getDecoder().decode(
      ThroughSandbox.picture(64).substring("data:image/png;base64,".length())), 6);
  private static volatile Buffer submitted;
  private static FakeProvider provider;
  private static TestNode node;

  @BeforeAll
  static void start() {
    provider = new FakeProvider(VERTX, seen -> {
      if (seen.elsewhere()) {
        return reply(200, "image/png", Buffer.buffer(ON_ITS_SIDE));
      }
      submitted = seen.method().equals("POST") ? seen.body() : submitted;
      return reply(400, "{\"detail\":\"enough seen\"}");
    });
    node = new TestNode(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", provider.baseUrl(), "STABILITY_API_KEY", "a-key",
        "COMPUTE_PROVIDERS_STABILITY_BASE_URL", provider.baseUrl()));
  }

  @AfterAll
  static void stop() {
    node.close();
    provider.close();
    TestStore.await(VERTX.close());
  }

  private static Buffer submit(String type, String name, String picture) {
    submitted = null;
    node.run(new JsonObject().put("capability", type).put("provider", name).put("max_attempts", 1).put("input",
        type.equals("super_resolution") ? new JsonObject().put("image_url", picture)
            : new JsonObject().put("image_url", picture).put("prompt", "a red fox")));
    return submitted;
  }

  @Test
  void inlineDataIsTurnedWhereTheProviderWouldTakeItAsItIs() {
    String given = "data:image/png;base64," + Base64.getEncoder().encodeToString(ON_ITS_SIDE);
    assertTrue(UprightPicture.isNeeded(ON_ITS_SIDE));
    String sent = submit("image_editing", "fal_standard", given).toString();
    int from = sent.indexOf("base64,") + "base64,".length();
    byte[] picture = Base64.getDecoder().decode(sent.substring(from, sent.indexOf('"', from)));
    assertFalse(UprightPicture.isNeeded(picture));
    assertEquals("\u0089PNG", new String(picture, 0, 4, StandardCharsets.ISO_8859_1));
  }

  @Test
  void whatIsFetchedForAFormIsTurned() {
    String sent = submit("super_resolution", "stability", provider.elsewhere() + "/side.png").toString(StandardCharsets.ISO_8859_1);
    assertTrue(sent.contains("IHDR"), sent);
    assertFalse(sent.contains("eXIf"), "the note has gone with the turn");
  }
}
