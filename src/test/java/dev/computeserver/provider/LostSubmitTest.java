package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A list of jobs in which another task's job looks like the lost one. */
@Timeout(90)
class LostSubmitTest {
  private final AtomicInteger submits = new AtomicInteger();
  private volatile boolean listed;

  @Test
  void aJobThatAnotherTaskHasIsNotTakenForTheLostOne() {
    Vertx vertx = Vertx.vertx();
    FakeProvider fal = new FakeProvider(vertx, this::answer);
    try (TestNode node = new TestNode(Map.of("FAL_KEY", "k", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl(),
        "COMPUTE_TASKS_RECONCILE_SECONDS", "2"))) {
      JsonObject task = new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
          .put("input", new JsonObject().put("prompt", "the same fox"));
      String first = node.post("/v1/tasks", task).json().getString("id");
      while (node.get("/v1/tasks/" + first).json().getString("external_id") == null) {
        Thread.onSpinWait();
      }
      JsonObject second = node.run(task);
      assertEquals("failed", second.getString("status"));
      assertEquals("submission_unknown", second.getJsonObject("error").getString("code"), second::encodePrettily);
      assertEquals("processing", node.get("/v1/tasks/" + first).json().getString("status"));

      listed = true;
      JsonObject third = node.run(task.put("timeout_seconds", 5));
      assertEquals("own", third.getString("external_id"), third::encodePrettily);
      assertEquals(3, submits.get());
    }
    fal.close();
    TestStore.await(vertx.close());
  }

  private FakeProvider.Behaviour answer(FakeProvider.Seen seen) {
    if (seen.path().startsWith("/v1/models/requests")) {
      JsonArray items = new JsonArray().add(item("first"));
      return FakeProvider.reply(200, new JsonObject().put("items", listed ? items.add(item("own")) : items).encode());
    }
    if (seen.method().equals("POST")) {
      String job = "/fal-ai/flux/requests/first";
      return submits.incrementAndGet() > 1 ? FakeProvider.cut() : FakeProvider.reply(200, new JsonObject().put("request_id", "first")
          .put("status", "IN_QUEUE").put("status_url", job + "/status").put("response_url", job).put("cancel_url", job + "/cancel").encode());
    }
    return FakeProvider.reply(202, new JsonObject().put("status", "IN_QUEUE").encode());
  }

  private static JsonObject item(String id) {
    // Far from any submit's time or near it: the nearest one is ours.
    Instant at = id.equals("own") ? Instant.now() : Instant.now().minusSeconds(30);
    return new JsonObject().put("request_id", id).put("sent_at", at.toString()).put("json_input", new JsonObject().put("prompt", "the same fox"));
  }
}
