package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * An attempt's way from a claimed task to a job at its provider: gate, inputs, connection, intent, request, and what the answer means. The
 * request is sent at most once for each intent.
 */
final class Submitting {
  /** Some providers answer only when all is done; what they refuse they refuse at once. */
  private static final long HARDLY_REFUSED_MILLIS = 3_000;
  /** At what comes before the submit, such as an upload: others may be the fault of what is brought. */
  private static final Set<Integer> LATER = Set.of(425, 429, 503);
  /** 303 is not among them: it says that the answer is elsewhere, so that something was done. */
  private static final Set<Integer> LEADS_ELSEWHERE = Set.of(301, 302, 307, 308);
  /** The pause before memory for a reply is asked for again. */
  private static final long ROOM_PAUSE_MILLIS = 500;

  private final Desk desk;
  private final Attempt attempt;
  private final ProviderProcessor processor;
  private final Sender sender;
  private final Gate gate;
  private final Deferral deferral;
  private final int mostUnreached;
  /** Null before the gate was asked. */
  private Gate.Pass pass;
  private Agenda.Entry hardlyRefused;
  /** The next try where the provider could not be reached. */
  private Agenda.Entry again;
  /** What is about to be sent, or null. */
  private Inputs.Ready inputs;
  private int unreached;

  Submitting(Desk desk, Attempt attempt, ProviderProcessor processor, Sender sender, Gate gate, Deferral deferral, int mostUnreached) {
    this.desk = desk;
    this.attempt = attempt;
    this.processor = processor;
    this.sender = sender;
    this.gate = gate;
    this.deferral = deferral;
    this.mostUnreached = mostUnreached;
  }

  /** Ends when the task is at the provider, or back in the queue, or over. */
  Future<Void> begin() {
    giveBack();
    if (pass == null || !pass.holds()) {
      Optional<Gate.Pass> let = gate.pass(deferral.kind());
      if (let.isEmpty()) {
        return deferral.standBack();
      }
      pass = let.get();
    }
    return desk.inputs().prepare(attempt.submission(), processor, sender, () -> !attempt.isOver() && !attempt.isStopped())
        .map(ready -> {
          inputs = ready;
          return processor.submit(ready.submission());
        })
        .compose(exchange -> sender.line(exchange, attempt.submission().capability()).compose(line -> inTurn(exchange, line),
            none -> none instanceof ByteBudget.Exhausted ? noRoom() : unreachable(exchange, none)))
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

  /** A reply is paid, so nothing is sent before there is memory for it; what the inputs have of it is given back, since all may wait like this. */
  private Future<Void> noRoom() {
    giveBack();
    pass.close();
    if (attempt.isStopped() || state().cancelRequested()) {
      return attempt.begin();
    }
    if (!attempt.isOver()) {
      again = desk.agenda().in(ROOM_PAUSE_MILLIS, () -> {
        again = null;
        attempt.begin().onFailure(attempt::bug);
      });
    }
    return Future.succeededFuture();
  }

  private Future<Void> unreachable(Exchange exchange, Throwable cause) {
    return sender.notSent(cause).compose(answer -> submitted(exchange, answer));
  }

  /** A node that dies between an intent and its request leaves the task in doubt, so there are few of these at any time. */
  private Future<Void> inTurn(Exchange exchange, Line line) {
    Promise<Void> turn = Promise.promise();
    Places.Place place = desk.intents().place(turn::complete);
    place.await();
    return turn.future().compose(mine -> commit(exchange, line, place)).onComplete(done -> {
      place.give();
      line.drop();
    });
  }

  private Future<Void> commit(Exchange exchange, Line line, Places.Place place) {
    if (line.isBroken()) {
      line.drop();
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
    if (!line.isFresh() || !pass.holds()) {
      place.give();
      line.drop();
      return attempt.begin();
    }
    return attempt.task().advance(state().submitting(Documents.intent(exchange, desk.addresses().callbackUrl(attempt.task().present()), desk.clock().instant())))
        .compose(owned -> send(exchange, line, place));
  }

  private Future<Void> send(Exchange exchange, Line line, Places.Place place) {
    boolean cancelled = state().cancelRequested();
    if (!cancelled && !attempt.isOver() && !attempt.isStopped() && desk.lease().holds() && line.isFresh() && pass.holds()) {
      if (gate.isLimited()) {
        hardlyRefused = desk.agenda().in(HARDLY_REFUSED_MILLIS, pass::taken);
      }
      Future<Void> answered = sender.send(line, exchange, answer -> {
        giveBack();
        return submitted(exchange, answer);
      });
      place.give();
      return answered;
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
    // The commit took long, or the gate was shut meanwhile: nothing has been sent, so the intent is taken back and all begins again.
    return attempt.isStopped() || !desk.lease().holds() ? attempt.release()
        : attempt.task().advance(state().claimedAgain(deferral.kept())).compose(owned -> attempt.begin());
  }

  private Future<Void> notSubmitted(Throwable failure) {
    if (failure instanceof InvalidInput) {
      pass.close();
      return attempt.fail(new Step.Failed(Code.INVALID_INPUT, failure.getMessage(), false, null, Charged.NO), false);
    }
    if (failure instanceof InputNotReady notReady) {
      pass.close();
      return attempt.isOver() ? Future.succeededFuture() : deferral.notReady(notReady);
    }
    if (failure instanceof InputRoom.Unwanted) {
      return attempt.isOver() ? Future.succeededFuture() : attempt.release();
    }
    if (failure instanceof NotSubmitted not) {
      Step.Failed failed = not.failed();
      boolean waits = failed.httpStatus() != null && (Gate.isAboutAccount(failed.code()) || failed.retryable() && LATER.contains(failed.httpStatus()));
      return waits ? deferral.refused(failed, pass, not.retryAfter()) : failed(failed);
    }
    return Future.failedFuture(failure);
  }

  private Future<Void> failed(Step.Failed failed) {
    pass.close();
    return attempt.fail(failed, failed.empty() && failed.charged() != Charged.NO);
  }

  private Future<Void> submitted(Exchange exchange, Sender.Answer answer) {
    if (hardlyRefused != null) {
      desk.agenda().drop(hardlyRefused);
    }
    if (answer instanceof Sender.NotSent not) {
      return notReached(not.cause());
    }
    if (answer instanceof Sender.Lost lost) {
      return unknown(attempt.text(lost.cause()));
    }
    Sender.Replied replied = (Sender.Replied) answer;
    Step step = replied.reply().ok() ? attempt.read(exchange, replied).orElse(null) : null;
    Reply reply = HiddenRefusal.in(replied.reply(), step).filter(refusal -> processor.tookNothing(exchange, refusal)).orElse(replied.reply());
    if (reply.ok()) {
      return step == null ? unknown("the provider's reply could not be read") : read(step, reply);
    }
    if (LEADS_ELSEWHERE.contains(reply.status())) {
      return failed(wrongAddress(reply));
    }
    Step.Failed refused = GoneModel.of(processor.refused(reply), attempt.task().present());
    if (!processor.tookNothing(exchange, reply)) {
      return NamedJob.in(exchange, reply).map(named -> read(named, reply)).orElseGet(() -> unknown(refused.message()));
    }
    // A provider may say that the same should not be sent again; that its account has had enough for now stays true.
    boolean later = refused.retryable() || Gate.concernsAll(refused.code());
    return later ? deferral.refused(refused, pass, processor.retryAfter(reply)) : failed(refused);
  }

  private Future<Void> read(Step step, Reply reply) {
    if (step instanceof Step.Again notYet) {
      Step.Failed refused = new Step.Failed(Code.PROVIDER_UNAVAILABLE, notYet.why(), true, reply.status(), Charged.NO);
      return deferral.refused(refused, pass, processor.retryAfter(reply));
    }
    if (step instanceof Step.Failed failed && Gate.concernsAll(failed.code())) {
      return deferral.jobFailed(failed, pass, reply);
    }
    pass.taken();
    return attempt.accepted(step, desk.clock().instant());
  }

  private Step.Failed wrongAddress(Reply reply) {
    String place = reply.headers().get("Location");
    String message = "the provider answered " + reply.status() + ": its base URL is wrong; it leads to " + (place == null ? "another one" : place)
        + "; correct base_url of " + processor.providerType().word() + " in conf/providers.yaml";
    return new Step.Failed(Code.PROVIDER_FAILED, message, false, reply.status(), Charged.NO);
  }

  private Future<Void> unknown(String why) {
    pass.close();
    return attempt.isOver() ? Future.succeededFuture() : attempt.reconcile(why);
  }

  /** A submit that cannot be sent is tried again after a pause, up to {@code max_retries} times. */
  private Future<Void> notReached(Throwable cause) {
    pass.close();
    if (attempt.isOver()) {
      return Future.succeededFuture();
    }
    if (unreached >= mostUnreached || state().cancelRequested()) {
      return attempt.fail(new Step.Failed(Code.PROVIDER_UNAVAILABLE, "the provider cannot be reached: " + attempt.text(cause), true, null,
          Charged.NO), false);
    }
    if (attempt.isStopped()) {
      return attempt.release();
    }
    again = desk.agenda().in(Pauses.growing(unreached++, desk.rules()), () -> {
      again = null;
      attempt.begin().onFailure(attempt::bug);
    });
    return Future.succeededFuture();
  }

  /** Tries now where it waits since the provider could not be reached. */
  void now() {
    if (again != null) {
      desk.agenda().now(again);
    }
  }

  void stop() {
    if (again != null) {
      desk.agenda().drop(again);
    }
    if (hardlyRefused != null) {
      desk.agenda().drop(hardlyRefused);
    }
    if (pass != null) {
      pass.close();
    }
  }

  private TaskState state() {
    return attempt.task().state();
  }
}
