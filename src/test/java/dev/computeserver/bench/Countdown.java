package dev.computeserver.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicLong;

/** A future that is done after a known number of steps. */
final class Countdown {

  private final AtomicLong left;
  private final Promise<Void> done = Promise.promise();

  Countdown(long steps) {
    left = new AtomicLong(steps);
    if (steps == 0) {
      done.complete();
    }
  }

  void step() {
    if (left.decrementAndGet() == 0) {
      done.complete();
    }
  }

  long left() {
    return left.get();
  }

  Future<Void> done() {
    return done.future();
  }
}
