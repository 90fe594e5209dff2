package dev.computeserver.api;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestNode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Where one provider is at fault, the next one that was found fit at the submit goes on, with what is meant for it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailoverTest {
  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider provider = new FakeProvider(vertx, FailoverTest::script);
  private TestNode node;

  @BeforeAll
  void start() {
    Map<String, String> environment = new HashMap<>(Map.of("FAL_KEY", "a-key", "REPLICATE_API_TOKEN", "a-token", "STABILITY_API_KEY", "a-key",
        "COMPUTE_PROVIDERS_FAL_STANDARD_MODELS_MUSIC_GENERATION", "fal-ai/minimax-music/v2"));
    for (String name : List.of("FAL_STANDARD", "REPLICATE", "STABILITY")) {
      environment.put("COMPUTE_PROVIDERS_" + name + "_BASE_URL", provider.baseUrl() + "/" + name);
      environment.put("COMPUTE_PROVIDERS_" + name + "_POLLING_FIRST_MS", "20");
      environment.put("COMPUTE_PROVIDERS_" + name + "_POLLING_MIN_MS", "20");
    }
    node = new TestNode(environment);
  }

  @AfterAll
  void stop() throws Exception {
    node.close();
    provider.close();
    vertx.close().toCompletionStage().toCompletableFuture().get();
  }

  /** Replicate's jobs fail, Stability's are done at once. */
  private static Behaviour script(Seen seen) {
    if (seen.path().startsWith("/REPLICATE")) {
      String status = seen.method().equals("POST") ? "starting" : "failed";
      return reply(201, "{\"id\":\"job1\",\"model\":\"m\",\"version\":\"v\",\"status\":\"" + status + "\",\"output\":null,\"error\":\"CUDA out of memory\"}");
    }
    return seen.path().startsWith("/STABILITY") ? reply(200, "audio/mpeg", Buffer.buffer(new byte[] {'I', 'D', '3', 4, 0, 0, 0, 0, 0, 0}))
        : reply(500, "{}");
  }

  private static JsonObject music(JsonObject options) {
    return new JsonObject().put("capability", "music_generation").put("providers", JsonArray.of("replicate", "fal_standard", "stability"))
        .put("input", new JsonObject().put("prompt", "a slow waltz").put("duration_seconds", 20)).put("provider_options", options);
  }

  private static List<String> tried(JsonObject task) {
    return task.getJsonArray("attempts").stream().map(each -> ((JsonObject) each).getString("provider")).toList();
  }

  private String submitted(String provider, String task) {
    JsonObject found = node.get("/v1/tasks/" + task).json();
    return provider(provider).stream().map(seen -> seen.body().toString()).filter(body -> body.contains(found.getJsonObject("input").getString("prompt")))
        .findFirst().orElseThrow();
  }

  private List<Seen> provider(String name) {
    return provider.seen().stream().filter(seen -> seen.path().startsWith("/" + name) && seen.method().equals("POST")).toList();
  }

  @Test
  void whoWouldRefuseTheInputIsNoCandidateAndFlatOptionsStayWithTheFirst() {
    JsonObject asked = music(new JsonObject().put("top_k", 77));
    asked.getJsonObject("input").put("prompt", "a flat waltz");
    JsonObject task = node.run(asked);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(List.of("replicate", "stability"), tried(task));
    assertEquals(List.of(), provider("FAL_STANDARD"));
    JsonObject route = task.getJsonArray("attempts").getJsonObject(0).getJsonObject("route");
    assertEquals(List.of("replicate", "stability"),
        route.getJsonArray("candidates").stream().map(each -> ((JsonObject) each).getString("provider")).toList());
    JsonObject refused = route.getJsonArray("refused").getJsonObject(0);
    assertEquals("fal_standard", refused.getString("provider"));
    assertEquals("/input/duration_seconds", refused.getString("pointer"));
    assertTrue(submitted("REPLICATE", task.getString("id")).contains("\"top_k\":77"));
    assertTrue(!submitted("STABILITY", task.getString("id")).contains("top_k"));
  }

  @Test
  void eachGetsItsOwnOptions() {
    JsonObject asked = music(new JsonObject().put("replicate", new JsonObject().put("top_k", 78)).put("stability", new JsonObject().put("steps", 31)));
    asked.getJsonObject("input").put("prompt", "a keyed waltz");
    JsonObject task = node.run(asked);
    assertEquals(List.of("replicate", "stability"), tried(task), task::encodePrettily);
    String first = submitted("REPLICATE", task.getString("id"));
    String second = submitted("STABILITY", task.getString("id"));
    assertTrue(first.contains("\"top_k\":78") && !first.contains("steps"), first);
    assertTrue(second.contains("\"steps\"") && !second.contains("top_k"), second);
    TestNode.Answer mixed = node.post("/v1/tasks", music(new JsonObject().put("replicate", new JsonObject()).put("top_k", 1)));
    assertEquals(422, mixed.status());
    assertEquals("/provider_options/top_k", mixed.json().getJsonArray("errors").getJsonObject(0).getString("pointer"));
  }
}
