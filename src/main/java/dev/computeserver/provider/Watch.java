package dev.computeserver.provider;

import dev.computeserver.config.ProviderConfig;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Looks at a provider's job until it has ended: first when it is likely to be done, then after growing pauses, which are no
 * shorter than the provider asks for. Only what the provider says of the job counts. What is no answer (a lost connection, a 5xx)
 * is asked again until the task's deadline, since the job runs on and is paid; an answer about something else (a refusal, garbage, that
 * there is no such job, or that it is done without a result) for as long as a lost submit is looked for, since it may stay so.
 */
final class Watch {
  private static final int FEWEST_DOUBTS = 5;
  private static final int ACCEPTED = 202;
  /** Failures for which the pause is two seconds. */
  private static final int MOST_FULL = 3;

  private final Desk desk;
  private final Attempt attempt;
  private final ProviderProcessor processor;
  private final Look look;
  private final Sender sender;
  private final ProviderConfig config;
  private final Instant submittedAt;
  private final Progress progress;
  private Job job;
  private Agenda.Entry next;
  private Durations.FirstLook firstLook;
  private Listening listening;
  private long notDoneAt;
  private boolean asking;
  private boolean askAgain;
  private boolean stopped;
  /** In a row, as are the failures: no answers and doubts together. */
  private int doubts;
  private long doubtsSince;
  private int failures;
  private boolean failedBefore;

  Watch(Desk desk, Attempt attempt, ProviderProcessor processor, Sender sender, ProviderConfig config, Job job, Instant submittedAt) {
    this.desk = desk;
    this.attempt = attempt;
    this.processor = processor;
    this.look = new Look(processor, sender);
    this.sender = sender;
    this.config = config;
    this.job = job;
    this.submittedAt = submittedAt;
    this.progress = new Progress(desk, attempt);
  }

  void start() {
    firstLook = desk.durations().firstLook(model(), config.polling().firstMs(), config.polling().minMs());
    lookIn(firstLook.millis() - elapsed());
    processor.channel(job).ifPresent(channel -> listening = Listening.open(channel, sender, this));
  }

  Job job() {
    return job;
  }

  /** Looks now instead of later; while it is looking, once more after. */
  void now() {
    if (asking) {
      askAgain = true;
    } else if (next != null) {
      desk.agenda().now(next);
    }
  }

  void stop() {
    stopped = true;
    if (listening != null) {
      listening.close();
    }
    if (next != null) {
      desk.agenda().drop(next);
    }
  }

  /** To be told at the next look, if the job has not ended by then. */
  void progressLater(JsonObject words) {
    progress.later(words);
  }

  void progress(JsonObject words) {
    progress.tell(words);
  }

  /** Done when no progress is on its way. */
  Future<Boolean> settled() {
    return progress.settled();
  }

  private void lookIn(long millis) {
    if (!stopped) {
      next = desk.agenda().in(Math.max(1, millis), this::look);
    }
  }

  private void look() {
    if (stopped) {
      return;
    }
    asking = true;
    look.at(job, this::seen).onComplete(looked -> {
      asking = false;
      if (looked.failed()) {
        attempt.bug(looked.cause());
      }
    });
  }

  private Future<Void> seen(Look.Seen seen) {
    if (stopped) {
      return Future.succeededFuture();
    }
    if (seen instanceof Look.Told told) {
      return told(told.step(), told.reply());
    }
    if (seen instanceof Look.Refused refused) {
      return refused(refused);
    }
    if (seen instanceof Look.Unreadable unreadable) {
      return doubt(unreadable(), processor.retryAfter(unreadable.reply()));
    }
    Look.Unanswered unanswered = (Look.Unanswered) seen;
    failures++;
    // There will be memory again in a while, whatever the provider does meanwhile.
    return unanswered.unsent() instanceof UrlGuard.RefusedUrl refused ? doubt(unaskable(refused), null)
        : later(unanswered.full() ? Math.min(failures, MOST_FULL) : failures - 1, null);
  }

  private Future<Void> told(Step step, Reply reply) {
    if (step instanceof Step.NotFound) {
      return gone() ? end(lost(), false) : doubt(lost(), processor.retryAfter(reply));
    }
    if (step instanceof Step.Failed failed && (failed.empty() || reply.status() == ACCEPTED)) {
      // What is to be there may be late, whatever the provider has said of its job.
      return gone() ? end(failed, false) : doubt(failed, processor.retryAfter(reply));
    }
    doubts = 0;
    failedBefore &= step instanceof Step.Failed;
    if (step instanceof Step.Again) {
      return later(failures++, processor.retryAfter(reply));
    }
    failures = 0;
    if (step instanceof Step.Waiting waiting) {
      job = waiting.job();
      notDoneAt = elapsed();
      progress.tell(waiting.progress() == null ? progress.untold() : waiting.progress());
      return later(0, processor.retryAfter(reply));
    }
    if (step instanceof Step.Failed failed) {
      return failed(failed, reply);
    }
    if (step instanceof Step.Done done) {
      stop();
      desk.durations().ended(model(), firstLook, notDoneAt);
      return settled().compose(told -> attempt.store(done));
    }
    return doubt(unreadable(), null);
  }

  private Future<Void> refused(Look.Refused refused) {
    Reply reply = refused.reply();
    if (refused.isEnd(processor)) {
      return failed(processor.refused(reply), reply);
    }
    if (refused.isPassing()) {
      return later(failures++, processor.retryAfter(reply));
    }
    Step.Failed words = processor.refused(reply);
    Code code = words.code() == Code.PROVIDER_AUTH || words.code() == Code.PROVIDER_QUOTA ? words.code() : Code.PROVIDER_FAILED;
    Step.Failed failed = new Step.Failed(code, "the provider refuses to tell of job " + job.externalId() + ": " + words.message(), false,
        reply.status(), Charged.UNKNOWN);
    boolean unknown = reply.status() == 404 || reply.status() == 410;
    return unknown && gone() ? end(failed, false) : doubt(failed, processor.retryAfter(reply));
  }

  /** That a job has failed may be one odd answer; a provider that says it twice means it. */
  private Future<Void> failed(Step.Failed failed, Reply reply) {
    boolean believed = failedBefore || gone();
    failedBefore = true;
    if (!believed) {
      return later(failures++, processor.retryAfter(reply));
    }
    stop();
    return settled().compose(told -> attempt.jobFailed(failed, reply));
  }

  /** A job that its client wants cancelled and that the provider does not know any more has been. */
  private boolean gone() {
    return attempt.task().state().cancelRequested();
  }

  private Step.Failed lost() {
    return new Step.Failed(Code.PROVIDER_FAILED, "the provider no longer knows the job " + job.externalId()
        + "; it may have been restarted, or have dropped the job", false, null, Charged.UNKNOWN);
  }

  private Step.Failed unaskable(UrlGuard.RefusedUrl refused) {
    return new Step.Failed(Code.PROVIDER_FAILED, "the provider's link to job " + job.externalId() + " cannot be asked: " + refused.getMessage(),
        false, null, Charged.UNKNOWN);
  }

  private Step.Failed unreadable() {
    return new Step.Failed(Code.PROVIDER_FAILED, "the provider's replies about job " + job.externalId()
        + " could not be read " + (doubts + 1) + " times; check its base_url and its API version", false, null, Charged.UNKNOWN);
  }

  /** Looks again, unless it has been so for long; the job may run then. */
  private Future<Void> doubt(Step.Failed otherwise, String retryAfter) {
    doubtsSince = doubts == 0 ? elapsed() : doubtsSince;
    boolean forLong = elapsed() - doubtsSince >= TimeUnit.SECONDS.toMillis(desk.rules().reconcileSeconds());
    return ++doubts < FEWEST_DOUBTS || !forLong ? later(failures++, retryAfter) : end(otherwise, true);
  }

  private Future<Void> end(Step.Failed failed, boolean jobMayRun) {
    stop();
    return settled().compose(told -> attempt.fail(failed, jobMayRun));
  }

  /** @param retryAfter for how many seconds the provider asks to be left alone, or null */
  private Future<Void> later(int failed, String retryAfter) {
    if (askAgain) {
      askAgain = false;
      lookIn(1);
    } else {
      // Each job stands twice in the agenda: with its deadline and with its next look.
      long pause = Pauses.betweenLooks(elapsed(), failed, desk.agenda().size() / 2, config.polling());
      lookIn(Pauses.atLeast(pause, retryAfter, desk.clock().instant()));
    }
    return Future.succeededFuture();
  }

  private long elapsed() {
    return Math.max(0, desk.clock().millis() - submittedAt.toEpochMilli());
  }

  private String model() {
    TaskState state = attempt.task().state();
    return state.provider().word() + "/" + state.model();
  }
}
