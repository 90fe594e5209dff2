package dev.computeserver.api;

import static dev.computeserver.api.LiveClient.subscribe;
import static dev.computeserver.api.LiveClient.tasks;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.PrometheusText;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.task.TaskId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node of a newer version shares the database, and writes words that this version does not know. */
class NewerVersionTest {
  private static TestNode node;
  /** A task of this version that has completed, of which the others are made. */
  private static String known;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
    sql("ALTER TABLE task DROP CONSTRAINT task_status_check, DROP CONSTRAINT task_phase_check, DROP CONSTRAINT task_check");
    sql("ALTER TABLE attempt DROP CONSTRAINT attempt_charged_check");
    known = node.run(TestNode.picture(10, new JsonObject())).getString("id");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static void sql(String statement) {
    TestServers.execute(node.database, statement);
  }

  /** A copy of the known task with these columns of its own, and its newest event. */
  private static String written(Map<String, String> columns) {
    String id = TaskId.next().toString();
    sql("INSERT INTO task SELECT (jsonb_populate_record(t, '" + new JsonObject(new HashMap<>(columns)).put("id", id).encode() + "')).* FROM task t"
        + " WHERE id = '" + known + "'");
    sql("INSERT INTO task_body SELECT '" + id + "', jsonb_set(request::jsonb, '{capability}', to_jsonb(t.capability))::text, b.metadata"
        + " FROM task_body b, task t WHERE b.task_id = '" + known + "' AND t.id = '" + id + "'");
    event(id);
    return id;
  }

  private static void event(String id) {
    sql("INSERT INTO task_event (id, task_id, seq, type, status, tenant, provider, capability, attempt, error)"
        + " SELECT (next_event_ids(1)).first, id, seq, status, status, tenant, provider, capability, attempt, error FROM task WHERE id = '" + id + "'");
  }

  private static String waiting(String provider, String capability) {
    return written(Map.of("status", "queued", "provider", provider, "capability", capability, "due_at", "2020-01-01T00:00:00Z"));
  }

  private static String running(String provider, String phase) {
    return written(Map.of("status", "processing", "provider", provider, "phase", phase));
  }

  private static JsonObject task(String id) {
    TestNode.Answer answer = node.get("/v1/tasks/" + id);
    assertEquals(200, answer.status(), () -> answer.json().encode());
    return answer.json();
  }

  @Test
  void everythingIsToldInTheWordsThatWereWritten() throws InterruptedException {
    String id = written(Map.of("status", "paused", "provider", "sora_cloud", "capability", "world_generation", "phase", "dreaming",
        "error", "{\"code\":\"too_early\",\"message\":\"m\",\"provider\":\"sora_cloud\",\"retryable\":true,\"new\":1}"));
    sql("INSERT INTO attempt SELECT (jsonb_populate_record(a, '{\"task_id\":\"" + id + "\",\"provider\":\"sora_cloud\",\"charged\":\"partly\"}')).*"
        + " FROM attempt a WHERE task_id = '" + known + "'");
    Stream<JsonObject> listed = node.get("/v1/tasks?limit=100").json().getJsonArray("tasks").stream().map(JsonObject.class::cast);
    for (JsonObject task : List.of(task(id), listed.filter(each -> each.getString("id").equals(id)).findFirst().orElseThrow())) {
      assertEquals("paused", task.getString("status"));
      assertEquals("sora_cloud", task.getString("provider"));
      assertEquals("world_generation", task.getString("capability"));
      assertNull(task.getString("type"));
      assertEquals("too_early", task.getJsonObject("error").getString("code"));
      assertEquals("sora_cloud", task.getJsonObject("error").getString("provider"));
      assertEquals("partly", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    }
    JsonObject event = node.events(id).getJsonObject(0);
    assertEquals(List.of("task.paused", "paused", "sora_cloud", "world_generation"), List.of(event.getString("type"), event.getString("status"),
        event.getString("provider"), event.getString("capability")));
    assertEquals("too_early", event.getJsonObject("error").getString("code"));
    try (LiveClient live = new LiveClient(node)) {
      live.send(subscribe(tasks(id))).next();
      assertEquals(event, live.next());
      sql("UPDATE task SET seq = seq + 1, status = 'resumed' WHERE id = '" + id + "'");
      event(id);
      assertEquals("task.resumed", live.next().getString("type"));
    }
    assertEquals(200, node.get("/health/ready").status());
    assertEquals(200, node.get("/v1/providers").status());
    assertEquals(202, node.post("/v1/tasks/" + id + "/cancel", new JsonObject()).status());
    assertEquals(true, task(id).getBoolean("cancel_requested"));
  }

  @Test
  void whatOnlyANewerVersionCanRunIsLeftToIt() {
    List<String> theirs = List.of(waiting("sora_cloud", "image_generation"), waiting("fal_standard", "world_generation"),
        running("sora_cloud", "submitted"), running("fal_standard", "dreaming"));
    List<String> before = theirs.stream().map(NewerVersionTest::row).toList();
    // Ours are behind theirs in every line, so once they are done, theirs have been passed over.
    sql("UPDATE task SET priority = 9 WHERE id IN ('" + theirs.get(0) + "', '" + theirs.get(1) + "')");
    String handedOver = running("fal_standard", "claimed");
    String waiting = waiting("fal_standard", "image_generation");
    assertNotNull(node.ended(handedOver));
    assertEquals("completed", node.ended(waiting).getString("status"));
    assertEquals(before, theirs.stream().map(NewerVersionTest::row).toList());
  }

  private static String row(String id) {
    return TestServers.ask(node.database, "SELECT concat_ws(' ', status, phase, provider, fence, owner, attempt, seq) FROM task WHERE id = '" + id + "'");
  }

  @Test
  void aTaskOfANewerVersionCanBeCancelledAndRetriedWhereThatMakesSense() {
    String waiting = waiting("sora_cloud", "image_generation");
    assertEquals(202, node.post("/v1/tasks/" + waiting + "/cancel", new JsonObject()).status());
    assertEquals("cancelled", task(waiting).getString("status"));
    assertEquals(409, node.post("/v1/tasks/" + waiting + "/cancel", new JsonObject()).status());
    PrometheusText metrics = PrometheusText.of(new String(node.get("/metrics").bytes(), StandardCharsets.UTF_8));
    assertEquals(1, metrics.value("compute_task_events_total", "type", "cancelled", "provider", "sora_cloud", "capability", "image_generation"));

    String running = running("sora_cloud", "dreaming");
    assertEquals(202, node.post("/v1/tasks/" + running + "/cancel", new JsonObject()).status());
    assertTrue(task(running).getBoolean("cancel_requested"));

    String world = written(Map.of("status", "failed", "provider", "sora_cloud", "capability", "world_generation"));
    TestNode.Answer refused = node.post("/v1/tasks/" + world + "/retry", new JsonObject());
    assertEquals(409, refused.status());

    String picture = written(Map.of("status", "failed", "provider", "sora_cloud", "error",
        "{\"code\":\"too_early\",\"message\":\"m\",\"provider\":\"sora_cloud\",\"retryable\":true}"));
    assertEquals(202, node.post("/v1/tasks/" + picture + "/retry", new JsonObject()).status());
    assertEquals("completed", node.ended(picture).getString("status"));
  }

  @Test
  void aTaskOfANewerVersionThatNobodyBeginsEndsAtItsDeadline() {
    String late = written(Map.of("status", "queued", "provider", "sora_cloud", "capability", "world_generation", "deadline_at",
        "2020-01-01T00:00:00Z"));
    JsonObject ended = node.ended(late);
    assertEquals("deadline_exceeded", ended.getJsonObject("error").getString("code"));
    JsonArray events = node.events(late);
    assertEquals("sora_cloud", events.getJsonObject(events.size() - 1).getString("provider"));
  }
}
