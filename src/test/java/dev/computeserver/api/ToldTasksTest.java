package dev.computeserver.api;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.TaskStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ToldTasksTest {
  private final Vertx vertx = Vertx.vertx();
  private final ByteBudget memory = new ByteBudget(4 << 20);
  private final ByteBudget sending = new ByteBudget(1 << 20);
  private TestStore db;
  private ToldTasks tasks;
  private UUID big;
  private UUID small;

  @BeforeEach
  void open() {
    db = new TestStore(vertx);
    TaskStore store = db.node(UUID.randomUUID());
    tasks = new ToldTasks(vertx, db.queries, new TaskView(db.queries, db.log), memory, sending);
    big = db.claimed(store, TestStore.request("x".repeat(600_000))).id();
    small = db.claimed(store, TestStore.request("fox")).id();
  }

  @AfterEach
  void close() {
    db.close();
    await(vertx.close());
  }

  @Test
  void bigOnesAreReadInTurnAndSmallOnesAtOnce() {
    ByteBudget.Share all = memory.tryTake(memory.total()).orElseThrow();
    Future<String> read = tasks.read(big, task -> task.orElseThrow().getString("id"));
    assertEquals(small.toString(), await(tasks.read(small, task -> task.orElseThrow().getString("id"))));
    assertEquals(Optional.empty(), await(tasks.read(UUID.randomUUID(), task -> task)));
    assertFalse(read.isComplete());
    all.close();
    assertEquals(big.toString(), await(read));
    assertEquals(0, memory.taken());
  }

  @Test
  void whatIsSentHasItsOwnMemoryUntilItIsTaken() {
    Promise<Void> taken = Promise.promise();
    Promise<Void> begun = Promise.promise();
    Future<Void> told = tasks.tell(big, task -> task.orElseThrow().encode(), body -> {
      assertTrue(body.length() > 600_000);
      begun.complete();
      return taken.future();
    });
    await(begun.future());
    assertEquals(0, memory.taken(), "reading it is over");
    assertEquals(sending.total(), sending.taken());
    Throwable late = await(tasks.tell(big, task -> task, Future::succeededFuture).transform(failed -> Future.succeededFuture(failed.cause())));
    assertInstanceOf(ByteBudget.Exhausted.class, late);
    taken.complete();
    await(told);
    assertEquals(0, sending.taken());
  }
}
