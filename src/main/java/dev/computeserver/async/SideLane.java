package dev.computeserver.async;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Work on an event loop that is long in all: a piece at a time, each behind what has come to the loop meanwhile. However many have such
 * work, what else the loop does waits for one piece only. Used by one event loop; the work must not throw.
 */
public final class SideLane {
  private final Vertx vertx;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private boolean goesOn;

  public SideLane(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Runs the piece when those before it have run; bounded by what hands in one piece at a time. */
  public void later(Runnable piece) {
    waiting.add(piece);
    if (!goesOn) {
      goesOn = true;
      vertx.runOnContext(now -> next());
    }
  }

  private void next() {
    Isolated.run("a piece of long work", waiting.remove());
    goesOn = !waiting.isEmpty();
    if (goesOn) {
      vertx.runOnContext(now -> next());
    }
  }
}
