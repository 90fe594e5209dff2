package dev.computeserver.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.TestCluster;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Two routers take 10,000 tasks side by side and three workers fall upon them: each is done once. */
class RaceTest {
  private static final int TASKS = 10_000;
  private static final int BATCH = 500;

  private final Map<String, Integer> submits = new ConcurrentHashMap<>();
  private FakeProvider provider;

  @Test
  void eachOfManyTasksIsDoneOnce() throws Exception {
    Vertx own = Vertx.vertx();
    provider = new FakeProvider(own, this::answer);
    TestCluster cluster = new TestCluster(3);
    String database = TestServers.freshDatabase();
    try (TestNode first = node(cluster, database, "api,router,worker"); TestNode second = node(cluster, database, "api,router,worker");
        TestNode third = node(cluster, database, "worker")) {
      CountDownLatch left = new CountDownLatch(TASKS);
      Set<String> ended = ConcurrentHashMap.newKeySet();
      TestStore.await(third.vertx.eventBus().<JsonObject>consumer("compute.tasks.events", message -> {
        if (message.body().getString("status").equals("completed") && ended.add(message.body().getString("task_id"))) {
          left.countDown();
        }
      }).completion());
      IntStream.range(0, TASKS / BATCH).parallel().forEach(batch -> submit(batch % 2 == 0 ? first : second, batch));
      assertTrue(left.await(180, TimeUnit.SECONDS), () -> left.getCount() + " tasks have not ended");
    }
    assertEquals(TASKS, submits.size());
    assertEquals(Set.of(1), new HashSet<>(submits.values()), "something was submitted twice");
    assertEquals(String.valueOf(TASKS), TestServers.ask(database, "SELECT count(*) FROM task WHERE status = 'completed' AND attempt = 1"));
    assertEquals(String.valueOf(TASKS), TestServers.ask(database, "SELECT count(*) FROM attempt"));
    assertEquals("0", TestServers.ask(database, "SELECT count(*) FROM (SELECT 1 FROM task_event GROUP BY task_id HAVING count(*) <> max(seq)) t"));
    assertTrue(Integer.parseInt(TestServers.ask(database, "SELECT count(*) FROM node")) == 3);
    provider.close();
    TestStore.await(own.close());
  }

  private TestNode node(TestCluster cluster, String database, String roles) {
    Map<String, String> environment = new HashMap<>(Map.of("COMPUTE_NODE_ROLES", roles, "FAL_KEY", "race", "COMPUTE_SANDBOX_ENABLED", "false",
        "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", provider.baseUrl(), "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "10",
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "10", "COMPUTE_POSTGRES_POOL_SIZE", "8"));
    return new TestNode(cluster.open(), environment, database);
  }

  private static void submit(TestNode node, int batch) {
    List<JsonObject> tasks = IntStream.range(0, BATCH).mapToObj(i -> new JsonObject().put("capability", "image_generation")
        .put("input", new JsonObject().put("prompt", "race-" + batch + "-" + i))).toList();
    TestNode.Answer answer = node.post("/v1/tasks/batch", new JsonObject().put("tasks", new JsonArray(tasks)));
    assertEquals(202, answer.status(), () -> answer.json().encode());
  }

  private FakeProvider.Behaviour answer(FakeProvider.Seen seen) {
    JsonObject reply;
    if (seen.method().equals("POST")) {
      submits.merge(seen.body().toJsonObject().getString("prompt"), 1, Integer::sum);
      String url = provider.baseUrl() + "/fal-ai/flux/requests/" + UUID.randomUUID();
      reply = new JsonObject().put("request_id", url.substring(url.length() - 36)).put("status", "IN_QUEUE").put("response_url", url)
          .put("status_url", url + "/status").put("cancel_url", url + "/cancel");
    } else if (seen.path().endsWith("/status")) {
      reply = new JsonObject().put("status", "COMPLETED");
    } else if (seen.path().endsWith(".png")) {
      return request -> request.response().putHeader("Content-Type", "image/png").end(Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}));
    } else {
      reply = new JsonObject().put("images", new JsonArray().add(new JsonObject().put("url", provider.baseUrl() + "/f.png")));
    }
    return request -> request.response().putHeader("Content-Type", "application/json").end(reply.toBuffer());
  }
}
