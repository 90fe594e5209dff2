package dev.computeserver.async;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The bytes of heap that a node gives to what others send it and to what is made of that: request bodies, replies, inputs,
 * pictures. A share is taken before anything is read or unfolded, so that many at once wait or are refused and none exhausts the
 * heap. Any thread may use it; who waits is served in order, on the context on which it asked.
 */
public final class ByteBudget {
  private static final int MOST_WAITING = 10_000;

  private final long total;
  private final Set<Waiting> waiting = new LinkedHashSet<>();
  private long taken;
  private long refused;

  public ByteBudget(long total) {
    this.total = total;
  }

  /** @param share of the heap's greatest size, between 0 and 1 */
  public static ByteBudget ofHeap(double share) {
    return new ByteBudget((long) (Runtime.getRuntime().maxMemory() * share));
  }

  /** A share, or empty where there is no room for it now or others wait. One that is bigger than all there is never has room. */
  public synchronized Optional<Share> tryTake(long bytes) {
    if (!waiting.isEmpty() || !fits(bytes)) {
      refused++;
      return Optional.empty();
    }
    return Optional.of(share(bytes));
  }

  /** A share as soon as there is room, in order; fails with {@link Exhausted} after {@code patience}, or at once where it never fits. */
  public Future<Share> take(Vertx vertx, long bytes, Duration patience) {
    Waiting mine = new Waiting(bytes, Promise.promise(), Vertx.currentContext());
    synchronized (this) {
      if (waiting.isEmpty() && fits(bytes)) {
        return Future.succeededFuture(share(bytes));
      }
      if (bytes > total || waiting.size() >= MOST_WAITING) {
        refused++;
        return Future.failedFuture(new Exhausted());
      }
      waiting.add(mine);
    }
    vertx.timer(patience.toMillis(), TimeUnit.MILLISECONDS).onSuccess(late -> giveUp(mine));
    return mine.promise.future();
  }

  private void giveUp(Waiting late) {
    boolean gone;
    synchronized (this) {
      gone = waiting.remove(late);
      refused += gone ? 1 : 0;
    }
    if (gone) {
      late.promise.fail(new Exhausted());
      serve();
    }
  }

  private boolean fits(long bytes) {
    return taken + bytes <= total;
  }

  private Share share(long bytes) {
    taken += bytes;
    return new Share(bytes);
  }

  /** Gives what has become free to those who wait. */
  private void serve() {
    while (true) {
      Waiting first;
      Share share;
      synchronized (this) {
        first = waiting.stream().findFirst().orElse(null);
        if (first == null || !fits(first.bytes)) {
          return;
        }
        waiting.remove(first);
        share = share(first.bytes);
      }
      first.answer(share);
    }
  }

  /** All there is. */
  public long total() {
    return total;
  }

  /** What is taken now. */
  public synchronized long taken() {
    return taken;
  }

  /** How many wait. */
  public synchronized int waiting() {
    return waiting.size();
  }

  /** How often there was no room, since the start. */
  public synchronized long refused() {
    return refused;
  }

  private record Waiting(long bytes, Promise<Share> promise, Context context) {
    void answer(Share share) {
      if (context == null) {
        promise.complete(share);
      } else {
        context.runOnContext(ignored -> promise.complete(share));
      }
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** What one has taken. Whoever has it gives it back, once; more often does nothing. */
  public final class Share implements AutoCloseable {
    private long bytes;
    private boolean given;

    private Share(long bytes) {
      this.bytes = bytes;
    }

    public long bytes() {
      synchronized (ByteBudget.this) {
        return bytes;
      }
    }

    /** Takes more, at once or not at all: who holds a part and waits for the rest could wait for ever. */
    public boolean grow(long more) {
      synchronized (ByteBudget.this) {
        if (given || !fits(more)) {
          refused++;
          return false;
        }
        taken += more;
        bytes += more;
        return true;
      }
    }

    /** Gives back what is beyond {@code needed}. */
    public void shrinkTo(long needed) {
      synchronized (ByteBudget.this) {
        if (given || needed >= bytes) {
          return;
        }
        taken -= bytes - needed;
        bytes = needed;
      }
      serve();
    }

    /** Gives all of it back. */
    @Override
    public void close() {
      synchronized (ByteBudget.this) {
        if (given) {
          return;
        }
        given = true;
        taken -= bytes;
        bytes = 0;
      }
      serve();
    }
  }

  /** There is no room for it, and was none for as long as it could wait. */
  public static final class Exhausted extends RuntimeException {
    Exhausted() {
      super("the node has no memory left for it now; send it again later", null, false, false);
    }
  }
}
