package dev.computeserver.task;

import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.AttemptRecord.Charged;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SetStatusTest {
  private static final TaskRequest.Webhook HOOK = new TaskRequest.Webhook("http://127.0.0.1:9/hook", List.of("completed", "failed"));

  private final Vertx vertx = Vertx.vertx();
  private TestStore db;
  private TaskStore store;

  @BeforeEach
  void open() {
    db = new TestStore(vertx);
    store = db.node(UUID.randomUUID());
  }

  @AfterEach
  void close() {
    db.close();
    await(vertx.close());
  }

  private static TaskChange completion(Task task) {
    Instant now = Instant.now();
    AttemptRecord attempt = new AttemptRecord(1, "fal_standard", "m", "job-1", now, now, Charged.YES, null, null);
    Output output = new Output(0, "key", "image/png", 5, 1, 1, "ab");
    return TaskChange.to(task, task.state().completed(now)).ending(attempt).with(List.of(output), new JsonObject().put("seed", 7));
  }

  @Test
  void writesRowEventAttemptResultAndWebhookTogether() {
    Task task = db.claimed(store, TestStore.request("fox", 0, HOOK, null));
    assertTrue(await(store.setStatus(completion(task), PATIENCE)));

    Task after = db.task(task.id());
    assertEquals(TaskStatus.COMPLETED, after.state().status());
    assertEquals("image/png", after.outputs().get(0).contentType());
    assertEquals(7, after.result().getInteger("seed"));
    assertEquals("job-1", await(db.queries.attempts(List.of(task.id()))).get(task.id()).get(0).externalId());
    assertEquals("completed", db.ask("SELECT type FROM webhook_delivery"));
    List<TaskEvent> events = await(db.log.ofTask(task.id(), 0, 10));
    assertEquals(List.of("queued", "processing", "completed"), events.stream().map(TaskEvent::type).toList());
    assertEquals(List.of(1, 2, 3), events.stream().map(TaskEvent::seq).toList());
    TaskEvent.Batch last = db.told.get(db.told.size() - 1);
    assertEquals(events.get(2), last.events().get(0));
  }

  @Test
  void leavesNothingBehindAndTellsNobodyWhenAnyPartCannotBeWritten() {
    Task task = db.claimed(store, TestStore.request("fox", 0, HOOK, null));
    TestServers.execute(db.uri, "ALTER TABLE webhook_delivery ADD CHECK (url <> 'http://127.0.0.1:9/hook')");
    int toldBefore = db.told.size();

    Future<Boolean> change = store.setStatus(completion(task), PATIENCE);
    await(change.otherwise(false));
    assertTrue(change.failed());

    assertEquals(TaskStatus.PROCESSING, db.task(task.id()).state().status());
    assertEquals("2", db.ask("SELECT count(*) FROM task_event"));
    assertEquals("0", db.ask("SELECT count(*) FROM attempt"));
    assertEquals("0", db.ask("SELECT count(*) FROM task_result"));
    assertEquals(toldBefore, db.told.size());
  }

  @Test
  void changesNothingForAnOwnerWhoseFenceIsOld() {
    Task task = db.claimed(store, TestStore.request("fox"));
    TestServers.execute(db.uri, "UPDATE task SET fence = fence + 1");
    assertFalse(await(store.setStatus(completion(task), PATIENCE)));
    assertEquals(TaskStatus.PROCESSING, db.task(task.id()).state().status());
    assertEquals("2", db.ask("SELECT count(*) FROM task_event"));
  }

  @Test
  void changesNothingTwice() {
    Task task = db.claimed(store, TestStore.request("fox"));
    assertTrue(await(store.setStatus(completion(task), PATIENCE)));
    assertFalse(await(store.setStatus(completion(task), PATIENCE)));
    assertEquals("3", db.ask("SELECT count(*) FROM task_event"));
  }

  @Test
  void countsProgressAmongTheTasksEventsWithoutTouchingItsRow() {
    Task task = db.claimed(store, TestStore.request("fox"));
    String rowBefore = db.ask("SELECT xmin::text FROM task");
    assertTrue(await(store.report(task, new JsonObject().put("percent", 40))));
    assertEquals(rowBefore, db.ask("SELECT xmin::text FROM task"));

    Task told = task.with(task.state().told());
    assertTrue(await(store.setStatus(completion(told), PATIENCE)));
    List<TaskEvent> events = await(db.log.ofTask(task.id(), 0, 10));
    assertEquals(List.of(1, 2, 3, 4), events.stream().map(TaskEvent::seq).toList());
    assertEquals(40, events.get(2).progress().getInteger("percent"));
  }

  @Test
  void tellsAWebhookOfProgressWhereItWantsThat() {
    for (String wanted : List.of("progress", "completed")) {
      Task task = db.claimed(store, TestStore.request("fox", 0, new TaskRequest.Webhook("http://127.0.0.1:9/hook", List.of(wanted)), null));
      assertTrue(await(store.report(task.withoutInput(), new JsonObject().put("percent", 40))));
    }
    assertEquals("progress 3 t", db.ask("SELECT string_agg(d.type || ' ' || d.seq || ' ' || (d.event_id = e.id)::text, ',') FROM webhook_delivery d"
        + " JOIN task_event e USING (task_id, seq)").replace("true", "t"));
  }

  @Test
  void givesUpTheZeroCharacterOfAProvidersTextAndKeepsTheRest() {
    Task task = db.claimed(store, TestStore.request("fox"));
    TaskChange change = completion(task).with(List.of(), new JsonObject().put("text", "a\u0000b\\u0000c"));
    assertTrue(await(store.setStatus(change, PATIENCE)));
    assertEquals("a\ufffdb\\u0000c", db.task(task.id()).result().getString("text"));
  }

  @Test
  void waitsForTheDatabaseToComeBackAndWritesOnce() {
    Task task = db.claimed(store, TestStore.request("fox"));
    TestServers.cutConnections(db.uri);
    assertTrue(await(store.setStatus(completion(task), PATIENCE)));
    assertEquals("3", db.ask("SELECT count(*) FROM task_event"));
  }
}
