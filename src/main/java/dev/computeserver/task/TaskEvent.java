package dev.computeserver.task;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/**
 * One thing that happened to a task. Its words are text, since a node of a newer version may have written them.
 *
 * @param id grows in the order of commits over all tasks and nodes; {@link EventId} writes it for clients
 * @param seq counts the task's own events from 1 without gaps
 * @param sandbox whether what happened is the sandbox's doing, or would be
 * @param type {@code queued}, {@code processing}, {@code progress}, {@code completed}, {@code failed} or {@code cancelled}
 */
public record TaskEvent(
    long id, int seq, String type, UUID taskId, String status, String tenant, String provider, boolean sandbox, String capability, 
    int attempt, JsonObject progress, JsonObject error) {

  /** As every channel carries it. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("id", EventId.text(id))
        .put("seq", seq)
        .put("type", "task." + type)
        .put("task_id", taskId.toString())
        .put("status", status)
        .put("provider", provider)
        .put("sandbox", sandbox)
        .put("capability", capability)
        .put("attempt", attempt)
        .put("progress", progress)
        .put("error", error)
        .put("at", Times.text(EventId.time(id)));
  }

  /**
   * The events of one commit. Batches form a chain over the whole cluster: who has seen a batch that ends at
   * {@code previous} and gets this one has missed nothing between.
   */
  public record Batch(long previous, List<TaskEvent> events) {
    public Batch {
      events = List.copyOf(events);
    }

    /** Where the next batch goes on. */
    public long end() {
      return events.get(events.size() - 1).id();
    }
  }
}
