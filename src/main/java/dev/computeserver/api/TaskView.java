package dev.computeserver.api;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.task.AttemptRecord;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.Output;
import dev.computeserver.task.Route;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskState;
import dev.computeserver.task.TaskStatus;
import dev.computeserver.task.Times;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Tasks as clients see them. */
public final class TaskView {
  private final TaskQueries queries;
  private final EventLog log;

  public TaskView(TaskQueries queries, EventLog log) {
    this.queries = queries;
    this.log = log;
  }

  /** The whole task, or empty where there is none. */
  public Future<Optional<JsonObject>> whole(UUID id) {
    return queries.find(id).compose(found -> found.isEmpty() ? Future.succeededFuture(Optional.empty())
        : whole(List.of(found.get())).map(views -> Optional.of(views.get(0))));
  }

  /** Whole tasks in their order. */
  Future<List<JsonObject>> whole(List<Task> tasks) {
    List<UUID> tried = tasks.stream().filter(task -> task.state().attempt() > 0).map(Task::id).toList();
    List<UUID> running = tasks.stream().filter(task -> TaskStatus.PROCESSING.is(task.state().statusWord())).map(Task::id).toList();
    Future<Map<UUID, List<AttemptRecord>>> attempts = tried.isEmpty() ? Future.succeededFuture(Map.of()) : queries.attempts(tried);
    Future<Map<UUID, JsonObject>> progress = running.isEmpty() ? Future.succeededFuture(Map.of()) : log.progress(running);
    return Future.join(attempts, progress).map(both -> tasks.stream()
        .map(task -> json(task, attempts.result().getOrDefault(task.id(), List.of()), progress.result().get(task.id())))
        .toList());
  }

  /** A task that has just been accepted. */
  static JsonObject fresh(Task task) {
    return json(task, List.of(), null);
  }

  private static JsonObject json(Task task, List<AttemptRecord> attempts, JsonObject progress) {
    TaskState state = task.state();
    return new JsonObject()
        .put("id", task.id().toString())
        .put("type", type(task.request().capabilityWord()))
        .put("capability", task.request().capabilityWord())
        .put("status", state.statusWord())
        .put("provider", state.providerWord())
        .put("sandbox", task.sandbox())
        .put("providers", words(task))
        .put("model", state.model())
        .put("queue", state.queue())
        .put("external_id", state.externalId())
        .put("progress", progress)
        .put("attempt", state.attempt())
        .put("max_attempts", task.request().maxAttempts())
        .put("input", task.request().input())
        .put("provider_options", task.request().providerOptions())
        .put("metadata", task.request().metadata() == null ? new JsonObject() : task.request().metadata())
        .put("priority", task.request().priority())
        .put("timeout_seconds", task.request().timeoutSeconds())
        .put("on_submission_unknown", task.request().resubmitUnknown() ? "resubmit" : "fail")
        .put("webhook", task.request().webhook() == null ? null : JsonObject.mapFrom(task.request().webhook()))
        .put("cancel_requested", state.cancelRequested())
        .put("outputs", outputs(task))
        .put("result", task.result())
        .put("error", state.error() == null ? null : state.error().toJson())
        .put("attempts", attempts(task, attempts))
        .put("created_at", Times.text(task.createdAt()))
        .put("run_at", Times.text(state.dueAt()))
        .put("started_at", Times.text(state.startedAt()))
        .put("completed_at", Times.text(state.completedAt()));
  }

  /** Of a capability that only a newer version knows, it is not known. */
  private static String type(String capability) {
    return Named.of(ProviderCapability.class, capability).map(known -> known.taskType().word()).orElse(null);
  }

  private static JsonArray words(Task task) {
    return task.request().providerWords().isEmpty() ? null : new JsonArray(task.request().providerWords());
  }

  private static JsonArray outputs(Task task) {
    JsonArray outputs = new JsonArray();
    for (Output output : task.outputs()) {
      JsonObject json = JsonObject.mapFrom(output);
      json.remove("key");
      outputs.add(json.put("url", "/v1/tasks/" + task.id() + "/outputs/" + output.index()));
    }
    return outputs;
  }

  private static JsonArray attempts(Task task, List<AttemptRecord> ended) {
    JsonArray attempts = new JsonArray();
    ended.forEach(attempt -> attempts.add(ended(attempt)));
    TaskState state = task.state();
    // It may have ended after the task was read.
    boolean told = ended.stream().anyMatch(attempt -> attempt.attempt() == state.attempt());
    if (TaskStatus.PROCESSING.is(state.statusWord()) && !told) {
      attempts.add(new JsonObject()
          .put("attempt", state.attempt())
          .put("provider", state.providerWord())
          .put("sandbox", task.sandbox())
          .put("model", state.model())
          .put("external_id", state.externalId())
          .put("started_at", Times.text(state.attemptStartedAt()))
          .put("ended_at", null)
          .put("charged", "unknown")
          .put("cost", null)
          .put("error", null)
          .put("route", route(task.route())));
    }
    return attempts;
  }

  private static JsonObject route(Route route) {
    return route == null ? null : route.toJson();
  }

  private static JsonObject ended(AttemptRecord attempt) {
    JsonObject json = new JsonObject()
        .put("attempt", attempt.attempt())
        .put("provider", attempt.provider())
        .put("sandbox", attempt.sandbox())
        .put("model", attempt.model())
        .put("external_id", attempt.externalId())
        .put("started_at", Times.text(attempt.startedAt()))
        .put("ended_at", Times.text(attempt.endedAt()))
        .put("charged", attempt.charged())
        .put("cost", attempt.cost())
        .put("error", attempt.error())
        .put("route", route(attempt.route()));
    return attempt.reconciled() == null ? json : json.put("reconciled", attempt.reconciled());
  }
}
