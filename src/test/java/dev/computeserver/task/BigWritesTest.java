package dev.computeserver.task;

import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.db.SizedCommit;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** While something big is being written, which here takes as long as the test wants, what is small is written on this node and others. */
@Timeout(60)
class BigWritesTest {
  private static final String BIG = "x".repeat((int) (2 * SizedCommit.SMALL));
  private static final String HOLD = "SELECT pg_advisory_%slock(99)";
  private static final String HELD = "SELECT string_agg(l.pid || ' since ' || a.query_start, '') FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
      + " WHERE l.locktype = 'advisory' AND l.objid = 99 AND NOT l.granted AND a.datname = current_database()";

  private final Vertx vertx = Vertx.vertx();
  private TestStore db;
  private TaskStore store;
  private Connection holder;

  @BeforeEach
  void open() throws SQLException {
    db = new TestStore(vertx);
    store = db.node(UUID.randomUUID());
    holder = TestServers.connect(db.uri);
    holder.createStatement().execute("SET statement_timeout = 0");
    holder.createStatement().execute(HOLD.formatted(""));
  }

  @AfterEach
  void close() throws SQLException {
    holder.close();
    db.close();
    await(vertx.close());
  }

  /** What is big in this column waits for the holder. */
  private void slow(String table, String column) {
    TestServers.execute(db.uri, "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF length(NEW." + column + ") > "
        + SizedCommit.SMALL + " THEN PERFORM pg_advisory_xact_lock_shared(99); END IF; RETURN NEW; END $$");
    TestServers.execute(db.uri, "CREATE TRIGGER slow BEFORE INSERT ON " + table + " FOR EACH ROW EXECUTE FUNCTION slow()");
  }

  private String untilHeld(Future<?> big) {
    String held = null;
    while (held == null) {
      assertFalse(big.isComplete(), () -> "nothing holds it: " + big);
      held = TestServers.ask(db.uri, HELD);
    }
    return held;
  }

  private void goOn() throws SQLException {
    holder.createStatement().execute(HOLD.formatted("un"));
  }

  private void smallOnesAreWritten() {
    for (TaskStore each : List.of(store, db.node(UUID.randomUUID()))) {
      Task task = db.claimed(each, TestStore.request("fox"));
      assertTrue(await(each.setStatus(TaskChange.to(task, task.state().completed(Instant.now())).with(List.of(), new JsonObject()), PATIENCE)));
    }
  }

  @Test
  void aBigRequestHoldsNobodyUp() throws SQLException {
    slow("task_body", "request");
    Future<TaskStore.Accepted> big = store.accept(TestStore.accept(TestStore.request(BIG)));
    String held = untilHeld(big);
    smallOnesAreWritten();
    assertEquals(held, TestServers.ask(db.uri, HELD), "the big one was given up or done meanwhile");
    goOn();
    assertEquals(BIG, db.task(await(big).ids().get(0)).request().input().getString("prompt"));
  }

  @Test
  void aBigResultHoldsNobodyUp() throws SQLException {
    Task task = db.claimed(store, TestStore.request("fox"));
    slow("task_result", "result");
    Future<Boolean> big = store.setStatus(
        TaskChange.to(task, task.state().completed(Instant.now())).with(List.of(), JsonObject.of("text", BIG)), PATIENCE);
    String held = untilHeld(big);
    smallOnesAreWritten();
    assertEquals(held, TestServers.ask(db.uri, HELD), "the big one was given up or done meanwhile");
    goOn();
    assertTrue(await(big));
  }
}
