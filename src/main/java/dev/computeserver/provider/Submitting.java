package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Phase;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;

/**
 * An attempt's way from a claimed task to a job at its provider: inputs, connection, intent, request, and what the answer means. The
 * request is sent at most once for each intent.
 */
final class Submitting {
  private final Desk desk;
  private final Attempt attempt;
  private final ProviderProcessor processor;
  private final Sender sender;
  private final int mostRefusals;
  /** The next try after a passing refusal. */
  private Agenda.Entry again;
  /** What is about to be sent, or null. */
  private Inputs.Ready inputs;
  private int refusals;

  Submitting(Desk desk, Attempt attempt, ProviderProcessor processor, Sender sender, int mostRefusals) {
    this.desk = desk;
    this.attempt = attempt;
    this.processor = processor;
    this.sender = sender;
    this.mostRefusals = mostRefusals;
  }

  /** Ends when the task is at the provider, or back in the queue, or over. */
  Future<Void> begin() {
    giveBack();
    return desk.inputs().prepare(attempt.submission(), processor, sender, () -> !attempt.isOver() && !attempt.isStopped())
        .map(ready -> {
          inputs = ready;
          return processor.submit(ready.submission());
        })
        .compose(exchange -> sender.line(exchange).compose(line -> inTurn(exchange, line), unreachable -> unreachable(exchange, unreachable)))
        .recover(this::notSubmitted)
        .onComplete(done -> giveBack());
  }

  /** The memory of the inputs. */
  private void giveBack() {
    if (inputs != null) {
      inputs.close();
      inputs = null;
    }
  }

  private Future<Void> unreachable(Exchange exchange, Throwable cause) {
    return sender.notSent(cause).compose(answer -> submitted(exchange, answer));
  }

  /** A node that dies between an intent and its request leaves the task in doubt, so there are few of these at any time. */
  private Future<Void> inTurn(Exchange exchange, Line line) {
    Promise<Void> turn = Promise.promise();
    Places.Place place = desk.intents().place(turn::complete);
    place.await();
    return turn.future().compose(mine -> commit(exchange, line, place)).onComplete(done -> place.give());
  }

  private Future<Void> commit(Exchange exchange, Line line, Places.Place place) {
    if (line.isBroken()) {
      return unreachable(exchange, new IOException("the connection was closed before the request was sent"));
    }
    if (attempt.isOver()) {
      line.drop();
      return Future.succeededFuture();
    }
    if (attempt.isStopped() || !desk.lease().holds()) {
      line.drop();
      return attempt.release();
    }
    if (!line.isFresh()) {
      place.give();
      line.drop();
      return attempt.begin();
    }
    return attempt.task().advance(state().submitting(Documents.intent(exchange, desk.addresses().callbackUrl(attempt.task().present()), desk.clock().instant())))
        .onFailure(failure -> line.drop())
        .compose(owned -> send(exchange, line, place));
  }

  private Future<Void> send(Exchange exchange, Line line, Places.Place place) {
    boolean cancelled = state().cancelRequested();
    if (!cancelled && !attempt.isOver() && !attempt.isStopped() && desk.lease().holds() && line.isFresh()) {
      Future<Sender.Answer> answered = sender.send(line, exchange);
      place.give();
      return answered.onComplete(through -> giveBack()).compose(answer -> submitted(exchange, answer));
    }
    // Before all else: what begins again waits for a turn of its own.
    place.give();
    line.drop();
    if (attempt.isOver()) {
      return Future.succeededFuture();
    }
    if (cancelled) {
      return attempt.cancelledUnsent();
    }
    // The commit took long: nothing has been sent, so the intent is taken back and all begins again.
    return attempt.isStopped() || !desk.lease().holds() ? attempt.release()
        : attempt.task().advance(state().claimedAgain()).compose(owned -> attempt.begin());
  }

  private Future<Void> notSubmitted(Throwable failure) {
    if (failure instanceof InvalidInput) {
      return attempt.fail(new Step.Failed(Code.INVALID_INPUT, failure.getMessage(), false, null, Charged.NO), false);
    }
    if (failure instanceof InputRoom.Unwanted) {
      return attempt.isOver() ? Future.succeededFuture() : attempt.release();
    }
    if (failure instanceof NotSubmitted not) {
      return attempt.fail(not.failed(), false);
    }
    return Future.failedFuture(failure);
  }

  private Future<Void> submitted(Exchange exchange, Sender.Answer answer) {
    if (answer instanceof Sender.NotSent not) {
      return refusedForNow(new Step.Failed(Code.PROVIDER_UNAVAILABLE, "the provider cannot be reached: " + attempt.text(not.cause()), true, null,
          Charged.NO), null);
    }
    if (answer instanceof Sender.Lost lost) {
      return attempt.reconcile(attempt.text(lost.cause()));
    }
    Reply reply = ((Sender.Replied) answer).reply();
    if (reply.ok()) {
      return attempt.read(exchange, reply).<Future<Void>>map(step -> attempt.accepted(step, desk.clock().instant()))
          .orElseGet(() -> attempt.reconcile("the provider's reply could not be read"));
    }
    Step.Failed refused = processor.refused(reply);
    if (!processor.tookNothing(exchange, reply)) {
      return attempt.reconcile(refused.message());
    }
    boolean passing = refused.retryable() && (reply.status() == 429 || reply.status() >= 500);
    return passing ? refusedForNow(refused, processor.retryAfter(reply)) : attempt.fail(refused, false);
  }

  /** A submit that was refused for a passing reason is sent again after a pause, up to {@code max_retries} times. */
  private Future<Void> refusedForNow(Step.Failed refused, String retryAfter) {
    if (refusals >= mostRefusals || state().cancelRequested()) {
      return attempt.fail(refused, false);
    }
    long pause = Pauses.afterRefusal(refusals++, retryAfter, desk.rules());
    Future<Void> claimed = state().phase() == Phase.CLAIMED ? Future.succeededFuture() : attempt.task().advance(state().claimedAgain());
    return claimed.compose(owned -> {
      again = desk.agenda().in(pause, () -> {
        again = null;
        attempt.begin().onFailure(attempt::bug);
      });
      return Future.succeededFuture();
    });
  }

  /** Tries now where it waits after a refusal. */
  void now() {
    if (again != null) {
      desk.agenda().now(again);
    }
  }

  void stop() {
    if (again != null) {
      desk.agenda().drop(again);
    }
  }

  private TaskState state() {
    return attempt.task().state();
  }
}
