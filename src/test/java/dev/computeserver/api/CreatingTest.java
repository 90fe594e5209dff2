package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CreatingTest {
  private static final JsonObject NO_WISH = new JsonObject();
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static JsonObject later() {
    return TestNode.picture(0, NO_WISH).put("delay_seconds", 3_600);
  }

  private static String text(TestNode.Answer answer) {
    return answer.status() + " " + new String(answer.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void theAnswerIsTheWholeTaskAsItWasAskedFor() {
    JsonObject asked = later().put("type", "generation").put("provider", "fal_standard").put("model", "fal-ai/flux/schnell").put("priority", -7)
        .put("timeout_seconds", 601).put("max_attempts", 5).put("on_submission_unknown", "resubmit")
        .put("metadata", new JsonObject().put("deep", new JsonObject().put("list", new JsonArray().add(1).addNull())));
    TestNode.Answer answer = node.post("/v1/tasks", asked);
    assertEquals(202, answer.status(), () -> text(answer));
    JsonObject task = answer.json();
    for (String name : List.of("type", "capability", "provider", "model", "priority", "input", "provider_options", "max_attempts",
        "metadata", "timeout_seconds", "on_submission_unknown")) {
      assertEquals(asked.getValue(name), task.getValue(name), name);
    }
    assertEquals(0, task.getInteger("attempt"));
    assertEquals("fal_queue", task.getString("queue"));
    assertEquals(7, Character.digit(task.getString("id").charAt(14), 16), "the version of the UUID");
    assertTrue(task.getString("created_at").matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"), task.getString("created_at"));
    assertEquals(task, node.get(answer.header("Location")).json(), "what is stored is what was answered");
  }

  @Test
  void valuesAreKeptAsTheyCame() {
    String odd = "{\"a\":1234567890123456789012345,\"b\":-9223372036854775808,\"c\":0.1,\"d\":1.7976931348623157E308,\"e\":4.9E-324,"
        + "\"f\":\"\\ud83e\\udd8a \\ue000 \\ufffd\",\"g\":9007199254740993,\"h\":1.5E300,\"\ud83e\udd8a\":[],\"i\":[null,true,{\"\":\"\"}]}";
    String body = "{\"capability\":\"image_generation\",\"delay_seconds\":3600,\"priority\":2.0,"
        + "\"input\":{\"prompt\":\" \\t\ud83e\udd8a \",\"width\":512.0,\"height\":5.12e2,\"seed\":42.0},\"provider_options\":" + odd + ",\"metadata\":" + odd + "}";
    TestNode.Answer answer = node.post("/v1/tasks", body);
    assertEquals(202, answer.status(), () -> text(answer));
    JsonObject asked = new JsonObject(odd);
    for (JsonObject task : List.of(answer.json(), node.get(answer.header("Location")).json())) {
      assertEquals(asked.encode(), task.getJsonObject("provider_options").encode());
      assertEquals(asked, task.getJsonObject("metadata"));
      assertEquals("{\"prompt\":\" \\t\ud83e\udd8a \",\"width\":512,\"height\":512,\"seed\":42}", task.getJsonObject("input").encode(), "a whole number has one form");
      assertEquals(2, task.getInteger("priority"));
    }
  }

  @Test
  void manyWithTheSameKeyAtOnceMakeOneTask() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(16);
    try {
      String body = later().encode();
      Callable<TestNode.Answer> ask = () -> node.post("/v1/tasks", body, "Idempotency-Key", "race");
      List<TestNode.Answer> answers = new ArrayList<>();
      for (Future<TestNode.Answer> each : clients.invokeAll(Collections.nCopies(48, ask))) {
        answers.add(each.get());
      }
      Set<String> ids = answers.stream().map(answer -> answer.json().getString("id")).collect(Collectors.toSet());
      assertEquals(1, ids.size(), ids::toString);
      assertEquals(1, answers.stream().filter(answer -> answer.status() == 202).count());
      assertEquals(47, answers.stream().filter(answer -> answer.status() == 200 && "true".equals(answer.header("Idempotency-Replayed"))).count());
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void aRepeatedBatchIsTheFirstBatchInItsOrder() {
    JsonObject batch = new JsonObject().put("tasks", new JsonArray().add(later().put("priority", 1)).add(later().put("priority", 2)).add(later()));
    TestNode.Answer first = node.post("/v1/tasks/batch", batch, "Idempotency-Key", "batch");
    TestNode.Answer again = node.post("/v1/tasks/batch", batch, "Idempotency-Key", "batch");
    assertEquals(202, first.status());
    assertEquals(200, again.status());
    assertEquals("true", again.header("Idempotency-Replayed"));
    assertEquals(ids(first), ids(again));
    assertEquals(422, node.post("/v1/tasks", later(), "Idempotency-Key", "batch").status());
  }

  private static List<String> ids(TestNode.Answer batch) {
    return batch.json().getJsonArray("tasks").stream().map(task -> ((JsonObject) task).getString("id")).toList();
  }

  @Test
  void aRepeatIsAnsweredThoughNoProviderIsLeft() {
    JsonObject first = node.post("/v1/tasks", later(), "Idempotency-Key", "left").json();
    try (TestNode bare = new TestNode(Vertx.vertx(), Map.of("COMPUTE_SANDBOX_ENABLED", "false"), node.database)) {
      TestNode.Answer repeated = bare.post("/v1/tasks", later(), "Idempotency-Key", "left");
      assertEquals(200, repeated.status());
      assertEquals(first.getString("id"), repeated.json().getString("id"));
      assertEquals(422, bare.post("/v1/tasks", later().put("priority", 7), "Idempotency-Key", "left").status());
      assertEquals(409, bare.post("/v1/tasks", later(), "Idempotency-Key", "another").status());
    }
  }

  @Test
  void aDelayBeyondTheHistorysReachIsRefused() {
    for (JsonObject late : List.of(later().put("delay_seconds", 31 * 86_400),
        TestNode.picture(0, NO_WISH).put("run_at", Instant.now().plus(Duration.ofDays(31)).toString()))) {
      TestNode.Answer answer = node.post("/v1/tasks", late);
      assertEquals(422, answer.status());
      assertTrue(answer.json().getString("detail").contains("tasks.retention_days"), answer.json()::encode);
    }
    assertEquals(202, node.post("/v1/tasks", later().put("delay_seconds", 29 * 86_400)).status());
  }

  @Test
  void aKeyThatNobodyCouldHaveMeantIsRefused() {
    assertEquals(422, node.post("/v1/tasks", later(), "Idempotency-Key", "k".repeat(256)).status());
    assertEquals(422, node.post("/v1/tasks", later(), "Idempotency-Key", " ").status());
    assertEquals(202, node.post("/v1/tasks", later(), "Idempotency-Key", "k".repeat(255)).status());
  }

  @Test
  void aWaitEndsWithTheTaskAndNotLater() {
    String id = node.post("/v1/tasks", TestNode.picture(200, NO_WISH)).json().getString("id");
    Instant before = Instant.now();
    JsonObject task = node.get("/v1/tasks/" + id + "?wait_seconds=60").json();
    assertEquals("completed", task.getString("status"));
    assertTrue(Duration.between(before, Instant.now()).toSeconds() < 20);
  }

  @Test
  void aWaitThatIsTooShortShowsTheTaskAsItIs() {
    String id = node.post("/v1/tasks", later()).json().getString("id");
    Instant before = Instant.now();
    assertEquals("queued", node.get("/v1/tasks/" + id + "?wait_seconds=1").json().getString("status"));
    assertFalse(Duration.between(before, Instant.now()).toMillis() < 990);
  }

  @Test
  void aDelayIsKept() {
    JsonObject task = node.run(TestNode.picture(0, NO_WISH).put("delay_seconds", 1.2));
    long waited = Duration.between(Instant.parse(task.getString("created_at")), Instant.parse(task.getString("started_at"))).toMillis();
    assertTrue(waited >= 1_190, waited + " ms");
  }

  @Test
  void aBodyInChunksAndAMediaTypeWithACharsetAreRead() {
    byte[] body = later().encode().getBytes(StandardCharsets.UTF_8);
    assertEquals(202, node.send(node.request("/v1/tasks", "Content-Type", "application/json; charset=utf-8")
        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))).status());
    assertEquals(202, node.send(node.request("/v1/tasks", "Content-Type", "APPLICATION/JSON").POST(BodyPublishers.ofByteArray(body))).status());
  }

  @Test
  void textOfAllTheWorldComesBackAsItWent() {
    String prompt = "ein Fuchs 🦊 im Schnee, \u202e狐 \u0001 \\ \" / \u007f";
    JsonObject asked = later().put("input", new JsonObject().put("prompt", prompt)).put("metadata", new JsonObject().put("schlüssel 🗝", prompt));
    JsonObject task = node.get(node.post("/v1/tasks", asked).header("Location")).json();
    assertEquals(prompt, task.getJsonObject("input").getString("prompt"));
    assertEquals(prompt, task.getJsonObject("metadata").getString("schlüssel 🗝"));
  }

  /** Where the contract leaves the answer open, it is at least an answer to the client and not a mistake of ours. */
  @ParameterizedTest
  @ValueSource(strings = {
      "\"metadata\":{\"n\":1e400}", "\"metadata\":{\"n\":-1e400}", "\"provider_options\":{\"n\":1e999}", "\"metadata\":{\"s\":\"\\ud800\"}",
      "\"metadata\":{\"\\udc00\":1}", "\"metadata\":{\"n\":123456789012345678901234567890123456789012345678901234567890}",
      "\"metadata\":{\"n\":0.1e-999}", "\"priority\":1.0", "\"priority\":1e1", "\"priority\":1.5", "\"priority\":null", "\"delay_seconds\":1e400",
      "\"priority\":99999999999999999999", "\"timeout_seconds\":1e400", "\"max_attempts\":3.0", "\"metadata\":null", "\"webhook\":null", "\"provider\":null",
      "\"run_at\":\"2026-02-30T00:00:00Z\"", "\"run_at\":\"2026-12-31T23:59:60Z\"", "\"run_at\":\"0000-01-01T00:00:00Z\"",
      "\"run_at\":\"2020-01-01T00:00:00+99:99\"", "\"provider_options\":{\"a\\u0000\":1}", "\"webhook\":{\"url\":\"https://[::1\"}",
      "\"webhook\":{\"url\":\"https://exa mple/\"}", "\"webhook\":{\"url\":\"https://ü.example/\"}", "\"webhook\":{\"url\":\"https:///x-nobody\"}"})
  void oddValuesAreTakenOrRefusedButNeverTheServersMistake(String field) {
    String delay = field.contains("delay_seconds") || field.contains("run_at") ? "" : "\"delay_seconds\":3600,";
    TestNode.Answer answer = node.post("/v1/tasks",
        "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"}," + delay + field + "}");
    assertTrue(Set.of(202, 400, 422).contains(answer.status()), () -> text(answer));
    if (answer.status() == 202) {
      assertEquals(200, node.get(answer.header("Location")).status(), "what was accepted can be read again");
    } else {
      assertEquals("application/problem+json", answer.header("Content-Type"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 400, 900})
  void deepValuesAreTakenOrRefusedButNeverTheServersMistake(int depth) {
    String deep = "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
    for (String field : List.of("metadata", "provider_options")) {
      TestNode.Answer answer = node.post("/v1/tasks",
          "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"},\"delay_seconds\":3600,\"" + field + "\":" + deep + "}");
      assertTrue(Set.of(202, 400, 422).contains(answer.status()), () -> text(answer));
    }
  }

  @Test
  void aBadNeighbourDoesNotSpoilTheCommitOfOthers() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(8);
    try {
      List<Callable<TestNode.Answer>> asks = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String body = i % 4 == 0 ? later().put("metadata", new JsonObject().put("k", "SPOIL")).encode().replace("SPOIL", "\\ud800") : later().encode();
        asks.add(() -> node.post("/v1/tasks", body));
      }
      List<Future<TestNode.Answer>> answers = clients.invokeAll(asks);
      for (int i = 0; i < 40; i++) {
        TestNode.Answer answer = answers.get(i).get();
        assertTrue(i % 4 == 0 ? answer.status() < 500 : answer.status() == 202, () -> text(answer));
      }
    } finally {
      clients.shutdownNow();
    }
  }
}
