package dev.computeserver.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.Signals;
import dev.computeserver.support.TestCluster;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Two routers take 10,000 tasks side by side and three workers fall upon them: each is done once. */
class RaceTest {
  private static final int TASKS = 10_000;
  private static final int BATCH = 500;

  @Test
  void eachOfManyTasksIsDoneOnce() throws Exception {
    FalOnLoopback fal = new FalOnLoopback(0);
    TestCluster cluster = new TestCluster(3);
    String database = TestServers.freshDatabase();
    try (TestNode first = node(fal, cluster, database, "api,router,worker"); TestNode second = node(fal, cluster, database, "api,router,worker");
        TestNode third = node(fal, cluster, database, "worker")) {
      CountDownLatch left = new CountDownLatch(TASKS);
      Set<String> ended = ConcurrentHashMap.newKeySet();
      Signals<String> greetings = new Signals<>();
      TestStore.await(third.vertx.eventBus().<JsonObject>consumer("compute.tasks.events", message -> {
        if (message.body().containsKey("greeting")) {
          greetings.accept(message.body().getString("greeting"));
        } else if (message.body().getString("status").equals("completed") && ended.add(message.body().getString("task_id"))) {
          left.countDown();
        }
      }).completion());
      untilHeard(first, "first", greetings);
      untilHeard(second, "second", greetings);
      IntStream.range(0, TASKS / BATCH).parallel().forEach(batch -> submit(batch % 2 == 0 ? first : second, batch));
      assertTrue(left.await(180, TimeUnit.SECONDS), () -> left.getCount() + " tasks have not ended");
    }
    assertEquals(TASKS, fal.submits.size());
    assertEquals(Set.of(1), new HashSet<>(fal.submits.values()), "something was submitted twice");
    assertEquals(String.valueOf(TASKS), TestServers.ask(database, "SELECT count(*) FROM task WHERE status = 'completed' AND attempt = 1"));
    assertEquals(String.valueOf(TASKS), TestServers.ask(database, "SELECT count(*) FROM attempt"));
    assertEquals("0", TestServers.ask(database, "SELECT count(*) FROM (SELECT 1 FROM task_event GROUP BY task_id HAVING count(*) <> max(seq)) t"));
    assertEquals("3", TestServers.ask(database, "SELECT count(*) FROM node"));
    fal.close();
  }

  private static TestNode node(FalOnLoopback fal, TestCluster cluster, String database, String roles) {
    Map<String, String> environment = new HashMap<>(fal.environment());
    environment.put("COMPUTE_NODE_ROLES", roles);
    return new TestNode(cluster.open(), environment, database);
  }

  /** News of a consumer reaches the other members a moment after it is registered. */
  private static void untilHeard(TestNode member, String greeting, Signals<String> heard) {
    long timer = member.vertx.setPeriodic(1, 10,
        tick -> member.vertx.eventBus().publish("compute.tasks.events", new JsonObject().put("greeting", greeting)));
    heard.await(all -> all.contains(greeting));
    member.vertx.cancelTimer(timer);
  }

  private static void submit(TestNode node, int batch) {
    List<JsonObject> tasks = IntStream.range(0, BATCH).mapToObj(i -> FalOnLoopback.task("race-" + batch + "-" + i)).toList();
    TestNode.Answer answer = node.post("/v1/tasks/batch", new JsonObject().put("tasks", new JsonArray(tasks)));
    assertEquals(202, answer.status(), () -> answer.json().encode());
  }
}
