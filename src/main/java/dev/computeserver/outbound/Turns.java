package dev.computeserver.outbound;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/** Lets only so many requests run at once and so many wait, in order. Any thread may use it. */
final class Turns {
  private final Vertx vertx;
  private final int most;
  private final int mostWaiting;
  private final Set<Promise<Void>> waiting = new LinkedHashSet<>();
  private int taken;

  Turns(Vertx vertx, int most, int mostWaiting) {
    this.vertx = vertx;
    this.most = most;
    this.mostWaiting = mostWaiting;
  }

  /** Done when it is one's turn, which is to be given back with {@link #give}; fails with {@link Unreachable} after {@code patience}. */
  Future<Void> take(Duration patience) {
    Promise<Void> mine = Promise.promise();
    synchronized (this) {
      if (taken < most) {
        taken++;
        return Future.succeededFuture();
      }
      if (waiting.size() >= mostWaiting) {
        return Future.failedFuture(Unreachable.busy());
      }
      waiting.add(mine);
    }
    long timer = vertx.setTimer(patience.toMillis(), late -> giveUp(mine));
    return mine.future().onSuccess(turn -> vertx.cancelTimer(timer));
  }

  private void giveUp(Promise<Void> late) {
    synchronized (this) {
      if (!waiting.remove(late)) {
        return;
      }
    }
    late.fail(Unreachable.busy());
  }

  void give() {
    Promise<Void> next;
    synchronized (this) {
      next = waiting.stream().findFirst().orElse(null);
      if (next == null) {
        taken--;
        return;
      }
      waiting.remove(next);
    }
    next.complete();
  }
}
