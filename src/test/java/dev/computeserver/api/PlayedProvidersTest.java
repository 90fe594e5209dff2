package dev.computeserver.api;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestNode;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sandbox plays a provider where its name is asked for, or where nothing is real; never in the place of a real one. */
class PlayedProvidersTest {
  private static final String PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  private static final JsonObject QUICK = new JsonObject().put("sandbox", new JsonObject().put("duration_ms", 0).put("queue_ms", 0));

  @TempDir
  private Path data;
  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider openai = new FakeProvider(vertx, this::script);
  private volatile boolean away;
  private TestNode node;

  @AfterEach
  void stop() throws Exception {
    if (node != null) {
      node.close();
    }
    openai.close();
    vertx.close().toCompletionStage().toCompletableFuture().get();
  }

  private Behaviour script(Seen seen) {
    if (away) {
      return reply(401, "{\"error\":{\"message\":\"no such key\"}}");
    }
    return seen.path().startsWith("/images") ? reply(200, "{\"created\":1,\"data\":[{\"b64_json\":\"" + PNG + "\"}]}")
        : reply(200, "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.5,0.25]}],\"usage\":{\"total_tokens\":1}}");
  }

  /** Only OpenAI is real. */
  private Map<String, String> real(String... more) {
    Map<String, String> environment = new HashMap<>(Map.of("OPENAI_API_KEY", "a-key", "COMPUTE_PROVIDERS_OPENAI_BASE_URL", openai.baseUrl(),
        "COMPUTE_DATA_DIR", data.toString()));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return environment;
  }

  private static JsonObject task(String capability, JsonObject input) {
    return new JsonObject().put("capability", capability).put("input", input);
  }

  private static JsonObject picture() {
    return task("image_generation", new JsonObject().put("prompt", "a red fox"));
  }

  private static JsonObject attempt(JsonObject task, int number) {
    return task.getJsonArray("attempts").getJsonObject(number - 1);
  }

  private void ranAt(String provider, boolean sandbox, JsonObject task) {
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(provider, task.getString("provider"), task::encodePrettily);
    assertEquals(sandbox, task.getBoolean("sandbox"), task::encodePrettily);
    assertEquals(sandbox, attempt(task, 1).getBoolean("sandbox"));
    node.events(task.getString("id")).forEach(event -> assertEquals(sandbox, ((JsonObject) event).getBoolean("sandbox"), event::toString));
  }

  private static String reason(JsonObject task, String provider) {
    JsonArray refused = attempt(task, 1).getJsonObject("route").getJsonArray("refused");
    return refused.stream().map(JsonObject.class::cast).filter(each -> each.getString("provider").equals(provider))
        .map(each -> each.getString("reason")).findFirst().orElse(null);
  }

  @Test
  void whatIsRealRunsEverythingThatItCan() {
    node = new TestNode(real());
    JsonObject made = node.run(picture());
    ranAt("openai", false, made);
    assertEquals("is played by the sandbox only", reason(made, "fal_standard"));
    assertNull(reason(made, "anthropic"), "who lacks the capability is not worth a word");
    ranAt("openai", false, node.run(task("text_embedding", new JsonObject().put("text", "fox"))));
    ranAt("openai", false, node.run(picture().put("providers", new JsonArray().add("fal_standard").add("openai"))));
    JsonObject listed = node.get("/v1/tasks?provider=openai").json();
    listed.getJsonArray("tasks").forEach(each -> assertFalse(((JsonObject) each).getBoolean("sandbox")));
  }

  @Test
  void whatNothingRealCanIsRefusedWithTheWayToHaveItPlayed() {
    node = new TestNode(real());
    JsonObject music = task("music_generation", new JsonObject().put("prompt", "a slow waltz"));
    for (JsonObject asked : List.of(music, music.copy().put("providers", new JsonArray().add("openai").add("fal_standard")))) {
      TestNode.Answer answer = node.post("/v1/tasks", asked);
      assertEquals(409, answer.status());
      String detail = answer.json().getString("detail");
      assertTrue(detail.contains("fal_standard is played by the sandbox only; set FAL_KEY, or name it as the provider to have it played"), detail);
    }
  }

  @Test
  void whoIsNamedIsPlayedAndCostsNothing() {
    node = new TestNode(real("COMPUTE_PROVIDERS_FAL_STANDARD_PRICES", "fal-ai/flux/dev=0.025", "COMPUTE_PROVIDERS_OPENAI_PRICES", "gpt-image-2.6-sunburst=0.04"));
    JsonObject played = node.run(picture().put("provider", "fal_standard").put("provider_options", QUICK));
    ranAt("fal_standard", true, played);
    assertNull(attempt(played, 1).getValue("cost"), played::encodePrettily);
    assertEquals("0.0400", attempt(node.run(picture()), 1).getJsonObject("cost").getString("amount"));
    ranAt("replicate", true, node.run(picture().put("provider_options", QUICK).put("providers", new JsonArray().add("replicate").add("fal_standard"))));
  }

  @Test
  void aRealOneThatIsAtFaultIsNotPlayedInstead() {
    node = new TestNode(real());
    away = true;
    JsonObject task = node.run(picture().put("max_attempts", 3).put("timeout_seconds", 5));
    assertEquals("failed", task.getString("status"));
    task.getJsonArray("attempts").forEach(each -> {
      assertEquals("openai", ((JsonObject) each).getString("provider"));
      assertFalse(((JsonObject) each).getBoolean("sandbox"));
    });
  }

  @Test
  void aKeyThatComesLaterDoesNotRewriteHistoryAndARetryUsesIt() {
    node = new TestNode(Map.of("COMPUTE_DATA_DIR", data.toString()));
    JsonObject fails = new JsonObject().put("sandbox", new JsonObject().put("duration_ms", 0).put("queue_ms", 0).put("fault", "submit_402"));
    JsonObject before = node.run(picture().put("provider", "openai").put("provider_options", fails));
    assertEquals("failed", before.getString("status"), before::encodePrettily);
    assertTrue(before.getBoolean("sandbox"));
    JsonObject waiting = node.post("/v1/tasks", picture().put("provider", "openai").put("delay_seconds", 2)).json();
    String base = node.database;
    node.close();
    node = new TestNode(Vertx.vertx(), real(), base);
    assertTrue(node.get("/v1/tasks/" + before.getString("id")).json().getBoolean("sandbox"));
    JsonObject notPlayed = node.ended(waiting.getString("id"));
    assertEquals("failed", notPlayed.getString("status"), notPlayed::encodePrettily);
    assertTrue(notPlayed.getJsonObject("error").getString("message").contains("the sandbox no longer plays openai"), notPlayed::encodePrettily);

    assertEquals(202, node.post("/v1/tasks/" + before.getString("id") + "/retry", new JsonObject()).status());
    JsonObject after = node.ended(before.getString("id"));
    assertEquals("completed", after.getString("status"), after::encodePrettily);
    assertFalse(after.getBoolean("sandbox"));
    assertTrue(attempt(after, 1).getBoolean("sandbox"), after::encodePrettily);
    assertFalse(attempt(after, 2).getBoolean("sandbox"), after::encodePrettily);
    List<Boolean> events = node.events(after.getString("id")).stream().map(each -> ((JsonObject) each).getBoolean("sandbox")).toList();
    assertEquals(List.of(true, true, true, false, false, false), events, "queued, processing, failed; and once more");
  }

  @Test
  void aKeyThatIsLostDoesNotHaveItPlayed() {
    node = new TestNode(real());
    JsonObject waiting = node.post("/v1/tasks", picture().put("delay_seconds", 2)).json();
    String base = node.database;
    node.close();
    node = new TestNode(Vertx.vertx(), Map.of("COMPUTE_DATA_DIR", data.toString()), base);
    JsonObject task = node.ended(waiting.getString("id"));
    assertEquals("provider_auth", task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertTrue(task.getJsonObject("error").getString("message").contains("set OPENAI_API_KEY"), task::encodePrettily);
    assertEquals("no", attempt(task, 1).getString("charged"));
  }
}
