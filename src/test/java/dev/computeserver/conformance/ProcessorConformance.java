package dev.computeserver.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.config.Settings;
import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.conformance.Script.Play;
import dev.computeserver.conformance.Script.Took;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderProcessor;
import dev.computeserver.provider.Reply;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What must hold for every provider whatever it does to us, on a whole node with a real store, against a provider on
 * loopback that plays back a {@link Recording}. A processor's own class is that recording and nothing more:
 * <pre>
 * class FalStandardConformanceTest extends ProcessorConformance {
 *   &#64;Override
 *   Recording recording() {
 *     return Recording.of(FAL_STANDARD, "FAL_KEY", "Authorization", "Key ")           the key's variable and header
 *         .task("image_generation", "{\"prompt\":\"a red fox ${day}\"}")                one capability; ${day} tells tasks apart
 *         .wantsJson("/prompt", "a red fox ${day}")                                    what the submit must hold
 *         .on(SUBMIT, "POST /fal-ai/flux/dev", json("{\"request_id\":\"${id}\", …}"))    each request and its good reply
 *         .on(CHECK, "GET …/${id}/status", json("…")).running(json(202, "…"))
 *         .on(RESULT, "GET …/${id}", json("… ${files}/${id}.png …"))
 *         .on(FILE, "GET /${id}.png", bytes("image/png", …)).outputs("image/png");
 *   }
 * }
 * </pre>
 * What is not recorded the provider does not have: without {@code CHECK} its submit answers with the result, without
 * {@code CANCEL} nothing can be cancelled there, without {@code finds} a lost submit stays lost. All {@link Days} are played
 * side by side; each is a test of its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class ProcessorConformance {
  /** Long and odd enough to be found wherever it leaks. */
  static final String KEY = "key-9f1c7d52-that-must-never-be-seen";
  private static final Duration PROMPT = Duration.ofSeconds(30);

  private final LogWatch log = new LogWatch();
  private final Recording recording = recording();
  private final Script script = new Script(recording);
  private Vertx vertx;
  private FakeProvider provider;
  private List<Day> days;
  private TestNode node;
  /** For what shuts the provider's gate. */
  private TestNode aside;

  abstract Recording recording();

  @BeforeAll
  void playAllDays() {
    recording.requireAll(file(), callsBack());
    log.start();
    vertx = Vertx.vertx();
    provider = new FakeProvider(vertx, script);
    script.at(provider);
    node = new TestNode(environment("8", Map.of()));
    aside = new TestNode(environment("8", Map.of()));
    days = Days.of(recording, recording.key, provider.elsewhere());
    // A day that is to be cancelled must not end before, however slow the machine is with all the others.
    days.stream().filter(day -> !day.alone && day.cancelAt != null).forEach(day -> play(node, day));
    days.stream().filter(day -> !day.alone && day.cancelAt == null).forEach(day -> play(node, day));
    days.stream().filter(day -> day.alone).forEach(day -> ended(aside, play(aside, day)));
  }

  private JsonObject ended(TestNode at, Play play) {
    try {
      return at.ended(play.task);
    } catch (AssertionError never) {
      throw script.explained(new AssertionError(play.day + " never ended: " + script.neverEnded(play) + "\n" + never.getMessage(), never));
    }
  }

  /** Where its recording is. */
  String file() {
    return "src/test/java/" + getClass().getName().replace('.', '/') + ".java";
  }

  private boolean callsBack() {
    return CallbackDays.rulesOf(recording.type) != null;
  }

  private Play play(TestNode at, Day day) {
    Play play = begin(at, day);
    if (day.cancelAt != null) {
      script.await(play, day.cancelAt);
      assertEquals(202, at.post("/v1/tasks/" + play.task + "/cancel", new JsonObject()).status(), () -> "the cancel of " + day);
    }
    return play;
  }

  private TestNode nodeOf(Day day) {
    return day.alone ? aside : node;
  }

  @AfterAll
  void stop() {
    if (node == null) {
      return;
    }
    node.close();
    aside.close();
    provider.close();
    TestStore.await(vertx.close());
    log.stop();
    assertEquals(List.of(), log.linesWith(KEY), "the key is in the log");
  }

  private Map<String, String> environment(String timeoutSeconds, Map<String, String> more) {
    String prefix = "COMPUTE_PROVIDERS_" + recording.type.name() + "_";
    Map<String, String> environment = new HashMap<>(Map.of(recording.keyVariable, recording.key, prefix + "BASE_URL", provider.baseUrl(),
        prefix + "TIMEOUT_SECONDS", timeoutSeconds, prefix + "MAX_RETRIES", "1", prefix + "POLLING_FIRST_MS", "20",
        prefix + "POLLING_MIN_MS", "20", prefix + "LIMITS_MAX_IN_FLIGHT", "200", prefix + "LIMITS_MAX_CONNECTIONS", "200"));
    environment.putAll(Map.of("COMPUTE_TASKS_RECONCILE_SECONDS", "1", "COMPUTE_TASKS_RETRY_FIRST_MS", "20",
        "COMPUTE_TASKS_RETRY_MAX_MS", "50", "COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "10"));
    if (recording.reachable) {
      environment.put("COMPUTE_PUBLIC_URL", CallbackDays.OURS);
    }
    environment.putAll(more);
    return environment;
  }

  private Play begin(TestNode at, Day day) {
    Play play = script.add(day);
    String input = script.rendered(recording.input, play);
    JsonObject task = new JsonObject().put("capability", recording.capability).put("provider", recording.type.word())
        .put("input", new JsonObject(input));
    if (recording.options != null) {
      task.put("provider_options", new JsonObject(script.rendered(recording.options, play)));
    }
    task.mergeIn(day.tweak, true);
    if (recording.model != null) {
      task.put("model", recording.model);
    }
    TestNode.Answer accepted = at.post("/v1/tasks", task);
    assertEquals(202, accepted.status(), () -> day + " is not accepted: " + accepted.json().encodePrettily());
    play.task = accepted.json().getString("id");
    return play;
  }

  List<Day> days() {
    return days;
  }

  /** Of one model; others of the provider may take it, and would run it. */
  @Test
  @Order(1)
  void whatTheModelWouldRefuseIsRefusedWithItsPlace() {
    String model = recording.model != null ? recording.model : Settings.load((Path) null, Map.of()).providers().get(recording.type).models()
        .get(Named.of(ProviderCapability.class, recording.capability).orElseThrow()).get(0);
    for (Recording.Refused refused : recording.refused) {
      JsonObject task = new JsonObject().put("capability", recording.capability).put("provider", recording.type.word()).put("model", model)
          .put("input", new JsonObject(refused.input()));
      TestNode.Answer answer = node.post("/v1/tasks", task);
      assertEquals(422, answer.status(), () -> answer.json().encodePrettily());
      JsonObject fault = answer.json().getJsonArray("errors").getJsonObject(0);
      assertEquals("/" + refused.field().replace('.', '/'), fault.getString("pointer"), fault::encode);
      assertTrue(fault.getString("detail").contains(refused.field()), fault::encode);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("days")
  @Order(1)
  void everyDayEndsAsItMust(Day day) {
    Play play = script.play(day.name);
    JsonObject task = ended(nodeOf(day), play);
    try {
      check(day, task, play);
    } catch (AssertionError wrong) {
      throw script.explained(wrong);
    }
  }

  private void check(Day day, JsonObject task, Play play) {
    assertTrue(day.statuses.contains(task.getString("status")), () -> day + " must end as " + day.statuses + ": " + task.encodePrettily());
    JsonObject error = task.getJsonObject("error");
    if (!task.getString("status").equals("failed")) {
      assertNull(error, () -> day + " must end without an error: " + task.encodePrettily());
    } else {
      assertTrue(day.codes.contains(error.getString("code")), () -> day + " must fail with " + day.codes + ": " + task.encodePrettily());
    }
    assertTrue(day.retryable == null || day.retryable.equals(error.getBoolean("retryable")),
        () -> day + " must be retryable: " + day.retryable + "; " + task.encodePrettily());
    JsonArray attempts = task.getJsonArray("attempts");
    assertTrue(attempts.size() >= day.fewestAttempts && attempts.size() <= day.attempts,
        () -> day + " must take " + day.fewestAttempts + " to " + day.attempts + " attempts: " + task.encodePrettily());
    assertTrue(attempts.isEmpty() || day.charged.contains(attempts.getJsonObject(0).getString("charged")),
        () -> day + " must be charged " + day.charged + ": " + task.encodePrettily());
    assertTrue(day.cancelAt != Stage.CHECK || attempts.getJsonObject(0).getValue("error") == null, () -> "it was cancelled: " + task.encodePrettily());
    int submits = play.requests(Stage.SUBMIT).size();
    assertTrue(submits >= day.submits && submits <= day.submits + day.moreSubmits, 
        () -> day + " must be submitted " + day.submits + (day.moreSubmits == 0 ? "" : " to " + (day.submits + day.moreSubmits)) + " times, not " + submits);
    if (task.getString("status").equals("completed")) {
      assertEquals(recording.outputs, task.getJsonArray("outputs").stream().map(each -> ((JsonObject) each).getString("content_type")).toList(),
          () -> "content types of the outputs of " + day);
    }
    Duration took = Duration.between(Instant.parse(task.getString("created_at")), Instant.parse(task.getString("completed_at")));
    assertTrue(took.compareTo(PROMPT) < 0, () -> day + " took " + took);
    boolean told = day.cancelAt == Stage.CHECK || day.runsOn;
    play.requests(Stage.CANCEL).forEach(cancel -> assertTrue(told || day.stage == Stage.SUBMIT, () -> "nobody wanted " + day + " cancelled"));
  }

  @Test
  @Order(2)
  void aGoodDayGivesTheResultAndItsSubmitIsAsTheProviderWantsIt() {
    Play play = begin(node, Day.of("good").asking("provider_options", new JsonObject().put(Sent.ODD_OPTION, "odd-value")));
    JsonObject task = ended(node, play);
    check(play.day, task, play);
    if (recording.has(Stage.CHECK)) {
      assertEquals(play.id(), task.getString("external_id"), "external_id");
    }
    Seen submit = play.requests(Stage.SUBMIT).get(0).seen();
    assertTrue(submit.body().toString().contains("odd-value"), "provider_options are not handed over");
    checkSubmit(submit, play);
    checkOutputs(task);
    if (recording.result != null) {
      recording.result.forEach(field -> assertEquals(field.getValue(), task.getJsonObject("result").getValue(field.getKey()), field.getKey()));
    }
  }

  private void checkSubmit(Seen submit, Play play) {
    assertEquals(recording.prefix + recording.key, submit.headers().get(recording.header.toLowerCase(Locale.ROOT)), recording.header);
    recording.wantedHeaders.forEach((name, value) -> assertEquals(value, submit.headers().get(name.toLowerCase(Locale.ROOT)), name));
    Sent sent = Sent.of(submit);
    recording.wanted.forEach((place, value) -> {
      assertFalse(sent.all(place).isEmpty(), () -> sent.missing(place));
      assertTrue(sent.holds(place, script.rendered(value, play)), () -> place + " of " + sent + ": " + script.rendered(value, play) + " is wanted, but there is "
          + sent.all(place));
    });
    recording.wantedFiles.forEach((part, name) -> assertTrue(sent.fileNames(part).contains(name),
        () -> "a file named " + name + " is wanted in part " + part + " of " + sent + ", but there is " + sent.fileNames(part)));
  }

  private void checkOutputs(JsonObject task) {
    JsonArray outputs = task.getJsonArray("outputs");
    for (int i = 0; i < outputs.size(); i++) {
      TestNode.Answer file = node.get(outputs.getJsonObject(i).getString("url"));
      String output = "output " + i;
      assertEquals(200, file.status(), output);
      assertTrue(file.bytes().length > 0, output);
      assertEquals(outputs.getJsonObject(i).getInteger("bytes"), file.bytes().length, () -> "bytes of " + output);
      if (recording.has(Stage.FILE)) {
        assertArrayEquals(recording.route(Stage.FILE).reply().bytes().getBytes(), file.bytes(), output);
      }
    }
  }

  @Test
  @Order(2)
  void aRateLimitIsWaitedForAsLongAsTheProviderAsks() {
    List<Took> submits = script.play("day-submit-limited").requests(Stage.SUBMIT);
    assertTrue(submits.get(1).nanos() - submits.get(0).nanos() >= 1_000_000_000L, "day-submit-limited is submitted again too soon");
  }

  @Test
  @Order(2)
  void whatIsRefusedForNowIsKnownToBeSo() {
    ProviderProcessor processor = ProcessorRegistry.ofAll().of(recording.type).orElseThrow();
    recording.failures.stream().filter(Recording.Failure::isForNow).forEach(failure -> {
      Reply reply = new Reply(failure.reply().status(), MultiMap.caseInsensitiveMultiMap(), Buffer.buffer(failure.reply().text()));
      assertEquals(failure.code(), processor.refused(reply).code().word(), failure.reply()::text);
      assertTrue(processor.refused(reply).retryable(), () -> "refused(…) must call it retryable: " + failure.reply().text());
      assertTrue(processor.tookNothing(reply), () -> "tookNothing(…) must know that it has begun nothing: " + failure.reply().text());
    });
  }

  @Test
  @Order(2)
  void aCancelReachesTheProviderThoughTheFirstIsLost() {
    assumeTrue(recording.has(Stage.CANCEL), "the provider cannot cancel");
    assertEquals(1, script.play("day-cancel-running").requests(Stage.CANCEL).size(), "cancels on day-cancel-running; the processor's cancel(…) asks for them");
    assertEquals(2, script.play("day-cancel-lost").requests(Stage.CANCEL).size(), "cancels on day-cancel-lost");
    assertFalse(script.play("day-deadline-running").requests(Stage.CANCEL).isEmpty(), "day-deadline-running was not cancelled");
  }

  @Test
  @Order(2)
  void aSubmitThatIsAnsweredAgainAfterAnUnknownOneIsRecordedAsASecondCharge() {
    JsonArray attempts = node.ended(script.play("day-submit-again").task).getJsonArray("attempts");
    assertEquals("submission_unknown", attempts.getJsonObject(0).getJsonObject("error").getString("code"));
    assertEquals("yes", attempts.getJsonObject(1).getString("charged"));
  }

  @Test
  @Order(2)
  void aCapabilityThatTheProviderLacksIsRefusedAndNothingIsSent() {
    ProviderCapability lacking = Arrays.stream(ProviderCapability.values())
        .filter(each -> !ProcessorRegistry.ofAll().with(each).contains(recording.type)).findFirst().orElse(null);
    assumeTrue(lacking != null, "the provider has all capabilities");
    int before = provider.seen().size();
    TestNode.Answer answer = node.post("/v1/tasks", new JsonObject().put("capability", lacking.word()).put("provider", recording.type.word())
        .put("input", Samples.inputOf(lacking)));
    assertEquals(409, answer.status(), () -> answer.json().encodePrettily());
    assertTrue(answer.json().getString("detail").contains("lacks the capability"), () -> answer.json().encodePrettily());
    assertEquals(before, provider.seen().size());
  }

  @Test
  @Order(3)
  void aClosedPortIsKnownToHaveTakenNothing() {
    Day day = Day.of("closed").asking("max_attempts", 1).fails("provider_unavailable").charged("no").submits(0);
    provider.whileClosed(() -> {
      Play play = begin(node, day);
      check(day, node.ended(play.task), play);
    });
  }

  /** The first node stays alive without its lease, as after a long pause: its writes must count for nothing. */
  @Test
  @Order(4)
  void anotherNodeGoesOnWhereADeadOneStopped() {
    Map<String, String> silent = Map.of("COMPUTE_NODE_HEARTBEAT_SECONDS", "60", "COMPUTE_NODE_TAKEOVER_SECONDS", "200");
    TestNode first = new TestNode(environment("60", silent));
    Play asked = begin(first, Day.of("crash-submitting").at(Stage.SUBMIT, Day.FOREVER, FakeProvider.hang()).fails("submission_unknown")
        .charged("unknown"));
    Play again = begin(first, Day.of("crash-again").at(Stage.SUBMIT, 1, FakeProvider.hang()).asking("on_submission_unknown", "resubmit")
        .charged("unknown").submits(2).attempts(2));
    Play running = recording.has(Stage.CHECK) ? begin(first, Day.of("crash-submitted").at(Stage.CHECK, Day.FOREVER, FakeProvider.hang())) : null;
    Play storing = recording.has(Stage.FILE) ? begin(first, Day.of("crash-storing").at(Stage.FILE, 1, FakeProvider.hang())) : null;
    asked.await(Stage.SUBMIT);
    again.await(Stage.SUBMIT);
    await(running, Stage.CHECK);
    await(storing, Stage.FILE);
    if (running != null) {
      running.brighten();
    }
    try (TestNode second = first.again()) {
      TestServers.execute(first.database, "UPDATE node SET expires_at = now() - interval '1 second' WHERE started_at = (SELECT min(started_at) FROM node)");
      List<Play> plays = Stream.of(asked, again, running, storing).filter(Objects::nonNull).toList();
      Map<String, JsonObject> ended = new HashMap<>();
      plays.forEach(play -> ended.put(play.task, second.ended(play.task)));
      provider.cutAll();
      first.close();
      for (Play play : plays) {
        check(play.day, ended.get(play.task), play);
        assertEquals(ended.get(play.task), second.ended(play.task), "the first node has written");
        assertNothingTells(second, ended.get(play.task));
      }
    }
  }

  @Test
  @Order(4)
  void aCallbackIsTakenFromTheProviderAloneAndTellsTheJobOfALostSubmit() {
    assumeTrue(callsBack(), "the provider makes no callbacks");
    try (TestNode told = new TestNode(environment("8", CallbackDays.environment(recording)))) {
      CallbackDays callbacks = new CallbackDays(recording, script, told, day -> begin(told, day));
      if (recording.makesNoCallback) {
        callbacks.noneIsAskedFor();
      } else {
        callbacks.ownIsTakenAndOthersAreRefused();
        callbacks.tellsTheJobOfALostSubmit();
      }
    }
  }

  /** A request of the processor that no reply is recorded for is one that nobody has tried. */
  @Test
  @Order(6)
  void everyRequestIsRecorded() {
    assertEquals(Set.of(), script.unrecorded(), () -> "the processor asks for these, but nothing is recorded for them; add each to " + file()
        + " by .on(…), or by .finds(…) where a lost submit is looked for (.on(Stage.OTHER, …) with an empty list where the job cannot be told from the recording)");
    assertEquals(Set.of(), script.misplaced(), () -> "the recording in " + file() + " names places that its submit does not have");
  }

  private static void await(Play play, Stage stage) {
    if (play != null) {
      play.await(stage);
    }
  }

  @Test
  @Order(5)
  void theKeyIsSeenByTheProviderAndByNobodyElse() {
    days.forEach(day -> assertNothingTells(nodeOf(day), nodeOf(day).ended(script.play(day.name).task)));
    for (String table : List.of("task", "task_body", "task_result", "attempt", "task_event")) {
      for (TestNode each : List.of(node, aside)) {
        assertEquals("0", TestServers.ask(each.database, "SELECT count(*) FROM " + table + " t WHERE t::text LIKE '%" + KEY + "%'"), table);
      }
    }
    List<Seen> elsewhere = provider.seen().stream().filter(Seen::elsewhere).toList();
    elsewhere.forEach(seen -> assertFalse((seen.headers() + seen.uri() + seen.body()).contains(KEY), () -> "the key went elsewhere: " + seen.uri()));
    assertTrue(elsewhere.stream().noneMatch(seen -> seen.path().equals("/stolen") && !seen.method().equals("GET")), "more than a look was led elsewhere");
    assertEquals(List.of(), log.linesWith(KEY), "the key is in the log");
  }

  private static void assertNothingTells(TestNode at, JsonObject task) {
    assertFalse(task.encode().contains(KEY), "the key is in the task");
    assertFalse(at.events(task.getString("id")).encode().contains(KEY), "the key is in an event");
  }
}
