package dev.computeserver.provider;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.provider.LookAlikes.Fate;
import dev.computeserver.support.TestNode;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks that ask for the same thing, and whose jobs look alike in the provider's list: each gets its own, or none. */
@Timeout(90)
class LookAlikesTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    await(vertx.close());
  }

  private static JsonObject task(String provider) {
    return new JsonObject().put("capability", "image_generation").put("provider", provider)
        .put("input", new JsonObject().put("prompt", "the same fox"));
  }

  private static String begun(TestNode node, String provider) {
    return node.post("/v1/tasks", task(provider)).json().getString("id");
  }

  private static String jobOf(TestNode node, String id) {
    return node.get("/v1/tasks/" + id).json().getString("external_id");
  }

  private static void untilKnown(TestNode node, String id) {
    while (jobOf(node, id) == null) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fal_standard", "replicate"})
  void twoThatLookAtTheSameMomentTakeOneEach(String provider) {
    LookAlikes jobs = new LookAlikes(vertx, provider, 100, Fate.CUT, Fate.CUT, Fate.CUT);
    jobs.listFrom(3);
    try (TestNode node = new TestNode(jobs.environment())) {
      List<String> ids = List.of(begun(node, provider), begun(node, provider), begun(node, provider));
      ids.forEach(id -> untilKnown(node, id));
      assertEquals(Set.of("job-1", "job-2", "job-3"), Set.of(jobOf(node, ids.get(0)), jobOf(node, ids.get(1)), jobOf(node, ids.get(2))));
      jobs.finish();
      for (String id : ids) {
        JsonObject attempt = node.ended(id).getJsonArray("attempts").getJsonObject(0);
        assertEquals("yes the reply to the submit was lost; the job was found at the provider",
            attempt.getString("charged") + " " + attempt.getString("reconciled"));
      }
      assertEquals(3, jobs.submits.all().size());
      assertEquals(3, node.decided(Decisions.Kind.FOUND_BY_LIST));
    }
    jobs.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fal_standard", "replicate"})
  void theJobOfATaskThatHasEndedStaysItsOwn(String provider) {
    LookAlikes jobs = new LookAlikes(vertx, provider, 100, Fate.ANSWERED, Fate.DROPPED);
    jobs.finish();
    try (TestNode node = new TestNode(jobs.environment())) {
      assertEquals("completed", node.run(task(provider)).getString("status"));
      JsonObject second = node.run(task(provider));
      assertEquals("failed", second.getString("status"), second::encodePrettily);
      assertEquals("submission_unknown", second.getJsonObject("error").getString("code"));
    }
    jobs.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fal_standard", "replicate"})
  void anothersJobHidesNoneThatIsLessLikelyOrOnALaterPage(String provider) {
    for (int pageSize : List.of(1, 100)) {
      LookAlikes jobs = new LookAlikes(vertx, provider, pageSize, Fate.ANSWERED, Fate.ANSWERED, Fate.CUT);
      try (TestNode node = new TestNode(jobs.environment())) {
        List<String> others = List.of(begun(node, provider), begun(node, provider));
        others.forEach(id -> untilKnown(node, id));
        String id = begun(node, provider);
        untilKnown(node, id);
        assertEquals("job-3", jobOf(node, id));
        jobs.finish();
        assertEquals("completed", node.ended(id).getString("status"));
        others.forEach(other -> assertEquals("completed", node.ended(other).getString("status")));
      }
      jobs.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fal_standard", "replicate"})
  void theJobOfATaskWhoseAnswerIsStillToComeIsLeftToIt(String provider) {
    LookAlikes jobs = new LookAlikes(vertx, provider, 100, Fate.LATE, Fate.CUT);
    try (TestNode node = new TestNode(jobs.environment())) {
      String late = begun(node, provider);
      jobs.submits.await(1);
      String lost = begun(node, provider);
      // The second look comes only where the first has taken nothing.
      jobs.looks.await(2);
      assertEquals(null, jobOf(node, lost));
      jobs.answerLate();
      untilKnown(node, late);
      untilKnown(node, lost);
      assertEquals(List.of("job-1", "job-2"), List.of(jobOf(node, late), jobOf(node, lost)));
      jobs.finish();
      assertEquals("completed", node.ended(late).getString("status"));
      assertEquals("completed", node.ended(lost).getString("status"));
    }
    jobs.close();
  }
}
