package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider says besides what is wanted costs its job nothing, and nobody else. */
class OddWordsTest {
  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider fal = new FakeProvider(vertx, this::script);
  private volatile String job = "job-1";
  private volatile String progress = "";
  private volatile String result = "";

  @AfterEach
  void stop() {
    fal.close();
    TestStore.await(vertx.close());
  }

  private Behaviour script(Seen seen) {
    String link = fal.baseUrl() + "/fal-ai/any-llm/requests/job-1";
    if (seen.method().equals("POST")) {
      return reply(200, new JsonObject().put("request_id", job).put("status_url", link + "/status").put("response_url", link)
          .put("cancel_url", link + "/cancel").encode());
    }
    return reply(200, seen.path().endsWith("/status") ? "{\"status\":\"COMPLETED\"" + progress + "}" : "{\"output\":\"an answer\"" + result + "}");
  }

  private JsonObject run() {
    try (TestNode node = new TestNode(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl(),
        "COMPUTE_TASKS_RECONCILE_SECONDS", "1"))) {
      JsonObject task = node.run(new JsonObject().put("capability", "text_generation").put("provider", "fal_standard")
          .put("input", new JsonObject().put("prompt", "say something")));
      JsonObject ordinary = node.run(new JsonObject().put("capability", "text_generation").put("provider", "anthropic")
          .put("input", new JsonObject().put("prompt", "say something")));
      assertEquals("completed", ordinary.getString("status"), ordinary::encodePrettily);
      return task;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deep", "nul", "half", "huge", "number"})
  void aResultIsStoredWithoutWhatCannotBe(String kind) {
    String fact = ",\"odd\":" + switch (kind) {
      case "deep" -> "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000);
      case "nul" -> "\"a\\u0000b\"";
      case "half" -> "\"a\\ud83d\"";
      case "huge" -> "\"" + "x".repeat(200_000) + "\"";
      default -> "[1e400, " + "9".repeat(900) + ", NaN]";
    };
    progress = fact;
    result = fact;
    JsonObject task = run();
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals("an answer", task.getJsonObject("result").getString("text"), task::encodePrettily);
  }

  @Test
  void anIdOfMegabytesIsNoId() {
    job = "j".repeat(5_000_000);
    JsonObject task = run();
    assertEquals("failed", task.getString("status"));
    assertEquals("submission_unknown", task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertTrue(task.encode().length() < 20_000, "a view of " + task.encode().length() + " characters");
  }
}
