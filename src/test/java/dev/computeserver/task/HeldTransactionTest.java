package dev.computeserver.task;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody's transaction stays open, so that nothing that has waited since can be cleaned up. */
class HeldTransactionTest {
  private static final int DEAD = 60_000;

  private final Vertx vertx = Vertx.vertx();
  private TestStore db;
  private TaskStore store;
  private Connection holder;

  @BeforeEach
  void hold() throws SQLException {
    db = new TestStore(vertx);
    store = db.node(UUID.randomUUID());
    holder = TestServers.connect(db.uri);
    holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    holder.setAutoCommit(false);
    holder.createStatement().executeQuery("SELECT count(*) FROM node").close();
  }

  @AfterEach
  void close() throws SQLException {
    holder.close();
    db.close();
    await(vertx.close());
  }

  /** So many tasks have waited, over the last minute, and have ended. */
  private void past(int amount) {
    TestServers.execute(db.uri, "INSERT INTO task (id, tenant, capability, status, queue, provider, priority, attempt, tries_left, fence, seq,"
        + " due_at, deadline_at) SELECT gen_random_uuid(), 'default', 'image_generation', 'queued', 'fal_queue', 'fal_standard', n % 3, 0, 3, 0,"
        + " 1, now() - interval '1 minute' + n * interval '0.5 ms', now() + interval '1 hour' FROM generate_series(1, " + amount + ") n");
    TestServers.execute(db.uri, "UPDATE task SET status = 'cancelled', completed_at = now() WHERE status = 'queued'");
  }

  private UUID accept(int priority, Instant due) {
    Task.New task = new Task.New(TaskId.next(), TestStore.request("p", priority, null, null), TestStore.ROUTE, TestStore.FAL, due);
    return await(store.accept(new TaskStore.Accept("default", List.of(task), null, null))).ids().get(0);
  }

  /** Pages that a walk has read; it claims nothing. */
  private int pages(String marks) throws SQLException {
    try (Connection connection = TestServers.connect(db.uri); ResultSet plan = connection.createStatement().executeQuery(
        "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) SELECT waiting_tasks('fal_queue', ARRAY['fal_standard'], ARRAY[10], 10, " + marks
            + ", ARRAY['image_generation'])")) {
      while (plan.next()) {
        if (plan.getString(1).contains("Buffers: shared hit=")) {
          return Integer.parseInt(plan.getString(1).replaceAll("\\D*(\\d+).*", "$1"));
        }
      }
      throw new AssertionError("the plan tells no buffers");
    }
  }

  /** The plan depends on whether clean-up has counted the table yet, which it does whenever it likes. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMarkedClaimReadsNoMoreHoweverManyHaveWaited(boolean counted) throws SQLException {
    String marks = "ARRAY['fal_standard'], ARRAY[1::smallint], ARRAY[now() - interval '5 seconds'], now() - interval '10 seconds'";
    past(DEAD / 4);
    int few = pages(marks);
    past(DEAD);
    accept(1, Instant.now());
    if (counted) {
      TestServers.execute(db.uri, "ANALYZE task");
    }
    int many = pages(marks);
    int unmarked = pages("'{}', '{}', '{}', NULL");
    assertTrue(many < 2 * few, few + " pages with few, " + many + " with many");
    assertTrue(unmarked > 5 * many, unmarked + " pages without marks, " + many + " with");
  }

  @Test
  void slowClaimsAreMarkedAndFindAllThatWaitsInItsOrder() {
    past(DEAD);
    Instant now = Instant.now();
    UUID old = accept(0, now.minusSeconds(600));
    UUID urgent = accept(7, now);
    UUID later = accept(0, now);
    UUID tomorrow = accept(0, now.plusSeconds(86_400));
    assertEquals(List.of(urgent), TestStore.claimWaiting(store, 1));
    UUID more = accept(7, Instant.now());
    assertEquals(List.of(more), TestStore.claimWaiting(store, 1));
    UUID low = accept(-5, Instant.now());
    assertEquals(Set.of(old, later), Set.copyOf(TestStore.claimWaiting(store, 2)));
    assertEquals(List.of(low), TestStore.claimWaiting(store, 9));
    assertEquals("queued", db.task(tomorrow).state().status().word());
  }

  @Test
  void theMarksAreTheOldestOfEachPriority() {
    Instant now = Instant.now();
    accept(3, now.minusSeconds(60));
    accept(3, now);
    accept(-100, now.minusSeconds(5));
    past(0);
    accept(100, now);
    assertEquals("100", db.ask("SELECT string_agg(priority::text, ',') FROM oldest_waiting('fal_queue', ARRAY['fal_standard', 'luma'])"));
    UUID waiting = accept(2, now.minusSeconds(30));
    accept(2, now.minusSeconds(20));
    assertEquals("2", db.ask("SELECT m.priority FROM oldest_waiting('fal_queue', ARRAY['luma', 'fal_standard']) m"
        + " JOIN task t ON t.priority = m.priority AND t.due_at = m.due_at AND t.provider = m.provider WHERE t.id = '" + waiting + "'"));
    assertEquals("0", db.ask("SELECT count(*) FROM unnest(waiting_tasks('fal_queue', ARRAY['fal_standard'], ARRAY[9], 9,"
        + " ARRAY['fal_standard'], ARRAY[2::smallint], ARRAY[now()], now(), ARRAY['image_generation']))"));
  }
}
