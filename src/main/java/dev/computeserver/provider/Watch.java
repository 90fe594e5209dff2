package dev.computeserver.provider;

import dev.computeserver.config.ProviderConfig;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Looks at a provider's job until it has ended: first when it is likely to be done, then after growing pauses, which are no
 * shorter than the provider asks for. What is no
 * answer (a lost connection, a 5xx) is asked again until the task's deadline, since the job runs on and is paid; garbage for as long as a
 * lost submit is looked for, since it may also mean that the provider's protocol is another one by now.
 */
final class Watch {
  private static final long PROGRESS_MILLIS = 1_000;
  private static final int MOST_UNREADABLE = 5;

  private final Desk desk;
  private final Attempt attempt;
  private final ProviderProcessor processor;
  private final Sender sender;
  private final ProviderConfig config;
  private final Instant submittedAt;
  private Job job;
  private Agenda.Entry next;
  private Durations.FirstLook firstLook;
  private Listening listening;
  private long notDoneAt;
  private boolean asking;
  private boolean askAgain;
  private boolean stopped;
  private int unreadable;
  private long unreadableSince;
  private int unknown;
  private int failures;
  private JsonObject told;
  private JsonObject untold;
  private long toldAt;
  private Future<Boolean> telling = Future.succeededFuture();

  Watch(Desk desk, Attempt attempt, ProviderProcessor processor, Sender sender, ProviderConfig config, Job job, Instant submittedAt) {
    this.desk = desk;
    this.attempt = attempt;
    this.processor = processor;
    this.sender = sender;
    this.config = config;
    this.job = job;
    this.submittedAt = submittedAt;
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

  /** To be told at the next look, if the job has not ended by then: a short job is not worth a word about its progress. */
  void progressLater(JsonObject progress) {
    untold = progress;
  }

  /** Tells a new progress, at most one a second. */
  void progress(JsonObject progress) {
    if (progress == null || progress.equals(told)) {
      return;
    }
    long now = desk.clock().millis();
    if (now - toldAt < PROGRESS_MILLIS || !telling.isComplete()) {
      untold = progress;
      return;
    }
    told = progress;
    untold = null;
    toldAt = now;
    telling = desk.store().report(attempt.task().present(), progress)
        .map(mine -> attempt.task().state().seq() + (mine ? 1 : 0))
        .recover(lost -> counted())
        .map(seq -> {
          attempt.task().countedTo(seq);
          return true;
        });
  }

  /** Whether a report stands whose answer was lost, only the store knows; nothing else is written before it has told. */
  private Future<Integer> counted() {
    return desk.queries().newestSeq(attempt.task().id()).recover(out -> attempt.hasLeft() ? Future.failedFuture(out) : recount());
  }

  private Future<Integer> recount() {
    Promise<Integer> again = Promise.promise();
    desk.agenda().in(PROGRESS_MILLIS / 2, () -> counted().onComplete(again));
    return again.future();
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
    Exchange exchange = processor.check(job);
    ask(exchange).onComplete(asked -> {
      asking = false;
      if (asked.failed()) {
        attempt.bug(asked.cause());
      }
    });
  }

  private Future<Void> ask(Exchange exchange) {
    return sender.send(exchange).compose(answer -> stopped ? Future.succeededFuture() : answered(exchange, answer));
  }

  private Future<Void> answered(Exchange exchange, Sender.Answer answer) {
    if (!(answer instanceof Sender.Replied replied)) {
      return later(failures++, null);
    }
    Reply reply = replied.reply();
    if (!reply.ok()) {
      return refused(exchange, reply);
    }
    return attempt.read(exchange, reply).<Future<Void>>map(step -> step(step, reply)).orElseGet(this::unreadable);
  }

  private Future<Void> step(Step step, Reply reply) {
    if (!(step instanceof Step.NotFound)) {
      failures = 0;
      unreadable = step instanceof Step.Waiting ? 0 : unreadable;
      unknown = step instanceof Step.Waiting ? 0 : unknown;
    }
    if (step instanceof Step.Waiting waiting) {
      job = waiting.job();
      notDoneAt = elapsed();
      progress(waiting.progress() == null ? untold : waiting.progress());
      return later(0, processor.retryAfter(reply));
    }
    if (step instanceof Step.Then then) {
      return ask(then.exchange());
    }
    if (step instanceof Step.NotFound) {
      return gone();
    }
    stop();
    if (step instanceof Step.Done done) {
      desk.durations().ended(model(), firstLook, notDoneAt);
      return settled().compose(told -> attempt.store(done));
    }
    return settled().compose(told -> attempt.fail((Step.Failed) step, false));
  }

  private Future<Void> refused(Exchange exchange, Reply reply) {
    int status = reply.status();
    boolean passing = status == 429 || status == 408 || status == 425
        || status >= 500 && (!exchange.tellsEnd() || reply.jsonOrEmpty().isEmpty());
    if (passing) {
      return later(failures++, processor.retryAfter(reply));
    }
    Step.Failed failed = processor.refused(reply);
    // Who may not ask, or asks for a job that is not known, learns nothing about the job's end.
    boolean end = exchange.tellsEnd() && status != 401 && status != 404;
    if (!end && failed.code() == Code.INVALID_INPUT) {
      failed = new Step.Failed(Code.PROVIDER_FAILED, failed.message(), false, status, Charged.UNKNOWN);
    }
    if (status == 404 && failed.retryable()) {
      return gone();
    }
    stop();
    Step.Failed known = failed;
    return settled().compose(told -> attempt.fail(known, !end));
  }

  /** A provider may not know a job at once that it has just accepted; one that it never finds again is lost. */
  private Future<Void> gone() {
    boolean cancelled = attempt.task().state().cancelRequested();
    if (!cancelled && ++unknown < MOST_UNREADABLE) {
      return later(failures++, null);
    }
    stop();
    Step.Failed failed = new Step.Failed(Code.PROVIDER_FAILED, "the provider no longer knows the job " + job.externalId()
        + "; it may have been restarted, or have dropped the job", false, null, Charged.UNKNOWN);
    return settled().compose(told -> attempt.fail(failed, !cancelled));
  }

  private Future<Void> unreadable() {
    unreadableSince = unreadable == 0 ? elapsed() : unreadableSince;
    boolean forLong = elapsed() - unreadableSince >= TimeUnit.SECONDS.toMillis(desk.rules().reconcileSeconds());
    if (++unreadable < MOST_UNREADABLE || !forLong) {
      return later(failures++, null);
    }
    stop();
    Step.Failed failed = new Step.Failed(Code.PROVIDER_FAILED, "the provider's replies about job " + job.externalId()
        + " could not be read " + unreadable + " times; check its base_url and its API version", false, null, Charged.UNKNOWN);
    return settled().compose(told -> attempt.fail(failed, true));
  }

  /** A progress event on its way takes a {@code seq}, which the next change must follow. */
  Future<Boolean> settled() {
    return telling.otherwise(false);
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
