package dev.computeserver.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.live.EventFeed;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.provider.QueueVerticle;
import dev.computeserver.routing.RouterVerticle;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskRequest;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What goes over the bus. */
class MessagesTest {
  /** A message of this test. */
  public record Ping(String text) {
  }

  @Test
  void eachMessageOfOursComesThroughTheWireAsItWas() {
    TaskEvent event = new TaskEvent(1_700_000_000_000_000L, 3, "failed", UUID.randomUUID(), TaskStatus.FAILED.word(), "default",
        ProviderType.FAL_STANDARD.word(), true, ProviderCapability.LIP_SYNC.word(), 2, null, new JsonObject().put("code", "internal"));
    Task task = new Task.New(TaskId.next(), TestStore.request("fox", 3, null, new JsonObject().put("a", 1)), TestStore.ROUTE, TestStore.FAL,
        Instant.parse("2026-11-22T21:00:00.123Z")).accepted("default");
    List<Record> messages = List.of(
        new TaskEvent.Batch(7, List.of(event)),
        new QueueVerticle.Nudge(UUID.randomUUID(), QueueVerticle.Nudge.Kind.CANCEL),
        new ProviderQueueMap.Hint(UUID.randomUUID(), "fal_standard"),
        new RouterVerticle.Submit("default", List.of(new RouterVerticle.Wanted(task.request(), null)), "key", "hash"),
        new RouterVerticle.Submitted(List.of(task), List.of(), null),
        new RouterVerticle.Submitted(List.of(), List.of(UUID.randomUUID()),
            new RouterVerticle.Refused(0, RouterVerticle.Refused.Why.NO_PROVIDER, "none", List.of())));
    messages.forEach(message -> assertEquals(message, overTheWire(message)));
  }

  @Test
  void wordsThatOnlyANewerVersionKnowsComeThroughToo() {
    TaskEvent event = new TaskEvent(1_700_000_000_000_000L, 3, "paused", UUID.randomUUID(), "paused", "default", "sora_cloud", false, "world_generation",
        2, null, null);
    TaskRequest request = new TaskRequest("world_generation", List.of("sora_cloud"), true, null, new JsonObject(), new JsonObject(), 0, 600, 3,
        false, null, null);
    List.<Record>of(new TaskEvent.Batch(7, List.of(event)),
        new RouterVerticle.Submit("default", List.of(new RouterVerticle.Wanted(request, null)), null, null))
        .forEach(message -> assertEquals(message, overTheWire(message)));
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
  void aFieldOfANewerNodeIsSkipped() {
    byte[] json = "{\"text\":\"hi\",\"added_later\":{\"deep\":1}}".getBytes(StandardCharsets.UTF_8);
    Buffer wire = Buffer.buffer().appendByte((byte) 1).appendInt(json.length).appendBytes(json);
    assertEquals(new Ping("hi"), new RecordCodec<>(Ping.class).decodeFromWire(0, wire));
  }
}
