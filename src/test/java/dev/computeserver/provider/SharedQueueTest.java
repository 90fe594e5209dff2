package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two providers share a queue: the one that is full holds up itself only. */
@Timeout(90)
class SharedQueueTest {
  private final Signals<String> submits = new Signals<>();

  @Test
  void aProviderHasNoMoreJobsAtOnceThanItsOwnLimit() {
    Vertx vertx = Vertx.vertx();
    FakeProvider fal = new FakeProvider(vertx, seen -> {
      if (seen.method().equals("POST")) {
        submits.accept(seen.body().toJsonObject().getString("prompt"));
      }
      return FakeProvider.hang();
    });
    try (TestNode node = new TestNode(Map.of("FAL_KEY", "k", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl(),
        "COMPUTE_PROVIDERS_FAL_STANDARD_LIMITS_MAX_IN_FLIGHT", "2", "COMPUTE_PROVIDERS_IDEOGRAM_QUEUE", "fal_queue",
        // Fewer slots than tasks of the provider that is full.
        "COMPUTE_PROVIDERS_IDEOGRAM_LIMITS_MAX_IN_FLIGHT", "5"))) {
      String[] ids = new String[30];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = node.post("/v1/tasks", task("fal_standard", "fox-" + i)).json().getString("id");
      }
      submits.await(2);
      assertEquals("completed", node.run(task("ideogram", "a fox")).getString("status"));
      assertEquals(2, submits.await(2).size());
      // One that waits for its place can be cancelled, and was never submitted.
      for (int i = 0; i < ids.length; i++) {
        if (!submits.await(2).contains("fox-" + i)) {
          node.post("/v1/tasks/" + ids[i] + "/cancel", new JsonObject());
          JsonObject cancelled = node.ended(ids[i]);
          assertEquals("cancelled", cancelled.getString("status"));
          assertEquals(0, cancelled.getJsonArray("attempts").size(), cancelled::encodePrettily);
        }
      }
      assertEquals(2, submits.await(2).size());
      fal.cutAll();
    }
    fal.close();
    TestStore.await(vertx.close());
  }

  private static JsonObject task(String provider, String prompt) {
    return new JsonObject().put("capability", "image_generation").put("provider", provider).put("input", new JsonObject().put("prompt", prompt));
  }
}
