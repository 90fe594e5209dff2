package dev.computeserver.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.Signals;
import dev.computeserver.support.TestCluster;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Each node is stopped in turn, while jobs of half a second run on it, and started again: no task notices. */
class RollingRestartTest {
  private static final int ROUND = 60;

  @Test
  void failsNoTaskBurnsNoAttemptAndSubmitsNothingTwice() {
    FalOnLoopback fal = new FalOnLoopback(500);
    TestCluster cluster = new TestCluster(4);
    String database = TestServers.freshDatabase();
    Set<String> ids = ConcurrentHashMap.newKeySet();
    TestNode first = node(fal, cluster.open(), database);
    TestNode second = node(fal, cluster.open(), database);
    submit(first, "one", ids);
    first.close();
    first = node(fal, cluster.open(), database);
    submit(first, "two", ids);
    submit(second, "three", ids);
    second.close();
    second = node(fal, cluster.open(), database);
    for (String id : ids) {
      JsonObject task = second.ended(id);
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
    }
    first.close();
    second.close();
    assertEquals(3 * ROUND, fal.submits.size());
    assertEquals(Set.of(1), new HashSet<>(fal.submits.values()));
    fal.close();
  }

  private static TestNode node(FalOnLoopback fal, Vertx member, String database) {
    return new TestNode(member, fal.environment(), database);
  }

  /** Submits a round and waits until some of it runs at the provider. */
  private static void submit(TestNode node, String round, Set<String> ids) {
    Signals<String> running = new Signals<>();
    TestStore.await(node.vertx.eventBus().<JsonObject>consumer("compute.tasks.events", message -> {
      if (message.body().getString("status").equals("processing")) {
        running.accept(message.body().getString("task_id"));
      }
    }).completion());
    for (int i = 0; i < ROUND; i++) {
      TestNode.Answer answer = node.post("/v1/tasks", FalOnLoopback.task(round + "-" + i));
      assertEquals(202, answer.status());
      ids.add(answer.json().getString("id"));
    }
    running.await(ROUND / 2);
  }
}
