package dev.computeserver.provider;

import dev.computeserver.provider.Decisions.Kind;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What to do with a submit of which nobody knows whether the provider accepted it: look for the job among those that were
 * reported by callback and at the provider until {@code reconcile_seconds} after the submit, then do as the client has said.
 * It is never sent again unless the client has said that this is to be done and may be charged twice.
 */
final class Reconcile {
  private static final Logger LOG = LoggerFactory.getLogger(Reconcile.class);
  private static final long FIRST_PAUSE_MILLIS = 500;
  private static final long LONGEST_PAUSE_MILLIS = 8_000;
  /** Of a provider's list of jobs; each holds some hundred. */
  private static final int MOST_PAGES = 20;
  private static final Future<Optional<Decision>> NOTHING = Future.succeededFuture(Optional.empty());
  private static final Decision BY_CALLBACK = new Decision(null, null, null, Kind.FOUND_BY_CALLBACK, "the provider's callback has told the job");
  private static final Decision BY_LIST = new Decision(null, null, null, Kind.FOUND_BY_LIST, "the job was found at the provider");

  private final Desk desk;
  private final Attempt attempt;
  private final Task task;
  private final Submission submission;
  private final ProviderProcessor processor;
  private final Sender sender;
  private final Instant sentAt;
  private final boolean callsBack;
  private final long begun;
  /** Jobs that look like the lost one, with the attempts of other tasks that may be told yet that they are theirs. */
  private final Map<String, Set<String>> seen = new HashMap<>();
  private Agenda.Entry next;
  private boolean looking;
  private boolean stopped;
  private boolean lookAgain;
  private boolean listed;
  private long lookedAt;
  /** There is a job that looks like the lost one and may be told to another task yet; or the list could not be had. */
  private boolean doubtful;
  /** The store cannot be asked whether the provider has reported, or whose a job is. */
  private boolean blind;

  Reconcile(Desk desk, Attempt attempt, ProviderProcessor processor, Sender sender) {
    this.desk = desk;
    this.attempt = attempt;
    this.task = attempt.task().present();
    this.submission = attempt.submission();
    this.processor = processor;
    this.sender = sender;
    this.sentAt = Documents.submittingAt(task.state().job(), desk.clock().instant());
    this.callsBack = Documents.callsBack(task.state().job());
    this.begun = desk.clock().millis();
  }

  /** {@code why}: what is known of the failure. */
  Future<Decision> decide(String why) {
    LOG.info("Task {}: {} may or may not have accepted attempt {}: {}", task.id(), processor.providerType().word(), task.state().attempt(),
        sender.redact(why));
    return look(FIRST_PAUSE_MILLIS).map(found -> {
      Decision decision = found.orElseGet(() -> byPolicy(why));
      desk.decisions().count(processor.providerType(), decision.kind);
      LOG.info("Task {}, attempt {}: {}", task.id(), task.state().attempt(), decision.how);
      return decision;
    });
  }

  /** There is news: looks now instead of later; while it is looking, once more after. */
  void now() {
    if (looking) {
      lookAgain = true;
    } else if (next != null) {
      desk.agenda().now(next);
    }
  }

  /** Another owner goes on: nothing is decided here any more. */
  void stop() {
    stopped = true;
    if (next != null) {
      desk.agenda().drop(next);
    }
  }

  private Future<Optional<Decision>> look(long pause) {
    looking = true;
    lookAgain = false;
    doubtful = false;
    blind = false;
    lookedAt = desk.clock().millis();
    return reported().compose(told -> told.isPresent() ? Future.succeededFuture(told) : listed()).compose(found -> {
      looking = false;
      if (stopped) {
        return Promise.<Optional<Decision>>promise().future();
      }
      return found.isPresent() || over() ? Future.succeededFuture(found) : later(lookAgain ? 1 : pause, pause);
    });
  }

  private Future<Optional<Decision>> later(long millis, long pause) {
    Promise<Optional<Decision>> looked = Promise.promise();
    next = desk.agenda().in(millis, () -> look(Math.min(LONGEST_PAUSE_MILLIS, pause * 2)).onComplete(looked));
    return looked.future();
  }

  private boolean over() {
    boolean late = desk.clock().instant().isAfter(sentAt.plusSeconds(desk.rules().reconcileSeconds()));
    // A list may be as old as this, and so older than the job.
    boolean upToDate = lookedAt - begun >= RecentAnswers.FRESH_MILLIS;
    // Of a dead node's tasks some are taken up a little later than others.
    boolean waits = doubtful && lookedAt - begun < TimeUnit.SECONDS.toMillis(desk.rules().reconcileSeconds());
    return late && upToDate && !waits && !blind || !callsBack && !listed;
  }

  private Future<Optional<Decision>> reported() {
    if (!callsBack) {
      return NOTHING;
    }
    return desk.reported().find(task.id(), task.state().attempt()).transform(asked -> {
      blind = asked.failed();
      return asked.failed() || asked.result().isEmpty() ? NOTHING
          : take(new Job(asked.result().get().externalId(), asked.result().get().data()), true, BY_CALLBACK);
    });
  }

  private Future<Optional<Decision>> listed() {
    Optional<Exchange> find = find();
    listed = find.isPresent();
    return listed ? page(find.get(), MOST_PAGES) : NOTHING;
  }

  private Future<Optional<Decision>> page(Exchange exchange, int left) {
    return sender.lookUp(exchange, left).compose(sent -> {
      Step step = sent.answer() instanceof Sender.Replied replied && replied.reply().ok() ? attempt.read(sent.exchange(), replied).orElse(null) : null;
      if (step instanceof Step.Waiting ours) {
        return take(ours.job(), true, BY_LIST);
      }
      if (!(step instanceof Step.Found found)) {
        doubtful |= step == null || step instanceof Step.Again;
        return NOTHING;
      }
      return free(found).compose(this::takeFirst)
          .compose(taken -> taken.isPresent() || found.more() == null || left <= 1 ? Future.succeededFuture(taken) : page(found.more(), left - 1));
    });
  }

  /** Who asks for the same thing twice has two jobs that look alike: one that is known already is not the lost one. */
  private Future<List<Job>> free(Step.Found found) {
    return desk.queries().held(task, found.jobs().stream().map(Job::externalId).toList()).compose(held -> {
      List<Job> free = found.jobs().stream().filter(job -> !held.contains(job.externalId())).toList();
      if (free.isEmpty() || found.onlyIfSole() && free.size() > 1) {
        return Future.succeededFuture(List.<Job>of());
      }
      // Where looks tell nothing, whatever is asked may have made it.
      return desk.queries().asking(task, found.onlyIfSole()).map(asking -> {
        List<Job> ours = free.stream().filter(job -> isNobodyElses(job, asking)).toList();
        doubtful |= ours.size() < free.size();
        return ours;
      });
    })
        // Not known now; it is looked up again.
        .recover(out -> {
          blind = true;
          return Future.succeededFuture(List.of());
        });
  }

  /** Whoever asked before the job was first seen and still waits for the answer may be told that it is theirs; who asked later cannot. */
  private boolean isNobodyElses(Job job, Set<String> asking) {
    return Collections.disjoint(seen.computeIfAbsent(job.externalId(), first -> asking), asking);
  }

  private Future<Optional<Decision>> takeFirst(List<Job> jobs) {
    if (jobs.isEmpty() || stopped) {
      return NOTHING;
    }
    return take(jobs.get(0), false, BY_LIST)
        .compose(taken -> taken.isPresent() ? Future.succeededFuture(taken) : takeFirst(jobs.subList(1, jobs.size())));
  }

  private Future<Optional<Decision>> take(Job job, boolean sure, Decision how) {
    return attempt.adopt(job, sure, how.how()).map(ours -> ours ? Optional.of(how) : Optional.empty());
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

  private Decision byPolicy(String why) {
    Instant now = desk.clock().instant();
    // Its client may want it cancelled by now.
    TaskState state = attempt.task().state();
    if (state.cancelRequested()) {
      return new Decision(state.cancelled(now), Charged.UNKNOWN, unknown(why, ""), Kind.CANCELLED, "cancelled; " + looked());
    }
    if (task.request().resubmitUnknown() && state.triesLeft() > 1) {
      TaskState.Place same = new TaskState.Place(state.provider(), state.model(), state.queue());
      TaskError again = unknown(why, "; it is submitted again, as on_submission_unknown says, and may be charged twice");
      return new Decision(state.requeued(same, state.triesLeft() - 1, again, now), Charged.UNKNOWN, again, Kind.RESUBMITTED, "submitted again; " + looked());
    }
    TaskError end = unknown(why, "; look for it in your account there before you retry");
    return new Decision(state.failed(end, now), Charged.UNKNOWN, end, Kind.FAILED, "failed; " + looked());
  }

  private TaskError unknown(String why, String then) {
    return new TaskError(Code.SUBMISSION_UNKNOWN, "the provider may or may not have accepted the job: " + sender.redact(why) + "; " + looked()
        + then, processor.providerType(), false, null);
  }

  private String looked() {
    String within = " within " + desk.rules().reconcileSeconds() + " s";
    if (callsBack) {
      return (listed ? "neither a callback nor its jobs have told of it" : "no callback has told of it") + within;
    }
    return listed ? "it was not found there" + within : "the provider offers no way to find it";
  }

  /**
   * @param next the task's next state; null, as charge and error are, where its job was found, which is stored then
   * @param how it came about, in words that hold no secret
   */
  record Decision(TaskState next, Charged charged, TaskError error, Kind kind, String how) {
    Decision {
      how = "the reply to the submit was lost; " + how;
    }
  }
}
