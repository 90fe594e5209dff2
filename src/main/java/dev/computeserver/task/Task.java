package dev.computeserver.task;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * One piece of AI work that a client asked for.
 *
 * @param route who may run it, or null where a node of the version before has accepted it
 * @param outputs the stored files; empty until it is completed
 * @param result what is data rather than a file, or null
 */
public record Task(UUID id, String tenant, TaskRequest request, Route route, TaskState state, List<Output> outputs, JsonObject result) {

  public Task {
    outputs = List.copyOf(outputs);
  }

  public Instant createdAt() {
    return TaskId.time(id);
  }

  public Task with(TaskState next) {
    return new Task(id, tenant, request, route, next, outputs, result);
  }

  /** The same without what only a submission needs. */
  public Task withoutInput() {
    return new Task(id, tenant, request.withoutInput(), route, state, outputs, result);
  }

  /** Whether what runs it, or has last, is played by the sandbox. */
  public boolean sandbox() {
    return route != null && route.sandbox();
  }

  /** A request on its way into the store. */
  public record New(UUID id, TaskRequest request, Route route, TaskState.Place place, Instant dueAt) {
    /** @param requestPlace of {@link #request} among the texts beside the rows, from 1 */
    JsonObject toRow(int requestPlace) {
      return new JsonObject()
          .put("id", id.toString())
          .put("capability", request.capabilityWord())
          .put("queue", place.queue())
          .put("provider", place.provider().word())
          .put("model", place.model())
          .put("priority", request.priority())
          .put("max_attempts", request.maxAttempts())
          .put("due_at", dueAt.toString())
          .put("deadline_at", deadline().toString())
          .put("request", requestPlace)
          .put("metadata", request.metadata())
          .put("route", route.toRow())
          .put("sandbox", route.sandbox() ? true : null)
          .put("processing_hook", request.hookFor(TaskStatus.PROCESSING.word()))
          .put("webhooks", TaskChange.webhooks(request, TaskStatus.QUEUED.word()));
    }

    private Instant deadline() {
      Instant start = TaskId.time(id).isAfter(dueAt) ? TaskId.time(id) : dueAt;
      return start.plusSeconds(request.timeoutSeconds());
    }

    /** The task as it is right after its accept. */
    public Task accepted(String tenant) {
      TaskState state = new TaskState(TaskStatus.QUEUED, null, place.queue(), place.provider(), place.model(), 0,
          request.maxAttempts(), 0, 1, null, null, null, null, dueAt, deadline(), null, null, null, false);
      return new Task(id, tenant, request, route, state, List.of(), null);
    }
  }
}
