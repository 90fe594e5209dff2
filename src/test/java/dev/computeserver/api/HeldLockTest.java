package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Somebody locks the tasks, so that every statement waits with its connection until it is ended. */
class HeldLockTest {
  private static final int REQUESTS = 60;
  /** The time of two statements, and of the machine. */
  private static final int LONGEST_SECONDS = 15;

  /** Longer than the machine may stand still. */
  private static final int TAKEOVER_SECONDS = 60;

  private static final int CONNECTIONS = 6;
  private static final int BEATS = 3;

  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private TestNode node;

  @BeforeEach
  void start() {
    node = new TestNode(Map.of("COMPUTE_POSTGRES_STATEMENT_TIMEOUT_SECONDS", "2", "COMPUTE_POSTGRES_POOL_SIZE", String.valueOf(CONNECTIONS),
        "COMPUTE_NODE_HEARTBEAT_SECONDS", "1", "COMPUTE_NODE_TAKEOVER_SECONDS", String.valueOf(TAKEOVER_SECONDS)));
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private CompletableFuture<HttpResponse<String>> post() {
    HttpRequest request = node.request("/v1/tasks").header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(TestNode.picture(10, new JsonObject()).encode())).build();
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void requestsAreTurnedAwayInTimeAndTasksGoOnOnceItIsReleased() throws Exception {
    List<String> running = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      running.add(node.post("/v1/tasks", TestNode.picture(300, new JsonObject())).json().getString("id"));
    }
    try (Connection holder = locked()) {
      List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
      for (int i = 0; i < REQUESTS; i++) {
        asked.add(post());
      }
      for (CompletableFuture<HttpResponse<String>> each : asked) {
        HttpResponse<String> answer = each.get(LONGEST_SECONDS, TimeUnit.SECONDS);
        assertEquals(503, answer.statusCode(), answer::body);
        assertEquals("2", answer.headers().firstValue("Retry-After").orElse(null));
        assertTrue(answer.body().contains("the task store is not available; send the request again"), answer::body);
      }
    }
    JsonObject after = node.run(TestNode.picture(10, new JsonObject()));
    assertEquals("completed", after.getString("status"), after::encodePrettily);
    for (String id : running) {
      JsonObject task = node.ended(id);
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
    }
    assertEquals("11", TestServers.ask(node.database, "SELECT count(*) FROM task"), "what was turned away must not be stored later");
  }

  @Test
  void aNodeWhoseConnectionsAllWaitIsNotTakenForDead() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
    try (Connection holder = locked()) {
      Instant until = Instant.now().plusSeconds(20);
      Set<String> ends = new HashSet<>();
      while (ends.size() <= BEATS && Instant.now().isBefore(until)) {
        asked.add(post());
        asked.add(http.sendAsync(node.request("/v1/tasks").GET().build(), HttpResponse.BodyHandlers.ofString()));
        String end = endWhileAllWait();
        if (end != null) {
          ends.add(end);
        }
      }
      assertTrue(ends.size() > BEATS, () -> "the node has not pushed its end on " + BEATS + " times within 20 s: " + ends);
    }
    for (CompletableFuture<HttpResponse<String>> each : asked) {
      each.get(LONGEST_SECONDS, TimeUnit.SECONDS);
    }
    assertEquals("completed", node.run(TestNode.picture(10, new JsonObject())).getString("status"));
  }

  /** When the node is to be taken for dead, as its row says; null while one of its connections does not wait. */
  private String endWhileAllWait() {
    return TestServers.ask(node.database, "SELECT CASE WHEN count(*) >= " + CONNECTIONS + " THEN (SELECT expires_at::text FROM node) END"
        + " FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
  }

  private Connection locked() throws SQLException {
    Connection holder = TestServers.connect(node.database);
    holder.setAutoCommit(false);
    holder.createStatement().execute("LOCK TABLE task IN ACCESS EXCLUSIVE MODE");
    return holder;
  }
}
