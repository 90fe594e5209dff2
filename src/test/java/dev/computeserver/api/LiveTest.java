package dev.computeserver.api;

import static dev.computeserver.api.LiveClient.subscribe;
import static dev.computeserver.api.LiveClient.terminal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.db.Database;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.EventId;
import dev.computeserver.task.TaskStore;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Status changes as they reach WebSockets, the event bus and Redis. */
class LiveTest {
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void aWatcherOfATaskSeesItsStateFirstAndThenEachChangeOnce() throws InterruptedException {
    String id = node.post("/v1/tasks", TestNode.picture(800, new JsonObject())).json().getString("id");
    try (LiveClient live = new LiveClient(node)) {
      JsonObject answer = live.send(subscribe(new JsonObject().put("task_ids", new JsonArray().add(id)))).next();
      assertTrue(answer.getBoolean("recovered"));
      JsonObject event = live.next();
      assertTrue(event.getInteger("seq") >= 1);
      while (!terminal(event)) {
        JsonObject later = live.next();
        assertEquals(event.getInteger("seq") + 1, later.getInteger("seq"));
        event = later;
      }
      assertEquals("completed", event.getString("status"));
    }
  }

  @Test
  void aWatcherOfAllMissesNothingOfManyTasksUnderWayAndResumesWhereItLeft() throws InterruptedException {
    Map<String, Integer> seqs = new HashMap<>();
    List<String> order = new ArrayList<>();
    int ended = 0;
    String since;
    JsonArray tasks = new JsonArray();
    for (int i = 0; i < 100; i++) {
      tasks.add(TestNode.picture(50 + i, new JsonObject()));
    }
    try (LiveClient live = new LiveClient(node)) {
      live.send(subscribe(new JsonObject().put("capability", "image_generation"))).next();
      List<String> ids = node.post("/v1/tasks/batch", new JsonObject().put("tasks", tasks)).json().getJsonArray("tasks").stream()
          .map(task -> ((JsonObject) task).getString("id")).toList();
      ids.forEach(id -> seqs.put(id, 0));
      while (ended < 50) {
        ended += check(live.next(), seqs, order) ? 1 : 0;
      }
      since = order.get(order.size() - 1);
    }
    try (LiveClient live = new LiveClient(node)) {
      JsonObject answer = live.send(subscribe(new JsonObject().put("capability", "image_generation").put("since", since))).next();
      assertTrue(answer.getBoolean("recovered"));
      while (ended < 100) {
        ended += check(live.next(), seqs, order) ? 1 : 0;
      }
    }
    assertEquals(order.stream().sorted().toList(), order);
    assertEquals(order.stream().distinct().toList(), order);
  }

  /** Whether the event ends one of the tasks; those of other tests are passed over. */
  private static boolean check(JsonObject event, Map<String, Integer> seqs, List<String> order) {
    String id = event.getString("task_id");
    order.add(event.getString("id"));
    if (!seqs.containsKey(id)) {
      return false;
    }
    assertEquals(seqs.merge(id, 1, Integer::sum), event.getInteger("seq"));
    return terminal(event);
  }

  @Test
  void whoComesBackAfterHistoryWasDroppedIsTold() throws InterruptedException {
    TestServers.execute(node.database, "INSERT INTO setting VALUES ('history_from', '1000000000') ON CONFLICT (name) DO NOTHING");
    try (LiveClient live = new LiveClient(node)) {
      JsonObject wanted = new JsonObject().put("provider", "luma").put("since", EventId.text(999_999));
      assertEquals(false, live.send(subscribe(wanted)).next().getBoolean("recovered"));
    }
  }

  @Test
  void aMessageThatIsNotUnderstoodIsAnsweredWithAnError() throws InterruptedException {
    try (LiveClient live = new LiveClient(node)) {
      for (JsonObject wrong : List.of(new JsonObject().put("hello", 1), subscribe(new JsonObject().put("task_ids", new JsonArray().add("x"))),
          subscribe(new JsonObject().put("provider", "acme")), subscribe(new JsonObject().put("since", "x")), subscribe(new JsonObject().put("odd", 1)))) {
        assertNotNull(live.send(wrong).next().getString("error"), wrong::encode);
      }
      live.send(subscribe(new JsonObject().put("provider", "luma")));
      assertTrue(live.next().getBoolean("recovered"));
      assertNotNull(live.send(new JsonObject().put("unsubscribe", new JsonObject().put("provider", "luma"))).next().getJsonObject("unsubscribed"));
    }
  }

  @Test
  void theBusHearsOfACommitThatItsOwnNodeDidNotAnnounce() {
    Signals<String> heard = new Signals<>();
    TestStore.await(node.vertx.eventBus().<JsonObject>consumer("compute.tasks.events",
        message -> heard.accept(message.body().getString("type") + " " + message.body().getString("task_id"))).completion());
    Database database = Database.open(node.vertx, node.database, 1, 30);
    TaskStore deaf = new TaskStore(node.vertx, database, UUID.randomUUID(), batch -> { });
    UUID id = TestStore.await(deaf.accept(TestStore.accept(TestStore.request("unheard")))).ids().get(0);
    heard.await(all -> all.contains("task.queued " + id));
    TestStore.await(database.close());
  }

  @Test
  void servicesOnTheBusSubmitGetCancelAndListen() throws InterruptedException {
    BlockingQueue<JsonObject> heard = new LinkedBlockingQueue<>();
    TestStore.await(node.vertx.eventBus().<JsonObject>consumer("compute.tasks.events", message -> heard.add(message.body())).completion());
    JsonObject task = ask("compute.tasks.submit", TestNode.picture(0, new JsonObject()).put("delay_seconds", 3_600).put("tenant", "default"));
    String id = task.getString("id");
    assertEquals("queued", ask("compute.tasks.get", new JsonObject().put("id", id)).getString("status"));
    assertEquals("cancelled", ask("compute.tasks.cancel", new JsonObject().put("id", id)).getString("status"));
    assertEquals(409, failure("compute.tasks.cancel", new JsonObject().put("id", id)));
    assertEquals(422, failure("compute.tasks.submit", new JsonObject()));
    assertEquals(404, failure("compute.tasks.get", new JsonObject().put("id", "01a205d0-e654-7000-89a6-bcc72785beac")));
    JsonObject event = heard.poll(20, TimeUnit.SECONDS);
    while (!event.getString("task_id").equals(id) || !event.getString("type").equals("task.cancelled")) {
      event = heard.poll(20, TimeUnit.SECONDS);
      assertNotNull(event, "the cancel was not told on the bus");
    }
  }

  private static JsonObject ask(String address, JsonObject message) {
    return TestStore.await(node.vertx.eventBus().<JsonObject>request(address, message)).body();
  }

  private static int failure(String address, JsonObject message) {
    return TestStore.await(node.vertx.eventBus().request(address, message).map(reply -> 0)
        .otherwise(failure -> ((ReplyException) failure).failureCode()));
  }

  @Test
  void subscribersOfRedisGetTheSameEventsInOrder() throws InterruptedException {
    BlockingQueue<JsonObject> heard = new LinkedBlockingQueue<>();
    Redis redis = Redis.createClient(node.vertx, TestServers.redisUri());
    var connection = TestStore.await(redis.connect());
    connection.handler(message -> {
      if (message.size() == 3 && message.get(0).toString().equals("message")) {
        heard.add(new JsonObject(message.get(2).toString()));
      }
    });
    TestStore.await(connection.send(Request.cmd(Command.SUBSCRIBE).arg("compute:tasks")));
    String id = node.run(TestNode.picture(0, new JsonObject())).getString("id");
    List<Integer> seqs = new ArrayList<>();
    JsonObject event = heard.poll(20, TimeUnit.SECONDS);
    while (!(event.getString("task_id").equals(id) && terminal(event))) {
      if (event.getString("task_id").equals(id)) {
        seqs.add(event.getInteger("seq"));
      }
      event = heard.poll(20, TimeUnit.SECONDS);
      assertNotNull(event, "the end was not told on Redis");
    }
    assertEquals(List.of(1, 2), seqs.subList(0, 2));
    redis.close();
  }
}
