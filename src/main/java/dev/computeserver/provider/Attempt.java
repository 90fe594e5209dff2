package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.db.Faults;
import dev.computeserver.outbound.Troubles;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Phase;
import dev.computeserver.task.ReportedJobs;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;

/**
 * The durable flow of one task at one provider, from the phase in which the task stands to the end of the attempt:
 * <pre>
 * claimed     connection there, intent committed         → submitting
 * submitting  sent once; accepted, job committed         → submitted
 *             refused for sure                           → failed attempt
 *             nothing is taken now                       → back in the queue, or on at another provider
 *             nobody knows                               → Reconcile
 * submitted   looked at until it has ended               → storing, or failed attempt
 * storing     outputs fetched                            → completed
 * </pre>
 * Each arrow is one guarded write; where one does not apply, the task has another owner and the flow stops at once.
 * Used on its queue's event loop only.
 */
public final class Attempt {
  private static final long AGAIN_MILLIS = 10_000;

  private final Desk desk;
  private final Promise<Void> over = Promise.promise();
  private final OwnedTask task;
  private final Storing storing;
  private final Cancelling cancelling;
  /** Both null where this queue does not run the task's provider. */
  private final Sender sender;
  private final ProviderConfig config;
  private ProviderProcessor processor;
  private Watch watch;
  private Reconcile reconcile;
  /** The writing of a job that was found: whoever gives the task away, or ends it, does so after that. */
  private Future<Boolean> adopting = Future.succeededFuture(false);
  /** All three null where no processor runs. */
  private Places.Place place;
  private Submitting submitting;
  private Deferral deferral;
  /** Null where its input is small, or not wanted any more. */
  private Places.Place room;
  /** When it is left to others; null unless the provider has lost its key. */
  private Agenda.Entry leaving;
  private boolean stopped;
  private boolean expired;
  private boolean broken;
  private boolean leftBehind;
  /** The provider had news before its answer to the submit was read and stored. */
  private boolean earlyHint;

  /** @param room in memory that a big input has, which is given back with it; or null */
  Attempt(Desk desk, Task task, Places.Place room) {
    this.desk = desk;
    this.room = room;
    sender = desk.senders().get(task.state().provider());
    config = desk.providers().get(task.state().provider());
    this.task = new OwnedTask(desk, task, config);
    storing = new Storing(desk, this, this.task, sender);
    cancelling = new Cancelling(this, sender);
  }

  /** This queue does not run the task's provider, as may be once the configuration was changed: its own queue does, or nobody. */
  Future<Void> elsewhere() {
    if (config == null || config.queue().equals(task.state().queue())) {
      return unservable();
    }
    boolean claimed = task.state().phase() == Phase.CLAIMED;
    TaskState next = (claimed ? task.state().unclaimed(task.state().job()) : task.state().released()).movedTo(config.queue());
    left(task.handOver(next)).onFailure(this::bug);
    return over.future();
  }

  /** There is no room for its input, and no time to wait for it: its client or its deadline wants it to end, or this node stops. */
  Future<Void> unbegun() {
    boolean claimed = task.state().phase() == Phase.CLAIMED;
    if (claimed && task.state().cancelRequested()) {
      cancelledUnsent().onFailure(this::bug);
    } else if (now().isBefore(task.state().deadlineAt())) {
      left(task.handOver(claimed ? task.state().unclaimed(task.state().job()) : task.state().released())).onFailure(this::bug);
    } else {
      expire();
    }
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
    end(desk.afterFailure().decide(task.present(), error, Charged.UNKNOWN, task.state().phase() != Phase.CLAIMED, now()), Charged.UNKNOWN, error)
        .onFailure(this::bug);
    return over.future();
  }

  /**
   * The provider has lost its key since it was chosen, or the sandbox in its place has gone: neither stands in for the other. A job that
   * may be paid is left to whoever has the key, until its deadline.
   */
  Future<Void> notAsChosen() {
    boolean sent = task.state().phase() != Phase.CLAIMED;
    String who = task.state().provider().word();
    if (task.present().sandbox()) {
      fail(new Step.Failed(Code.PROVIDER_UNAVAILABLE, "the sandbox no longer plays " + who + "; retry the task to have it run by the provider itself",
          false, null, Charged.NO), false).onFailure(this::bug);
    } else if (sent && !task.state().cancelRequested()) {
      QueueVerticle.LOG.warn("Task {}, job {}: {} has no key here any more; set {}", task.id(), task.state().externalId(), who, keyVariable());
      leaving = desk.agenda().in(AGAIN_MILLIS, () -> left(task.handOver(task.state().released())).onFailure(this::bug));
    } else {
      fail(new Step.Failed(Code.PROVIDER_AUTH, who + " has no key here any more; set " + keyVariable(), false, null,
          sent ? Charged.UNKNOWN : Charged.NO), sent).onFailure(this::bug);
    }
    return over.future();
  }

  private String keyVariable() {
    return config.baseUrlEnv().isEmpty() ? config.apiKeyEnv() : config.baseUrlEnv();
  }

  /** Whether the task is still ours in the store though nothing runs here. */
  boolean leftBehind() {
    return leftBehind;
  }

  /** Goes on from the task's phase; done when the attempt is over here, for whatever reason. */
  Future<Void> run(ProviderProcessor by) {
    processor = by;
    Gate gate = desk.gates().get(by.providerType());
    deferral = new Deferral(desk, this, by, gate, config.maxRetries(), Refusals.of(task.state().phase() == Phase.CLAIMED ? task.state().job() : null));
    submitting = new Submitting(desk, this, by, sender, gate, deferral, config.maxRetries());
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
    return cancelled(Charged.NO);
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
    Task present = task.present();
    return new Submission(present.id(), task.state().attempt(), present.request().capability(), task.state().model(),
        InputUrls.plain(present.request().input()), options(present), desk.addresses().callbackUrl(present),
        desk.addresses().callbackSecret(present.id(), task.state().attempt()), Map.of());
  }

  private static JsonObject options(Task task) {
    ProviderType provider = task.state().provider();
    return task.request().optionsFor(provider, task.route() == null || task.route().isFirst(provider.word(), task.request()), task.sandbox());
  }

  /** What a submit has brought: a job, its result, or a failure. */
  Future<Void> accepted(Step step, Instant acceptedAt) {
    if (isOver()) {
      return step instanceof Step.Waiting late ? unwanted(late.job()) : Future.succeededFuture();
    }
    if (step instanceof Step.Waiting waiting) {
      JsonObject job = Documents.job(waiting.job(), acceptedAt);
      // Its deadline may end it while this is being written.
      return task.advance(task.state().submitted(waiting.job().externalId(), job)).compose(owned -> underWay(waiting.progress()),
          failure -> isOver() ? unwanted(waiting.job()) : Future.failedFuture(failure));
    }
    if (step instanceof Step.Done done) {
      return store(done);
    }
    if (step instanceof Step.Failed failed) {
      return fail(failed, false);
    }
    return reconcile("the provider's reply to the submit asks for another request");
  }

  /** Nobody waits any more for a job that the provider has just taken. */
  private Future<Void> unwanted(Job job) {
    processor.cancel(job).ifPresent(sender::follow);
    return Future.succeededFuture();
  }

  /** Its job is known and stored. */
  private Future<Void> underWay(JsonObject progress) {
    if (stopped) {
      return release();
    }
    if (isOver()) {
      return unwanted(job());
    }
    Future<Void> watched = watch(job());
    watch.progressLater(progress);
    return watched;
  }

  /** Nobody knows whether the provider took the submit. */
  Future<Void> reconcile(String why) {
    JsonObject intent = task.state().job();
    Future<Void> marked = Documents.isLost(intent) ? Future.succeededFuture() : task.advance(task.state().submitting(Documents.lost(intent)));
    return marked.compose(owned -> {
      reconcile = new Reconcile(desk, this, processor, sender);
      return stopped ? release() : reconcile.decide(why).compose(this::decided);
    });
  }

  private Future<Void> decided(Reconcile.Decision decision) {
    reconcile = null;
    return decision.next() == null ? underWay(null).map(known -> tell(decision.how())) : left(task.end(decision));
  }

  /**
   * Stores a job that was found for the submit as this task's; false where another task has it, or this one is being given away.
   *
   * @param sure whether it cannot be another's
   */
  Future<Boolean> adopt(Job job, boolean sure, String how) {
    if (isOver()) {
      if (sure) {
        processor.cancel(job).ifPresent(sender::follow);
        reconcile.stop();
      }
      return Future.succeededFuture(false);
    }
    if (stopped) {
      return Future.succeededFuture(false);
    }
    JsonObject known = Documents.job(job, Documents.submittingAt(task.state().job(), now()));
    adopting = task.adopt(task.state().submitted(job.externalId(), known), how);
    return adopting.compose(ours -> stopped ? release().map(ours) : Future.succeededFuture(ours));
  }

  /** The job may have run all the while, so it is looked at now. */
  private Void tell(String how) {
    if (watch != null) {
      watch.progress(new JsonObject().put("message", how));
      watch.now();
    }
    return null;
  }

  private Future<Void> watch(Job job) {
    forgetInput();
    makeKnown(job);
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

  /** What is reported to the account's address names the job only. Should this be lost, the job is looked at all the same. */
  private void makeKnown(Job job) {
    if (desk.addresses().isOfAccount(task.state().provider())) {
      desk.reported().known(new ReportedJobs.Place(task.state().provider(), job.externalId()), new ReportedJobs.Try(task.id(), task.state().attempt()))
          .onFailure(out -> QueueVerticle.LOG.debug("Callbacks about job {} will find no task: {}", job.externalId(), text(out)));
    }
  }

  /** What the provider has got. */
  private void forgetInput() {
    task.forgetInput();
    giveRoom();
  }

  private void giveRoom() {
    if (room != null) {
      room.give();
      room = null;
    }
  }

  /** The provider has made it. */
  Future<Void> store(Step.Done done) {
    watch = null;
    forgetInput();
    return storing.store(done, processor);
  }

  /** Its job has failed, as {@code reply} tells. */
  Future<Void> jobFailed(Step.Failed failed, Reply reply) {
    return Gate.concernsAll(failed.code()) ? deferral.jobFailed(failed, null, reply) : fail(failed, false);
  }

  /** Ends the attempt with a failure; the task goes on elsewhere, again, or not at all. */
  Future<Void> fail(Step.Failed failed, boolean jobMayRun) {
    TaskError error = error(failed);
    if (task.state().cancelRequested()) {
      // How a job ends whose provider was told to end it is the cancel's doing, whatever the provider calls it.
      return end(task.state().cancelled(now()), cancelling.chargeOf(failed), cancelling.isTold() ? null : error);
    }
    Charged charged = jobMayRun && failed.charged() == Charged.NO ? Charged.UNKNOWN : failed.charged();
    return end(desk.afterFailure().decide(task.present(), error, charged, jobMayRun, now()), charged, error);
  }

  /** Ends the task, too: nobody else is to be asked, and nothing was begun. */
  Future<Void> failHere(TaskError error) {
    return end(task.state().failed(error, now()), Charged.NO, error);
  }

  /** A failure as clients may see it. */
  TaskError error(Step.Failed failed) {
    return new TaskError(failed.code(), sender.redact(failed.message()), task.state().provider(), failed.retryable(), failed.httpStatus());
  }

  Future<Void> cancelled(Charged charged) {
    return end(task.state().cancelled(now()), charged, null);
  }

  private Future<Void> end(TaskState next, Charged charged, TaskError error) {
    return left(task.end(next, charged, error));
  }

  /** The client wants it cancelled: the provider is told, and the attempt ends as the job really ends. */
  void cancel() {
    task.cancelling();
    tryNow();
    if (watch != null) {
      cancelling.tell(processor, watch);
    }
  }

  private void tryNow() {
    if (leaving != null) {
      desk.agenda().now(leaving);
    }
    if (place != null) {
      place.hurry();
      submitting.now();
    }
  }

  /** The task's time is over: whatever the provider does, the client no longer waits for it. */
  void expire() {
    expired = true;
    Future<Boolean> settled = adopting.otherwise(false);
    if (watch != null) {
      processor.cancel(watch.job()).ifPresent(sender::follow);
      watch.stop();
      settled = watch.settled();
    }
    if (submitting != null) {
      submitting.stop();
    }
    if (leaving != null) {
      desk.agenda().drop(leaving);
    }
    boolean unsent = task.state().phase() == Phase.CLAIMED;
    String waited = unsent && task.state().error() != null ? "; " + task.state().error().message() : "";
    TaskError error = new TaskError(Code.DEADLINE_EXCEEDED, "the task did not end within its timeout_seconds" + waited, task.state().provider(),
        false, null);
    Charged charged = unsent ? Charged.NO : storing.hasBegun() ? Charged.YES : Charged.UNKNOWN;
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
      if (adopting.isComplete()) {
        release().onFailure(this::bug);
      }
    }
  }

  /** Nothing of a submit has been sent yet, its job is known or being looked for, or its files are: the next owner knows where to go on. */
  Future<Void> release() {
    Phase phase = task.state().phase();
    boolean goesOn = phase == Phase.SUBMITTED || phase == Phase.STORING || reconcile != null;
    return handBack(goesOn ? task.state().released() : task.state().unclaimed(deferral.kept()));
  }

  /** It is not ours from then on, and this attempt at it has not ended. */
  Future<Void> handBack(TaskState next) {
    return left(task.handOver(next));
  }

  /** After its last write. */
  Future<Void> left(Future<Void> written) {
    return written.map(done -> leave());
  }

  /** The step in a reply, or empty where the reply is not what the provider's API says. */
  Optional<Step> read(Exchange exchange, Sender.Replied replied) {
    try {
      return Optional.of(replied.read(exchange));
    } catch (RuntimeException unreadable) {
      QueueVerticle.LOG.debug("Unreadable reply of {} for task {}: {}", task.state().provider().word(), task.id(), text(unreadable));
      return Optional.empty();
    }
  }

  OwnedTask task() {
    return task;
  }

  private Job job() {
    return Documents.job(task.state());
  }

  /**
   * The flow broke off. A fault of ours ends the attempt, since the next try would meet it again; after an outage of the
   * store, or where the task was only to be passed on, it is left as it stands, to be taken up again.
   */
  void bug(Throwable failure) {
    if (failure instanceof OwnedTask.NotOurs || broken) {
      leftBehind = !(failure instanceof OwnedTask.NotOurs);
      if (leftBehind) {
        QueueVerticle.LOG.error("Task {} cannot be ended either and will be taken up again", task.id(), failure);
      }
      leave();
      return;
    }
    broken = true;
    if (isOutage(failure) || sender == null) {
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

  /** Whether the store is out, or this node goes down. */
  private static boolean isOutage(Throwable failure) {
    return Faults.isOutage(failure) || failure instanceof CancellationException;
  }

  private Void leave() {
    if (watch != null) {
      watch.stop();
      watch = null;
    }
    if (leaving != null) {
      desk.agenda().drop(leaving);
    }
    if (submitting != null) {
      submitting.stop();
    }
    if (place != null) {
      place.give();
    }
    giveRoom();
    over.tryComplete();
    return null;
  }

  String text(Throwable failure) {
    return sender.redact(Troubles.words(failure));
  }

  private Instant now() {
    return desk.clock().instant();
  }
}
