package dev.computeserver.task;

import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.db.Faults;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Entries that the store cannot take as they are, beside ordinary ones. */
class UnfitEntriesTest {
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

  private static TaskRequest request(JsonObject options, JsonObject metadata) {
    return new TaskRequest(ProviderCapability.IMAGE_GENERATION, List.of(), false, null, new JsonObject().put("prompt", "p"), options, 0, 600, 3,
        false, null, metadata);
  }

  static Stream<TaskRequest> unfitRequests() {
    return Stream.of(
        request(StorableTest.nested(996), null),
        request(StorableTest.nested(20_000), null),
        request(new JsonObject(), new JsonObject().put("order", new BigDecimal("1e200000"))),
        request(new JsonObject(), new JsonObject().put("\u0000", "\u0000")));
  }

  @ParameterizedTest
  @MethodSource("unfitRequests")
  void aRequestThatCannotBeStoredFailsAloneAndIsNoOutage(TaskRequest unfit) {
    List<Future<TaskStore.Accepted>> ordinary = new ArrayList<>();
    Future<TaskStore.Accepted> bad = null;
    for (int i = 0; i < 60; i++) {
      ordinary.add(store.accept(TestStore.accept(TestStore.request("p" + i))));
      if (i == 30) {
        bad = Future.succeededFuture(unfit).compose(request -> store.accept(TestStore.accept(request)));
      }
    }
    await(Future.all(ordinary));
    await(bad.otherwiseEmpty());
    Throwable why = bad.cause();
    assertTrue(why == null || !Faults.isOutage(why) && Faults.isRefusal(why), () -> "it says " + why);
    assertEquals("60", db.ask("SELECT count(*) FROM task_body WHERE request LIKE '%\"prompt\":\"p%' AND metadata IS NULL"
        + " AND length(request) < 1000"));
  }

  static Stream<JsonObject> unfitResults() {
    return Stream.of(
        new JsonObject().put("seed", 7).put("metrics", StorableTest.nested(998)),
        new JsonObject().put("seed", 7).put("metrics", StorableTest.nested(20_000)),
        new JsonObject().put("seed", 7).put("text", "a\u0000b\uD83D"),
        new JsonObject().put("seed", 7).put("\u0000", new JsonArray().add("\uDD8A")),
        new JsonObject().put("seed", 7).put("timings", new JsonArray().add(Double.NaN).add(new BigDecimal("1e400000"))));
  }

  @ParameterizedTest
  @MethodSource("unfitResults")
  void aPaidResultIsStoredWithoutWhatCannotBe(JsonObject result) {
    Task task = db.claimed(store, TestStore.request("fox"));
    assertTrue(await(store.report(task, result)));
    Task told = task.with(task.state().told());
    TaskState submitted = told.state().submitted("job-1", new JsonObject().put("data", result));
    assertTrue(await(store.setStatus(TaskChange.to(told, submitted), PATIENCE)));
    assertEquals(submitted, db.task(task.id()).state());
    TaskState storing = submitted.storing(new JsonObject().put("media", new JsonArray()).put("result", result));
    assertTrue(await(store.setStatus(TaskChange.to(told.with(submitted), storing), PATIENCE)));
    TaskChange end = TaskChange.to(told.with(storing), storing.completed(Instant.now())).with(List.of(), result);
    assertTrue(await(store.setStatus(end, PATIENCE)));

    Task after = db.task(task.id());
    assertEquals(TaskStatus.COMPLETED, after.state().status());
    assertEquals(7, after.result().getInteger("seed"));
    List<TaskEvent> events = await(db.log.ofTask(task.id(), 0, 10));
    assertEquals(7, events.get(2).progress().getInteger("seed"));
    // What was told is what is stored.
    List<TaskEvent> tellings = db.told.stream().flatMap(batch -> batch.events().stream()).toList();
    assertEquals(events.stream().map(TaskEvent::toJson).toList(), tellings.stream().map(TaskEvent::toJson).toList());
  }

  @Test
  void aFailureIsStoredWhateverTheProviderSays() {
    Task task = db.claimed(store, TestStore.request("fox"));
    TaskError error = new TaskError(TaskError.Code.PROVIDER_FAILED, "\u0000\uD83D" + "\uD83E\uDD8A".repeat(1_000_000), null, false, 500);
    AttemptRecord attempt = new AttemptRecord(1, "fal_standard", "m", "job-1", Instant.now(), Instant.now(), AttemptRecord.Charged.NO, null, error.toJson());
    assertTrue(await(store.setStatus(TaskChange.to(task, task.state().failed(error, Instant.now())).ending(attempt), PATIENCE)));
    assertEquals(error, db.task(task.id()).state().error());
    assertTrue(error.message().length() <= 2_001);
  }

  @Test
  void aRowThatCannotBeReadHidesNoOther() {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      ids.add(await(store.accept(TestStore.accept(TestStore.request("p" + i)))).ids().get(0));
    }
    corrupt("task_body SET request = '{\"capability\":7,\"providers\":\"no\"}'", "task_id", ids.get(0));
    corrupt("task_body SET request = 'no JSON'", "task_id", ids.get(1));
    corrupt("task SET error = repeat('[', 5000), job = '1'", "id", ids.get(2));
    corrupt("task SET error = '{\"code\":7,\"retryable\":\"maybe\"}'", "id", ids.get(3));
    corrupt("task_event SET progress = repeat('{\"a\":', 5000), error = '\"\"'", "task_id", ids.get(4));
    TestServers.execute(db.uri, "INSERT INTO task_result VALUES ('" + ids.get(5) + "', '[{\"index\":\"none\"}, 1]', '[]')");

    TaskQueries.Filter all = new TaskQueries.Filter(null, null, null, null, null, new JsonObject());
    List<Task> tasks = await(db.queries.list("default", all, null, 100)).tasks();
    assertEquals(Set.copyOf(ids), Set.copyOf(tasks.stream().map(Task::id).toList()));
    assertEquals(ids, await(db.queries.find(ids)).stream().map(Task::id).toList());
    assertEquals(6, await(db.log.between(0, Long.MAX_VALUE, EventLog.Wanted.ALL, 100)).size());
    assertFalse(await(db.queries.look(ids.get(2))).isEmpty());
  }

  private void corrupt(String change, String column, UUID task) {
    TestServers.execute(db.uri, "UPDATE " + change + " WHERE " + column + " = '" + task + "'");
  }

  @Test
  void aSearchForLostSubmitsIsNotBrokenByWhatOneTaskAskedFor() {
    Task odd = submitting("odd");
    Task one = submitting("fox");
    Task other = submitting("fox");
    corrupt("task_body SET request = '{\"input\":1e200000}'", "task_id", odd.id());
    assertEquals(Set.of(other.id() + "/1"), await(db.queries.asking(one, false)));
    assertEquals(Set.of(), await(db.queries.asking(odd, false)));
    assertEquals(Set.of(odd.id() + "/1", other.id() + "/1"), await(db.queries.asking(one, true)));
  }

  private Task submitting(String prompt) {
    Task task = db.claimed(store, TestStore.request(prompt));
    assertTrue(await(store.setStatus(TaskChange.to(task, task.state().submitting(new JsonObject())), PATIENCE)));
    return task;
  }
}
