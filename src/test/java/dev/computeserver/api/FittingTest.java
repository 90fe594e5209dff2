package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
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
    assertEquals("fal-ai/stable-audio-25/text-to-audio", task.getString("model"), "the first that takes one");
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  private static JsonObject task(String capability, JsonObject input) {
    return music().put("capability", capability).put("input", input);
  }

  private static JsonObject refusal(JsonObject task) {
    TestNode.Answer answer = node.post("/v1/tasks", task);
    assertEquals(422, answer.status(), () -> answer.json().encodePrettily());
    return answer.json().getJsonArray("errors").getJsonObject(0);
  }

  @Test
  void whoInsistsOnAProviderIsToldAtOnceWhatItCannotDoAndWhoWould() {
    JsonObject only = music().put("providers", new JsonArray().add("fal_standard"));
    JsonObject model = music().put("provider", "stability").put("model", "no-such-audio");
    for (JsonObject pinned : List.of(music().put("provider", "fal_standard").put("model", "fal-ai/minimax-music/v2"),
        only.put("model", "fal-ai/minimax-music/v2"))) {
      JsonObject fault = refusal(pinned);
      assertEquals("/input/duration_seconds", fault.getString("pointer"), fault::encode);
      assertTrue(fault.getString("detail").contains("fal-ai/minimax-music/v2"), fault::encode);
      assertTrue(fault.getString("detail").contains("would be taken by fal_standard with the model fal-ai/stable-audio-25/text-to-audio"), fault::encode);
    }
    assertEquals("/model", refusal(model).getString("pointer"));
  }

  @Test
  void aFormatThatNoModelMakesIsRefusedBesideBigOptions() {
    JsonObject options = new JsonObject().put("openai", new JsonObject().put("metadata", new JsonArray(Collections.nCopies(80_000, "x"))));
    JsonObject picture = task("image_generation", new JsonObject().put("prompt", "a fox").put("output_format", "gif")).put("provider", "openai");
    assertEquals("/input/output_format", refusal(picture.put("provider_options", options)).getString("pointer"));
  }

  @Test
  void whoWouldTakeItWithoutTheWishesToOneProviderIsNoHelp() {
    JsonObject fault = refusal(task("text_generation", new JsonObject().put("prompt", "a fox")).put("provider", "openai")
        .put("provider_options", new JsonObject().put("stream", true)));
    assertEquals("/provider_options/stream", fault.getString("pointer"), fault::encode);
    assertFalse(fault.getString("detail").contains("would be taken by"), fault::encode);
  }

  @Test
  void theFirstModelOfAPinnedProviderThatTakesAllFieldsRunsIt() {
    JsonObject task = node.run(music().put("provider", "fal_standard"));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals("fal-ai/stable-audio-25/text-to-audio", task.getString("model"));
  }

  @Test
  void aThreeDimensionalThingIsMadeFromWordsAlone() {
    JsonObject input = new JsonObject().put("prompt", "a wooden chair");
    for (JsonObject asked : List.of(task("model_3d_generation", input), task("model_3d_generation", input).put("provider", "fal_standard"))) {
      JsonObject task = node.run(asked);
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals("fal-ai/hunyuan3d-v3/text-to-3d", task.getString("model"));
    }
    JsonObject fault = refusal(task("model_3d_generation", input).put("provider", "stability"));
    assertEquals("/input/image_url", fault.getString("pointer"));
    assertTrue(fault.getString("detail").contains("would be taken by fal_standard"), fault::encode);
  }

  @Test
  void theFaultsOfABatchAreToldWithTheirTasks() {
    JsonObject bad = music().put("provider", "fal_standard").put("model", "fal-ai/minimax-music/v2");
    TestNode.Answer answer = node.post("/v1/tasks/batch", new JsonObject().put("tasks", new JsonArray().add(music()).add(bad).add(music()).add(bad)));
    assertEquals(422, answer.status());
    assertEquals(List.of("/tasks/1/input/duration_seconds", "/tasks/3/input/duration_seconds"), answer.json().getJsonArray("errors").stream()
        .map(each -> ((JsonObject) each).getString("pointer")).toList());
  }

  @Test
  void bigAndDeepRequestsAreChosenForWithinTheirTime() {
    JsonObject deep = new JsonObject();
    for (int level = 0; level < 60; level++) {
      deep = new JsonObject().put("a", deep);
    }
    JsonObject options = deep;
    JsonObject task = task("text_generation", new JsonObject().put("prompt", "x".repeat(100_000))).put("delay_seconds", 3_600).put("provider_options", options);
    assertEquals(202, node.post("/v1/tasks", task).status());
    JsonArray many = new JsonArray();
    for (int i = 0; i < 1_000; i++) {
      many.add(task("image_generation", new JsonObject().put("prompt", "fox " + i)).put("delay_seconds", 3_600));
    }
    TestNode.Answer accepted = node.post("/v1/tasks/batch", new JsonObject().put("tasks", many));
    assertEquals(202, accepted.status());
    assertEquals(1_000, accepted.json().getJsonArray("tasks").size());
  }
}
