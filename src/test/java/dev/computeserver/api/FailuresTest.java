package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients see when a provider has a bad day; the sandbox has it on request. */
class FailuresTest {
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

  private static JsonObject failing(String fault) {
    return TestNode.picture(50, new JsonObject().put("fault", fault));
  }

  @ParameterizedTest
  @CsvSource({"submit_401,provider_auth", "submit_402,provider_quota", "submit_422,invalid_input", "refused,content_refused",
      "invalid,invalid_input", "nsfw,content_refused", "file_404,output_unavailable"})
  void aDefiniteRefusalEndsTheTaskAtOnceWithItsCode(String fault, String code) {
    JsonObject task = node.run(failing(fault));
    assertEquals("failed", task.getString("status"), task::encodePrettily);
    assertEquals(code, task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertEquals("fal_standard", task.getJsonObject("error").getString("provider"));
    assertEquals(1, task.getJsonArray("attempts").size());
    JsonArray events = node.events(task.getString("id"));
    assertEquals("task.failed", events.getJsonObject(events.size() - 1).getString("type"));
  }

  @Test
  void aPassingFailureIsTriedAgainUntilTheAttemptsAreUsedUp() {
    JsonObject task = node.run(failing("fails"));
    assertEquals("attempts_exhausted", task.getJsonObject("error").getString("code"), task::encodePrettily);
    JsonArray attempts = task.getJsonArray("attempts");
    assertEquals(3, attempts.size());
    for (int i = 0; i < 3; i++) {
      assertEquals("provider_failed", attempts.getJsonObject(i).getJsonObject("error").getString("code"));
      assertEquals("no", attempts.getJsonObject(i).getString("charged"));
    }
  }

  @Test
  void oneFailureIsSurvived() {
    JsonObject task = node.run(TestNode.picture(50, new JsonObject().put("fault", "fails").put("times", 1).put("key", "once")));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(2, task.getJsonArray("attempts").size());
    assertNull(task.getJsonObject("error"));
  }

  @Test
  void aRateLimitIsWaitedForWithoutBurningAnAttempt() {
    JsonObject task = node.run(TestNode.picture(50, new JsonObject().put("fault", "submit_429").put("times", 2).put("key", "limit")));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  @ParameterizedTest
  @CsvSource({"submit_cut", "submit_hang", "submit_500", "submit_503"})
  void aSubmitOfWhichNobodyKnowsIsNeverSentAgain(String fault) {
    // Longer in the queue than is looked for it, so that it is not found there: the sandbox lists started jobs only, as fal does.
    JsonObject task = node.run(TestNode.picture(50, new JsonObject().put("fault", fault).put("queue_ms", 30_000)));
    assertEquals("submission_unknown", task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size());
    assertEquals("unknown", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }

  @Test
  void aLostSubmitThatTheProviderListsIsGoneOnWith() {
    JsonObject task = node.run(TestNode.picture(300, new JsonObject().put("fault", "submit_cut")));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size());
    assertEquals(1, task.getJsonArray("outputs").size());
  }

  @Test
  void anUnknownSubmitIsSentAgainWhereTheClientSaysSoAndThatIsRecorded() {
    JsonObject task = node.run(TestNode.picture(50, new JsonObject().put("fault", "submit_cut").put("times", 1).put("key", "resubmit")
        .put("queue_ms", 8_000)).put("on_submission_unknown", "resubmit"));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals("unknown", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    assertEquals(2, task.getJsonArray("attempts").size());
  }

  @ParameterizedTest
  @CsvSource({"status_500_once", "status_cut_once"})
  void aPollThatFailsIsAskedAgain(String fault) {
    JsonObject task = node.run(failing(fault));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  @Test
  void aResultThatIsNoJsonIsTheProvidersFault() {
    JsonObject task = node.run(failing("result_garbage"));
    assertEquals("provider_failed", task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size(), "a job that may have run is not run again");
  }

  @Test
  void aFileThatIsCutIsFetchedAgain() {
    JsonObject task = node.run(TestNode.picture(50, new JsonObject().put("fault", "file_cut").put("times", 1).put("key", "cut")));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    JsonObject output = task.getJsonArray("outputs").getJsonObject(0);
    assertEquals(output.getInteger("bytes"), node.get(output.getString("url")).bytes().length);
  }

  @Test
  void aTaskEndsAtItsDeadlineThoughTheProviderDoesNot() {
    JsonObject task = node.run(failing("hang").put("timeout_seconds", 5));
    assertEquals("deadline_exceeded", task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertEquals("unknown", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }
}
