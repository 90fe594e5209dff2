package dev.computeserver.task;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A step in a task's life, written as one: row, event, ended attempt, result and webhooks.
 *
 * @param task as it is known before
 * @param next its state after
 * @param ended the attempt that ends with the step, or null
 * @param outputs what is stored with the step, or null
 * @param result likewise
 * @param route who may run the task from now on, or null where that stays
 * @param decision in words what is decided with it about a submit whose reply was lost, or null
 */
public record TaskChange(
    Task task, TaskState next, AttemptRecord ended, List<Output> outputs, JsonObject result, Route route, String decision) {
  private static final int MOST_DECISION = 2_000;

  public static TaskChange to(Task task, TaskState next) {
    return new TaskChange(task, next, null, null, null, null, null);
  }

  public TaskChange ending(AttemptRecord attempt) {
    return new TaskChange(task, next, attempt, outputs, result, route, decision);
  }

  public TaskChange with(List<Output> stored, JsonObject data) {
    return new TaskChange(task, next, ended, stored, Storable.of(data), route, decision);
  }

  /** For {@link TaskStore#revive} only. */
  public TaskChange on(Route chosen) {
    return new TaskChange(task, next, ended, outputs, result, chosen, decision);
  }

  /** For {@link TaskStore#decide} only. */
  public TaskChange deciding(String how) {
    return new TaskChange(task, next, ended, outputs, result, route, Storable.text(how, MOST_DECISION));
  }

  /** A change of status is told to everybody, a change of phase is our own business. */
  boolean hasEvent() {
    return !next.statusWord().equals(task.state().statusWord());
  }

  /** The event of this change under the id that its commit gave it. */
  TaskEvent event(long id) {
    return new TaskEvent(id, next.seq(), next.statusWord(), task.id(), next.statusWord(), task.tenant(), next.providerWord(),
        route == null ? task.sandbox() : route.sandbox(), task.request().capabilityWord(), next.attempt(),
        decision == null ? null : new JsonObject().put("message", decision),
        next.error() == null ? null : next.error().toJson());
  }

  /** About as many as it takes in a statement; what only a provider can make big. */
  long bytes() {
    return Weight.of(next.job()) + Weight.of(result);
  }

  JsonObject toRow(int place) {
    TaskState before = task.state();
    JsonObject row = new JsonObject()
        .put("place", place)
        .put("id", task.id().toString())
        .put("from_fence", before.fence())
        .put("from_status", before.statusWord())
        .put("from_phase", before.phaseWord())
        .put("has_event", hasEvent())
        .put("status", next.statusWord())
        .put("phase", next.phaseWord())
        .put("queue", next.queue())
        .put("provider", next.providerWord())
        .put("model", next.model())
        .put("attempt", next.attempt())
        .put("tries_left", next.triesLeft())
        .put("seq", next.seq())
        .put("owner", next.owner() == null ? null : next.owner().toString())
        .put("external_id", next.externalId())
        .put("job", next.job())
        .put("error", next.error() == null ? null : next.error().toJson())
        .put("due_at", next.dueAt())
        .put("deadline_at", next.deadlineAt())
        .put("attempt_started_at", next.attemptStartedAt())
        .put("started_at", next.startedAt())
        .put("completed_at", next.completedAt());
    if (next.cancelRequested() != before.cancelRequested()) {
      row.put("cancel_requested", next.cancelRequested());
    }
    if (ended != null) {
      row.put("ended", endedRow());
    }
    if (outputs != null) {
      row.put("outputs", outputs.stream().map(JsonObject::mapFrom).toList()).put("result", result);
    }
    if (route != null) {
      row.put("route", route.toRow()).put("sandbox", route.sandbox());
    }
    if (decision != null) {
      row.put("decision", decision);
    }
    if (hasEvent()) {
      row.put("webhooks", webhooks(task.request(), next.statusWord()));
    }
    return row;
  }

  /** What is to be delivered of an event of this type; null: nothing. */
  static JsonArray webhooks(TaskRequest request, String type) {
    String url = request.hookFor(type);
    return url == null ? null : new JsonArray().add(new JsonObject().put("id", TaskId.next().toString()).put("url", url));
  }

  private JsonObject endedRow() {
    return new JsonObject()
        .put("attempt", ended.attempt())
        .put("provider", ended.provider())
        .put("model", ended.model())
        .put("external_id", ended.externalId())
        .put("started_at", ended.startedAt())
        .put("ended_at", ended.endedAt())
        .put("charged", ended.charged())
        .put("cost", ended.cost())
        .put("error", ended.error());
  }
}
