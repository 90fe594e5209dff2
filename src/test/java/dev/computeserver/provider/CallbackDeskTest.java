package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.computeserver.async.ByteBudget;
import dev.computeserver.bus.Bus;
import dev.computeserver.callback.Hmac;
import dev.computeserver.callback.Signed;
import dev.computeserver.callback.Source;
import dev.computeserver.callback.StandardWebhooks;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import dev.computeserver.db.Database;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.ReportedJobs;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskChange;
import dev.computeserver.task.TaskStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Callbacks of a provider that tells its secret to whoever has the key, of one that signs nothing, and of one that makes none. */
class CallbackDeskTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final String ID = "{\"id\":\"told-1\"}";
  private static TestStore db;
  private static TaskStore store;

  private final Signals<QueueVerticle.Nudge> nudges = new Signals<>();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private Instant now = Instant.parse("2026-11-25T12:00:00Z");
  private volatile String secret = secret("one");
  private volatile boolean away;
  private final FakeProvider provider = new FakeProvider(VERTX, seen -> away ? reply(503, "") : reply(200, "{\"key\":\"" + secret + "\"}"));

  @BeforeAll
  static void open() {
    db = new TestStore(VERTX);
    store = db.node(UUID.randomUUID());
  }

  @AfterAll
  static void close() {
    db.close();
    await(VERTX.close());
  }

  private static String secret(String text) {
    return "whsec_" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** As Replicate, Luma and Runway do it. */
  private record Calling(ProviderType providerType, Optional<CallbackRules> callbacks) implements ProviderProcessor {
    @Override
    public Set<ProviderCapability> capabilities() {
      return Set.of(ProviderCapability.IMAGE_GENERATION);
    }

    @Override
    public Authorization authorization() {
      return new Authorization("Authorization", "Bearer ");
    }

    @Override
    public Exchange submit(Submission submission) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Exchange check(Job job) {
      throw new UnsupportedOperationException();
    }
  }

  private static Job about(ProviderCapability capability, String model, Reply callback) {
    return new Job(callback.json().getString("id"), new JsonObject().put("model", model));
  }

  private CallbackDesk desk(String configured) {
    return desk(configured, db.database);
  }

  private CallbackDesk desk(String configured, Database database) {
    ProcessorRegistry registry = new ProcessorRegistry(List.of(
        () -> new Calling(ProviderType.REPLICATE, Optional.of(CallbackRules.signed(
            new StandardWebhooks(new Source.AskedFor("/webhooks/default/secret", "key")), CallbackDeskTest::about))),
        () -> new Calling(ProviderType.LUMA, Optional.of(CallbackRules.unsigned(CallbackDeskTest::about))),
        () -> new Calling(ProviderType.RUNWAY, Optional.empty()),
        () -> new Calling(ProviderType.IDEOGRAM, Optional.of(CallbackRules.signed(
            new Hmac("X-Signature", new Source.Configured()), CallbackDeskTest::about)))));
    ProviderConfig config = Settings.load((Path) null, Map.of("COMPUTE_PROVIDERS_FAL_STANDARD_WEBHOOK_SECRET", configured))
        .providers().get(ProviderType.FAL_STANDARD);
    Bus bus = new Bus(VERTX);
    await(bus.hear(QueueVerticle.NUDGES, nudges::accept));
    Sender sender = new Sender(VERTX, registry.of(ProviderType.REPLICATE).orElseThrow(), config, provider.baseUrl(), "a-key",
        new GuardedClient(VERTX, new UrlGuard(false, true), 1, 1, 1), new ProviderHealth(() -> now), new ByteBudget(1 << 24),
        Duration.ZERO, new SimpleMeterRegistry());
    return new CallbackDesk(registry, Map.of(ProviderType.REPLICATE, config, ProviderType.IDEOGRAM, config), type -> sender, null, new ReportedJobs(database), bus, () -> now, meters);
  }

  private Task submitting() {
    Task task = db.claimed(store, TestStore.request("a fox"));
    assertTrue(await(store.setStatus(TaskChange.to(task, task.state().submitting(new JsonObject())), TestStore.PATIENCE)));
    return task;
  }

  private static String kept(Task task) {
    return db.ask("SELECT attempt || ' ' || external_id || ' ' || data FROM provider_callback WHERE task_id = '" + task.id() + "'");
  }

  private MultiMap signed(String by, String body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(by.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] right = mac.doFinal(("m." + now.getEpochSecond() + "." + body).getBytes(StandardCharsets.UTF_8));
      return MultiMap.caseInsensitiveMultiMap().add("webhook-id", "m").add("webhook-timestamp", "" + now.getEpochSecond())
          .add("webhook-signature", "v1," + Base64.getEncoder().encodeToString(right));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private boolean take(CallbackDesk desk, ProviderType type, Task task, MultiMap headers, String body) {
    Promise<Boolean> taken = Promise.promise();
    VERTX.runOnContext(now -> desk.take(new CallbackDesk.Callback(type, task.id(), task.state().attempt(),
        new Signed("/", headers, body == null ? null : Buffer.buffer(body)))).onComplete(taken));
    return await(taken.future());
  }

  @Test
  void theSecretIsAskedForOnceWithTheKeyAndTheJobIsKept() {
    CallbackDesk desk = desk("");
    Task task = submitting();
    assertTrue(take(desk, ProviderType.REPLICATE, task, signed("one", ID), ID));
    assertEquals("1 told-1 {\"model\":\"fal-ai/flux/dev\"}", kept(task));
    assertTrue(take(desk, ProviderType.REPLICATE, submitting(), signed("one", ID), ID));
    assertEquals(1, provider.seen().size());
    assertEquals("/webhooks/default/secret", provider.seen().get(0).uri());
    assertEquals("Bearer a-key", provider.seen().get(0).headers().get("authorization"));
    assertEquals(new QueueVerticle.Nudge(task.id(), QueueVerticle.Nudge.Kind.LOOK, 1), nudges.await(2).get(0));
  }

  @Test
  void aSecretThatWasChangedIsAskedForAgainButNotAllTheTime() {
    CallbackDesk desk = desk("");
    assertTrue(take(desk, ProviderType.REPLICATE, submitting(), signed("one", ID), ID));
    secret = secret("two");
    Task task = submitting();
    assertFalse(take(desk, ProviderType.REPLICATE, task, signed("two", ID), ID));
    assertEquals(1, provider.seen().size());
    now = now.plusSeconds(61);
    assertTrue(take(desk, ProviderType.REPLICATE, task, signed("two", ID), ID));
    assertFalse(take(desk, ProviderType.REPLICATE, task, signed("one", ID), ID));
    assertEquals(2, provider.seen().size());
    assertEquals("1 told-1 {\"model\":\"fal-ai/flux/dev\"}", kept(task));
  }

  @Test
  void aSecretIsKeptForADayAndWithoutOneACallbackIsAHint() {
    CallbackDesk desk = desk("");
    assertTrue(take(desk, ProviderType.REPLICATE, submitting(), signed("one", ID), ID));
    away = true;
    now = now.plusSeconds(86_399);
    assertFalse(take(desk, ProviderType.REPLICATE, submitting(), signed("forged", ID), ID));
    now = now.plusSeconds(120);
    Task task = submitting();
    assertTrue(take(desk, ProviderType.REPLICATE, task, signed("forged", ID), ID));
    assertEquals(null, kept(task));
    nudges.await(all -> all.stream().anyMatch(nudge -> nudge.taskId().equals(task.id())));
    assertTrue(take(desk, ProviderType.REPLICATE, task, signed("one", ID), ID));
    assertEquals(null, kept(task));
    assertEquals(3, provider.seen().size());
  }

  @Test
  void aConfiguredSecretIsTakenAtItsWord() {
    CallbackDesk desk = desk(secret("configured"));
    assertTrue(take(desk, ProviderType.REPLICATE, submitting(), signed("configured", ID), ID));
    assertFalse(take(desk, ProviderType.REPLICATE, submitting(), signed("one", ID), ID));
    assertEquals(0, provider.seen().size());
    Task task = submitting();
    assertFalse(take(desk("whsec_not base64"), ProviderType.REPLICATE, task, signed("one", ID), ID), "a secret that is none checks nothing");
    assertEquals(null, kept(task));
    assertEquals(2, refused(ProviderType.REPLICATE));
  }

  private int refused(ProviderType provider) {
    return (int) meters.counter("compute.callbacks.refused", "provider", provider.word(), "reason", "signature").count();
  }

  @Test
  void withoutTheSecretThatItNeedsACallbackIsNotEvenAHint() {
    Task task = submitting();
    MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("X-Signature", "00");
    assertFalse(take(desk(""), ProviderType.IDEOGRAM, task, headers, ID));
    assertFalse(take(desk(""), ProviderType.IDEOGRAM, task, MultiMap.caseInsensitiveMultiMap(), ID));
    assertEquals(null, kept(task));
    assertEquals(2, refused(ProviderType.IDEOGRAM));
    assertEquals(List.of(), nudges.all());
  }

  @Test
  void whereNothingIsSignedTheTokenInTheUrlIsEnough() {
    Task task = submitting();
    assertTrue(take(desk(""), ProviderType.LUMA, task, MultiMap.caseInsensitiveMultiMap(), ID));
    assertEquals("1 told-1 {\"model\":\"fal-ai/flux/dev\"}", kept(task));
    for (String strange : List.of("{\"id\":\"../files?x=\"}", "{\"id\":\"\"}", "{}", "no json", "[]")) {
      Task next = submitting();
      assertTrue(take(desk(""), ProviderType.LUMA, next, MultiMap.caseInsensitiveMultiMap(), strange));
      assertEquals(null, kept(next), strange);
    }
    Task unread = submitting();
    assertTrue(take(desk(""), ProviderType.LUMA, unread, MultiMap.caseInsensitiveMultiMap(), null));
    assertEquals(null, kept(unread));
  }

  @Test
  void whoForgesManyFillsNoLog() {
    Logger log = (Logger) LoggerFactory.getLogger(CallbackDesk.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    CallbackDesk desk = desk(secret("configured"));
    Task task = submitting();
    for (int i = 0; i < 50; i++) {
      assertFalse(take(desk, ProviderType.REPLICATE, task, signed("forged", ID), ID));
    }
    now = now.plusSeconds(61);
    assertFalse(take(desk, ProviderType.REPLICATE, task, signed("forged", ID), ID));
    log.detachAppender(lines);
    assertEquals(2, lines.list.stream().filter(line -> line.getLevel() == Level.WARN).count());
  }

  @Test
  void aProviderThatMakesNoneIsHeardAllTheSame() {
    Task task = submitting();
    assertTrue(take(desk(""), ProviderType.RUNWAY, task, MultiMap.caseInsensitiveMultiMap(), ID));
    assertEquals(null, kept(task));
    assertEquals(task.id(), nudges.await(1).get(0).taskId());
  }

  @Test
  void whileTheStoreIsOutTheProviderIsToComeAgain() {
    Database out = Database.open(VERTX, "postgresql://nobody@127.0.0.1:1/none", 1, 1);
    CallbackDesk desk = desk("", out);
    Task task = submitting();
    assertThrows(Exception.class, () -> take(desk, ProviderType.REPLICATE, task, signed("one", ID), ID));
    assertFalse(take(desk, ProviderType.REPLICATE, task, signed("forged", ID), ID));
    Task next = submitting();
    assertTrue(take(desk(""), ProviderType.RUNWAY, next, MultiMap.caseInsensitiveMultiMap(), ID));
    assertEquals(List.of(next.id()), nudges.await(1).stream().map(nudge -> nudge.taskId()).distinct().toList());
    await(out.close());
  }

  @Test
  void aJobIsKeptOnlyWhileItIsMissing() {
    CallbackDesk desk = desk("");
    Task claimed = db.claimed(store, TestStore.request("a fox"));
    assertTrue(take(desk, ProviderType.LUMA, claimed, MultiMap.caseInsensitiveMultiMap(), ID));
    assertEquals(null, kept(claimed));
    Task task = submitting();
    Promise<Boolean> taken = Promise.promise();
    VERTX.runOnContext(run -> desk.take(new CallbackDesk.Callback(ProviderType.LUMA, task.id(), task.state().attempt() + 1,
        new Signed("/", MultiMap.caseInsensitiveMultiMap(), Buffer.buffer(ID)))).onComplete(taken));
    assertTrue(await(taken.future()));
    assertEquals(null, kept(task));
  }
}
