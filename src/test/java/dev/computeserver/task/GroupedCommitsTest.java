package dev.computeserver.task;

import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupedCommitsTest {
  private static final int TASKS = 2_000;

  private final Vertx vertx = Vertx.vertx();
  private TestStore db;

  @BeforeEach
  void open() {
    db = new TestStore(vertx);
  }

  @AfterEach
  void close() {
    db.close();
    await(vertx.close());
  }

  private Future<Boolean> life(TaskStore store, int number) {
    return store.accept(TestStore.accept(TestStore.request("p" + number)))
        .compose(accepted -> store.claim(accepted.ids().get(0)).compose(mine -> db.queries.find(accepted.ids().get(0))))
        .compose(task -> store.setStatus(TaskChange.to(task.orElseThrow(), task.orElseThrow().state().completed(Instant.now())), PATIENCE));
  }

  @Test
  void manyLivesAtOnceShareCommitsAndLoseNothing() {
    TaskStore store = db.node(UUID.randomUUID());
    List<Future<Boolean>> lives = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      lives.add(life(store, i));
    }
    await(Future.all(lives));
    assertTrue(lives.stream().allMatch(Future::result));
    assertEquals("" + TASKS, db.ask("SELECT count(*) FROM task WHERE status = 'completed'"));
    assertEquals("" + 3 * TASKS, db.ask("SELECT count(*) FROM task_event"));
    assertTrue(db.told.size() < TASKS, "commits with events for " + 3 * TASKS + " events: " + db.told.size());
  }

  @Test
  void batchesFormOneChainAndEachTasksSeqHasNoGap() {
    TaskStore one = db.node(UUID.randomUUID());
    TaskStore two = db.node(UUID.randomUUID());
    List<Future<Boolean>> lives = new ArrayList<>();
    for (int i = 0; i < TASKS / 4; i++) {
      lives.add(life(i % 2 == 0 ? one : two, i));
    }
    await(Future.all(lives));

    List<TaskEvent.Batch> batches = new ArrayList<>(db.told);
    batches.sort(Comparator.comparingLong(TaskEvent.Batch::previous));
    Map<UUID, Integer> seqs = new HashMap<>();
    for (int i = 0; i < batches.size(); i++) {
      if (i > 0) {
        assertEquals(batches.get(i - 1).end(), batches.get(i).previous());
      }
      for (TaskEvent event : batches.get(i).events()) {
        assertEquals(seqs.merge(event.taskId(), 1, Integer::sum), event.seq());
      }
    }
    assertEquals(TASKS / 4, seqs.size());
  }

  @Test
  void twoNodesThatPullFromOneBacklogNeverGetTheSameTask() {
    TaskStore one = db.node(UUID.randomUUID());
    TaskStore two = db.node(UUID.randomUUID());
    TaskRequest[] thousand = new TaskRequest[1_000];
    Arrays.setAll(thousand, i -> TestStore.request("p" + i));
    for (int i = 0; i < 3; i++) {
      await(one.accept(TestStore.accept(thousand)));
    }
    List<UUID> claimed = new ArrayList<>();
    while (claimed.size() < 3_000) {
      Future<List<UUID>> first = one.claimWaiting("fal_queue", 50);
      Future<List<UUID>> second = two.claimWaiting("fal_queue", 50);
      await(Future.all(first, second));
      assertTrue(first.result().size() + second.result().size() > 0, "nothing more to claim after " + claimed.size());
      claimed.addAll(first.result());
      claimed.addAll(second.result());
    }
    assertEquals(3_000, claimed.stream().distinct().count());
    assertEquals("3000", db.ask("SELECT count(*) FROM task_event WHERE type = 'processing'"));
  }
}
