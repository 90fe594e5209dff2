package dev.computeserver.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.conformance.Script.Play;
import dev.computeserver.guide.ResultsTable;
import dev.computeserver.provider.Json;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every odd reply at every phase of every provider: each cell is a task on a whole node, all run side by side. A job that the
 * provider has taken is submitted once and its result is kept. {@code -Dproviders=REGEX} plays some providers only.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OddRepliesTest {
  private static final int BATCH = 200;
  private static final int TIMEOUT_SECONDS = 120;
  private final Vertx vertx = Vertx.vertx();
  private final List<Stand> stands = new ArrayList<>();
  private final List<TestNode> nodes = new ArrayList<>();

  /** A provider's recording, played. */
  private record Stand(Recording recording, Script script, FakeProvider provider, List<Day> days, TestNode node) {
    @Override
    public String toString() {
      return recording.type.word() + " " + recording.capability;
    }
  }

  @BeforeAll
  void playAll() {
    for (List<Recording> left = new ArrayList<>(recordings()); !left.isEmpty();) {
      left.removeAll(open(oneOfEach(left)));
    }
    stands.forEach(this::accept);
    stands.forEach(this::cancel);
  }

  List<Recording> recordings() {
    Pattern wanted = Pattern.compile(System.getProperty("providers", ".*"));
    return Recordings.all().stream().map(ProcessorConformance::recording).filter(each -> wanted.matcher(each.type.word()).matches()).toList();
  }

  /** What one node can have side by side: one address for each provider, and a public URL or none. */
  private static List<Recording> oneOfEach(List<Recording> left) {
    Map<ProviderType, Recording> some = new EnumMap<>(ProviderType.class);
    left.stream().filter(each -> each.reachable == left.get(0).reachable).forEach(each -> some.putIfAbsent(each.type, each));
    return List.copyOf(some.values());
  }

  private List<Recording> open(List<Recording> recordings) {
    Map<String, String> environment = new HashMap<>(Map.of("COMPUTE_TASKS_RECONCILE_SECONDS", "2", "COMPUTE_TASKS_RETRY_FIRST_MS", "20",
        "COMPUTE_TASKS_RETRY_MAX_MS", "50"));
    List<Stand> waiting = new ArrayList<>();
    for (Recording recording : recordings) {
      Script script = new Script(recording);
      FakeProvider provider = new FakeProvider(vertx, script);
      script.at(provider);
      String prefix = "COMPUTE_PROVIDERS_" + recording.type.name() + "_";
      environment.putAll(Map.of(recording.keyVariable, recording.key, prefix + "BASE_URL", provider.baseUrl(),
          prefix + "POLLING_FIRST_MS", "10", prefix + "POLLING_MIN_MS", "10", prefix + "POLLING_MAX_MS", "100",
          prefix + "LIMITS_MAX_IN_FLIGHT", "2000", prefix + "LIMITS_MAX_CONNECTIONS", "50"));
      waiting.add(new Stand(recording, script, provider, OddDays.of(recording, provider.elsewhere()), null));
    }
    if (recordings.get(0).reachable) {
      environment.put("COMPUTE_PUBLIC_URL", CallbackDays.OURS);
    }
    TestNode node = new TestNode(environment);
    nodes.add(node);
    waiting.forEach(each -> stands.add(new Stand(each.recording, each.script, each.provider, each.days, node)));
    return recordings;
  }

  private void accept(Stand stand) {
    for (int from = 0; from < stand.days.size(); from += BATCH) {
      List<Day> some = stand.days.subList(from, Math.min(stand.days.size(), from + BATCH));
      List<Play> plays = some.stream().map(stand.script::add).toList();
      JsonArray tasks = new JsonArray(plays.stream().map(play -> task(stand, play)).toList());
      TestNode.Answer accepted = stand.node.post("/v1/tasks/batch", new JsonObject().put("tasks", tasks));
      assertEquals(202, accepted.status(), () -> accepted.json().encodePrettily());
      for (int i = 0; i < plays.size(); i++) {
        plays.get(i).task = accepted.json().getJsonArray("tasks").getJsonObject(i).getString("id");
      }
    }
  }

  private static JsonObject task(Stand stand, Play play) {
    JsonObject task = new JsonObject().put("capability", stand.recording.capability).put("provider", stand.recording.type.word())
        .put("input", new JsonObject(stand.script.rendered(stand.recording.input, play))).put("max_attempts", 1).put("timeout_seconds", TIMEOUT_SECONDS);
    if (stand.recording.options != null) {
      task.put("provider_options", new JsonObject(stand.script.rendered(stand.recording.options, play)));
    }
    return stand.recording.model == null ? task : task.put("model", stand.recording.model);
  }

  private void cancel(Stand stand) {
    stand.days.stream().filter(day -> day.cancelAt != null).forEach(day -> {
      Play play = stand.script.play(day.name);
      stand.script.await(play, day.cancelAt);
      assertEquals(202, stand.node.post("/v1/tasks/" + play.task + "/cancel", new JsonObject()).status(), day.name);
    });
  }

  @AfterAll
  void stop() {
    nodes.forEach(TestNode::close);
    stands.forEach(stand -> stand.provider.close());
    TestStore.await(vertx.close());
  }

  Stream<Stand> stands() {
    return stands.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("stands")
  void paidOnceAndKept(Stand stand) {
    List<String> wrong = new ArrayList<>();
    stand.days.forEach(day -> {
      Play play = stand.script.play(day.name);
      String why = wrong(stand, day, play, stand.node.ended(play.task, TIMEOUT_SECONDS));
      if (why != null) {
        wrong.add(day.name + ": " + why);
      }
    });
    System.out.println(stand + ": " + stand.days.size() + " odd replies");
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " of " + stand.days.size() + "; a field that nobody can do without is named by .needs(stage, pointer):\n"
        + String.join("\n", wrong) + "\n" + String.join("\n", stand.script.misplaced()));
  }

  /** Null where the cell is as it must be. */
  private static String wrong(Stand stand, Day day, Play play, JsonObject task) {
    if (!day.statuses.contains(task.getString("status"))) {
      return task.getString("status") + " " + task.getValue("error");
    }
    int submits = play.requests(Stage.SUBMIT).size();
    JsonArray attempts = task.getJsonArray("attempts");
    if (submits != 1 || attempts.size() != 1) {
      return submits + " submits in " + attempts.size() + " attempts";
    }
    JsonObject attempt = attempts.getJsonObject(0);
    if (!day.charged.contains(attempt.getString("charged")) || task.getString("status").equals("completed") && attempt.getValue("error") != null) {
      return attempt.encode();
    }
    List<String> types = task.getJsonArray("outputs").stream().map(each -> ((JsonObject) each).getString("content_type")).toList();
    if (task.getString("status").equals("completed") && !types.equals(stand.recording.outputs)) {
      return "outputs " + types;
    }
    return task.getString("status").equals("completed") ? otherResult(stand.recording, day, task) : null;
  }

  /** Null where the result is the recording's; where the reply told other facts, where there is one at all. */
  private static String otherResult(Recording recording, Day day, JsonObject task) {
    JsonObject result = Json.object(task, "result");
    boolean right = day.otherFacts ? ResultsTable.read().needed(recording.capability).stream().allMatch(field -> isTold(result.getValue(field)))
        : recording.result == null || recording.result.stream().allMatch(field -> field.getValue().equals(result.getValue(field.getKey())));
    return right ? null : "result " + result;
  }

  private static boolean isTold(Object value) {
    return value instanceof String text ? !text.isBlank() : value instanceof JsonArray list ? !list.isEmpty() : value != null;
  }
}
