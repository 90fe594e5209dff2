package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A node that begins to stop says so while it still answers, so that who balances load sends requests elsewhere in time. */
class DrainingTest {

  @Test
  void isNotReadyAnyMoreButAnswersUntilItsJobsAreHandedOver() {
    Vertx vertx = Vertx.vertx();
    Signals<String> submits = new Signals<>();
    try (FakeProvider provider = new FakeProvider(vertx, seen -> {
      submits.accept(seen.uri());
      return FakeProvider.hang();
    })) {
      TestNode node = new TestNode(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", provider.baseUrl(),
          "COMPUTE_PROVIDERS_FAL_STANDARD_MAX_RETRIES", "0"));
      assertEquals("up", node.get("/health/ready").json().getString("status"));
      String id = node.post("/v1/tasks", TestNode.picture(0, new JsonObject())).json().getString("id");
      submits.await(1);

      Future<Void> stopped = node.stop();
      TestNode.Answer ready = node.get("/health/ready");
      assertEquals(503, ready.status());
      assertEquals("draining", ready.json().getString("status"));
      assertEquals("up", ready.json().getString("postgres"));
      assertEquals("up", node.get("/health/live").json().getString("status"));
      assertEquals("processing", node.get("/v1/tasks/" + id).json().getString("status"));
      assertFalse(stopped.isComplete());
      provider.cutAll();
      TestStore.await(stopped);
    }
    TestStore.await(vertx.close());
  }
}
