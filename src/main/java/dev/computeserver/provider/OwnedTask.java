package dev.computeserver.provider;

import dev.computeserver.config.ProviderConfig;
import dev.computeserver.task.AttemptRecord;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Output;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskChange;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * The task of an attempt as this node knows it, and the only way in which the attempt writes it. Each write is guarded: it fails with
 * {@link NotOurs} where the task has another owner by now.
 */
final class OwnedTask {
  /** Longer than any outage that is worth sitting out with the result in hand; afterwards another node takes over. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Desk desk;
  /** Null where this queue does not run the task's provider. */
  private final ProviderConfig config;
  private Task task;
  private int made;

  OwnedTask(Desk desk, Task task, ProviderConfig config) {
    this.desk = desk;
    this.task = task;
    this.config = config;
  }

  /** As it stands now. */
  Task present() {
    return task;
  }

  UUID id() {
    return task.id();
  }

  TaskState state() {
    return task.state();
  }

  /** The client wants it cancelled; the store knows. */
  void cancelling() {
    if (!state().cancelRequested()) {
      task = task.with(state().cancelling());
    }
  }

  /** After a progress event the task's own count has moved. */
  void countedTo(int seq) {
    task = task.with(state().countedTo(seq));
  }

  /** Drops what only a submit needs, which may be megabytes. */
  void forgetInput() {
    task = task.withoutInput();
  }

  /** The provider has made so many files, which the price may depend on. */
  void made(int files) {
    made = files;
  }

  /** To the next phase of the same attempt. */
  Future<Void> advance(TaskState next) {
    return write(TaskChange.to(task, next)).map(done -> advanced(next));
  }

  /** The same with a job that was found for it; false where another task has or had that job, or this one is no longer ours. */
  Future<Boolean> adopt(TaskState next, String how) {
    return desk.store().decide(TaskChange.to(task, next).deciding(how), PATIENCE).onSuccess(applied -> {
      if (applied) {
        advanced(next);
      }
    });
  }

  private Void advanced(TaskState next) {
    // A cancel may have come in between.
    task = task.with(state().cancelRequested() ? next.cancelling() : next);
    return null;
  }

  /** Gives it to whoever goes on with it; the attempt has not ended. */
  Future<Void> handOver(TaskState next) {
    return write(TaskChange.to(task, next));
  }

  /**
   * Ends the attempt without a result, and the task or not.
   *
   * @param error null where it was cancelled
   */
  Future<Void> end(TaskState next, Charged charged, TaskError error) {
    return write(TaskChange.to(task, next).ending(record(charged, error)));
  }

  /** The same as it was decided about a submit whose reply was lost. */
  Future<Void> end(Reconcile.Decision decided) {
    TaskChange change = TaskChange.to(task, decided.next()).ending(record(decided.charged(), decided.error())).deciding(decided.how());
    return desk.store().decide(change, PATIENCE).compose(OwnedTask::ifOurs);
  }

  /**
   * Ends attempt and task with a result.
   *
   * @param missing which of the files could not be had, or null
   */
  Future<Void> complete(List<Output> outputs, JsonObject result, TaskError missing) {
    return write(TaskChange.to(task, state().completed(desk.clock().instant())).ending(record(Charged.YES, missing)).with(outputs, result));
  }

  private AttemptRecord record(Charged charged, TaskError error) {
    TaskState state = state();
    Instant now = desk.clock().instant();
    Instant started = state.attemptStartedAt() == null ? now : state.attemptStartedAt();
    JsonObject cost = charged == Charged.YES && !task.sandbox() ? Documents.cost(config, state.model(), made) : null;
    return new AttemptRecord(state.attempt(), state.providerWord(), state.model(), state.externalId(), started, now, charged,
        cost, error == null ? null : error.toJson());
  }

  private Future<Void> write(TaskChange change) {
    return desk.store().setStatus(change, PATIENCE).compose(OwnedTask::ifOurs);
  }

  private static Future<Void> ifOurs(boolean applied) {
    return applied ? Future.succeededFuture() : Future.failedFuture(new NotOurs());
  }

  /** The task has another owner by now. */
  static final class NotOurs extends RuntimeException {
    NotOurs() {
      super("the task is no longer ours", null, false, false);
    }
  }
}
