package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.TestNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nobody pays twice: what was submitted is counted at the provider, not by the server itself. */
class SubmissionsTest {
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_PROVIDERS_FAL_STANDARD_TIMEOUT_SECONDS", "6", "COMPUTE_TASKS_RECONCILE_SECONDS", "1",
        "COMPUTE_TASKS_RETRY_FIRST_MS", "50", "COMPUTE_TASKS_RETRY_MAX_MS", "100", "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "50",
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "50", "COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "5"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  /** Jobs that the provider has ever accepted. */
  private static int accepted() throws IOException, InterruptedException {
    byte[] report = HttpClient.newHttpClient().send(HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + node.sandboxPort() + "/sandbox/jobs?limit=0")).build(), HttpResponse.BodyHandlers.ofByteArray()).body();
    return new JsonObject(Buffer.buffer(report)).getJsonObject("providers").getJsonObject("fal_standard").getInteger("accepted");
  }

  private static JsonObject run(JsonObject wish, String onUnknown) {
    return node.run(TestNode.picture(20, wish).put("provider", "fal_standard").put("on_submission_unknown", onUnknown));
  }

  @ParameterizedTest
  @CsvSource({"submit_cut,failed", "submit_hang,failed", "submit_500,failed", "submit_503,failed", "status_cut_once,completed",
      "status_500_once,completed", "file_404,failed", "result_garbage,failed"})
  void oneTaskIsOneJobWhateverAnswerIsLost(String fault, String end) throws IOException, InterruptedException {
    int before = accepted();
    // Queued for longer than it is looked for: the provider lists only jobs that have begun.
    JsonObject wish = new JsonObject().put("fault", fault).put("queue_ms", fault.startsWith("submit") ? 30_000 : 0);
    JsonObject task = run(wish, "fail");
    assertEquals(end, task.getString("status"), task::encodePrettily);
    int jobs = accepted() - before;
    assertEquals(fault.equals("submit_500") || fault.equals("submit_503") ? 0 : 1, jobs, "jobs at the provider");
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  @Test
  void whoWantsItSubmittedAgainMayPayTwiceAndSeesBothAttempts() throws IOException, InterruptedException {
    int before = accepted();
    JsonObject task = run(new JsonObject().put("fault", "submit_cut").put("times", 1).put("key", "twice").put("queue_ms", 8_000), "resubmit");
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(2, accepted() - before);
    assertEquals(2, task.getJsonArray("attempts").size());
  }

  @Test
  void threeAttemptsAreThreeJobsAndNoMore() throws IOException, InterruptedException {
    int before = accepted();
    assertEquals("attempts_exhausted", run(new JsonObject().put("fault", "fails"), "resubmit").getJsonObject("error").getString("code"));
    assertEquals(3, accepted() - before);
  }

  @Test
  void aFailedTaskThatIsRetriedRunsAgainAndKeepsItsHistory() throws IOException, InterruptedException {
    int before = accepted();
    JsonObject wish = new JsonObject().put("fault", "submit_402").put("times", 1).put("key", "retry");
    String id = run(wish, "fail").getString("id");
    TestNode.Answer retried = node.post("/v1/tasks/" + id + "/retry", "");
    assertEquals(202, retried.status());
    JsonObject task = node.ended(id);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, accepted() - before);
    assertEquals(2, task.getJsonArray("attempts").size());
    assertEquals("provider_quota", task.getJsonArray("attempts").getJsonObject(0).getJsonObject("error").getString("code"));
    var events = node.events(id);
    for (int i = 0; i < events.size(); i++) {
      assertEquals(i + 1, events.getJsonObject(i).getInteger("seq"));
    }
    assertEquals(409, node.post("/v1/tasks/" + id + "/retry", "").status());
  }

  @Test
  void aRepeatedRequestUnderOneKeyIsOneJob() throws IOException, InterruptedException {
    int before = accepted();
    JsonObject body = TestNode.picture(20, new JsonObject());
    String id = node.post("/v1/tasks", body, "Idempotency-Key", "job").json().getString("id");
    node.ended(id);
    JsonObject again = node.post("/v1/tasks", body, "Idempotency-Key", "job").json();
    assertEquals(id, again.getString("id"));
    assertEquals("completed", again.getString("status"));
    assertEquals(1, accepted() - before);
  }
}
