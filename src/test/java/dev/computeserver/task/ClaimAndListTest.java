package dev.computeserver.task;

import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClaimAndListTest {
  private static final TaskQueries.Filter ALL = new TaskQueries.Filter(null, null, null, null, null, new JsonObject());

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

  private UUID accept(TaskRequest request, Instant due) {
    Task.New task = new Task.New(TaskId.next(), request, TestStore.ROUTE, TestStore.FAL, due);
    return await(store.accept(new TaskStore.Accept("default", List.of(task), null, null))).ids().get(0);
  }

  @Test
  void claimsByPriorityThenAgeAndNothingBeforeItIsDue() {
    Instant now = Instant.now();
    UUID late = accept(TestStore.request("late"), now);
    UUID future = accept(TestStore.request("future", 100, null, null), now.plusSeconds(3600));
    UUID later = accept(TestStore.request("later"), now);
    UUID urgent = accept(TestStore.request("urgent", 5, null, null), now);

    assertEquals(List.of(urgent), TestStore.claimWaiting(store, 1));
    assertEquals(List.of(late), TestStore.claimWaiting(store, 1));
    assertEquals(List.of(later), TestStore.claimWaiting(store, 10));
    assertFalse(await(store.claim(future)));
  }

  @Test
  void anExpiredNodeClaimsNothingAndItsTasksGoToAnotherUnderANewFence() {
    UUID dying = UUID.randomUUID();
    TaskStore dead = db.node(dying);
    Task task = db.claimed(dead, TestStore.request("fox"));
    UUID waiting = accept(TestStore.request("waits"), Instant.now());
    TestServers.execute(db.uri, "UPDATE node SET expires_at = now() - interval '1 second' WHERE id = '" + dying + "'");

    assertFalse(await(dead.claim(waiting)));
    assertEquals(List.of(task.id()), await(store.takeOver("fal_queue", 10)));
    assertEquals(task.state().fence() + 1, db.task(task.id()).state().fence());
    assertFalse(await(dead.setStatus(TaskChange.to(task, task.state().completed(Instant.now())), PATIENCE)));
    assertTrue(await(store.takeOver("fal_queue", 10)).isEmpty());
  }

  @Test
  void aDeadNodesClaimThatCommitsLateIsTakenOverAllTheSame() {
    UUID dying = UUID.randomUUID();
    TaskStore dead = db.node(dying);
    UUID task = accept(TestStore.request("fox"), Instant.now());
    TestServers.execute(db.uri, "UPDATE node SET expires_at = now() - interval '1 second' WHERE id = '" + dying + "'");
    assertTrue(await(store.takeOver("fal_queue", 10)).isEmpty());

    TestServers.execute(db.uri, "UPDATE task SET status = 'processing', phase = 'claimed', fence = 1, owner = '" + dying + "'");
    assertEquals(List.of(task), await(store.takeOver("fal_queue", 10)));
    assertFalse(await(new Membership(db.database, dying).heartbeat(PATIENCE)));
  }

  @Test
  void aDeadNodeIsForgottenInTheEnd() {
    UUID dying = UUID.randomUUID();
    db.node(dying);
    TestServers.execute(db.uri, "UPDATE node SET expires_at = now() - interval '11 minutes' WHERE id = '" + dying + "'");
    await(store.takeOver("fal_queue", 10));
    assertEquals("1", db.ask("SELECT count(*) FROM node"));
  }

  @Test
  void whoComesBackAfterAnOutageLeavesTheOthersTimeToComeBackToo() {
    Task task = db.claimed(store, TestStore.request("fox"));
    UUID back = UUID.randomUUID();
    TaskStore again = db.node(back);
    TestServers.execute(db.uri, "UPDATE node SET expires_at = now() - interval '1 second'");
    Membership membership = new Membership(db.database, back);
    assertFalse(await(membership.heartbeat(PATIENCE)));
    await(membership.join("test", PATIENCE));
    assertTrue(await(again.takeOver("fal_queue", 10)).isEmpty());

    TestServers.execute(db.uri, "UPDATE node SET patient_until = now() WHERE id = '" + back + "'");
    assertEquals(List.of(task.id()), await(again.takeOver("fal_queue", 10)));
  }

  @Test
  void whoComesBackToOthersThatLiveIsAsPatientAsTheyAre() {
    Task task = db.claimed(store, TestStore.request("fox"));
    UUID paused = UUID.randomUUID();
    TaskStore again = db.node(paused);
    UUID alive = UUID.randomUUID();
    db.node(alive);
    TestServers.execute(db.uri, "UPDATE node SET expires_at = now() - interval '1 second' WHERE id <> '" + alive + "'");
    TestServers.execute(db.uri, "UPDATE node SET patient_until = now() + interval '1 hour' WHERE id = '" + alive + "'");
    Membership membership = new Membership(db.database, paused);
    await(membership.join("test", PATIENCE));
    UUID started = UUID.randomUUID();
    TaskStore fresh = db.node(started);
    assertTrue(await(again.takeOver("fal_queue", 10)).isEmpty());
    assertTrue(await(fresh.takeOver("fal_queue", 10)).isEmpty());

    TestServers.execute(db.uri, "UPDATE node SET patient_until = '-infinity' WHERE id IN ('" + alive + "', '" + started + "')");
    TestServers.execute(db.uri, "UPDATE node SET expires_at = now() - interval '1 second' WHERE id = '" + paused + "'");
    await(membership.join("test", PATIENCE));
    assertEquals(List.of(task.id()), await(again.takeOver("fal_queue", 10)));
  }

  @Test
  void aTaskWhoseCancelCameWhileItWasGivenBackIsClaimedToBeEnded() {
    UUID task = accept(TestStore.request("fox"), Instant.now());
    TestServers.execute(db.uri, "UPDATE task SET cancel_requested = true");
    assertEquals(List.of(task), TestStore.claimWaiting(store, 10));
    assertTrue(db.task(task).state().cancelRequested());
  }

  @Test
  void anExpiredNodePullsNothing() {
    UUID dying = UUID.randomUUID();
    TaskStore dead = db.node(dying);
    accept(TestStore.request("waits"), Instant.now());
    TestServers.execute(db.uri, "UPDATE node SET expires_at = now() - interval '1 second' WHERE id = '" + dying + "'");
    assertTrue(TestStore.claimWaiting(dead, 10).isEmpty());
    assertTrue(await(dead.takeOver("fal_queue", 10)).isEmpty());
    assertEquals(1, TestStore.claimWaiting(store, 10).size());
  }

  @Test
  void aReleasedTaskIsTakenOverAndCountsOnFromItsNewestEvent() {
    Task task = db.claimed(store, TestStore.request("fox"));
    assertTrue(await(store.report(task, new JsonObject().put("percent", 10))));
    Task told = task.with(task.state().told());
    assertTrue(await(store.setStatus(TaskChange.to(told, told.state().submitted("job", new JsonObject()).released()), PATIENCE)));

    assertEquals(List.of(task.id()), await(store.takeOver("fal_queue", 10)));
    assertEquals(3, db.task(task.id()).state().seq());
  }

  @Test
  void whoTakesUpARunningTaskCountsOnFromItsNewestProgress() {
    Task task = db.claimed(store, TestStore.request("fox"));
    assertTrue(await(store.setStatus(TaskChange.to(task, task.state().submitting(new JsonObject())), PATIENCE)));
    assertTrue(await(store.report(task, new JsonObject().put("percent", 10))));
    assertEquals(2, db.task(task.id()).state().seq());
    assertEquals(3, await(db.queries.look(task.id()).compose(seen -> db.queries.findToRun(seen.orElseThrow()))).orElseThrow().state().seq());
  }

  @Test
  void aRepeatedKeyGivesTheFirstTasksAndStoresNoOthers() {
    Task.New first = new Task.New(TaskId.next(), TestStore.request("a"), TestStore.ROUTE, TestStore.FAL, Instant.now());
    Task.New second = new Task.New(TaskId.next(), TestStore.request("a"), TestStore.ROUTE, TestStore.FAL, Instant.now());
    TaskStore.Accepted stored = await(store.accept(new TaskStore.Accept("default", List.of(first), "key", "hash")));
    TaskStore.Accepted again = await(store.accept(new TaskStore.Accept("default", List.of(second), "key", "hash")));
    assertTrue(stored.stored());
    assertFalse(again.stored());
    assertEquals(stored.ids(), again.ids());
    assertEquals("hash", again.firstHash());
    assertEquals("1", db.ask("SELECT count(*) FROM task"));
  }

  @Test
  void pagesThroughTheListWithoutGapOrDoubleWhileTasksArrive() {
    List<UUID> made = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      made.add(accept(TestStore.request("p" + i), Instant.now()));
    }
    Collections.reverse(made);
    List<UUID> seen = new ArrayList<>();
    UUID before = null;
    List<Task> page = await(db.queries.list("default", ALL, before, 40)).tasks();
    while (!page.isEmpty()) {
      page.forEach(task -> seen.add(task.id()));
      accept(TestStore.request("newcomer"), Instant.now());
      before = seen.get(seen.size() - 1);
      page = await(db.queries.list("default", ALL, before, 40)).tasks();
    }
    assertEquals(made, seen);
  }

  @Test
  void filtersByStatusCapabilityProviderTimeTenantAndMetadata() {
    Instant start = Instant.now();
    UUID plain = accept(TestStore.request("plain"), start);
    UUID marked = accept(TestStore.request("marked", 0, null, new JsonObject().put("order", "42").put("n", 7)), start);
    Task done = db.claimed(store, TestStore.request("done"));
    await(store.setStatus(TaskChange.to(done, done.state().cancelled(Instant.now())), PATIENCE));

    assertEquals(List.of(done.id()), ids(new TaskQueries.Filter(TaskStatus.CANCELLED, null, null, null, null, new JsonObject())));
    assertEquals(List.of(marked), ids(new TaskQueries.Filter(null, null, null, null, null, new JsonObject().put("order", "42"))));
    assertEquals(List.of(marked), ids(new TaskQueries.Filter(null, null, null, null, null, new JsonObject().put("n", "7"))));
    assertEquals(3, ids(new TaskQueries.Filter(null, ProviderCapability.IMAGE_GENERATION, ProviderType.FAL_STANDARD, null, null,
        new JsonObject())).size());
    assertTrue(ids(new TaskQueries.Filter(null, ProviderCapability.LIP_SYNC, null, null, null, new JsonObject())).isEmpty());
    assertTrue(ids(new TaskQueries.Filter(null, null, null, null, TaskId.floor(start.minusSeconds(5)), new JsonObject())).isEmpty());
    assertEquals(3, ids(new TaskQueries.Filter(null, null, null, TaskId.floor(start.minusSeconds(5)), null, new JsonObject())).size());
    assertTrue(ids(new TaskQueries.Filter(null, null, null, TaskId.floor(start.plusSeconds(60)), null, new JsonObject())).isEmpty());
    assertTrue(ids(new TaskQueries.Filter(TaskStatus.CANCELLED, null, null, null, null, new JsonObject().put("order", "42"))).isEmpty());
    assertTrue(await(db.queries.list("somebody else", ALL, null, 10)).tasks().isEmpty());
    assertTrue(ids(ALL).contains(plain));
  }

  private List<UUID> ids(TaskQueries.Filter filter) {
    return await(db.queries.list("default", filter, null, 50)).tasks().stream().map(Task::id).toList();
  }

  @Test
  void aPageOfBigTasksEndsEarlyAndSaysThatMoreFollow() {
    String third = "x".repeat((int) (TaskQueries.PAGE_BYTES / 3));
    String whole = "x".repeat((int) TaskQueries.PAGE_BYTES);
    List<UUID> made = new ArrayList<>();
    for (String prompt : List.of("oldest", "old", whole, "small", third, third, third)) {
      made.add(0, accept(TestStore.request(prompt), Instant.now()));
    }
    List<List<UUID>> pages = new ArrayList<>();
    TaskQueries.Page page = null;
    do {
      UUID before = page == null ? null : page.tasks().get(page.tasks().size() - 1).id();
      page = await(db.queries.list("default", ALL, before, 50));
      pages.add(page.tasks().stream().map(Task::id).toList());
    } while (page.more());
    assertEquals(List.of(made.subList(0, 2), made.subList(2, 4), made.subList(4, 5), made.subList(5, 7)), pages);
    assertEquals(whole, await(db.queries.list("default", ALL, made.get(3), 1)).tasks().get(0).request().input().getString("prompt"));
  }

  @Test
  void whatIsBigIsReadByItselfAndTheRestAtTheFirstLook() {
    UUID small = accept(TestStore.request("fox"), Instant.now());
    String picture = "x".repeat((int) (TaskQueries.PAGE_BYTES / 2));
    List<UUID> big = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      big.add(accept(TestStore.request(picture), Instant.now()));
    }
    assertEquals("fox", await(db.queries.look(small)).orElseThrow().small().request().input().getString("prompt"));
    TaskQueries.Seen seen = await(db.queries.look(big.get(0))).orElseThrow();
    assertTrue(seen.isBig() && seen.bytes() > picture.length());
    assertEquals(db.task(big.get(0)).state(), seen.state());
    assertEquals(null, await(db.queries.findWithoutInput(seen)).orElseThrow().request().input());

    List<Future<Optional<Task>>> found = big.stream().map(db.queries::find).toList();
    await(Future.all(found));
    found.forEach(each -> assertEquals(picture, each.result().orElseThrow().request().input().getString("prompt")));
    assertEquals(big, found.stream().map(each -> each.result().orElseThrow().id()).toList());
  }

  @Test
  void bigTasksThatAreOverdueAreReadAFewAtATime() {
    String picture = "x".repeat((int) (TaskQueries.PAGE_BYTES / 2));
    for (int i = 0; i < 3; i++) {
      accept(TestStore.request(picture), Instant.now());
    }
    TestServers.execute(db.uri, "UPDATE task SET deadline_at = now() - interval '1 minute'");
    assertEquals(1, await(db.queries.overdue(500)).size());
  }

  @Test
  void daysArePartitionsWhichAreMadeAheadAndDroppedWhenOld() {
    String count = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^task_event_2'";
    // The database may have been made the day before.
    db.ask("SELECT roll_event_partitions(30)::text");
    String days = db.ask(count);
    assertTrue(Integer.parseInt(days) >= 4, days);
    TestServers.execute(db.uri, "CREATE TABLE task_event_20200101 PARTITION OF task_event FOR VALUES FROM (1577836800000000) TO (1577923200000000)");
    db.ask("SELECT roll_event_partitions(30)::text");
    assertEquals(days, db.ask(count));
    assertFalse(await(db.log.reaches(1577836800000001L)));
    assertTrue(await(db.log.reaches(EventId.floor(Instant.now()))));
  }

  @Test
  void removesWhatEndedLongAgoAndKeepsWhatHasNotEnded() {
    UUID old = UUID.fromString("01680000-0000-7000-8000-000000000001");
    UUID oldAndWaiting = UUID.fromString("01680000-0000-7000-8000-000000000002");
    for (UUID id : List.of(old, oldAndWaiting)) {
      await(store.accept(new TaskStore.Accept("default", List.of(new Task.New(id, TestStore.request("x"), TestStore.ROUTE, TestStore.FAL, Instant.now())), null, null)));
    }
    TestServers.execute(db.uri, "UPDATE task SET status = 'cancelled', completed_at = now() - interval '40 days' WHERE id = '" + old + "'");
    assertEquals("1", db.ask("SELECT remove_old_tasks(30, 100)"));
    assertEquals(oldAndWaiting.toString(), db.ask("SELECT id FROM task"));
    assertEquals("1", db.ask("SELECT count(*) FROM task_body"));
  }
}
