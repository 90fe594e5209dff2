package dev.computeserver.task;

import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PhaseTest {
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

  private Task advanced(Task task, TaskState next) {
    assertTrue(await(store.setStatus(TaskChange.to(task, next), PATIENCE)));
    return task.with(next);
  }

  @Test
  void eachPhaseIsKeptWithWhatTheNextOwnerNeedsAndToldToNobody() {
    Task task = db.claimed(store, TestStore.request("fox"));
    int told = db.told.size();
    task = advanced(task, task.state().submitting(new JsonObject().put("hash", "ab")));
    task = advanced(task, task.state().submitted("job-1", new JsonObject().put("link", "x")));
    assertEquals(task.state(), db.task(task.id()).state());
    task = advanced(task, task.state().storing(new JsonObject().put("document", "y")));
    assertEquals(task.state(), db.task(task.id()).state());
    assertEquals(told, db.told.size());
  }

  @Test
  void aCancelThatWasMeantForAnEarlierPhaseDoesNotUndoALaterOne() {
    Task claimed = db.claimed(store, TestStore.request("fox"));
    Task submitting = advanced(claimed, claimed.state().submitting(new JsonObject().put("hash", "ab")));
    advanced(submitting, submitting.state().submitted("job-1", new JsonObject().put("link", "x")));

    assertFalse(await(store.setStatus(TaskChange.to(claimed, claimed.state().cancelling()), PATIENCE)));

    TaskState now = db.task(claimed.id()).state();
    assertEquals(Phase.SUBMITTED, now.phase());
    assertEquals("job-1", now.externalId());
    assertEquals("x", now.job().getString("link"));
  }

  @Test
  void aCancelOfThePresentPhaseStaysWhileItsOwnerGoesOn() {
    Task claimed = db.claimed(store, TestStore.request("fox"));
    assertTrue(await(store.setStatus(TaskChange.to(claimed, claimed.state().cancelling()), PATIENCE)));
    advanced(claimed, claimed.state().submitting(new JsonObject()));
    TaskState now = db.task(claimed.id()).state();
    assertTrue(now.cancelRequested());
    assertEquals(Phase.SUBMITTING, now.phase());
  }
}
