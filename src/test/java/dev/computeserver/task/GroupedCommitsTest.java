package dev.computeserver.task;

import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.support.TestStore;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupedCommitsTest {
  private static final int FLOWS = 50;
  private static final int TASKS = 40 * FLOWS;
  /** So many at once are accepted before accepting loses its patience, on a slow machine too. */
  private static final int WAVE = 500;
  private static final int BACKLOG = 5_000;

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
  void changesOfOneTaskThatComeTogetherAreAppliedOneAfterTheOther() {
    TaskStore store = db.node(UUID.randomUUID());
    Task other = db.claimed(store, TestStore.request("other"));
    Task task = db.claimed(store, TestStore.request("fox"));
    TaskState next = task.state().submitting(new JsonObject());
    Future<Boolean> first = store.setStatus(TaskChange.to(other, other.state().submitting(new JsonObject())), PATIENCE);
    Future<Boolean> cancel = store.setStatus(TaskChange.to(task, task.state().cancelling()), PATIENCE);
    Future<Boolean> step = store.setStatus(TaskChange.to(task, next), PATIENCE);
    Future<Boolean> last = store.setStatus(TaskChange.to(other, other.state().cancelling()), PATIENCE);
    await(Future.all(first, cancel, step, last));
    assertTrue(first.result() && cancel.result() && step.result());
    assertFalse(last.result(), "the other task has moved on by then");
    assertEquals(next.cancelling(), db.task(task.id()).state());
  }

  @Test
  void bigResultsAreWrittenInStatementsOfTheirOwn() {
    TaskStore store = db.node(UUID.randomUUID());
    JsonObject result = new JsonObject().put("text", "x".repeat((int) (TaskStore.GROUP_BYTES / 2)));
    List<Future<Boolean>> ends = new ArrayList<>();
    List.of("one", "two", "three").stream().map(prompt -> db.claimed(store, TestStore.request(prompt))).toList().forEach(task -> {
      ends.add(store.setStatus(TaskChange.to(task, task.state().completed(Instant.now())).with(List.of(), result), PATIENCE));
    });
    await(Future.all(ends));
    assertTrue(ends.stream().allMatch(Future::result));
    assertEquals("3", db.ask("SELECT count(DISTINCT xmin::text) FROM task_result"));
  }

  @Test
  void manyLivesAtOnceShareCommitsAndLoseNothing() {
    TaskStore store = db.node(UUID.randomUUID());
    for (int wave = 0; wave < TASKS; wave += WAVE) {
      List<Future<Boolean>> lives = new ArrayList<>();
      for (int i = 0; i < WAVE; i++) {
        lives.add(life(store, wave + i));
      }
      await(Future.all(lives));
      assertTrue(lives.stream().allMatch(Future::result));
    }
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
  void flowsOfManyEventLoopsAreEachAnsweredOnTheirOwnInOrderAndWithoutGap() {
    TaskStore store = db.node(UUID.randomUUID());
    List<Task> ended = Collections.synchronizedList(new ArrayList<>());
    await(vertx.deployVerticle(() -> new Flow(store, ended), new DeploymentOptions().setInstances(FLOWS)));

    assertEquals("" + TASKS, db.ask("SELECT count(*) FROM task WHERE status = 'completed'"));
    Map<UUID, Integer> seqs = new HashMap<>();
    long last = 0;
    for (TaskEvent event : await(db.log.between(0, Long.MAX_VALUE, EventLog.Wanted.ALL, 10 * TASKS))) {
      assertTrue(event.id() > last);
      last = event.id();
      assertEquals(seqs.merge(event.taskId(), 1, Integer::sum), event.seq());
    }
    assertEquals(TASKS, seqs.size());
    assertTrue(seqs.values().stream().allMatch(seq -> seq == 4));
    assertEquals(TASKS, ended.size());
  }

  /** One of many event loops: leads its share of tasks, one after the other, through their whole lives. */
  private final class Flow extends VerticleBase {
    private final TaskStore store;
    private final List<Task> ended;

    Flow(TaskStore store, List<Task> ended) {
      this.store = store;
      this.ended = ended;
    }

    @Override
    public Future<?> start() {
      Future<?> lives = Future.succeededFuture();
      for (int i = 0; i < TASKS / FLOWS; i++) {
        lives = lives.compose(before -> life());
      }
      return lives;
    }

    private Future<?> life() {
      return store.accept(TestStore.accept(TestStore.request("p")))
          .compose(accepted -> here(store.claim(accepted.ids().get(0))).compose(mine -> db.queries.find(accepted.ids().get(0))))
          .compose(found -> {
            Task task = found.orElseThrow();
            return here(store.report(task, new JsonObject().put("percent", 50))).map(told -> task.with(task.state().told()));
          })
          .compose(task -> here(store.setStatus(TaskChange.to(task, task.state().completed(Instant.now())), PATIENCE))
              .map(done -> ended.add(task)));
    }

    private Future<?> here(Future<Boolean> answer) {
      return answer.map(done -> {
        assertTrue(done);
        assertSame(context, Vertx.currentContext());
        return null;
      });
    }
  }

  @Test
  void twoNodesThatPullAndTakeHintsFromOneBacklogNeverGetTheSameTask() {
    TaskStore one = db.node(UUID.randomUUID());
    TaskStore two = db.node(UUID.randomUUID());
    TaskRequest[] thousand = new TaskRequest[1_000];
    Arrays.setAll(thousand, i -> TestStore.request("p" + i));
    List<UUID> hinted = new ArrayList<>();
    for (int i = 0; i < BACKLOG / 1_000; i++) {
      hinted.addAll(await(one.accept(TestStore.accept(thousand))).ids().subList(0, 100));
    }
    List<UUID> claimed = Collections.synchronizedList(new ArrayList<>());
    List<Future<?>> racing = new ArrayList<>(List.of(pullAll(one, claimed), pullAll(two, claimed)));
    hinted.forEach(id -> List.of(one, two).forEach(store -> racing.add(store.claim(id).map(mine -> mine && claimed.add(id)))));
    await(Future.all(racing));

    assertEquals(BACKLOG, claimed.size());
    assertEquals(BACKLOG, claimed.stream().distinct().count());
    assertEquals("" + BACKLOG, db.ask("SELECT count(*) FROM task_event WHERE type = 'processing'"));
    assertEquals("" + BACKLOG, db.ask("SELECT count(*) FROM task WHERE fence = 1 AND attempt = 1 AND status = 'processing'"));
  }

  /** Pulls until nothing waits any more; what others hold at a moment is theirs or comes back in the next pull. */
  private Future<?> pullAll(TaskStore store, List<UUID> claimed) {
    return store.claimWaiting("fal_queue", Map.of(ProviderType.FAL_STANDARD, 50), 50).compose(claims -> {
      claims.forEach(claim -> claimed.add(claim.task()));
      boolean more = !claims.isEmpty() || claimed.size() < BACKLOG;
      return more ? pullAll(store, claimed) : Future.succeededFuture();
    });
  }
}
