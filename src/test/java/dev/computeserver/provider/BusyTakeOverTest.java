package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node whose slots are all taken, and more tasks waiting, goes on with the jobs of a dead one nevertheless. */
@Timeout(90)
class BusyTakeOverTest {
  private final Vertx vertx = Vertx.vertx();
  private final Signals<Seen> looks = new Signals<>();
  private final FakeProvider fal = new FakeProvider(vertx, this::script);
  private volatile boolean done;

  private Behaviour script(Seen seen) {
    if (seen.elsewhere()) {
      return reply(200, "image/png", Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0}));
    }
    if (seen.method().equals("POST")) {
      String prompt = seen.body().toJsonObject().getString("prompt");
      String link = fal.baseUrl() + "/fal-ai/flux/requests/" + prompt;
      return reply(200, new JsonObject().put("request_id", prompt).put("status_url", link + "/status").put("response_url", link)
          .put("cancel_url", link + "/cancel").encode());
    }
    if (seen.path().endsWith("/status")) {
      Behaviour answer = reply(200, "{\"status\":\"" + (done ? "COMPLETED" : "IN_PROGRESS") + "\"}");
      looks.accept(seen);
      return answer;
    }
    return reply(200, new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", fal.elsewhere() + "/fox.png"))).encode());
  }

  private static String begun(TestNode node, String prompt) {
    return node.post("/v1/tasks", new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", prompt))).json().getString("id");
  }

  /** A job that is looked at has been submitted, and is stored. */
  private void untilLookedAt(String prompt) {
    looks.await(all -> all.stream().anyMatch(seen -> seen.path().contains("/" + prompt + "/")));
  }

  @Test
  void takesOverThoughItsSlotsAreTaken() {
    Map<String, String> environment = new HashMap<>(Map.of("FAL_KEY", "k", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl(),
        "COMPUTE_QUEUES_FAL_QUEUE_SLOTS", "2", "COMPUTE_NODE_HEARTBEAT_SECONDS", "60", "COMPUTE_NODE_TAKEOVER_SECONDS", "200"));
    try (TestNode first = new TestNode(environment)) {
      List<String> orphans = List.of(begun(first, "orphan-1"), begun(first, "orphan-2"));
      List.of("orphan-1", "orphan-2").forEach(this::untilLookedAt);
      try (TestNode second = first.again()) {
        List<String> own = List.of(begun(second, "own-1"), begun(second, "own-2"));
        List.of("own-1", "own-2").forEach(this::untilLookedAt);
        begun(second, "waiting");
        TestServers.execute(first.database, "UPDATE node SET expires_at = now() - interval '1 second'"
            + " WHERE started_at = (SELECT min(started_at) FROM node)");
        while (!"2".equals(TestServers.ask(first.database, "SELECT count(*) FROM task WHERE external_id LIKE 'orphan-%' AND fence = 2"))) {
          Thread.onSpinWait();
        }
        done = true;
        orphans.forEach(id -> assertEquals("completed", second.ended(id).getString("status")));
        own.forEach(id -> assertEquals("completed", second.ended(id).getString("status")));
      }
    }
    fal.close();
    TestStore.await(vertx.close());
  }
}
