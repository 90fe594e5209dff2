package dev.computeserver.task;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Providers that share a queue: each is claimed for as far as it has room, and what waits for one costs the others nothing. */
class ClaimRoomsTest {
  private static final ProviderType FAL = ProviderType.FAL_STANDARD;
  private static final ProviderType LUMA = ProviderType.LUMA;

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

  private UUID accept(ProviderType at, int priority, Instant due) {
    Task.New task = new Task.New(TaskId.next(), TestStore.request("p", priority, null, null), TestStore.ROUTE, new TaskState.Place(at, "m", "fal_queue"), due);
    return await(store.accept(new TaskStore.Accept("default", List.of(task), null, null))).ids().get(0);
  }

  private List<UUID> claim(Map<ProviderType, Integer> rooms, int most) {
    return await(store.claimWaiting("fal_queue", rooms, most)).stream().map(TaskStore.Claim::task).toList();
  }

  @Test
  void aFullProviderDoesNotHoldUpTheOthersOfItsQueue() {
    Instant now = Instant.now();
    UUID first = accept(FAL, 0, now.minusSeconds(9));
    UUID second = accept(FAL, 0, now.minusSeconds(8));
    UUID other = accept(LUMA, 0, now);
    assertEquals(List.of(other), claim(Map.of(LUMA, 10), 10));
    assertEquals(List.of(new TaskStore.Claim(first, FAL)), await(store.claimWaiting("fal_queue", Map.of(FAL, 1, LUMA, 10), 10)));
    assertEquals(List.of(second), claim(Map.of(FAL, 1, LUMA, 10), 10));
  }

  @Test
  void priorityThenAgeDecidesAmongTheProvidersThatHaveRoom() {
    Instant now = Instant.now();
    UUID urgent = accept(LUMA, 9, now);
    UUID oldest = accept(FAL, 0, now.minusSeconds(50));
    UUID older = accept(LUMA, 0, now.minusSeconds(40));
    UUID old = accept(FAL, 0, now.minusSeconds(30));
    UUID low = accept(LUMA, -9, now.minusSeconds(60));
    accept(LUMA, 100, now.plusSeconds(3_600));
    for (UUID next : List.of(urgent, oldest, older, old, low)) {
      assertEquals(List.of(next), claim(Map.of(FAL, 5, LUMA, 5), 1));
    }
    assertTrue(claim(Map.of(FAL, 5, LUMA, 5), 1).isEmpty());
  }

  @Test
  void aProviderGetsNoMoreThanItHasRoomForOverAllPriorities() {
    for (int i = 0; i < 12; i++) {
      accept(i % 2 == 0 ? FAL : LUMA, i % 3, Instant.now());
    }
    List<TaskStore.Claim> claims = await(store.claimWaiting("fal_queue", Map.of(FAL, 4, LUMA, 2), 100));
    assertEquals(4, claims.stream().filter(claim -> claim.provider() == FAL).count());
    assertEquals(2, claims.stream().filter(claim -> claim.provider() == LUMA).count());
  }

  /** The plan depends on whether clean-up has counted the table yet, which it does whenever it likes. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWaitsForOneProviderCostsAnotherNothing(boolean counted) throws SQLException {
    accept(LUMA, 1, Instant.now());
    int alone = pages();
    TestServers.execute(db.uri, "INSERT INTO task (id, tenant, capability, status, queue, provider, priority, attempt, tries_left, fence, seq,"
        + " due_at, deadline_at) SELECT gen_random_uuid(), 'default', 'image_generation', 'queued', 'fal_queue', 'fal_standard', n % 3, 0, 3, 0,"
        + " 1, now() - interval '1 minute', now() + interval '1 hour' FROM generate_series(1, 100000) n");
    if (counted) {
      TestServers.execute(db.uri, "ANALYZE task");
    }
    int behindMany = pages();
    assertTrue(behindMany < alone + 50, alone + " pages alone, " + behindMany + " with 100,000 of another provider in front");
  }

  /** Pages that a claim of another provider reads. */
  private int pages() throws SQLException {
    String walk = "SELECT waiting_tasks('fal_queue', ARRAY['luma', 'runway'], ARRAY[10, 10], 10, '{}', '{}', '{}', NULL, ARRAY['image_generation'])";
    try (Connection connection = TestServers.connect(db.uri)) {
      connection.createStatement().executeQuery(walk).close();
      ResultSet plan = connection.createStatement().executeQuery("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) " + walk);
      while (plan.next()) {
        if (plan.getString(1).contains("Buffers: shared hit=")) {
          return Integer.parseInt(plan.getString(1).replaceAll("\\D*(\\d+).*", "$1"));
        }
      }
      throw new AssertionError("the plan tells no buffers");
    }
  }
}
