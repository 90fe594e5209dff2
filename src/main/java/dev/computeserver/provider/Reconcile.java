package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import java.time.Instant;

/**
 * What to do with a submit of which nobody knows whether the provider accepted it. It is never sent again unless the
 * client has said that this is to be done and may be charged twice.
 */
final class Reconcile {
  private final Desk desk;
  private final Task task;
  private final ProviderProcessor processor;
  private final Sender sender;

  Reconcile(Desk desk, Task task, ProviderProcessor processor, Sender sender) {
    this.desk = desk;
    this.task = task;
    this.processor = processor;
    this.sender = sender;
  }

  /** {@code why}: what is known of the failure. */
  Future<Decision> decide(String why) {
    Instant now = desk.clock().instant();
    TaskError unknown = new TaskError(Code.SUBMISSION_UNKNOWN, "the provider may or may not have accepted the job: " + sender.redact(why)
        + "; look for it in your account there before you retry", processor.providerType(), false, null);
    TaskState state = task.state();
    if (state.cancelRequested()) {
      return Future.succeededFuture(new Decision(null, state.cancelled(now), Charged.UNKNOWN, unknown));
    }
    if (task.request().resubmitUnknown() && state.triesLeft() > 1) {
      TaskState.Place same = new TaskState.Place(state.provider(), state.model(), state.queue());
      return Future.succeededFuture(new Decision(null, state.requeued(same, unknown, now), Charged.UNKNOWN, unknown));
    }
    return Future.succeededFuture(new Decision(null, state.failed(unknown, now), Charged.UNKNOWN, unknown));
  }

  /**
   * @param found the provider's job, where it could be found; then the rest is null
   * @param next the task's next state
   */
  record Decision(Step found, TaskState next, Charged charged, TaskError error) {
  }
}
