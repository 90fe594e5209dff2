package dev.computeserver.task;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.db.GroupCommit;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AcceptTest {
  private static final TaskRequest.Webhook HOOK = new TaskRequest.Webhook("http://127.0.0.1:9/hook", List.of("queued"));

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

  private static Task.New fresh(String prompt) {
    return new Task.New(TaskId.next(), TestStore.request(prompt), TestStore.ROUTE, TestStore.FAL, Instant.now());
  }

  private static TaskStore.Accept keyed(String hash) {
    return new TaskStore.Accept("default", List.of(fresh(hash)), "key", hash);
  }

  @Test
  void storesRowBodyEventAndWebhookInOneCommitAndTellsOfThem() {
    TaskRequest request = TestStore.request("fox", 7, HOOK, new JsonObject().put("order", "42"));
    UUID id = await(store.accept(TestStore.accept(request))).ids().get(0);

    Task task = db.task(id);
    assertEquals(TaskStatus.QUEUED, task.state().status());
    assertEquals(request, task.request());
    List<TaskEvent> events = await(db.log.ofTask(id, 0, 10));
    assertEquals(List.of(events.get(0)), db.told.get(0).events());
    assertEquals("queued", events.get(0).type());
    assertEquals("" + events.get(0).id(), db.ask("SELECT event_id FROM webhook_delivery"));
    assertEquals("1", db.ask("SELECT count(DISTINCT xmin::text) FROM (SELECT xmin FROM task UNION ALL SELECT xmin FROM task_body"
        + " UNION ALL SELECT xmin FROM task_event UNION ALL SELECT xmin FROM webhook_delivery) AS rows"));
  }

  @Test
  void storesABatchWholeOrNotAtAllAndItsNeighboursAnyway() {
    Task.New good = fresh("good");
    Future<TaskStore.Accepted> opener = store.accept(TestStore.accept(TestStore.request("opener")));
    Future<TaskStore.Accepted> before = store.accept(TestStore.accept(TestStore.request("before")));
    Future<TaskStore.Accepted> bad = store.accept(new TaskStore.Accept("default", List.of(good, fresh("other"), good), null, null));
    Future<TaskStore.Accepted> after = store.accept(TestStore.accept(TestStore.request("after")));
    await(Future.join(opener, before, bad, after).otherwiseEmpty());

    assertTrue(bad.failed());
    assertTrue(before.result().stored() && after.result().stored());
    assertEquals("3", db.ask("SELECT count(*) FROM task"));
    assertEquals("3", db.ask("SELECT count(*) FROM task_body"));
    assertEquals(3, db.told.stream().mapToInt(batch -> batch.events().size()).sum());
  }

  @Test
  void showsTheFirstRequestsHashToWhoUsesItsKeyForAnotherRequest() {
    TaskStore.Accepted first = await(store.accept(keyed("one body")));
    TaskStore.Accepted other = await(store.accept(keyed("another body")));
    assertFalse(other.stored());
    assertEquals("one body", other.firstHash());
    assertEquals(first.ids(), other.ids());
  }

  @Test
  void storesARequestOnceThoughItComesToTwoNodesManyTimesAtOnce() {
    TaskStore two = db.node(UUID.randomUUID());
    List<Future<TaskStore.Accepted>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add((i % 2 == 0 ? store : two).accept(keyed("body")));
    }
    await(Future.all(all));
    assertEquals(1, all.stream().filter(each -> each.result().stored()).count());
    assertEquals(1, all.stream().map(each -> each.result().ids()).distinct().count());
    assertEquals("1", db.ask("SELECT count(*) FROM task"));
  }

  @Test
  void aKeyBelongsToItsTenant() {
    await(store.accept(keyed("body")));
    assertTrue(await(store.accept(new TaskStore.Accept("another", List.of(fresh("body")), "key", "body"))).stored());
  }

  @Test
  void neverClaimsToHaveStoredWhatItHasNotThoughTheKeyExpiresMeanwhile() {
    await(store.accept(keyed("body")));
    // The statement after the one that met the key no longer finds it.
    TestServers.execute(db.uri, "CREATE FUNCTION expire_keys() RETURNS trigger LANGUAGE plpgsql AS"
        + " 'BEGIN DELETE FROM idempotency_key WHERE xmin <> pg_current_xact_id()::xid; RETURN NULL; END'");
    TestServers.execute(db.uri, "CREATE TRIGGER expiry AFTER INSERT ON idempotency_key EXECUTE FUNCTION expire_keys()");
    Future<TaskStore.Accepted> again = store.accept(keyed("body"));
    await(again.otherwiseEmpty());
    assertTrue(again.failed() || !db.ask("SELECT count(*) FROM task").equals("1"), "answered as stored, but it is not");
  }

  @Test
  void bigRequestsThatComeTogetherAreStoredInStatementsOfTheirOwnAndMoreThanMayWaitIsRefused() {
    int each = (int) (TaskStore.GROUP_BYTES / 2);
    int waiting = (int) (TaskStore.ACCEPTS_WAITING_BYTES / each);
    String picture = "x".repeat(each);
    List<Future<TaskStore.Accepted>> accepts = new ArrayList<>();
    for (int i = 0; i < waiting + 1; i++) {
      accepts.add(store.accept(TestStore.accept(TestStore.request(picture))));
    }
    await(Future.join(accepts).otherwiseEmpty());

    List<Future<TaskStore.Accepted>> refused = accepts.stream().filter(Future::failed).toList();
    assertTrue(!refused.isEmpty() && refused.stream().allMatch(accept -> accept.cause() instanceof GroupCommit.Overloaded), refused::toString);
    int stored = accepts.size() - refused.size();
    assertEquals("" + stored, db.ask("SELECT count(*) FROM task"));
    assertEquals("" + stored, db.ask("SELECT count(DISTINCT xmin::text) FROM task"));
  }

  @Test
  void aRequestWeighsAboutWhatItsTextTakes() {
    TaskRequest small = TestStore.request("fox", 0, null, new JsonObject().put("order", "42"));
    TaskRequest big = TestStore.request("fox", 0, null, new JsonObject().put("notes", new JsonArray().add("n".repeat(50_000)).add(1).addNull()));
    assertTrue(small.bytes() < 200, () -> "" + small.bytes());
    assertEquals(100_000, big.bytes(), 200);
  }
}
