package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a socket's subscriptions take in, replay and leave out. */
class LiveSubscriptionsTest {
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static JsonObject later() {
    return TestNode.picture(0, new JsonObject()).put("delay_seconds", 3_600);
  }

  private static String accepted(JsonObject task) {
    return node.post("/v1/tasks", task).json().getString("id");
  }

  private static void cancel(String id) {
    assertEquals(202, node.post("/v1/tasks/" + id + "/cancel", "").status());
  }

  private static List<String> ids(List<JsonObject> events) {
    return events.stream().map(event -> event.getString("id")).toList();
  }

  @Test
  void aTaskThatHasEndedIsShownByItsLastEvent() throws InterruptedException {
    String id = node.run(TestNode.picture(0, new JsonObject())).getString("id");
    try (LiveClient live = new LiveClient(node)) {
      live.send(LiveClient.subscribe(LiveClient.tasks(id))).next();
      JsonObject event = live.next();
      assertEquals("task.completed", event.getString("type"));
      assertFalse(event.containsKey("task"), "the task is whole in webhooks only");
      assertTrue(live.flush().isEmpty());
    }
  }

  @Test
  void sinceReplaysExactlyWhatWasMissed() throws InterruptedException {
    JsonObject task = node.run(TestNode.picture(0, new JsonObject().put("fault", "fails").put("times", 1).put("key", "since")));
    JsonArray history = node.events(task.getString("id"));
    assertTrue(history.size() > 3, history::encodePrettily);
    for (int had = 0; had < history.size(); had++) {
      try (LiveClient live = new LiveClient(node)) {
        live.send(LiveClient.subscribe(LiveClient.tasks(task.getString("id")).put("since", history.getJsonObject(had).getString("id"))));
        assertTrue(live.next().getBoolean("recovered"));
        for (int missed = had + 1; missed < history.size(); missed++) {
          assertEquals(history.getJsonObject(missed), live.next());
        }
        assertTrue(live.flush().isEmpty());
      }
    }
  }

  @Test
  void theHistoryOverHttpIsWhatTheSocketTold() throws InterruptedException {
    String id = accepted(later());
    try (LiveClient live = new LiveClient(node)) {
      live.send(LiveClient.subscribe(LiveClient.tasks(id))).next();
      assertEquals(1, node.events(id).size());
      cancel(id);
      List<JsonObject> told = new ArrayList<>(live.untilEnd(id));
      assertEquals(202, node.post("/v1/tasks/" + id + "/retry", "").status());
      told.addAll(live.untilEnd(id));
      assertEquals(node.events(id), new JsonArray(told));
    }
  }

  @Test
  void whoSubscribesWhileTwoHundredTasksAreUnderWayMissesNothing() throws InterruptedException {
    JsonArray tasks = new JsonArray();
    for (int i = 0; i < 200; i++) {
      tasks.add(TestNode.picture(i * 5, new JsonObject()));
    }
    List<String> ids = node.post("/v1/tasks/batch", new JsonObject().put("tasks", tasks)).json().getJsonArray("tasks").stream()
        .map(task -> ((JsonObject) task).getString("id")).toList();
    Map<String, Integer> newest = new HashMap<>();
    int ended = 0;
    try (LiveClient live = new LiveClient(node)) {
      live.send(LiveClient.subscribe(LiveClient.tasks(ids.toArray(String[]::new)))).next();
      while (ended < 200) {
        JsonObject event = live.next();
        Integer before = newest.put(event.getString("task_id"), event.getInteger("seq"));
        assertTrue(before == null || event.getInteger("seq") == before + 1, event::encodePrettily);
        ended += LiveClient.terminal(event) ? 1 : 0;
      }
      assertTrue(live.flush().isEmpty(), "nothing comes after the end");
    }
    assertEquals(200, newest.size());
  }

  @Test
  void filtersLeaveOutWhatWasNotAskedFor() throws InterruptedException {
    try (LiveClient live = new LiveClient(node)) {
      live.send(LiveClient.subscribe(new JsonObject().put("capability", "text_generation"))).next();
      String picture = accepted(later());
      String text = accepted(new JsonObject().put("capability", "text_generation").put("delay_seconds", 3_600)
          .put("input", new JsonObject().put("prompt", "x")));
      cancel(picture);
      cancel(text);
      assertEquals(List.of("task.queued", "task.cancelled"), live.untilEnd(text).stream().map(event -> event.getString("type")).toList());
      live.send(LiveClient.subscribe(new JsonObject().put("provider", "luma"))).next();
      accepted(later());
      assertTrue(live.flush().isEmpty());
    }
  }

  @Test
  void anEndedSubscriptionTellsNothingMore() throws InterruptedException {
    String id = accepted(later());
    try (LiveClient live = new LiveClient(node); LiveClient other = new LiveClient(node)) {
      other.send(LiveClient.subscribe(LiveClient.tasks(id))).next();
      live.send(LiveClient.subscribe(LiveClient.tasks(id))).next();
      assertEquals("task.queued", live.next().getString("type"));
      assertNotNull(live.send(LiveClient.unsubscribe(LiveClient.tasks(id))).next().getJsonObject("unsubscribed"));
      cancel(id);
      other.untilEnd(id);
      assertTrue(live.flush().isEmpty());
    }
  }

  @Test
  void aSubscriptionThatIsEndedBeforeItHasBegunTellsNothing() throws InterruptedException {
    String id = accepted(later());
    try (LiveClient live = new LiveClient(node); LiveClient other = new LiveClient(node)) {
      other.send(LiveClient.subscribe(LiveClient.tasks(id))).next();
      other.next();
      live.sendAtOnce(LiveClient.subscribe(LiveClient.tasks(id)), LiveClient.unsubscribe(LiveClient.tasks(id)));
      JsonObject message = live.next();
      while (!message.containsKey("unsubscribed")) {
        message = live.next();
      }
      cancel(id);
      other.untilEnd(id);
      List<JsonObject> after = live.flush();
      assertTrue(after.isEmpty(), after::toString);
    }
  }

  @Test
  void theSameSubscriptionTwiceTellsEachEventOnce() throws InterruptedException {
    String id = accepted(later());
    JsonObject same = LiveClient.subscribe(LiveClient.tasks(id));
    try (LiveClient live = new LiveClient(node)) {
      live.sendAtOnce(same, same);
      cancel(id);
      List<JsonObject> events = live.untilEnd(id);
      events.addAll(live.flush().stream().filter(message -> message.containsKey("seq")).toList());
      assertEquals(ids(events).stream().distinct().toList(), ids(events));
    }
  }

  @Test
  void aSocketSurvivesWhatItDoesNotUnderstand() throws InterruptedException {
    String id = accepted(later());
    try (LiveClient live = new LiveClient(node)) {
      for (String wrong : List.of("", "x", "[]", "{}", "null", "{\"subscribe\":5}", "{\"subscribe\":{\"task_ids\":5}}",
          "{\"subscribe\":{\"task_ids\":[]}}", "{\"subscribe\":{\"task_ids\":[null]}}", "{\"subscribe\":{\"capability\":7}}",
          "{\"subscribe\":null}", "{\"unsubscribe\":null}",
          "{\"subscribe\":{\"capability\":null}}", "{\"subscribe\":{\"provider\":null}}", "{\"subscribe\":{\"task_ids\":null}}",
          "{\"subscribe\":{\"since\":null}}", "{\"subscribe\":{},\"since\":null}", "{\"unsubscribe\":{\"capability\":null}}",
          "{\"unsubscribe\":{\"task_ids\":null}}", "{\"unsubscribe\":{\"provider\":\"acme\"}}", "{\"subscribe\":{\"since\":7}}", "{\"unsubscribe\":[]}", "{\"subscribe\":{},\"unsubscribe\":{}}", "{\"subscribe\":{},\"subscribe\":{}}",
          "{\"subscribe\":{},\"id\":1}", "{\"subscribe\":{},\"since\":7}", "{\"unsubscribe\":{\"task\":\"x\"}}", "{\"subscribe\":{}} {}")) {
        assertNotNull(live.sendText(wrong).next().getString("error"), wrong);
      }
      live.send(LiveClient.subscribe(LiveClient.tasks(id))).next();
      assertEquals("task.queued", live.next().getString("type"));
    }
  }

  @Test
  void aNullIsRefusedByItsNameAsInABody() throws InterruptedException {
    try (LiveClient live = new LiveClient(node)) {
      assertEquals("subscribe.capability must be a text; leave it out for none",
          live.sendText("{\"subscribe\":{\"capability\":null}}").next().getString("error"));
      assertEquals("since must be a text; leave it out for none", live.sendText("{\"subscribe\":{},\"since\":null}").next().getString("error"));
    }
  }

  @Test
  void aTaskThatIsNotThereTellsNothing() throws InterruptedException {
    try (LiveClient live = new LiveClient(node)) {
      assertTrue(live.send(LiveClient.subscribe(LiveClient.tasks("01a205d0-e654-7000-89a6-bcc72785beac"))).next().getBoolean("recovered"));
      assertTrue(live.flush().isEmpty());
    }
  }
}
