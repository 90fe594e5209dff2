package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What to do with a submit of which nobody knows whether the provider accepted it: look for the job at the provider until
 * {@code reconcile_seconds} after the submit, then do as the client has said. It is never sent again unless the client has
 * said that this is to be done and may be charged twice.
 */
final class Reconcile {
  private static final Logger LOG = LoggerFactory.getLogger(Reconcile.class);
  private static final long FIRST_PAUSE_MILLIS = 500;
  private static final long LONGEST_PAUSE_MILLIS = 8_000;

  private final Desk desk;
  private final Task task;
  private final Submission submission;
  private final ProviderProcessor processor;
  private final Sender sender;
  private final Instant sentAt;

  Reconcile(Desk desk, Task task, Submission submission, ProviderProcessor processor, Sender sender) {
    this.desk = desk;
    this.task = task;
    this.submission = submission;
    this.processor = processor;
    this.sender = sender;
    this.sentAt = Documents.submittingAt(task.state().job(), desk.clock().instant());
  }

  /** {@code why}: what is known of the failure. */
  Future<Decision> decide(String why) {
    LOG.info("Task {}: {} may or may not have accepted attempt {}: {}", task.id(), processor.providerType().word(), task.state().attempt(),
        sender.redact(why));
    return look(FIRST_PAUSE_MILLIS).map(found -> found.map(step -> new Decision(step, null, null, null)).orElseGet(() -> byPolicy(why)));
  }

  private Future<Optional<Step>> look(long pause) {
    Optional<Exchange> find = find();
    if (find.isEmpty()) {
      return Future.succeededFuture(Optional.empty());
    }
    return sender.follow(find.get()).compose(sent -> {
      Optional<Step> found = sent.answer() instanceof Sender.Replied replied && replied.reply().ok() ? read(sent.exchange(), replied.reply())
          : Optional.empty();
      boolean late = desk.clock().instant().isAfter(sentAt.plusSeconds(desk.rules().reconcileSeconds()));
      if (found.isPresent() || late) {
        return Future.succeededFuture(found);
      }
      Promise<Optional<Step>> next = Promise.promise();
      desk.agenda().in(pause, () -> look(Math.min(LONGEST_PAUSE_MILLIS, pause * 2)).onComplete(next));
      return next.future();
    });
  }

  /** Processors that took bytes cannot make their request again without them; a way to find jobs must not need it. */
  private Optional<Exchange> find() {
    try {
      return processor.find(submission, sentAt);
    } catch (RuntimeException cannot) {
      LOG.debug("Task {}: no way to look for the job", task.id(), cannot);
      return Optional.empty();
    }
  }

  private static Optional<Step> read(Exchange exchange, Reply reply) {
    try {
      return Optional.of(exchange.reader().apply(reply)).filter(step -> step instanceof Step.Waiting || step instanceof Step.Done);
    } catch (RuntimeException unreadable) {
      return Optional.empty();
    }
  }

  private Decision byPolicy(String why) {
    Instant now = desk.clock().instant();
    TaskError unknown = new TaskError(Code.SUBMISSION_UNKNOWN, "the provider may or may not have accepted the job: " + sender.redact(why)
        + "; look for it in your account there before you retry", processor.providerType(), false, null);
    TaskState state = task.state();
    if (state.cancelRequested()) {
      return new Decision(null, state.cancelled(now), Charged.UNKNOWN, unknown);
    }
    if (task.request().resubmitUnknown() && state.triesLeft() > 1) {
      TaskState.Place same = new TaskState.Place(state.provider(), state.model(), state.queue());
      return new Decision(null, state.requeued(same, unknown, now), Charged.UNKNOWN, unknown);
    }
    return new Decision(null, state.failed(unknown, now), Charged.UNKNOWN, unknown);
  }

  /**
   * @param found the provider's job, where it could be found; then the rest is null
   * @param next the task's next state
   */
  record Decision(Step found, TaskState next, Charged charged, TaskError error) {
  }
}
