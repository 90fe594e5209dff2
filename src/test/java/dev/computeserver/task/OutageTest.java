package dev.computeserver.task;

import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.db.Database;
import dev.computeserver.support.ByteProxy;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutageTest {
  private final Vertx vertx = Vertx.vertx();
  private TestStore db;
  private ByteProxy proxy;
  private Database way;
  private TaskStore store;

  @BeforeEach
  void open() {
    db = new TestStore(vertx);
    proxy = ByteProxy.before(vertx, db.uri);
    way = Database.open(vertx, proxy.uri(), 2, 10);
    store = db.node(UUID.randomUUID(), way);
  }

  @AfterEach
  void close() {
    await(way.close());
    proxy.close();
    db.close();
    await(vertx.close());
  }

  private static TaskChange completion(Task task) {
    return TaskChange.to(task, task.state().completed(Instant.now()));
  }

  @Test
  void aChangeWhoseAnswerIsLostStandsOnceAndIsReportedAsDone() {
    Task task = db.claimed(store, TestStore.request("fox"));
    Future<Void> lost = proxy.loseAnswerTo(task.id().toString());
    assertTrue(await(store.setStatus(completion(task), PATIENCE)));
    assertTrue(lost.succeeded());
    assertEquals("3", db.ask("SELECT count(*) FROM task_event"));
    assertEquals(TaskStatus.COMPLETED, db.task(task.id()).state().status());
  }

  @Test
  void aPhaseWhoseAnswerIsLostIsReportedAsDone() {
    Task task = db.claimed(store, TestStore.request("fox"));
    Future<Void> lost = proxy.loseAnswerTo(task.id().toString());
    TaskState next = task.state().submitting(new JsonObject().put("hash", "ab"));
    assertTrue(await(store.setStatus(TaskChange.to(task, next), PATIENCE)));
    assertTrue(lost.succeeded());
    assertEquals(next, db.task(task.id()).state());
  }

  @Test
  void aReportWhoseAnswerIsLostIsFoundInTheStoreSoThatItsSeqIsNotGivenTwice() {
    Task task = db.claimed(store, TestStore.request("fox"));
    Future<Void> lost = proxy.loseAnswerTo(task.id().toString());
    Future<Boolean> report = store.report(task, new JsonObject().put("percent", 40));
    await(report.otherwiseEmpty());
    assertTrue(lost.succeeded() && report.failed());

    Task counted = task.with(task.state().countedTo(await(db.queries.newestSeq(task.id()))));
    assertTrue(await(store.setStatus(completion(counted), PATIENCE)));
    assertEquals("1,2,3,4", db.ask("SELECT string_agg(seq::text, ',' ORDER BY id) FROM task_event"));
  }

  @Test
  void aReportThatNeverReachedTheDatabaseIsNotCounted() {
    Task task = db.claimed(store, TestStore.request("fox"));
    proxy.cut();
    Future<Boolean> report = store.report(task, new JsonObject().put("percent", 40));
    await(report.otherwiseEmpty());
    assertTrue(report.failed());
    assertEquals(task.state().seq(), await(db.queries.newestSeq(task.id())));
  }

  @Test
  void aChangeWaitsWhileTheDatabaseIsAwayAndIsWrittenWhenItIsBack() {
    Task task = db.claimed(store, TestStore.request("fox"));
    proxy.cut();
    Future<Boolean> change = store.setStatus(completion(task), PATIENCE);
    proxy.refused.await(2);
    assertEquals("processing", db.ask("SELECT status FROM task"));
    proxy.heal();
    assertTrue(await(change));
    assertEquals("completed", db.ask("SELECT status FROM task"));
    assertEquals("3", db.ask("SELECT count(*) FROM task_event"));
  }

  @Test
  void aChangeFailsWhenTheDatabaseIsAwayForLongerThanItsPatience() {
    Task task = db.claimed(store, TestStore.request("fox"));
    proxy.cut();
    Future<Boolean> change = store.setStatus(completion(task), Duration.ofMillis(700));
    await(change.otherwiseEmpty());
    assertTrue(change.failed());
    assertEquals("processing", db.ask("SELECT status FROM task"));
  }

  @Test
  void aStoreThatAnswersNothingForAMomentLosesNothing() {
    proxy.hold();
    List<Future<TaskStore.Accepted>> accepts = accepts(100);
    assertTrue(accepts.stream().noneMatch(Future::isComplete));
    proxy.heal();
    await(Future.all(accepts));
    assertEquals("100", db.ask("SELECT count(*) FROM task"));
  }

  @Test
  void aSlowWayToTheStoreMakesGroupsLargerAndNotWritesMany() {
    proxy.delay(Duration.ofMillis(30));
    await(Future.all(accepts(100)));
    assertEquals("100", db.ask("SELECT count(*) FROM task"));
    assertTrue(db.told.size() < 10, "commits: " + db.told.size());
  }

  private List<Future<TaskStore.Accepted>> accepts(int amount) {
    List<Future<TaskStore.Accepted>> accepts = new ArrayList<>();
    for (int i = 0; i < amount; i++) {
      accepts.add(store.accept(TestStore.accept(TestStore.request("p" + i))));
    }
    return accepts;
  }
}
