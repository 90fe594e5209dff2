package dev.computeserver.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Stage;
import dev.computeserver.support.TestNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * What must hold for every queued provider whatever it does to us. A processor's own class names its provider, one task, what
 * each of its requests is for, and good replies; see {@link FalStandardConformanceTest}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ProcessorConformance {
  /** Long and odd enough to be found wherever it leaks. */
  static final String KEY = "key-9f1c7d52-that-must-never-be-seen";

  private final Vertx vertx = Vertx.vertx();
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final List<TestNode> nodes = new ArrayList<>();
  private FakeProvider provider;
  private TestNode node;

  abstract ProviderType type();

  /** The environment variable of the key. */
  abstract String keyVariable();

  /** One task of the provider, pinned to it. */
  abstract JsonObject task();

  abstract Stage stageOf(HttpServerRequest request);

  /** The good reply of a stage; links in it lead to {@code provider.baseUrl()}. */
  abstract Behaviour good(Stage stage, FakeProvider provider);

  /** The reply to a check of a job that has not ended. */
  abstract Behaviour stillRunning();

  /** The header that carries the key, and its whole value. */
  abstract Map.Entry<String, String> authorization();

  @BeforeAll
  void start() {
    logged.start();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(logged);
    ((Logger) LoggerFactory.getLogger("dev.computeserver")).setLevel(Level.DEBUG);
    provider = new FakeProvider(vertx, this::stageOf, this::good);
    node = startNode();
  }

  private TestNode startNode() {
    String prefix = "COMPUTE_PROVIDERS_" + type().name() + "_";
    Map<String, String> environment = new HashMap<>(Map.of(keyVariable(), KEY, prefix + "BASE_URL", provider.baseUrl(),
        prefix + "TIMEOUT_SECONDS", "1", prefix + "MAX_RETRIES", "1", prefix + "POLLING_FIRST_MS", "20", prefix + "POLLING_MIN_MS", "20",
        "COMPUTE_TASKS_RECONCILE_SECONDS", "1", "COMPUTE_TASKS_RETRY_FIRST_MS", "20", "COMPUTE_TASKS_RETRY_MAX_MS", "50",
        "COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "10"));
    TestNode started = new TestNode(environment);
    nodes.add(started);
    return started;
  }

  @AfterEach
  void behave() {
    provider.behave();
  }

  @AfterAll
  void stop() throws Exception {
    nodes.forEach(TestNode::close);
    provider.close();
    vertx.close().await(10, TimeUnit.SECONDS);
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAppender(logged);
    ((Logger) LoggerFactory.getLogger("dev.computeserver")).setLevel(null);
    logged.list.forEach(event -> assertFalse((event.getFormattedMessage() + throwable(event)).contains(KEY), event::getFormattedMessage));
  }

  private static String throwable(ILoggingEvent event) {
    return event.getThrowableProxy() == null ? "" : String.valueOf(event.getThrowableProxy().getMessage());
  }

  private JsonObject run(JsonObject task) {
    JsonObject ended = node.run(task);
    assertFalse(ended.encode().contains(KEY), "the key is in the task");
    assertFalse(node.events(ended.getString("id")).encode().contains(KEY), "the key is in an event");
    return ended;
  }

  private static String code(JsonObject task) {
    return task.getJsonObject("error") == null ? null : task.getJsonObject("error").getString("code");
  }

  @Test
  void aGoodDayGivesTheResultWithOneSubmissionAndTheKeyInItsHeader() {
    JsonObject task = run(task());
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, provider.seen(Stage.SUBMIT).size());
    String header = provider.seen(Stage.SUBMIT).get(0).headers().get(authorization().getKey().toLowerCase(Locale.ROOT));
    assertEquals(authorization().getValue(), header);
    assertNull(code(task));
  }

  @ParameterizedTest
  @CsvSource({"401,provider_auth", "402,provider_quota", "403,provider_auth", "404,invalid_input", "422,invalid_input"})
  void aRefusedSubmitEndsTheTaskWithItsCodeAndIsNotRepeated(int status, String code) {
    provider.misbehave(Stage.SUBMIT, 100, FakeProvider.reply(status, "{\"detail\":\"no: " + KEY + "\"}"));
    JsonObject task = run(task());
    assertEquals(code, code(task), task::encodePrettily);
    assertEquals(1, provider.seen(Stage.SUBMIT).size());
    assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }

  @Test
  void aRateLimitIsWaitedForAsLongAsTheProviderAsks() {
    provider.misbehave(Stage.SUBMIT, 1, FakeProvider.reply(429, "{}", "Retry-After", "1"));
    long began = System.nanoTime();
    JsonObject task = run(task());
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertTrue(System.nanoTime() - began >= 1_000_000_000L);
    assertEquals(2, provider.seen(Stage.SUBMIT).size());
  }

  /** Ways in which the fate of a submit stays unknown. */
  enum Unknown {
    CUT(FakeProvider.cut()), CUT_IN_THE_MIDDLE(FakeProvider.cutInTheMiddle()), HANG(FakeProvider.hang()),
    ERROR_500(FakeProvider.reply(500, "{}")), ERROR_503(FakeProvider.reply(503, "busy")), TIMEOUT_408(FakeProvider.reply(408, "{}")),
    PAGE(FakeProvider.reply(200, "<html>hello</html>")), EMPTY(FakeProvider.reply(200, "")), MISSING_FIELDS(FakeProvider.reply(200, "{}")),
    REDIRECT(FakeProvider.reply(302, "", "Location", "http://127.0.0.1:9/elsewhere"));

    private final Behaviour behaviour;

    Unknown(Behaviour behaviour) {
      this.behaviour = behaviour;
    }
  }

  @ParameterizedTest
  @EnumSource(Unknown.class)
  void aSubmitOfUnknownFateIsNeverSentAgain(Unknown unknown) {
    provider.misbehave(Stage.SUBMIT, 100, unknown.behaviour);
    JsonObject task = run(task());
    assertEquals("submission_unknown", code(task), task::encodePrettily);
    assertEquals(1, provider.seen(Stage.SUBMIT).size());
    assertEquals("unknown", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }

  @Test
  void anUnknownSubmitIsSentOnceMoreWhereTheClientWantsIt() {
    provider.misbehave(Stage.SUBMIT, 1, FakeProvider.cut());
    JsonObject task = run(task().put("on_submission_unknown", "resubmit"));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(2, provider.seen(Stage.SUBMIT).size());
  }

  @Test
  void aClosedPortIsKnownToHaveTakenNothing() {
    provider.close();
    JsonObject task = node.run(task().put("max_attempts", 1));
    assertEquals("provider_unavailable", code(task), task::encodePrettily);
    assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    provider = new FakeProvider(vertx, this::stageOf, this::good);
    nodes.remove(node);
    node.close();
    node = startNode();
  }

  /** Passing faults of a look at a job. */
  enum Passing {
    CUT(FakeProvider.cut()), CUT_IN_THE_MIDDLE(FakeProvider.cutInTheMiddle()), HANG(FakeProvider.hang()),
    ERROR_500(FakeProvider.reply(500, "")), ERROR_503(FakeProvider.reply(503, "<html>")), LIMIT(FakeProvider.reply(429, "{}")),
    PAGE(FakeProvider.reply(200, "<html>hello</html>")), EMPTY(FakeProvider.reply(200, ""));

    private final Behaviour behaviour;

    Passing(Behaviour behaviour) {
      this.behaviour = behaviour;
    }
  }

  @ParameterizedTest
  @EnumSource(Passing.class)
  void aLookThatFailsIsRepeatedAndTheJobIsNotSubmittedAgain(Passing passing) {
    provider.misbehave(Stage.CHECK, 2, passing.behaviour);
    JsonObject task = run(task());
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, provider.seen(Stage.SUBMIT).size());
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  @ParameterizedTest
  @CsvSource({"401,provider_auth", "404,provider_failed"})
  void aLookThatIsRefusedEndsTheTaskSinceItsJobMayStillRun(int status, String code) {
    provider.misbehave(Stage.CHECK, 100, FakeProvider.reply(status, "{\"detail\":\"no\"}"));
    JsonObject task = run(task());
    assertEquals(code, code(task), task::encodePrettily);
    assertEquals(1, provider.seen(Stage.SUBMIT).size());
    assertEquals("unknown", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }

  @Test
  void aProviderThatAnswersOnlyGarbageIsGivenUpWithoutAnotherSubmit() {
    provider.misbehave(Stage.CHECK, 100, FakeProvider.reply(200, "[]"));
    JsonObject task = run(task());
    assertEquals("provider_failed", code(task), task::encodePrettily);
    assertEquals(1, provider.seen(Stage.SUBMIT).size());
  }

  @Test
  void aFileThatBreaksOffIsFetchedAgain() {
    provider.misbehave(Stage.FILE, 2, FakeProvider.cutInTheMiddle());
    assertEquals("completed", run(task()).getString("status"));
    assertEquals(1, provider.seen(Stage.SUBMIT).size());
  }

  @Test
  void aFileThatIsGoneIsOutputUnavailableAndNotPaidForTwice() {
    provider.misbehave(Stage.FILE, 100, FakeProvider.reply(410, ""));
    JsonObject task = run(task());
    assertEquals("output_unavailable", code(task), task::encodePrettily);
    assertEquals(1, provider.seen(Stage.SUBMIT).size());
    assertEquals("yes", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
  }

  @Test
  void aTaskIsEndedAtItsDeadlineAndItsJobIsCancelled() {
    provider.misbehave(Stage.CHECK, 10_000, stillRunning());
    JsonObject task = run(task().put("timeout_seconds", 1));
    assertEquals("deadline_exceeded", code(task), task::encodePrettily);
    assertFalse(provider.seen(Stage.CANCEL).isEmpty());
  }

  @Test
  void anotherNodeGoesOnWithTheStoredJobAndSubmitsNothing() {
    provider.misbehave(Stage.CHECK, 10_000, stillRunning());
    TestNode first = startNode();
    nodes.remove(first);
    String id = first.post("/v1/tasks", task()).json().getString("id");
    while (provider.seen(Stage.CHECK).isEmpty()) {
      Thread.onSpinWait();
    }
    first.close();
    provider.misbehave(Stage.CHECK, 0, stillRunning());
    TestNode second = startNodeOn(first);
    JsonObject task = second.ended(id);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, provider.seen(Stage.SUBMIT).size());
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  private TestNode startNodeOn(TestNode before) {
    TestNode started = before.again();
    nodes.add(started);
    return started;
  }

  @Test
  void aCapabilityThatTheProviderLacksIsRefusedAndNothingIsSent() {
    JsonObject lacking = new JsonObject().put("capability", "text_embedding").put("provider", type().word())
        .put("input", new JsonObject().put("text", "x"));
    boolean offers = node.get("/v1/capabilities").json().getJsonArray("capabilities").stream().map(JsonObject.class::cast)
        .filter(each -> each.getString("capability").equals("text_embedding")).anyMatch(each -> each.getJsonArray("providers").contains(type().word()));
    assertEquals(offers ? 202 : 409, node.post("/v1/tasks", lacking).status());
    assertEquals(offers, !provider.seen(Stage.SUBMIT).isEmpty());
  }

  @Test
  void whatOnlyTheProviderKnowsIsHandedOver() {
    run(task().put("provider_options", new JsonObject().put("odd_option", "odd-value")));
    assertTrue(provider.seen(Stage.SUBMIT).get(0).body().toString().contains("odd-value"));
  }

  @Test
  void theProviderIsKnownByItsWord() {
    assertEquals(type(), Named.of(ProviderType.class, task().getString("provider")).orElseThrow());
  }
}
