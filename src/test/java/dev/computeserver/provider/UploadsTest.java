package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What becomes of a task whose input does not get to the provider. */
class UploadsTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static volatile Behaviour answer;
  private static FakeProvider comfy;
  private static TestNode node;

  @BeforeAll
  static void start() {
    comfy = new FakeProvider(VERTX, seen -> answer);
    node = new TestNode(Map.of("COMFYUI_BASE_URL", comfy.baseUrl()));
  }

  @AfterAll
  static void stop() {
    node.close();
    comfy.close();
    TestStore.await(VERTX.close());
  }

  private static JsonObject error(Behaviour uploads) {
    answer = uploads;
    JsonObject task = node.run(new JsonObject().put("capability", "image_editing").put("provider", "comfyui").put("max_attempts", 1)
        .put("input", new JsonObject().put("prompt", "a hat").put("image_url", ThroughSandbox.picture(16))));
    assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    assertTrue(comfy.seen().stream().allMatch(seen -> seen.path().equals("/upload/image")), "something was submitted");
    return task.getJsonObject("error");
  }

  @Test
  void whatTheProviderIsToBlameForIsNotTheClientsMistake() {
    JsonObject lost = error(FakeProvider.cut());
    assertEquals("provider_unavailable", lost.getString("code"), lost::encode);
    assertTrue(lost.getBoolean("retryable"));
    assertEquals("provider_unavailable", error(FakeProvider.reply(503, "busy")).getString("code"));
    assertEquals("provider_auth", error(FakeProvider.reply(401, "who are you")).getString("code"));
    assertEquals("provider_failed", error(FakeProvider.reply(200, "<html>")).getString("code"));
  }

  @Test
  void whatTheProviderRefusesNamesTheField() {
    JsonObject refused = error(FakeProvider.reply(400, ""));
    assertEquals("invalid_input", refused.getString("code"));
    assertTrue(refused.getString("message").startsWith("input.image_url"), refused::encode);
  }
}
