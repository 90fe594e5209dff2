package dev.computeserver.provider;

import dev.computeserver.config.ProviderConfig;
import dev.computeserver.db.Faults;
import dev.computeserver.db.GroupCommit;
import dev.computeserver.task.AttemptRecord;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Output;
import dev.computeserver.task.Phase;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskChange;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;

/**
 * The durable flow of one task at one provider, from the phase in which the task stands to the end of the attempt:
 * <pre>
 * claimed     connection there, intent committed         → submitting
 * submitting  sent once; accepted, job committed         → submitted
 *             refused for sure                           → failed attempt, or again after a pause
 *             nobody knows                               → Reconcile
 * submitted   looked at until it has ended               → storing, or failed attempt
 * storing     outputs fetched                            → completed
 * </pre>
 * Each arrow is one guarded write; where one does not apply, the task has another owner and the flow stops at once.
 * Used on its queue's event loop only.
 */
public final class Attempt {
  /** Longer than any outage that is worth sitting out with the result in hand; afterwards another node takes over. */
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Desk desk;
  private final Promise<Void> over = Promise.promise();
  private Task task;
  /** Both null where this queue does not run the task's provider. */
  private final Sender sender;
  private final ProviderConfig config;
  private ProviderProcessor processor;
  private Watch watch;
  private Reconcile reconcile;
  /** Both null where no processor runs. */
  private Places.Place place;
  private Submitting submitting;
  private Charged cancelCharge;
  private boolean stopped;
  private boolean expired;
  private boolean broken;
  private boolean leftBehind;
  private boolean made;
  private int files;
  /** The provider had news before its answer to the submit was read and stored. */
  private boolean earlyHint;

  Attempt(Desk desk, Task task) {
    this.desk = desk;
    this.task = task;
    sender = desk.senders().get(task.state().provider());
    config = desk.providers().get(task.state().provider());
  }

  /** This queue does not run the task's provider, as may be once the configuration was changed: its own queue does, or nobody. */
  Future<Void> elsewhere() {
    if (config == null || config.queue().equals(task.state().queue())) {
      return unservable();
    }
    boolean claimed = task.state().phase() == Phase.CLAIMED;
    TaskState next = (claimed ? task.state().unclaimed() : task.state().released()).movedTo(config.queue());
    write(TaskChange.to(task, next)).map(done -> leave()).onFailure(this::bug);
    return over.future();
  }

  /** The processor's own flow has failed. */
  Future<Void> broken(Throwable failure) {
    bug(failure);
    return over.future();
  }

  /** No processor is registered for the task's provider on this node. */
  private Future<Void> unservable() {
    TaskError error = new TaskError(Code.INTERNAL, "this node has no processor for the provider; give the queue to nodes of the same version",
        task.state().provider(), false, null);
    end(desk.afterFailure().decide(task, error, task.state().phase() != Phase.CLAIMED, now()), Charged.UNKNOWN, error).onFailure(this::bug);
    return over.future();
  }

  /** Whether the task is still ours in the store though nothing runs here. */
  boolean leftBehind() {
    return leftBehind;
  }

  /** Goes on from the task's phase; done when the attempt is over here, for whatever reason. */
  Future<Void> run(ProviderProcessor by) {
    processor = by;
    submitting = new Submitting(desk, this, by, sender, config.maxRetries());
    place = desk.places().get(by.providerType())
        .place(() -> Future.succeededFuture(task.state().phase()).compose(this::enter).onFailure(this::bug));
    if (task.state().phase() == Phase.CLAIMED) {
      place.await();
    } else {
      place.take();
    }
    return over.future();
  }

  private Future<Void> enter(Phase phase) {
    return switch (phase) {
      case CLAIMED -> begin();
      case SUBMITTING -> reconcile("the node that submitted it went away");
      case SUBMITTED -> watch(job());
      case STORING -> store(Documents.read(task.state().job()));
    };
  }

  /** From the beginning: nothing has been sent, or nothing was taken. */
  Future<Void> begin() {
    if (task.state().cancelRequested()) {
      return cancelledUnsent();
    }
    return stopped ? release() : submitting.begin();
  }

  Future<Void> cancelledUnsent() {
    return end(task.state().cancelled(now()), Charged.NO, null);
  }

  boolean isStopped() {
    return stopped;
  }

  /** Whether its time is over, or it has ended here otherwise: nothing is sent for it any more. */
  boolean isOver() {
    return expired || hasLeft();
  }

  /** Whether nothing of it runs here any more. */
  boolean hasLeft() {
    return over.future().isComplete();
  }

  Submission submission() {
    return new Submission(task.id(), task.state().attempt(), task.request().capability(), task.state().model(), task.request().input(),
        task.request().providerOptions(), desk.addresses().callbackUrl(task),
        desk.addresses().callbackSecret(task.id(), task.state().attempt()), Map.of());
  }

  /** What a submit has brought: a job, its result, or a failure. */
  Future<Void> accepted(Step step, Instant acceptedAt) {
    if (step instanceof Step.Waiting late && over.future().isComplete()) {
      processor.cancel(late.job()).ifPresent(sender::follow);
      return Future.succeededFuture();
    }
    if (step instanceof Step.Waiting waiting) {
      JsonObject job = Documents.job(waiting.job(), acceptedAt);
      return advance(task.state().submitted(waiting.job().externalId(), job)).compose(owned -> {
        if (stopped) {
          return release();
        }
        Future<Void> watched = watch(job());
        watch.progressLater(waiting.progress());
        return watched;
      });
    }
    if (step instanceof Step.Done done) {
      return store(done);
    }
    if (step instanceof Step.Failed failed) {
      return fail(failed, false);
    }
    return reconcile("the provider's reply to the submit asks for another request");
  }

  /** Nobody knows whether the provider took the submit. */
  Future<Void> reconcile(String why) {
    reconcile = new Reconcile(desk, this::task, submission(), processor, sender);
    if (stopped) {
      return release();
    }
    return reconcile.decide(why).compose(decision -> {
      reconcile = null;
      return decision.found() == null ? finish(decision.next(), decision.charged(), decision.error())
          : accepted(decision.found(), Documents.submittingAt(task.state().job(), now())).map(known -> tell(decision.how()));
    });
  }

  /** The job may have run all the while, so it is looked at now. */
  private Void tell(String how) {
    if (watch != null) {
      watch.progress(new JsonObject().put("message", "the reply to the submit was lost; " + how));
      watch.now();
    }
    return null;
  }

  private Future<Void> watch(Job job) {
    Task slim = task.withoutInput();
    task = slim;
    watch = new Watch(desk, this, processor, sender, config, job, Documents.submittedAt(task.state().job(), now()));
    watch.start();
    if (earlyHint) {
      watch.now();
    }
    if (task.state().cancelRequested()) {
      cancel();
    }
    return Future.succeededFuture();
  }

  private Future<Void> store(Step.Done done) {
    watch = null;
    made = true;
    files = done.media().size();
    boolean inline = done.media().stream().anyMatch(Media::here);
    boolean direct = done.media().isEmpty() || inline || task.state().phase() == Phase.STORING;
    Future<Void> committed = direct ? Future.succeededFuture() : advance(task.state().storing(Documents.document(done)));
    return committed
        .compose(owned -> desk.downloads().fetch(task.id(), done.media(), sender, () -> !stopped && !over.future().isComplete()))
        .compose(outputs -> complete(outputs, done.result()), this::notStored);
  }

  private Future<Void> notStored(Throwable failure) {
    if (!(failure instanceof Downloads.Unavailable gone)) {
      return Future.failedFuture(failure);
    }
    return stopped && task.state().phase() == Phase.STORING ? release()
        : fail(new Step.Failed(Code.OUTPUT_UNAVAILABLE, gone.getMessage(), false, null, Charged.YES), true);
  }

  private Future<Void> complete(List<Output> outputs, JsonObject result) {
    TaskChange change = TaskChange.to(task, task.state().completed(now())).ending(record(Charged.YES, null)).with(outputs, result);
    return write(change).map(done -> leave());
  }

  /** Ends the attempt with a failure; the task goes on elsewhere, again, or not at all. */
  Future<Void> fail(Step.Failed failed, boolean jobMayRun) {
    TaskError error = new TaskError(failed.code(), sender.redact(failed.message()), task.state().provider(), failed.retryable(),
        failed.httpStatus());
    if (task.state().cancelRequested()) {
      // The job's own end may tell what the answer to the cancel did not know; a refusal of a request tells nothing.
      boolean known = cancelCharge != null && (cancelCharge != Charged.UNKNOWN || failed.httpStatus() != null);
      return end(task.state().cancelled(now()), known ? cancelCharge : failed.charged(), error);
    }
    Charged charged = jobMayRun && failed.charged() == Charged.NO ? Charged.UNKNOWN : failed.charged();
    return end(desk.afterFailure().decide(task, error, jobMayRun, now()), charged, error);
  }

  Future<Void> done(Step.Done done) {
    return store(done);
  }

  private Future<Void> end(TaskState next, Charged charged, TaskError error) {
    return finish(next, charged, error);
  }

  private Future<Void> finish(TaskState next, Charged charged, TaskError error) {
    return write(TaskChange.to(task, next).ending(record(charged, error))).map(done -> leave());
  }

  private AttemptRecord record(Charged charged, TaskError error) {
    TaskState state = task.state();
    Instant started = state.attemptStartedAt() == null ? now() : state.attemptStartedAt();
    JsonObject cost = charged == Charged.YES ? Documents.cost(config, state.model(), files) : null;
    return new AttemptRecord(state.attempt(), state.provider().word(), state.model(), state.externalId(), started, now(), charged,
        cost, error == null ? null : error.toJson());
  }

  /** The client wants it cancelled: the provider is told, and the attempt ends as the job really ends. */
  void cancel() {
    if (!task.state().cancelRequested()) {
      task = task.with(task.state().cancelling());
    }
    tryNow();
    if (watch == null || cancelCharge != null) {
      return;
    }
    cancelCharge = Charged.UNKNOWN;
    processor.cancel(watch.job()).ifPresentOrElse(
        exchange -> sender.follow(exchange).onSuccess(sent -> cancelled(sent.exchange(), sent.answer())),
        () -> watch.settled().compose(told -> end(task.state().cancelled(now()), Charged.UNKNOWN, null)).onFailure(this::bug));
  }

  private void cancelled(Exchange exchange, Sender.Answer answer) {
    Reply reply = answer instanceof Sender.Replied replied ? replied.reply() : null;
    if (reply == null || reply.status() >= 500 || reply.status() == 408 || reply.status() == 429) {
      // The queue reminds us of a cancel as long as the task runs.
      cancelCharge = null;
      return;
    }
    if (reply.ok() && read(exchange, reply).orElse(null) instanceof Step.Cancelling cancelling) {
      cancelCharge = cancelling.charged();
    }
    poke(0);
  }

  private void tryNow() {
    if (place != null) {
      place.hurry();
      submitting.now();
    }
  }

  /** The task's time is over: whatever the provider does, the client no longer waits for it. */
  void expire() {
    expired = true;
    Future<Boolean> settled = Future.succeededFuture(true);
    if (watch != null) {
      processor.cancel(watch.job()).ifPresent(sender::follow);
      watch.stop();
      settled = watch.settled();
    }
    if (submitting != null) {
      submitting.stop();
    }
    TaskError error = new TaskError(Code.DEADLINE_EXCEEDED, "the task did not end within its timeout_seconds", task.state().provider(),
        false, null);
    Charged charged = task.state().phase() == Phase.CLAIMED ? Charged.NO : made ? Charged.YES : Charged.UNKNOWN;
    settled.compose(told -> end(task.state().failed(error, now()), charged, error)).onFailure(this::bug);
  }

  /** The provider, or somebody who knows, says that something happened: look now, unless it is about another attempt than ours. */
  void poke(int about) {
    if (about != 0 && about != task.state().attempt()) {
      return;
    }
    if (watch != null) {
      watch.now();
    } else if (reconcile != null) {
      reconcile.now();
    } else {
      earlyHint |= about != 0;
    }
  }

  /** Nothing new is begun; what can be handed over is handed over, and the rest ends soon by itself. */
  void handOver() {
    stopped = true;
    tryNow();
    if (watch != null) {
      watch.stop();
      watch.settled().compose(told -> release()).onFailure(this::bug);
    } else if (reconcile != null) {
      reconcile.stop();
      release().onFailure(this::bug);
    }
  }

  /** Nothing of a submit has been sent yet, its job is known or being looked for, or its files are: the next owner knows where to go on. */
  Future<Void> release() {
    Phase phase = task.state().phase();
    boolean goesOn = phase == Phase.SUBMITTED || phase == Phase.STORING || reconcile != null;
    TaskState next = goesOn ? task.state().released() : task.state().unclaimed();
    return write(TaskChange.to(task, next)).map(done -> leave());
  }

  /** One guarded write; fails where the task has another owner by now. */
  Future<Void> advance(TaskState next) {
    return write(TaskChange.to(task, next)).map(done -> {
      // A cancel may have come in between.
      task = task.with(task.state().cancelRequested() ? next.cancelling() : next);
      return null;
    });
  }

  private Future<Void> write(TaskChange change) {
    return desk.store().setStatus(change, PATIENCE)
        .compose(applied -> applied ? Future.succeededFuture() : Future.failedFuture(new NotOurs()));
  }

  /** The step in a reply, or empty where the reply is not what the provider's API says. */
  Optional<Step> read(Exchange exchange, Reply reply) {
    try {
      return Optional.of(exchange.reader().apply(reply));
    } catch (RuntimeException unreadable) {
      QueueVerticle.LOG.debug("Unreadable reply of {} for task {}: {}", task.state().provider().word(), task.id(), text(unreadable));
      return Optional.empty();
    }
  }

  /** After a progress event the task's own count has moved. */
  void countedTo(int seq) {
    task = task.with(task.state().countedTo(seq));
  }

  Task task() {
    return task;
  }

  private Job job() {
    return Documents.job(task.state());
  }

  /**
   * The flow broke off. A fault of ours ends the attempt, since the next try would meet it again; after an outage of the
   * store the task is left as it stands, to be taken up again.
   */
  void bug(Throwable failure) {
    if (failure instanceof NotOurs || broken) {
      leftBehind = !(failure instanceof NotOurs);
      leave();
      return;
    }
    broken = true;
    if (isOutage(failure)) {
      QueueVerticle.LOG.warn("Task {} cannot be written and will be taken up again: {}", task.id(), failure.getMessage());
      leftBehind = true;
      leave();
      return;
    }
    String incident = UUID.randomUUID().toString();
    QueueVerticle.LOG.error("Incident {} while running task {}", incident, task.id(), failure);
    boolean sent = task.state().phase() != Phase.CLAIMED;
    fail(new Step.Failed(Code.INTERNAL, "the server made a mistake; report incident " + incident, false, null,
        sent ? Charged.UNKNOWN : Charged.NO), sent).onFailure(this::bug);
  }

  /** Whether the store is out: it says so itself, or the failure is not of a kind that code of ours throws by mistake. */
  private static boolean isOutage(Throwable failure) {
    boolean tells = failure instanceof PgException || failure instanceof GroupCommit.Overloaded || failure instanceof CancellationException;
    return Faults.isOutage(failure) && (tells || !(failure instanceof RuntimeException));
  }

  private Void leave() {
    if (watch != null) {
      watch.stop();
      watch = null;
    }
    if (place != null) {
      place.give();
    }
    over.tryComplete();
    return null;
  }

  String text(Throwable failure) {
    return sender.redact(failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage());
  }

  private Instant now() {
    return desk.clock().instant();
  }

  /** The task has another owner by now. */
  private static final class NotOurs extends RuntimeException {
    NotOurs() {
      super("the task is no longer ours", null, false, false);
    }
  }
}
