package dev.computeserver.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The README's table of the sandbox's faults against what becomes of a task with each. */
class FaultsTableTest {
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_PROVIDERS_FAL_STANDARD_TIMEOUT_SECONDS", "6", "COMPUTE_PROVIDERS_FAL_STANDARD_MAX_RETRIES", "1",
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "50", "COMPUTE_TASKS_RECONCILE_SECONDS", "3",
        "COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "4"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void eachFaultEndsATaskAsTheTableSays() {
    Map<String, String> tasks = new LinkedHashMap<>();
    known().forEach(fault -> tasks.put(fault, accepted(fault)));
    Map<String, String> faults = new LinkedHashMap<>();
    tasks.forEach((fault, task) -> faults.merge(end(node.ended(task)), "`" + fault + "`", (some, more) -> some + ", " + more));
    List<String> wanted = faults.entrySet().stream().map(each -> "| " + each.getKey() + " | " + each.getValue() + " |").toList();
    assertEquals(String.join("\n", wanted), String.join("\n", Readme.rows(Readme.read().section("### A bad day on request"))),
        "the README's table of faults does not tell what happens");
  }

  /** The sandbox names its faults to whoever asks for one that it does not have. */
  private static List<String> known() {
    String message = node.ended(accepted("none")).getJsonObject("error").getString("message");
    return Arrays.asList(message.substring(message.indexOf("must be one of ") + "must be one of ".length()).split(", "));
  }

  private static String accepted(String fault) {
    JsonObject task = TestNode.picture(0, new JsonObject().put("fault", fault)).put("max_attempts", 1)
        .put("timeout_seconds", fault.equals("hang") || fault.equals("submit_429") ? 5 : 50);
    task.getJsonObject("input").put("prompt", "a fox with " + fault);
    return node.post("/v1/tasks", task).json().getString("id");
  }

  private static String end(JsonObject task) {
    return "`" + (task.getString("status").equals("failed") ? task.getJsonObject("error").getString("code") : task.getString("status")) + "`";
  }
}
