package dev.computeserver.sandbox;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/** Lets only so many pieces of work run at once and only so many wait; more are refused with {@link Full}. */
final class Turns {

  /** Too many wait already. */
  static final class Full extends RuntimeException {
    Full() {
      super("too much work is waiting in the sandbox; ask again later", null, false, false);
    }
  }

  private final int atOnce;
  private final int waiting;
  private final Deque<Runnable> line = new ArrayDeque<>();
  private int running;

  Turns(int atOnce, int waiting) {
    this.atOnce = atOnce;
    this.waiting = waiting;
  }

  <T> Future<T> take(Supplier<Future<T>> work) {
    if (running < atOnce) {
      return run(work);
    }
    if (line.size() >= waiting) {
      return Future.failedFuture(new Full());
    }
    Promise<T> later = Promise.promise();
    line.add(() -> run(work).onComplete(later));
    return later.future();
  }

  private <T> Future<T> run(Supplier<Future<T>> work) {
    running++;
    return Future.<Void>succeededFuture().compose(none -> work.get()).onComplete(done -> {
      running--;
      Runnable next = line.poll();
      if (next != null) {
        next.run();
      }
    });
  }
}
