package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.provider.Decisions.Kind;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a callback is worth: nothing, a hint, or the job of a submit whose reply was lost. */
class ProviderCallbacksTest {
  private final CallingFal fal = new CallingFal();
  private TestNode node;

  @AfterEach
  void stop() {
    node.close();
    fal.close();
  }

  private void start(String... more) {
    node = new TestNode(fal.environment(more));
  }

  private String begin(String onUnknown) {
    TestNode.Answer accepted = node.post("/v1/tasks", new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", "a red fox")).put("on_submission_unknown", onUnknown));
    assertEquals(202, accepted.status());
    return accepted.json().getString("id");
  }

  private String kept() {
    return TestServers.ask(node.database, "SELECT coalesce(string_agg(attempt || ' ' || external_id, ','), '') FROM provider_callback");
  }

  /** Asking over HTTP is itself the wait: each answer is a look, and the number of looks is bounded. */
  private void untilSubmitted(String id, String job) {
    for (int looks = 0; looks < 5_000; looks++) {
      if (job.equals(node.get("/v1/tasks/" + id).json().getString("external_id"))) {
        return;
      }
    }
    throw new AssertionError("never submitted as " + job);
  }

  @Test
  void aSignedCallbackBringsTheLookForwardAndOthersDoNothing() {
    start();
    fal.running = true;
    String id = begin("fail");
    String path = fal.callbackPath(1);
    untilSubmitted(id, "job-1");
    TestNode.Answer unsigned = CallingFal.send(node, path, CallingFal.body("job-1"));
    assertEquals(401, unsigned.status());
    assertEquals("application/problem+json", unsigned.header("Content-Type"));
    assertTrue(unsigned.json().getString("detail").contains("fal_standard"), () -> unsigned.json().encode());
    assertEquals(401, fal.call(node, path, CallingFal.body("job-1"), CallingFal.pair(), Instant.now()).status());
    assertEquals(401, fal.call(node, path, CallingFal.body("job-1"), fal.keys(), Instant.now().minusSeconds(330)).status());
    assertEquals(401, CallingFal.send(node, path, "x".repeat(3 << 20)).status());
    assertEquals(404, fal.call(node, path.replace("/1-", "/2-"), "job-1").status());
    assertEquals(404, fal.call(node, path.replace("/fal_standard/", "/luma/"), "job-1").status());
    assertEquals(404, fal.call(node, path.substring(0, path.length() - 1), "job-1").status());
    assertEquals(200, fal.call(node, path, "job-1").status());
    assertEquals(1, fal.looks.await(1).size());
    fal.running = false;
    assertEquals(200, fal.call(node, path, "x".repeat(3 << 20), fal.keys(), Instant.now()).status());
    assertEquals("completed", node.ended(id).getString("status"));
    assertEquals(2, fal.looks.all().size());
    assertEquals("", kept());
  }

  @Test
  void aCallbackThatIsFasterThanTheAnswerToTheSubmitCountsToo() {
    start();
    Signals<HttpServerRequest> held = new Signals<>();
    fal.submitted = held::accept;
    String id = begin("fail");
    assertEquals(200, fal.call(node, fal.callbackPath(1), "job-1").status());
    fal.accepted("job-1").answer(held.await(1).get(0));
    assertEquals("completed", node.ended(id).getString("status"));
    assertEquals(1, fal.looks.all().size());
  }

  @Test
  void theJobOfALostSubmitIsTheOneThatTheCallbackTells() {
    start();
    fal.submitted = FakeProvider.cut();
    String id = begin("fail");
    assertEquals(200, fal.call(node, fal.callbackPath(1), "told-1").status());
    JsonObject task = node.ended(id);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals("told-1", task.getString("external_id"));
    assertEquals("/fal-ai/flux/requests/told-1/status", fal.looks.await(1).get(0).path());
    assertEquals(1, fal.submits.all().size());
    assertEquals(1, task.getJsonArray("attempts").size());
    assertEquals("yes", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    assertTrue(node.events(id).encode().contains("the reply to the submit was lost; the provider's callback has told the job"),
        () -> node.events(id).encodePrettily());
    assertEquals(1, node.decided(Kind.FOUND_BY_CALLBACK));
    assertEquals(0, node.decided(Kind.FAILED));
  }

  @Test
  void whatCannotBeCheckedIsNoEvidence() {
    start("COMPUTE_TASKS_RECONCILE_SECONDS", "2");
    fal.keysAway = true;
    fal.submitted = FakeProvider.cut();
    String id = begin("fail");
    assertEquals(200, fal.call(node, fal.callbackPath(1), "told-1").status());
    JsonObject error = node.ended(id).getJsonObject("error");
    assertEquals("submission_unknown", error.getString("code"));
    assertTrue(error.getString("message").contains("neither a callback nor its jobs have told of it within 2 s"), error::encode);
    assertEquals("", kept());
    assertEquals(1, node.decided(Kind.FAILED));

    fal.submitted = null;
    String next = begin("fail");
    String path = fal.callbackPath(2);
    untilSubmitted(next, "job-2");
    assertEquals(200, CallingFal.send(node, path, "").status(), "the token alone makes it a hint");
    assertEquals("completed", node.ended(next).getString("status"));
  }

  @Test
  void aCallbackForAnOlderAttemptIsIgnored() {
    start("COMPUTE_TASKS_RECONCILE_SECONDS", "1", "COMPUTE_TASKS_RETRY_FIRST_MS", "20", "COMPUTE_TASKS_RETRY_MAX_MS", "50");
    fal.submittedFirst = FakeProvider.cut();
    fal.running = true;
    String id = begin("resubmit");
    String old = fal.callbackPath(1);
    String path = fal.callbackPath(2);
    untilSubmitted(id, "job-2");
    assertEquals(200, fal.call(node, old, "job-1").status());
    fal.running = false;
    assertEquals(200, fal.call(node, path, "job-2").status());
    JsonObject task = node.ended(id);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals("job-2", task.getString("external_id"));
    assertEquals(1, fal.looks.all().size(), "the older attempt's callback made it look");
    assertEquals(2, fal.submits.all().size());
    assertEquals("", kept());
    String first = task.getJsonArray("attempts").getJsonObject(0).getJsonObject("error").getString("message");
    assertTrue(first.contains("it is submitted again"), first);
    assertEquals(1, node.decided(Kind.RESUBMITTED));
  }

  @Test
  void theNextOwnerUsesTheCallbackThatCameToADeadOne() {
    start("COMPUTE_NODE_HEARTBEAT_SECONDS", "60", "COMPUTE_NODE_TAKEOVER_SECONDS", "200", "COMPUTE_PROVIDERS_FAL_STANDARD_TIMEOUT_SECONDS", "60");
    fal.submitted = FakeProvider.hang();
    String id = begin("fail");
    assertEquals(200, fal.call(node, fal.callbackPath(1), "told-1").status());
    assertEquals(200, fal.call(node, fal.callbackPath(1), "told-2").status());
    assertEquals("1 told-1", kept());
    try (TestNode second = node.again()) {
      TestServers.execute(node.database, "UPDATE node SET expires_at = now() - interval '1 second'"
          + " WHERE started_at = (SELECT min(started_at) FROM node)");
      JsonObject task = second.ended(id);
      fal.cutAll();
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals("told-1", task.getString("external_id"));
      assertEquals(1, second.decided(Kind.FOUND_BY_CALLBACK));
      assertEquals(1, fal.submits.all().size());
      TestServers.execute(node.database, "DELETE FROM task");
      assertEquals("", kept(), "it is removed with its task");
    }
  }
}
