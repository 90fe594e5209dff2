package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A request that leaves the provider open goes to one that can do all that it asks. */
class FittingTest {
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static JsonObject music() {
    return new JsonObject().put("capability", "music_generation")
        .put("input", new JsonObject().put("prompt", "a calm piano").put("duration_seconds", 5))
        .put("provider_options", new JsonObject().put("sandbox", new JsonObject().put("duration_ms", 0).put("queue_ms", 0)));
  }

  @Test
  void musicOfAWantedLengthIsMadeByAProviderWhoseModelTakesOne() {
    JsonObject task = node.run(music());
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertNotEquals("fal_standard", task.getString("provider"));
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  @Test
  void whoInsistsOnAProviderIsToldWhatItCannotDo() {
    JsonObject only = music().put("providers", new JsonArray().add("fal_standard"));
    for (JsonObject pinned : List.of(music().put("provider", "fal_standard"), only)) {
      JsonObject task = node.run(pinned);
      assertEquals("invalid_input", task.getJsonObject("error").getString("code"), task::encodePrettily);
      assertTrue(task.getJsonObject("error").getString("message").contains("input.duration_seconds"));
    }
  }
}
