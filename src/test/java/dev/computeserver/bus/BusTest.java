package dev.computeserver.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.live.EventFeed;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.provider.QueueVerticle;
import dev.computeserver.routing.RouterVerticle;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskId;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BusTest {
  private static final Address<Ping, Ping> PING = new Address<>("test.ping", Ping.class, Ping.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);

  @AfterEach
  void close() throws Exception {
    vertx.close().await(5, TimeUnit.SECONDS);
  }

  /** A message of this test. */
  public record Ping(String text) {
  }

  private static ReplyException refusal(Future<?> asked) {
    try {
      asked.await(10, TimeUnit.SECONDS);
      throw new AssertionError("it was answered");
    } catch (Exception failure) {
      return assertInstanceOf(ReplyException.class, failure);
    }
  }

  @Test
  void eachMessageOfOursComesThroughTheWireAsItWas() {
    TaskEvent event = new TaskEvent(1_700_000_000_000_000L, 3, "failed", UUID.randomUUID(), TaskStatus.FAILED, "default",
        ProviderType.FAL_STANDARD, ProviderCapability.LIP_SYNC, 2, null, new JsonObject().put("code", "internal"));
    Task task = new Task.New(TaskId.next(), TestStore.request("fox", 3, null, new JsonObject().put("a", 1)), TestStore.FAL,
        Instant.parse("2026-11-22T21:00:00.123Z")).accepted("default");
    List<Record> messages = List.of(
        new TaskEvent.Batch(7, List.of(event)),
        new QueueVerticle.Nudge(UUID.randomUUID(), QueueVerticle.Nudge.Kind.CANCEL),
        new ProviderQueueMap.Hint(UUID.randomUUID()),
        new RouterVerticle.Submit("default", List.of(new RouterVerticle.Wanted(task.request(), null)), "key", "hash"),
        new RouterVerticle.Submitted(List.of(task), List.of(), null),
        new RouterVerticle.Submitted(List.of(), List.of(UUID.randomUUID()),
            new RouterVerticle.Refused(0, RouterVerticle.Refused.Why.NO_PROVIDER, "none")));
    messages.forEach(message -> assertEquals(message, overTheWire(message)));
  }

  @SuppressWarnings("unchecked")
  private static <T extends Record> T overTheWire(T message) {
    RecordCodec<T> codec = new RecordCodec<>((Class<T>) message.getClass());
    Buffer wire = Buffer.buffer("before");
    codec.encodeToWire(wire, message);
    return codec.decodeFromWire("before".length(), wire);
  }

  @Test
  void addressesNameTheTypesOfTheirMessages() {
    assertEquals(TaskEvent.Batch.class, EventFeed.FEED.ask());
    assertEquals("fal_queue", ProviderQueueMap.addressOf("fal_queue").name());
  }

  @Test
  void aServedQuestionIsAnsweredOnce() throws Exception {
    bus.serve(PING, ping -> Future.succeededFuture(new Ping(ping.text() + "!"))).await(5, TimeUnit.SECONDS);
    assertEquals("hi!", bus.ask(PING, new Ping("hi"), PATIENCE).await(5, TimeUnit.SECONDS).text());
  }

  @Test
  void aHandlerThatThrowsAnswersAtOnceWithAnIncident() throws Exception {
    bus.serve(PING, ping -> {
      throw new IllegalStateException("secret detail");
    }).await(5, TimeUnit.SECONDS);
    ReplyException refusal = refusal(bus.ask(PING, new Ping("hi"), PATIENCE));
    assertEquals(ReplyFailure.RECIPIENT_FAILURE, refusal.failureType());
    assertEquals(Bus.BUG, refusal.failureCode());
    assertTrue(refusal.getMessage().contains("incident") && !refusal.getMessage().contains("secret"));
  }

  @Test
  void anAnswerThatFailsIsAnIncidentToo() throws Exception {
    bus.serve(PING, ping -> Future.failedFuture("secret detail")).await(5, TimeUnit.SECONDS);
    ReplyException refusal = refusal(bus.ask(PING, new Ping("hi"), PATIENCE));
    assertEquals(Bus.BUG, refusal.failureCode());
    assertTrue(refusal.getMessage().contains("incident") && !refusal.getMessage().contains("secret"));
  }

  @Test
  void aQuestionThatNobodyAnswersEndsWithItsPatience() throws Exception {
    bus.serve(PING, ping -> Promise.<Ping>promise().future()).await(5, TimeUnit.SECONDS);
    assertEquals(ReplyFailure.TIMEOUT, refusal(bus.ask(PING, new Ping("hi"), Duration.ofMillis(100))).failureType());
  }

  @Test
  void newsReachEveryHearerAndAHintReachesOne() {
    Signals<String> heard = new Signals<>();
    for (int i = 0; i < 3; i++) {
      TestStore.await(bus.hear(PING, ping -> heard.accept(ping.text())));
    }
    bus.hint(PING, new Ping("hint"));
    bus.publish(PING, new Ping("news"));
    List<String> all = heard.await(4);
    assertEquals(1, all.stream().filter("hint"::equals).count());
    assertEquals(3, all.stream().filter("news"::equals).count());
  }

  @Test
  void aHintForNobodyIsLostInSilence() {
    bus.know(PING);
    bus.hint(PING, new Ping("hi"));
    assertEquals(ReplyFailure.NO_HANDLERS, refusal(bus.ask(PING, new Ping("hi"), PATIENCE)).failureType());
  }

  @Test
  void aFieldOfANewerNodeIsSkipped() {
    byte[] json = "{\"text\":\"hi\",\"added_later\":{\"deep\":1}}".getBytes(StandardCharsets.UTF_8);
    Buffer wire = Buffer.buffer().appendByte((byte) 1).appendInt(json.length).appendBytes(json);
    assertEquals(new Ping("hi"), new RecordCodec<>(Ping.class).decodeFromWire(0, wire));
  }

  @Test
  void nobodyThereIsKnownAtOnce() {
    bus.know(PING);
    assertEquals(ReplyFailure.NO_HANDLERS, refusal(bus.ask(PING, new Ping("hi"), PATIENCE)).failureType());
  }
}
