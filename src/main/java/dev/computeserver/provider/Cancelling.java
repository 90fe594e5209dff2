package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import io.vertx.core.Future;

/** Tells a provider that a job is no longer wanted, and knows what it then charges. The attempt ends as the job really ends. */
final class Cancelling {
  private static final int MOST_REFUSALS = 5;

  private final Attempt attempt;
  private final Sender sender;
  /** Null until the provider was told. */
  private Charged charge;
  private boolean telling;
  private boolean heard;
  private int refusals;

  Cancelling(Attempt attempt, Sender sender) {
    this.attempt = attempt;
    this.sender = sender;
  }

  /** Once, unless the provider gave no real answer: the queue reminds us of a cancel as long as the task runs. */
  void tell(ProviderProcessor processor, Watch watch) {
    if (telling || heard) {
      return;
    }
    telling = true;
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
    telling = false;
    if (!(answer instanceof Sender.Replied replied)) {
      return;
    }
    Step step = replied.reply().ok() ? attempt.read(exchange, replied).orElse(null) : null;
    if (step instanceof Step.Cancelling cancelling) {
      heard = true;
      charge = cancelling.charged();
    } else if (!(step instanceof Step.Again)) {
      int status = replied.reply().status();
      // It may be that the job has ended, or is not known yet; whatever it was, one that runs on is to be cancelled.
      heard = status < 500 && status != 408 && status != 429 && ++refusals >= MOST_REFUSALS;
    }
    attempt.poke(0);
  }

  /** What a cancelled job costs that has ended like this: the answer to the cancel may not have known, a refused request never does. */
  Charged chargeOf(Step.Failed end) {
    boolean known = charge != null && (charge != Charged.UNKNOWN || end.httpStatus() != null);
    return known ? charge : end.charged();
  }
}
