package dev.computeserver.fuzz;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A provider that answers as none may, at each step of a job, beside good jobs at the same provider:
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.classpathScope=test -Dmain.class=dev.computeserver.fuzz.MaliciousProvider
 * }</pre>
 *
 * <p>Prints how its tasks ended, and ends with 1 where one did not, a job that was taken was submitted again, a good task failed or
 * waited for a bad one, memory stayed taken, or the server made a mistake.
 */
public final class MaliciousProvider {
  private static final int MOST_WAITS = 150;
  private static final long WAIT_MILLIS = 200;
  private static final int GOOD = 200;
  private static final int ROUNDS = 2;

  private MaliciousProvider() {
  }

  public static void main(String[] arguments) throws Exception {
    ErrorLog log = ErrorLog.begin();
    List<String> wrong = new ArrayList<>();
    Map<String, Integer> ends = new TreeMap<>();
    int bad = 0;
    try (BadManners provider = BadManners.start()) {
      Map<String, String> settings = new HashMap<>(Replies.settings(provider.baseUrl()));
      settings.put("COMPUTE_PROVIDERS_FAL_STANDARD_TIMEOUT_SECONDS", "2");
      settings.put("COMPUTE_GUARD_ALLOW_LOOPBACK", "true");
      try (TestNode node = new TestNode(settings)) {
        List<String> names = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
          for (String manner : BadManners.all()) {
            BadManners.STEPS.forEach(step -> names.add(manner + "-" + step));
          }
        }
        bad = names.size();
        Map<String, String> badTasks = new HashMap<>();
        names.forEach(name -> badTasks.put(submit(node, name + "-" + badTasks.size()), name));
        List<String> goodTasks = new ArrayList<>();
        for (int i = 0; i < GOOD; i++) {
          goodTasks.add(submit(node, "good-submit-" + i));
        }
        for (String id : goodTasks) {
          JsonObject task = ended(node, id);
          if (!"completed".equals(task.getString("status"))) {
            wrong.add("a good task ended as " + task);
          }
        }
        badTasks.forEach((id, name) -> {
          JsonObject task = ended(node, id);
          JsonObject error = task.getJsonObject("error");
          String end = task.getString("status") + (error == null ? "" : " " + error.getString("code"));
          ends.merge(end, 1, Integer::sum);
          if (task.getString("completed_at") == null || end.endsWith("internal")) {
            wrong.add(name + " ended as " + task);
          }
        });
        provider.submittedTwice().forEach(twice -> wrong.add(twice + " was submitted more than once"));
        String taken = taken(node);
        // Replies that came just before the last deadline are still being read.
        for (int i = 0; i < MOST_WAITS && !taken.matches("0(\\.0)?"); i++) {
          Thread.sleep(WAIT_MILLIS);
          taken = taken(node);
        }
        if (!taken.matches("0(\\.0)?")) {
          wrong.add("memory is still taken: " + taken + " bytes");
        }
      }
    }
    log.taken().forEach(error -> wrong.add("logged as an error: " + error));
    System.out.println("bad jobs: " + bad + ", good jobs beside them: " + GOOD);
    ends.forEach((end, count) -> System.out.println("bad jobs that ended as " + end + ": " + count));
    wrong.forEach(System.out::println);
    System.out.println("failed: " + wrong.size());
    System.exit(wrong.isEmpty() ? 0 : 1);
  }

  private static String submit(TestNode node, String name) {
    return node.post("/v1/tasks", new JsonObject().put("capability", "image_generation").put("provider", "fal_standard").put("max_attempts", 1)
        .put("timeout_seconds", name.startsWith("good") ? 60 : 20).put("input", new JsonObject().put("prompt", name))).json().getString("id");
  }

  private static String taken(TestNode node) {
    String name = "compute_memory_taken_bytes ";
    return new String(node.get("/metrics").bytes(), StandardCharsets.UTF_8).lines().filter(line -> line.startsWith(name)).findFirst().orElseThrow()
        .substring(name.length());
  }

  private static JsonObject ended(TestNode node, String id) {
    return node.get("/v1/tasks/" + id + "?wait_seconds=60").json();
  }
}
