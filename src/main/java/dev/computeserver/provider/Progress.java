package dev.computeserver.provider;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;

/** Tells the progress of an attempt's job, at most once a second. */
final class Progress {
  private static final long PAUSE_MILLIS = 1_000;

  private final Desk desk;
  private final Attempt attempt;
  private JsonObject told;
  private JsonObject untold;
  private long toldAt;
  private Future<Boolean> telling = Future.succeededFuture();

  Progress(Desk desk, Attempt attempt) {
    this.desk = desk;
    this.attempt = attempt;
  }

  /** To be told with the next look, if the job has not ended by then: a short job is not worth a word about its progress. */
  void later(JsonObject progress) {
    untold = progress;
  }

  /** What waits to be told, or null. */
  JsonObject untold() {
    return untold;
  }

  /** Tells it where it is new, now or later. */
  void tell(JsonObject progress) {
    if (progress == null || progress.equals(told)) {
      return;
    }
    long now = desk.clock().millis();
    if (now - toldAt < PAUSE_MILLIS || !telling.isComplete()) {
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
    desk.agenda().in(PAUSE_MILLIS / 2, () -> counted().onComplete(again));
    return again.future();
  }

  /** A progress event on its way takes a {@code seq}, which the next change must follow. */
  Future<Boolean> settled() {
    return telling.otherwise(false);
  }
}
