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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A provider's job that was found for a task belongs to that task alone. */
class AdoptTest {
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

  private Task submitting(TaskStore node, String prompt) {
    Task task = db.claimed(node, TestStore.request(prompt));
    TaskState next = task.state().submitting(new JsonObject());
    assertTrue(await(node.setStatus(TaskChange.to(task, next), PATIENCE)));
    return db.task(task.id());
  }

  private static TaskChange with(Task task, String job) {
    return TaskChange.to(task, task.state().submitted(job, new JsonObject().put("data", new JsonObject()))).deciding("found");
  }

  private Task ended(String job, Charged charged) {
    Task task = submitting(store, "fox");
    Instant now = Instant.now();
    AttemptRecord attempt = new AttemptRecord(1, "fal_standard", "m", job, now, now, charged, null, null);
    assertTrue(await(store.setStatus(TaskChange.to(task, task.state().cancelled(now)).ending(attempt), PATIENCE)));
    return task;
  }

  @Test
  void ofManyThatFindOneJobAtTheSameMomentOnTwoNodesOneGetsIt() {
    TaskStore other = db.node(UUID.randomUUID());
    List<Task> here = new ArrayList<>();
    List<Task> there = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      here.add(submitting(store, "fox"));
      there.add(submitting(other, "fox"));
    }
    List<Future<Boolean>> all = new ArrayList<>();
    here.forEach(task -> all.add(store.decide(with(task, "job-1"), PATIENCE)));
    there.forEach(task -> all.add(other.decide(with(task, "job-1"), PATIENCE)));
    all.forEach(each -> await(each));
    assertEquals(1, all.stream().filter(Future::result).count());
    assertEquals("1 9", db.ask("SELECT count(*) FILTER (WHERE phase = 'submitted' AND external_id = 'job-1') || ' '"
        + " || count(*) FILTER (WHERE phase = 'submitting' AND external_id IS NULL) FROM task"));
  }

  @Test
  void aJobThatAnyAttemptHadIsNotTakenAgainAtItsProvider() {
    Task ended = ended("job-1", Charged.YES);
    Task task = submitting(store, "fox");
    assertEquals(Set.of("job-1"), await(db.queries.held(task, List.of("job-1", "job-2"))));
    assertFalse(await(store.decide(with(task, "job-1"), PATIENCE)));
    TestServers.execute(db.uri, "UPDATE attempt SET provider = 'replicate' WHERE task_id = '" + ended.id() + "'");
    assertEquals(Set.of(), await(db.queries.held(task, List.of("job-1", "job-2"))));
    assertTrue(await(store.decide(with(task, "job-1"), PATIENCE)));
  }

  @Test
  void aJobThatWasReportedForAnotherTaskIsLeftToIt() {
    Task reported = submitting(store, "fox");
    Task task = submitting(store, "fox");
    await(new ReportedJobs(db.database).keep(reported.id(), 1, new ReportedJobs.Reported("job-1", new JsonObject())));
    assertFalse(await(store.decide(with(task, "job-1"), PATIENCE)));
    assertTrue(await(store.decide(with(reported, "job-1"), PATIENCE)));
  }

  @Test
  void theDecisionStandsWithTheAttemptAndInTheEventOfAChangeThatHasOne() {
    Task found = submitting(store, "fox");
    Task given = submitting(store, "fox");
    Instant now = Instant.now();
    AttemptRecord attempt = new AttemptRecord(1, "fal_standard", "m", null, now, now, Charged.UNKNOWN, null, null);
    Future<Boolean> one = store.decide(with(found, "job-1"), PATIENCE);
    Future<Boolean> two = store.decide(TaskChange.to(given, given.state().cancelled(now)).ending(attempt).deciding("given up"), PATIENCE);
    assertTrue(await(one) && await(two));
    assertEquals("found,given up", db.ask("SELECT string_agg(decision, ',' ORDER BY decision) FROM lost_submit WHERE attempt = 1"));
    assertEquals("given up", await(db.queries.attempts(List.of(given.id()))).get(given.id()).get(0).reconciled());
    List<TaskEvent> events = await(db.log.ofTask(given.id(), 0, 10));
    assertEquals("given up", events.get(2).progress().getString("message"));
    assertEquals(events.get(2), db.told.get(db.told.size() - 1).events().get(0));
    db.ask("SELECT remove_old_tasks(-1, 10)");
    assertEquals("1", db.ask("SELECT count(*) FROM lost_submit"));
  }

  @Test
  void changesNothingForAnOwnerWhoseFenceIsOld() {
    Task task = submitting(store, "fox");
    TestServers.execute(db.uri, "UPDATE task SET fence = fence + 1");
    assertFalse(await(store.decide(with(task, "job-1"), PATIENCE)));
  }

  @Test
  void isWrittenOnceTheDatabaseIsBack() {
    Task task = submitting(store, "fox");
    TestServers.cutConnections(db.uri);
    assertTrue(await(store.decide(with(task, "job-1"), PATIENCE)));
    assertEquals("job-1", db.ask("SELECT external_id FROM task"));
  }

  @Test
  void tellsWhoElseWaitsForAnAnswerToTheSameQuestion() {
    Task task = submitting(store, "fox");
    Task same = submitting(store, "fox");
    submitting(store, "hen");
    assertEquals(Set.of(same.id() + "/1"), await(db.queries.asking(task, false)));
    assertEquals(2, await(db.queries.asking(task, true)).size());
    TaskState lost = same.state().submitting(new JsonObject().put("lost", true));
    assertTrue(await(store.setStatus(TaskChange.to(same, lost), PATIENCE)));
    assertEquals(Set.of(), await(db.queries.asking(task, false)));
  }
}
