package dev.computeserver.routing;

import dev.computeserver.config.Settings;
import dev.computeserver.provider.AfterFailure;
import dev.computeserver.provider.Pauses;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The next provider where one is at fault, the same one again where the fault is passing, and the end where another
 * attempt could not help, is not allowed any more, or might be paid twice.
 */
public final class RetryOrFailover implements AfterFailure {
  private static final Set<Code> FINAL = Set.of(Code.INVALID_INPUT, Code.CONTENT_REFUSED, Code.SUBMISSION_UNKNOWN,
      Code.OUTPUT_UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.INTERNAL);

  private final Routes routes;
  private final Settings.Tasks rules;

  public RetryOrFailover(Routes routes, Settings.Tasks rules) {
    this.routes = routes;
    this.rules = rules;
  }

  @Override
  public TaskState decide(Task task, TaskError error, Charged charged, boolean jobMayRun, Instant now) {
    TaskState state = task.state();
    if (FINAL.contains(error.code()) || jobMayRun) {
      return state.failed(error, now);
    }
    if (state.triesLeft() <= 1) {
      return state.failed(state.attempt() > 1 && error.retryable() ? exhausted(state, error) : error, now);
    }
    // What was paid for and failed all the same is paid for once more at most.
    int tries = charged == Charged.YES ? 1 : state.triesLeft() - 1;
    List<TaskState.Place> places = routes.candidates(task);
    TaskState.Place next = after(state, places);
    if (next != null) {
      return state.requeued(next, tries, error, now);
    }
    if (!error.retryable() || places.isEmpty()) {
      return state.failed(error, now);
    }
    return state.requeued(places.get(0), tries, error, now.plusMillis(Pauses.growing(state.attempt() - 1, rules)));
  }

  @Override
  public Optional<TaskState.Place> elsewhere(Task task, Set<String> refused, boolean anyhow) {
    String here = task.state().providerWord();
    return routes.candidates(task).stream()
        .filter(place -> !place.provider().is(here) && !refused.contains(place.provider().word()) && (anyhow || !routes.isWaiting(place.provider())))
        .findFirst();
  }

  /**
   * The candidate behind the one that has failed. Behind the last comes the first, as long as there were fewer attempts than there
   * are candidates: the order changes with their health, so one of them may not have had its turn. Else null.
   */
  private static TaskState.Place after(TaskState state, List<TaskState.Place> places) {
    int last = places.size() - 1;
    for (int i = 0; i < last; i++) {
      if (places.get(i).provider() == state.provider()) {
        return places.get(i + 1);
      }
    }
    boolean isLast = last > 0 && places.get(last).provider() == state.provider();
    return isLast && state.attempt() <= last ? places.get(0) : null;
  }

  private static TaskError exhausted(TaskState state, TaskError last) {
    return new TaskError(Code.ATTEMPTS_EXHAUSTED.word(), state.attempt() + " attempts failed; the last with " + last.codeWord() + ": "
        + last.message(), last.providerWord(), true, last.httpStatus());
  }
}
