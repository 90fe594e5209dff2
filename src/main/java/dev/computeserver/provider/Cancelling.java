package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import io.vertx.core.Future;

/** Tells a provider that a job is no longer wanted, and knows what it then charges. The attempt ends as the job really ends. */
final class Cancelling {
  private final Attempt attempt;
  private final Sender sender;
  /** Null until the provider was told. */
  private Charged charge;

  Cancelling(Attempt attempt, Sender sender) {
    this.attempt = attempt;
    this.sender = sender;
  }

  /** Once, unless the provider gave no real answer: the queue reminds us of a cancel as long as the task runs. */
  void tell(ProviderProcessor processor, Watch watch) {
    if (charge != null) {
      return;
    }
    charge = Charged.UNKNOWN;
    processor.cancel(watch.job()).ifPresentOrElse(
        exchange -> sender.follow(exchange).onSuccess(sent -> answered(sent.exchange(), sent.answer())),
        () -> watch.settled().compose(told -> attempt.cancelled(Charged.UNKNOWN)).onFailure(attempt::bug));
  }

  /** Whether the provider was told, and has not failed to hear it. */
  boolean isTold() {
    return charge != null;
  }

  private void answered(Exchange exchange, Sender.Answer answer) {
    Reply reply = answer instanceof Sender.Replied replied ? replied.reply() : null;
    if (reply == null || reply.status() >= 500 || reply.status() == 408 || reply.status() == 429) {
      charge = null;
      return;
    }
    if (reply.ok() && attempt.read(exchange, reply).orElse(null) instanceof Step.Cancelling cancelling) {
      charge = cancelling.charged();
    }
    attempt.poke(0);
  }

  /** What a cancelled job costs that has ended like this: the answer to the cancel may not have known, a refused request never does. */
  Charged chargeOf(Step.Failed end) {
    boolean known = charge != null && (charge != Charged.UNKNOWN || end.httpStatus() != null);
    return known ? charge : end.charged();
  }
}
