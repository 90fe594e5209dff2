package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sandbox forgets its jobs with the process; who polls them after a restart is told so. */
class SandboxRestartTest {
  @TempDir
  private Path data;

  @Test
  void aTaskThatRanInTheSandboxEndsSoonAfterARestart() {
    TestNode first = new TestNode(Map.of("COMPUTE_DATA_DIR", data.toString(), "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "50",
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "50", "COMPUTE_TASKS_RECONCILE_SECONDS", "2"));
    String id = first.post("/v1/tasks", TestNode.picture(600_000, new JsonObject())).json().getString("id");
    untilSubmitted(first, id);
    first.close();
    try (TestNode second = first.again()) {
      JsonObject task = second.ended(id);
      assertEquals("failed", task.getString("status"));
      assertEquals("provider_failed", task.getJsonObject("error").getString("code"), task::encodePrettily);
    }
  }

  /** Asking over HTTP is itself the wait: each answer is a look, and the number of looks is bounded. */
  private static void untilSubmitted(TestNode node, String id) {
    for (int looks = 0; looks < 5_000; looks++) {
      if (node.get("/v1/tasks/" + id).json().getString("external_id") != null) {
        return;
      }
    }
    throw new AssertionError("never submitted");
  }
}
