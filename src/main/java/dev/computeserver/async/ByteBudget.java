package dev.computeserver.async;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
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
  /** What a look at a job or a usual submit takes. */
  private static final long SMALL = 64 * 1024;
  private static final int LEFT_TO_SMALL_ONES = 16;

  private final long small;
  private final long reserve;
  private long total;
  private final List<ByteBudget> parts = new ArrayList<>();
  private final Set<Waiting> waiting = new LinkedHashSet<>();
  private final Deque<Growth> growing = new ArrayDeque<>();
  /** The one that may be beyond the budget, or null. */
  private Share ahead;
  private long taken;
  private long refused;

  public ByteBudget(long total) {
    this(total, 0, 0);
  }

  /**
   * A budget in which big shares neither use up all nor hold up small ones.
   *
   * @param small the most bytes of a small share
   * @param reserve what is left to small ones
   */
  ByteBudget(long total, long small, long reserve) {
    this.total = total;
    this.small = small;
    this.reserve = reserve;
  }

  /** Of that, a sixteenth is left to shares of up to {@value #SMALL} bytes. @param share of the heap's greatest size, between 0 and 1 */
  public static ByteBudget ofHeap(double share) {
    long total = (long) (Runtime.getRuntime().maxMemory() * share);
    return new ByteBudget(total, SMALL, total / LEFT_TO_SMALL_ONES);
  }

  /**
   * Sets a part of what there is aside for one kind of use: whatever fills the rest leaves it alone, and it never takes more than that.
   *
   * @param share of the whole, between 0 and 1
   */
  public synchronized ByteBudget part(double share) {
    ByteBudget part = new ByteBudget((long) (whole() * share));
    total -= part.total;
    parts.add(part);
    return part;
  }

  /** A share, or empty where there is no room for it now or others wait. One that is bigger than all there is never has room. */
  public synchronized Optional<Share> tryTake(long bytes) {
    if (isWaitedFor() && bytes > small || !fits(bytes, bytes)) {
      refused++;
      return Optional.empty();
    }
    return Optional.of(share(bytes));
  }

  /** A share as soon as there is room, in order; fails with {@link Exhausted} after {@code patience}, or at once where it never fits. */
  public Future<Share> take(Vertx vertx, long bytes, Duration patience) {
    Waiting mine = new Waiting(bytes, Promise.promise(), Vertx.currentContext());
    synchronized (this) {
      if ((bytes <= small || !isWaitedFor()) && fits(bytes, bytes)) {
        return Future.succeededFuture(share(bytes));
      }
      if (bytes > total() || waiting.size() >= MOST_WAITING) {
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

  private boolean isWaitedFor() {
    return !waiting.isEmpty() || !growing.isEmpty();
  }

  /** @param size of the share when it has the bytes */
  private boolean fits(long bytes, long size) {
    return taken + bytes <= (size > small ? total - reserve : total);
  }

  /** The first that waits; or, where there is no room for it, the first small one. */
  private Waiting firstWaiting() {
    Waiting first = growing.isEmpty() ? waiting.stream().findFirst().orElse(null) : null;
    return first != null && fits(first.bytes, first.bytes) ? first
        : waiting.stream().filter(each -> each.bytes <= small).findFirst().filter(each -> fits(each.bytes, each.bytes)).orElse(null);
  }

  private Share share(long bytes) {
    taken += bytes;
    return new Share(bytes);
  }

  /** Gives what has become free to those who wait, and first to those who hold a part already. */
  private void serve() {
    Growth next = nextGrowth();
    while (next != null) {
      next.answer();
      next = nextGrowth();
    }
    while (true) {
      Waiting first;
      Share share;
      synchronized (this) {
        first = firstWaiting();
        if (first == null) {
          return;
        }
        waiting.remove(first);
        share = share(first.bytes);
      }
      first.answer(share);
    }
  }

  private synchronized Growth nextGrowth() {
    Growth first = growing.peek();
    return first != null && (first.share.given || first.share.advance(first.more)) ? growing.poll() : null;
  }

  /** The most that one may have: all there is but for what is set aside or left to small ones. */
  public synchronized long total() {
    return total - reserve;
  }

  /** All there is, what is set aside included. */
  public synchronized long whole() {
    return total + parts.stream().mapToLong(ByteBudget::whole).sum();
  }

  /** What is taken now, of what is set aside, too; more than all there is only while one share grows beyond it. */
  public synchronized long taken() {
    return taken + parts.stream().mapToLong(ByteBudget::taken).sum();
  }

  /** How many wait. */
  public synchronized int waiting() {
    return waiting.size() + growing.size();
  }

  /** How often there was no room, since the start. */
  public synchronized long refused() {
    return refused + parts.stream().mapToLong(ByteBudget::refused).sum();
  }

  private static void on(Context context, Runnable answer) {
    if (context == null) {
      answer.run();
    } else {
      context.runOnContext(ignored -> answer.run());
    }
  }

  private record Growth(Share share, long more, Promise<Void> promise, Context context) {
    void answer() {
      on(context, () -> promise.complete());
    }
  }

  private record Waiting(long bytes, Promise<Share> promise, Context context) {
    void answer(Share share) {
      on(context, () -> promise.complete(share));
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
        if (given || !fits(more, bytes + more)) {
          refused++;
          return false;
        }
        taken += more;
        bytes += more;
        return true;
      }
    }

    /**
     * Takes more as soon as there is room, before all who hold nothing yet. Since those who hold a part could wait for each other, one
     * of them at a time gets on beyond the budget; so what they hold comes to an end. Fails with {@link Exhausted} where it would
     * have more than all there is.
     */
    public Future<Void> growInTurn(long more) {
      synchronized (ByteBudget.this) {
        if (given || bytes + more > total()) {
          refused++;
          return Future.failedFuture(new Exhausted());
        }
        if ((growing.isEmpty() || ahead == this) && advance(more)) {
          return Future.succeededFuture();
        }
        Growth mine = new Growth(this, more, Promise.promise(), Vertx.currentContext());
        growing.add(mine);
        return mine.promise.future();
      }
    }

    private boolean advance(long more) {
      boolean fits = fits(more, bytes + more);
      if (!fits && ahead != null && ahead != this) {
        return false;
      }
      ahead = fits ? ahead : this;
      taken += more;
      bytes += more;
      return true;
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
        ahead = ahead == this ? null : ahead;
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
