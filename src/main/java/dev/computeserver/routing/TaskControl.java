package dev.computeserver.routing;

import dev.computeserver.bus.Bus;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.provider.QueueVerticle;
import dev.computeserver.task.AttemptRecord;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Phase;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskChange;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskState;
import dev.computeserver.task.TaskStatus;
import dev.computeserver.task.TaskStore;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What clients and the clock do to tasks from outside: cancel, retry, deadline. */
public final class TaskControl {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final int TRIES = 5;
  private static final int MOST_OVERDUE = 500;

  private final TaskStore store;
  private final TaskQueries queries;
  private final Routes routes;
  private final Bus bus;
  private final InstantSource clock;

  public TaskControl(TaskStore store, TaskQueries queries, Routes routes, Bus bus, InstantSource clock) {
    this.store = store;
    this.queries = queries;
    this.routes = routes;
    this.bus = bus;
    this.clock = clock;
  }

  /** Cancels a task that waits, or has its owner cancel it at the provider; false where it has ended already. */
  public Future<Boolean> cancel(UUID id) {
    return cancel(id, TRIES);
  }

  private Future<Boolean> cancel(UUID id, int tries) {
    return queries.look(id).compose(seen -> seen.isEmpty() ? Future.succeededFuture(Optional.<Task>empty())
        : seen.get().isBig() ? queries.findWithoutInput(seen.get()) : Future.succeededFuture(Optional.of(seen.get().small()))).compose(found -> {
      Task task = found.orElse(null);
      if (task == null || TaskStatus.terminal(task.state().statusWord())) {
        return Future.succeededFuture(false);
      }
      boolean waits = TaskStatus.QUEUED.is(task.state().statusWord());
      Future<Boolean> written = waits ? store.setStatus(TaskChange.to(task, task.state().cancelled(clock.instant())), PATIENCE) : store.requestCancel(id);
      return written.compose(applied -> {
        if (!applied) {
          // It moved on in between; with what it has become now.
          return tries > 1 ? cancel(id, tries - 1) : Future.failedFuture(new IllegalStateException("task " + id + " changes too fast"));
        }
        if (!waits) {
          bus.publish(QueueVerticle.NUDGES, new QueueVerticle.Nudge(id, QueueVerticle.Nudge.Kind.CANCEL));
        }
        return Future.succeededFuture(true);
      });
    });
  }

  /** Runs a failed or cancelled task again, with all its attempts and its whole time. */
  public Future<Retried> retry(UUID id) {
    return queries.find(id).compose(found -> {
      Task task = found.orElse(null);
      if (task == null || !TaskStatus.terminal(task.state().statusWord()) || TaskStatus.COMPLETED.is(task.state().statusWord())) {
        return Future.succeededFuture(Retried.NOT_ENDED);
      }
      RouteDecision decision = routes.decide(task.request());
      if (decision.usable().isEmpty()) {
        return Future.succeededFuture(Retried.NO_PROVIDER);
      }
      Instant now = clock.instant();
      TaskState next = task.state().revived(decision.usable().get(0), task.request().maxAttempts(), now,
          now.plusSeconds(task.request().timeoutSeconds()));
      return store.revive(TaskChange.to(task, next).on(decision.route()), PATIENCE).map(applied -> {
        bus.hint(ProviderQueueMap.addressOf(next.queue()), new ProviderQueueMap.Hint(id, next.providerWord()));
        return applied ? Retried.QUEUED : Retried.NOT_ENDED;
      });
    });
  }

  /**
   * Ends tasks that nobody has claimed before their deadline, or that nobody goes on with after it, and those whose cancel came just as
   * their owner put them back into the queue; answers how many.
   */
  public Future<Integer> endOverdue() {
    return queries.overdue(MOST_OVERDUE).compose(waiting -> queries.abandoned(MOST_OVERDUE).compose(abandoned ->
        queries.cancelledWaiting(MOST_OVERDUE).compose(cancelled -> {
          List<Future<Boolean>> ends = new ArrayList<>();
          waiting.forEach(task -> ends.add(Future.succeededFuture(task)
              .compose(late -> end(late, late.state().failed(notBegun(late.state()), clock.instant())))));
          abandoned.forEach(task -> ends.add(Future.succeededFuture(task).compose(this::endAttempt)));
          cancelled.forEach(task -> ends.add(Future.succeededFuture(task).compose(gone -> end(gone, gone.state().cancelled(clock.instant())))));
          return Future.join(ends).map(done -> ends.size());
        })));
  }

  private TaskError notBegun(TaskState state) {
    String waited = state.error() != null ? state.error().message() : routes.whyWaiting(state.providerWord()).orElse(null);
    return tooLate("the task was not begun within its timeout_seconds" + (waited == null ? "" : "; " + waited), waited == null ? null : state.providerWord());
  }

  private static TaskError tooLate(String message, String provider) {
    return new TaskError(TaskError.Code.DEADLINE_EXCEEDED.word(), message, provider, false, null);
  }

  private Future<Boolean> end(Task task, TaskState next) {
    return store.setStatus(TaskChange.to(task, next), PATIENCE);
  }

  private Future<Boolean> endAttempt(Task task) {
    TaskState state = task.state();
    Instant now = clock.instant();
    TaskError error = tooLate("the task did not end within its timeout_seconds, and no node goes on with it; start one that serves " + state.queue(),
        null);
    Charged charged = Phase.CLAIMED.is(state.phaseWord()) ? Charged.NO : Charged.UNKNOWN;
    AttemptRecord attempt = new AttemptRecord(state.attempt(), state.providerWord(), state.model(), state.externalId(),
        state.attemptStartedAt() == null ? now : state.attemptStartedAt(), now, charged, null, error.toJson());
    return store.setStatus(TaskChange.to(task, state.failed(error, now)).ending(attempt), PATIENCE);
  }

  /** What became of a retry. */
  public enum Retried {
    QUEUED, NOT_ENDED, NO_PROVIDER
  }
}
