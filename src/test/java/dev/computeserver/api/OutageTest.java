package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.Node;
import dev.computeserver.config.Settings;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** PostgreSQL goes away and comes back while tasks run. */
class OutageTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static String database;
  private static Gate gate;
  private static Node node;

  @BeforeAll
  static void start() throws IOException {
    database = TestServers.freshDatabase();
    URI real = URI.create(database);
    gate = new Gate(VERTX, real.getHost(), real.getPort());
    Settings settings = Settings.load((Path) null, Map.of("COMPUTE_HTTP_PORT", "0", "COMPUTE_DATA_DIR",
        Files.createTempDirectory(Path.of("target"), "node-").toString()));
    String through = database.replace(real.getHost() + ":" + real.getPort(), "127.0.0.1:" + gate.port());
    node = TestStore.await(Node.start(VERTX, settings, through, TestServers.redisUri(), TestNode::ends));
  }

  @AfterAll
  static void stop() {
    TestStore.await(node.stop());
  }

  private static TestNode.Answer send(String method, String path, String body, String key) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + path))
        .method(method, HttpRequest.BodyPublishers.ofString(body)).header("Content-Type", "application/json").timeout(Duration.ofSeconds(30));
    if (key != null) {
      request.header("Idempotency-Key", key);
    }
    return new TestNode.Answer(HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
  }

  private static void unavailable(TestNode.Answer answer) {
    assertEquals(503, answer.status());
    assertEquals("application/problem+json", answer.header("Content-Type"));
    assertEquals("2", answer.header("Retry-After"));
  }

  @Test
  void nothingIsLostAndClientsAreToldToComeBack() throws IOException, InterruptedException {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      ids.add(send("POST", "/v1/tasks", TestNode.picture(100 + i * 50L, new JsonObject()).encode(), null).json().getString("id"));
    }
    gate.shut();
    // Longer than the shortest of the tasks take: some end at the provider while their end cannot be written down.
    Instant until = Instant.now().plusMillis(2_500);
    JsonObject wanted = TestNode.picture(10, new JsonObject());
    while (Instant.now().isBefore(until)) {
      unavailable(send("POST", "/v1/tasks", wanted.encode(), "during"));
      unavailable(send("GET", "/v1/tasks/" + ids.get(0), "", null));
      unavailable(send("GET", "/v1/tasks", "", null));
      unavailable(send("GET", "/v1/providers", "", null));
      assertEquals(503, send("GET", "/health/ready", "", null).status());
      assertEquals(200, send("GET", "/health/live", "", null).status());
    }
    gate.open();
    ids.add(acceptedAgain(wanted));
    for (String id : ids) {
      JsonObject task = ended(id);
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
      assertGapless(id);
    }
    assertEquals("1", count("idempotency_key", "key = 'during'"));
    assertEquals(200, send("GET", "/health/ready", "", null).status());
  }

  @Test
  void aProgressWhoseCommitWasNotHeardOfKeepsItsNumber() throws IOException, InterruptedException {
    Future<Void> lost = gate.loseAnswerTo("\"progress\":{");
    String id = send("POST", "/v1/tasks", TestNode.picture(6_000, new JsonObject()).encode(), null).json().getString("id");
    TestStore.await(lost);
    assertEquals("completed", ended(id).getString("status"));
    assertGapless(id);
  }

  @Test
  void anEndWhoseCommitWasNotHeardOfIsToldOnce() throws IOException, InterruptedException {
    Future<Void> lost = gate.loseAnswerTo("\"status\":\"completed\"");
    String id = send("POST", "/v1/tasks", TestNode.picture(10, new JsonObject()).encode(), null).json().getString("id");
    TestStore.await(lost);
    assertEquals("completed", ended(id).getString("status"));
    assertGapless(id);
  }

  @Test
  void anAcceptWhoseCommitWasNotHeardOfIsTheSameTaskWhenSentAgain() throws IOException, InterruptedException {
    String body = TestNode.picture(10, new JsonObject()).encode();
    gate.loseAnswerTo("\"key\":\"unheard\"");
    unavailable(send("POST", "/v1/tasks", body, "unheard"));
    TestNode.Answer again = send("POST", "/v1/tasks", body, "unheard");
    assertEquals(200, again.status());
    assertEquals("true", again.header("Idempotency-Replayed"));
    JsonObject task = ended(again.json().getString("id"));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  @Test
  void aJobWhoseIdWasStoredWithoutOurHearingIsNotSubmittedAgain() throws IOException, InterruptedException {
    Future<Void> lost = gate.loseAnswerTo("\"phase\":\"submitted\"");
    String id = send("POST", "/v1/tasks", TestNode.picture(10, new JsonObject()).encode(), null).json().getString("id");
    TestStore.await(lost);
    JsonObject task = ended(id);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
    assertGapless(id);
  }

  private static String count(String table, String where) {
    return TestServers.ask(database, "SELECT count(*) FROM " + table + " WHERE " + where);
  }

  private static void assertGapless(String id) throws IOException, InterruptedException {
    JsonArray events = send("GET", "/v1/tasks/" + id + "/events", "", null).json().getJsonArray("events");
    for (int i = 0; i < events.size(); i++) {
      assertEquals(i + 1, events.getJsonObject(i).getInteger("seq"), events::encodePrettily);
    }
  }

  private static String acceptedAgain(JsonObject wanted) throws IOException, InterruptedException {
    Instant until = Instant.now().plusSeconds(20);
    TestNode.Answer answer = send("POST", "/v1/tasks", wanted.encode(), "during");
    while (answer.status() == 503 && Instant.now().isBefore(until)) {
      answer = send("POST", "/v1/tasks", wanted.encode(), "during");
    }
    assertTrue(answer.status() == 202 || answer.status() == 200, "still " + answer.status() + " after the store is back");
    return answer.json().getString("id");
  }

  private static JsonObject ended(String id) throws IOException, InterruptedException {
    Instant until = Instant.now().plusSeconds(20);
    TestNode.Answer answer = send("GET", "/v1/tasks/" + id + "?wait_seconds=25", "", null);
    // The connection that was cut may have been just about to be used for this, too.
    while (answer.status() == 503 && Instant.now().isBefore(until)) {
      answer = send("GET", "/v1/tasks/" + id + "?wait_seconds=25", "", null);
    }
    assertEquals(200, answer.status());
    return answer.json();
  }
}
