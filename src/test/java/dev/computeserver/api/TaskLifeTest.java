package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TaskLifeTest {
  private static final JsonObject NO_WISH = new JsonObject();
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  /** As it is read when the attempt ends between the two statements. */
  @Test
  void anAttemptIsToldOnce() {
    String id = node.post("/v1/tasks", TestNode.picture(0, NO_WISH).put("delay_seconds", 3_600)).json().getString("id");
    TestServers.execute(node.database, "UPDATE task SET status = 'processing', phase = 'submitted', attempt = 1, owner = gen_random_uuid() WHERE id = '" + id + "'");
    assertEquals("unknown", node.get("/v1/tasks/" + id).json().getJsonArray("attempts").getJsonObject(0).getString("charged"));
    TestServers.execute(node.database, "INSERT INTO attempt (task_id, attempt, provider, started_at, ended_at, charged)"
        + " VALUES ('" + id + "', 1, 'fal_standard', now(), now(), 'yes')");
    JsonArray attempts = node.get("/v1/tasks/" + id).json().getJsonArray("attempts");
    assertEquals(1, attempts.size(), attempts::encode);
    assertEquals("yes", attempts.getJsonObject(0).getString("charged"));
    TestServers.execute(node.database, "DELETE FROM task WHERE id = '" + id + "'");
  }

  @Test
  void anAcceptedTaskIsStoredRunAndItsPictureServed() throws IOException {
    TestNode.Answer accepted = node.post("/v1/tasks", TestNode.picture(300, NO_WISH).put("metadata", new JsonObject().put("order", "42")));
    assertEquals(202, accepted.status());
    String id = accepted.json().getString("id");
    assertEquals("/v1/tasks/" + id, accepted.header("Location"));
    assertEquals("queued", accepted.json().getString("status"));

    JsonObject task = node.ended(id);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals("fal_queue", task.getString("queue"));
    assertEquals("42", task.getJsonObject("metadata").getString("order"));
    assertEquals("yes", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    JsonObject output = task.getJsonArray("outputs").getJsonObject(0);
    byte[] bytes = node.get(output.getString("url")).bytes();
    assertEquals(output.getInteger("bytes"), bytes.length);
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(bytes));
    assertEquals(64, picture.getWidth());

    JsonArray events = node.events(id);
    String before = "";
    for (int i = 0; i < events.size(); i++) {
      assertEquals(i + 1, events.getJsonObject(i).getInteger("seq"));
      assertTrue(events.getJsonObject(i).getString("id").compareTo(before) > 0);
      before = events.getJsonObject(i).getString("id");
    }
    assertEquals("task.queued", events.getJsonObject(0).getString("type"));
    assertEquals("task.completed", events.getJsonObject(events.size() - 1).getString("type"));
  }

  @Test
  void aBatchIsAcceptedInOrder() {
    JsonArray tasks = new JsonArray();
    for (int i = 0; i < 1_000; i++) {
      tasks.add(TestNode.picture(0, NO_WISH).put("delay_seconds", 3_600).put("metadata", new JsonObject().put("n", "batch-" + i)));
    }
    TestNode.Answer accepted = node.post("/v1/tasks/batch", new JsonObject().put("tasks", tasks));
    assertEquals(202, accepted.status());
    JsonArray made = accepted.json().getJsonArray("tasks");
    assertEquals(1_000, made.size());
    assertEquals("batch-999", made.getJsonObject(999).getJsonObject("metadata").getString("n"));
    assertEquals(1, node.get("/v1/tasks?metadata.n=batch-500").json().getJsonArray("tasks").size());
  }

  @Test
  void theListIsPagedNewestFirst() {
    JsonArray tasks = new JsonArray();
    for (int i = 0; i < 120; i++) {
      tasks.add(TestNode.picture(0, NO_WISH).put("delay_seconds", 3_600).put("metadata", new JsonObject().put("page", "yes")));
    }
    List<Object> made = new ArrayList<>();
    node.post("/v1/tasks/batch", new JsonObject().put("tasks", tasks)).json().getJsonArray("tasks")
        .forEach(task -> made.add(0, ((JsonObject) task).getString("id")));
    List<Object> seen = new ArrayList<>();
    String cursor = "";
    while (cursor != null) {
      JsonObject page = node.get("/v1/tasks?metadata.page=yes&limit=50&status=queued" + (cursor.isEmpty() ? "" : "&cursor=" + cursor)).json();
      page.getJsonArray("tasks").forEach(task -> seen.add(((JsonObject) task).getString("id")));
      cursor = page.getString("next_cursor");
    }
    assertEquals(made, seen);
  }

  @Test
  void aRepeatUnderTheSameKeyIsTheFirstTaskAndAnotherBodyIsRefused() {
    JsonObject body = TestNode.picture(100, NO_WISH);
    TestNode.Answer first = node.post("/v1/tasks", body, "Idempotency-Key", "key-1");
    TestNode.Answer again = node.post("/v1/tasks", body, "Idempotency-Key", "key-1");
    assertEquals(202, first.status());
    assertEquals(200, again.status());
    assertEquals("true", again.header("Idempotency-Replayed"));
    assertEquals(first.json().getString("id"), again.json().getString("id"));
    assertEquals(422, node.post("/v1/tasks", TestNode.picture(101, NO_WISH), "Idempotency-Key", "key-1").status());
  }

  @Test
  void aTaskIsNotRunBeforeItIsDue() {
    Instant due = Instant.now().plusMillis(1_500);
    JsonObject task = node.run(TestNode.picture(0, NO_WISH).put("run_at", due.toString()));
    assertEquals("completed", task.getString("status"));
    assertFalse(Instant.parse(task.getString("started_at")).isBefore(due.minusMillis(1)));
  }

  @Test
  void aWaitingTaskIsCancelledAtOnceAndCanBeRetried() {
    String id = node.post("/v1/tasks", TestNode.picture(100, NO_WISH).put("delay_seconds", 3_600)).json().getString("id");
    TestNode.Answer cancelled = node.post("/v1/tasks/" + id + "/cancel", "");
    assertEquals(202, cancelled.status());
    assertEquals("cancelled", cancelled.json().getString("status"));
    assertEquals(409, node.post("/v1/tasks/" + id + "/cancel", "").status());
    assertEquals(202, node.post("/v1/tasks/" + id + "/retry", "").status());
    assertEquals("completed", node.ended(id).getString("status"));
    assertEquals(409, node.post("/v1/tasks/" + id + "/retry", "").status());
  }

  @Test
  void aLongHistoryComesInPages() {
    String id = node.run(TestNode.picture(0, NO_WISH)).getString("id");
    int seq = node.events(id).size();
    assertNull(node.get("/v1/tasks/" + id + "/events").json().getString("next_cursor"));
    TestServers.execute(node.database, "INSERT INTO task_event SELECT (e).* FROM (SELECT jsonb_populate_record(e, jsonb_build_object("
        + "'id', e.id + n, 'seq', e.seq + n)) AS e FROM task_event e, generate_series(1, 10_000) n WHERE task_id = '" + id + "' AND seq = " + seq + ") x");
    JsonObject page = node.get("/v1/tasks/" + id + "/events").json();
    assertEquals(10_000, page.getJsonArray("events").size());
    JsonObject rest = node.get("/v1/tasks/" + id + "/events?cursor=" + page.getString("next_cursor")).json();
    assertEquals(seq, rest.getJsonArray("events").size());
    assertEquals(seq + 10_000, rest.getJsonArray("events").getJsonObject(seq - 1).getInteger("seq"));
    assertNull(rest.getString("next_cursor"));
  }

  @Test
  void aTaskInTheProvidersQueueIsCancelledThereAndNotCharged() {
    JsonObject slow = TestNode.picture(60_000, new JsonObject().put("queue_ms", 60_000));
    String id = node.post("/v1/tasks", slow).json().getString("id");
    untilSubmitted(id);
    assertEquals(202, node.post("/v1/tasks/" + id + "/cancel", "").status());
    JsonObject task = node.ended(id);
    assertEquals("cancelled", task.getString("status"), task::encodePrettily);
    assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }

  @Test
  void aRunningTaskIsCancelledAndItsChargeIsNotKnown() {
    String id = node.post("/v1/tasks", TestNode.picture(60_000, NO_WISH)).json().getString("id");
    untilSubmitted(id);
    node.post("/v1/tasks/" + id + "/cancel", "");
    JsonObject task = node.ended(id);
    assertEquals("cancelled", task.getString("status"), task::encodePrettily);
    assertEquals("unknown", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }

  /** Asking over HTTP is itself the wait: each answer is a look, and the number of looks is bounded. */
  private static void untilSubmitted(String id) {
    for (int looks = 0; looks < 5_000; looks++) {
      if (node.get("/v1/tasks/" + id).json().getString("external_id") != null) {
        return;
      }
    }
    throw new AssertionError("never submitted");
  }

  @Test
  void filesAreServedInParts() {
    JsonObject output = node.run(TestNode.picture(0, NO_WISH)).getJsonArray("outputs").getJsonObject(0);
    String url = output.getString("url");
    byte[] whole = node.get(url).bytes();
    String tag = node.get(url).header("ETag");

    TestNode.Answer first = node.get(url, "Range", "bytes=0-9");
    assertEquals(206, first.status());
    assertEquals("bytes 0-9/" + whole.length, first.header("Content-Range"));
    assertArrayEquals(Arrays.copyOf(whole, 10), first.bytes());
    assertArrayEquals(Arrays.copyOfRange(whole, 10, whole.length), node.get(url, "Range", "bytes=10-").bytes());
    assertArrayEquals(Arrays.copyOfRange(whole, whole.length - 7, whole.length), node.get(url, "Range", "bytes=-7").bytes());
    TestNode.Answer beyond = node.get(url, "Range", "bytes=" + whole.length + "-");
    assertEquals(416, beyond.status());
    assertEquals("bytes */" + whole.length, beyond.header("Content-Range"));
    assertEquals(304, node.get(url, "If-None-Match", tag).status());
    assertEquals(206, node.get(url, "Range", "bytes=0-9", "If-Range", tag).status());
    assertEquals(200, node.get(url, "Range", "bytes=0-9", "If-Range", "\"old\"").status());
    TestNode.Answer head = node.send(node.request(url).method("HEAD", HttpRequest.BodyPublishers.noBody()));
    assertEquals(String.valueOf(whole.length), head.header("Content-Length"));
    assertEquals(404, node.get(url.substring(0, url.length() - 1) + "7").status());
  }

  @Test
  void whatIsRegisteredIsShown() {
    JsonArray providers = node.get("/v1/providers").json().getJsonArray("providers");
    assertEquals(ProviderType.values().length, providers.size());
    JsonObject fal = providers.getJsonObject(0);
    assertEquals("fal_standard", fal.getString("provider"));
    assertTrue(fal.getBoolean("registered") && fal.getBoolean("sandbox") && !fal.getBoolean("configured"));
    assertEquals(ProviderCapability.values().length, node.get("/v1/capabilities").json().getJsonArray("capabilities").size());
    assertEquals("fal_queue", node.get("/v1/queues").json().getJsonArray("queues").getJsonObject(0).getString("queue"));
    assertEquals("up", node.get("/health/ready").json().getString("status"));
  }

  @Test
  void thePageIsServedWithAStrictPolicyAndItsScriptsAsScripts() {
    TestNode.Answer page = node.get("/");
    assertTrue(page.header("Content-Type").startsWith("text/html"));
    assertTrue(page.header("Content-Security-Policy").startsWith("default-src 'none'"));
    assertTrue(node.get("/page.js").header("Content-Type").startsWith("text/javascript"));
  }

  @Test
  void tasksGoOnWhenAllConnectionsToTheDatabaseAreCut() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      ids.add(acceptedThroughOutage("outage-" + i));
      if (i % 10 == 9) {
        TestServers.cutConnections(node.database);
      }
    }
    for (String id : ids) {
      assertEquals("completed", endedAfterOutage(id).getString("status"));
    }
    assertEquals("0", TestServers.ask(node.database, "SELECT count(*) FROM attempt WHERE attempt > 1"));
  }

  /** As a careful client does it: a 503 is answered with the same request under the same key. */
  private static String acceptedThroughOutage(String key) {
    for (int tries = 0; tries < 100; tries++) {
      TestNode.Answer answer = node.post("/v1/tasks", TestNode.picture(400, NO_WISH), "Idempotency-Key", key);
      if (answer.status() != 503) {
        return answer.json().getString("id");
      }
      assertEquals("2", answer.header("Retry-After"));
    }
    throw new AssertionError("never accepted");
  }

  private static JsonObject endedAfterOutage(String id) {
    for (int tries = 0; tries < 100; tries++) {
      TestNode.Answer answer = node.get("/v1/tasks/" + id + "?wait_seconds=60");
      if (answer.status() != 503) {
        return answer.json();
      }
      assertEquals("2", answer.header("Retry-After"));
    }
    throw new AssertionError("never readable");
  }
}
