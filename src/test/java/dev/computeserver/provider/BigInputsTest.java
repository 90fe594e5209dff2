package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue holds the inputs of few big tasks in memory at once; the others wait for room, and small ones pass them. */
@Timeout(90)
class BigInputsTest {
  /** Three of these find room, and a fourth does not. */
  private static final String PICTURE = "data:image/png;base64,iVBORw0KGgoA" + "A".repeat(19_000_000);

  private final Signals<HttpServerRequest> uploads = new Signals<>();

  @Test
  void whatFindsNoRoomWaitsAndCanEndMeanwhile() {
    Vertx vertx = Vertx.vertx();
    FakeProvider comfy = new FakeProvider(vertx, seen -> uploads::accept);
    TestNode node = new TestNode(Map.of("COMFYUI_BASE_URL", comfy.baseUrl(), "COMPUTE_PROVIDERS_COMFYUI_LIMITS_MAX_IN_FLIGHT", "100"));
    for (int i = 1; i <= 3; i++) {
      accepted(node, PICTURE, 600);
      uploads.await(i);
    }
    String next = accepted(node, PICTURE, 600);
    String cancelled = accepted(node, PICTURE, 600);
    String late = accepted(node, PICTURE, 5);
    String last = accepted(node, PICTURE, 600);

    accepted(node, ThroughSandbox.picture(8), 600);
    uploads.await(4);
    assertEquals("deadline_exceeded", unsent(node, late, "failed").getJsonObject("error").getString("code"));
    node.post("/v1/tasks/" + cancelled + "/cancel", new JsonObject());
    unsent(node, cancelled, "cancelled");
    assertEquals(4, uploads.all().size());

    uploads.all().get(0).response().setStatusCode(400).end();
    uploads.await(5);
    assertEquals("processing", node.get("/v1/tasks/" + next).json().getString("status"));

    Future<Void> stopped = node.stop();
    while (!"queued".equals(TestServers.ask(node.database, "SELECT status FROM task WHERE id = '" + last + "'"))) {
      Thread.onSpinWait();
    }
    assertEquals(5, uploads.all().size());
    comfy.cutAll();
    TestStore.await(stopped);
    assertEquals("0", TestServers.ask(node.database, "SELECT count(*) FROM task WHERE owner IS NOT NULL"));
    comfy.close();
    TestStore.await(vertx.close());
  }

  private static String accepted(TestNode node, String picture, int seconds) {
    TestNode.Answer answer = node.post("/v1/tasks", new JsonObject().put("capability", "super_resolution").put("provider", "comfyui")
        .put("timeout_seconds", seconds).put("input", new JsonObject().put("image_url", picture)));
    assertEquals(202, answer.status());
    return answer.json().getString("id");
  }

  private static JsonObject unsent(TestNode node, String id, String status) {
    JsonObject task = node.ended(id);
    assertEquals(status, task.getString("status"));
    assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    return task;
  }
}
