package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.outbound.RetryAfter;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskState;
import dev.computeserver.task.Times;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * An attempt's way back where its provider takes nothing now, or its input is not there yet. Nothing was begun, so it costs no attempt: the
 * task waits in the queue for as long as the provider's gate is shut, or goes on at another provider that may run it, and says which.
 */
final class Deferral {
  private static final int TOO_MANY = 429;
  private static final int MOST_INPUT_TRIES = 5;

  private final Desk desk;
  private final Attempt attempt;
  private final ProviderProcessor processor;
  private final Gate gate;
  private final int mostRefusals;
  private Refusals refusals;

  /** @param mostRefusals after so many at a provider the next one is asked, however soon this one is to be asked again */
  Deferral(Desk desk, Attempt attempt, ProviderProcessor processor, Gate gate, int mostRefusals, Refusals refusals) {
    this.desk = desk;
    this.attempt = attempt;
    this.processor = processor;
    this.gate = gate;
    this.mostRefusals = mostRefusals;
    this.refusals = refusals;
  }

  /** What is to be known of the task while it waits, or null. */
  JsonObject kept() {
    return refusals.toJson();
  }

  /** By what a task may be refused for its own sake, though the refusal speaks of the account. */
  String kind() {
    return attempt.task().present().request().capabilityWord() + " " + state().model();
  }

  /** Others were refused: it has not been sent, and keeps its turn; or those of its kind were, and it lets others try first. */
  Future<Void> standBack() {
    Optional<RefusedKinds.Wait> own = gate.waiting(kind());
    Gate.Look look = gate.look();
    if (own.isEmpty() && look.why() == null) {
      return attempt.release();
    }
    TaskError why = own.map(RefusedKinds.Wait::why).orElseGet(look::why);
    Instant due = own.map(wait -> Instant.ofEpochMilli(wait.until())).orElseGet(() -> state().dueAt());
    Optional<TaskState.Place> other = own.isPresent() || gate.isShutForLong() ? elsewhere(false) : Optional.empty();
    return other.map(place -> goOn(place, why, own.isPresent())).orElseGet(() -> stay(why, due));
  }

  /**
   * The provider has refused it for now, or refuses us: {@code refused} proves that nothing was begun.
   *
   * @param retryAfter as {@link ProviderProcessor#retryAfter} has read it
   */
  Future<Void> refused(Step.Failed refused, Gate.Pass pass, String retryAfter) {
    return back(refused, shut(refused, pass, retryAfter));
  }

  /**
   * A job has failed for what concerns all others, so they wait, too. Where it is not charged nothing was begun, and the task waits with them;
   * else its attempt has ended.
   *
   * @param pass its submit's, where the reply to that has told it; or null
   * @param reply that told it
   */
  Future<Void> jobFailed(Step.Failed failed, Gate.Pass pass, Reply reply) {
    boolean own = shut(failed, pass, processor.retryAfter(failed.code() == Code.PROVIDER_RATE_LIMITED ? reply.meaning(TOO_MANY) : reply));
    boolean waits = attempt.isOver() || failed.charged() == Charged.NO && !state().cancelRequested();
    return waits ? back(failed, own) : attempt.fail(failed, false);
  }

  /** Answers whether it concerns nobody else, so that the gate stays as it is. */
  private boolean shut(Step.Failed refused, Gate.Pass pass, String retryAfter) {
    Optional<Duration> asked = RetryAfter.of(retryAfter, desk.clock().instant());
    boolean own = OwnRefusal.is(refused, state().model());
    if (own && pass != null) {
      pass.close();
    } else if (pass != null) {
      own = !pass.refused(attempt.error(refused), asked);
    } else if (!own) {
      // The gate opens with each submit that is taken, so that its own pauses do not grow where only the jobs are refused.
      gate.told(attempt.error(refused), asked.orElseGet(() -> Duration.ofMillis(Pauses.growing(refusals.of(state().provider()), desk.rules()))));
    }
    return own;
  }

  private Future<Void> back(Step.Failed refused, boolean own) {
    if (attempt.isOver()) {
      return Future.succeededFuture();
    }
    if (state().cancelRequested()) {
      return attempt.cancelledUnsent();
    }
    TaskError why = attempt.error(refused);
    Instant now = desk.clock().instant();
    refusals = refusals.plus(state().provider());
    boolean account = Gate.isAboutAccount(refused.code());
    int times = refusals.of(state().provider());
    Optional<TaskState.Place> other = account || times > mostRefusals || gate.isShutForLong() ? elsewhere(account) : Optional.empty();
    if (other.isPresent()) {
      return goOn(other.get(), why, own);
    }
    return account ? attempt.failHere(why) : stay(why, now.plusMillis(due(times)));
  }

  /**
   * An input's link gives nothing now. It is tried again a few times, as soon as its server wants it, and not beyond the task's time; the
   * task's place at its provider is left to others until then.
   */
  Future<Void> notReady(InputNotReady input) {
    if (state().cancelRequested()) {
      return attempt.cancelledUnsent();
    }
    refusals = refusals.plusInput();
    int tries = refusals.ofInput();
    Instant now = desk.clock().instant();
    Instant due = now.plusMillis(Pauses.atLeast(Pauses.growing(tries, desk.rules()), input.retryAfter(), now));
    if (tries >= MOST_INPUT_TRIES || due.isAfter(state().deadlineAt())) {
      return attempt.fail(new Step.Failed(Code.INVALID_INPUT, input.finalWords(tries), false, null, Charged.NO), false);
    }
    TaskError why = new TaskError(Code.INVALID_INPUT, input.getMessage() + "; it is asked again at " + Times.text(due), state().provider(), true, null);
    return attempt.handBack(state().deferred(new TaskState.Place(state().provider(), state().model(), state().queue()), why, kept(), due));
  }

  /**
   * When it may try again. That is when the gate has opened, so that those which were not refused yet try first, and one that is refused for
   * its own sake does not hold up all others. But not much later than usual: whoever takes this node's place, perhaps with another key, need
   * not keep a pause that this one was given.
   */
  private long due(int times) {
    return Math.max(Pauses.growing(times - 1, desk.rules()), Math.min(gate.shutMillis(), desk.rules().retryMaxMs()));
  }

  /** @param anyhow though it has to wait there, too */
  private Optional<TaskState.Place> elsewhere(boolean anyhow) {
    return desk.afterFailure().elsewhere(attempt.task().present(), refusals.providers(), anyhow);
  }

  private Future<Void> stay(TaskError why, Instant due) {
    ProviderType provider = state().provider();
    TaskState.Place here = new TaskState.Place(provider, state().model(), state().queue());
    // Whoever was refused late may find it open again.
    Instant opens = gate.look().until();
    Instant until = opens == null || due.isAfter(opens) ? due : opens;
    String message = provider.word() + " takes nothing more now and is asked again at " + Times.text(until) + ": " + why.message();
    return attempt.handBack(state().deferred(here, told(why, message), kept(), due));
  }

  private Future<Void> goOn(TaskState.Place place, TaskError why, boolean own) {
    String takes = own ? " does not take it" : " takes nothing more now";
    String message = state().provider().word() + takes + "; it goes on at " + place.provider().word() + ": " + why.message();
    return attempt.handBack(state().deferred(place, told(why, message), kept(), desk.clock().instant()));
  }

  private TaskError told(TaskError why, String message) {
    return new TaskError(why.code(), message, state().provider(), true, why.httpStatus());
  }

  private TaskState state() {
    return attempt.task().state();
  }
}
