package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cancel that comes while nobody knows whether the provider took the submit. */
class CancelInDoubtTest {
  private final CallingFal fal = new CallingFal();
  private final TestNode node = new TestNode(fal.environment("COMPUTE_TASKS_RECONCILE_SECONDS", "3"));

  @AfterEach
  void stop() {
    node.close();
    fal.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fail", "resubmit"})
  void endsTheTaskAndNothingIsSubmittedAgain(String onUnknown) {
    fal.submitted = FakeProvider.cut();
    String id = node.post("/v1/tasks", new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", "a red fox")).put("on_submission_unknown", onUnknown)).json().getString("id");
    fal.submits.await(1);
    assertEquals(202, node.post("/v1/tasks/" + id + "/cancel", "").status());
    JsonObject task = node.ended(id);
    assertEquals("cancelled", task.getString("status"), task::encodePrettily);
    assertEquals(true, task.getBoolean("cancel_requested"));
    JsonObject attempt = task.getJsonArray("attempts").getJsonObject(0);
    assertEquals("unknown", attempt.getString("charged"));
    String decided = "the reply to the submit was lost; cancelled; neither a callback nor its jobs have told of it within 3 s";
    assertEquals(decided, attempt.getString("reconciled"));
    JsonObject last = node.events(id).getJsonObject(node.events(id).size() - 1);
    assertEquals("task.cancelled " + decided, last.getString("type") + " " + last.getJsonObject("progress").getString("message"));
    assertEquals(1, fal.submits.all().size());
  }
}
