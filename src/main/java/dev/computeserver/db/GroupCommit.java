package dev.computeserver.db;

import dev.computeserver.async.Isolated;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Lets concurrent writes share a commit: while one group is under way the next one gathers, so an idle server adds no
 * wait and a busy one needs few commits. Where the fault of a group that fails as a whole may be one entry's, its halves are
 * tried apart, down to the entry that fails alone: none fails for its neighbour, and a bad one costs a group few tries more.
 *
 * @param <E> an entry
 * @param <R> its result
 */
public final class GroupCommit<E, R> {
  private final Function<List<E>, Future<List<R>>> write;
  private final int groupSize;
  private final int capacity;
  private final long patienceNanos;
  private final LongSupplier nanoTime;
  private final Weights<E> weights;
  private final ArrayDeque<Waiting<E, R>> waiting = new ArrayDeque<>();
  private long waitingWeight;
  private boolean writing;

  /**
   * @param write writes a group and answers one result per entry, in order
   * @param groupSize most entries in a group
   * @param capacity most entries that wait; more fail at once with {@link Overloaded}
   */
  public GroupCommit(Function<List<E>, Future<List<R>>> write, int groupSize, int capacity) {
    this(write, groupSize, capacity, Duration.ofDays(1));
  }

  /** The same; an entry whose group does not begin within {@code patience} fails with {@link Overloaded} and is never written. */
  public GroupCommit(Function<List<E>, Future<List<R>>> write, int groupSize, int capacity, Duration patience) {
    this(write, groupSize, capacity, patience, Weights.none());
  }

  /** The same; groups and what waits are bounded in weight, too. */
  public GroupCommit(Function<List<E>, Future<List<R>>> write, int groupSize, int capacity, Duration patience, Weights<E> weights) {
    this(write, groupSize, capacity, patience, weights, System::nanoTime);
  }

  GroupCommit(
      Function<List<E>, Future<List<R>>> write, int groupSize, int capacity, Duration patience, Weights<E> weights, LongSupplier nanoTime) {
    this.write = write;
    this.groupSize = groupSize;
    this.capacity = capacity;
    this.patienceNanos = patience.toNanos();
    this.weights = weights;
    this.nanoTime = nanoTime;
  }

  /** The entry's result once it is committed; any thread may call, and is answered on its own context. */
  public Future<R> submit(E entry) {
    Promise<R> promise = Promise.promise();
    Context context = Vertx.currentContext();
    long weight = weights.each.applyAsLong(entry);
    synchronized (this) {
      if (waiting.size() >= capacity) {
        return Future.failedFuture(new Overloaded("more than " + capacity + " writes wait"));
      }
      if (!waiting.isEmpty() && waitingWeight + weight > weights.waiting) {
        return Future.failedFuture(new Overloaded("writes of " + waitingWeight + " bytes wait"));
      }
      waiting.add(new Waiting<>(entry, weight, promise, context, nanoTime.getAsLong()));
      waitingWeight += weight;
    }
    writeNext();
    return promise.future();
  }

  /** How many entries wait for their commit. */
  public synchronized int waiting() {
    return waiting.size();
  }

  private void writeNext() {
    List<Waiting<E, R>> late = new ArrayList<>();
    List<Waiting<E, R>> group = nextGroup(late);
    if (!late.isEmpty()) {
      giveUp(late, new Overloaded("writes have waited for more than " + TimeUnit.NANOSECONDS.toSeconds(patienceNanos) + " s"));
    }
    if (!group.isEmpty()) {
      settle(group).onComplete(settled -> {
        synchronized (this) {
          writing = false;
        }
        writeNext();
      });
    }
  }

  private synchronized List<Waiting<E, R>> nextGroup(List<Waiting<E, R>> late) {
    List<Waiting<E, R>> group = new ArrayList<>(Math.min(groupSize, waiting.size()));
    long now = nanoTime.getAsLong();
    long room = weights.group;
    while (!writing && group.size() < groupSize && !waiting.isEmpty() && (group.isEmpty() || waiting.peek().weight <= room)) {
      Waiting<E, R> next = waiting.poll();
      waitingWeight -= next.weight;
      if (now - next.since > patienceNanos) {
        late.add(next);
      } else {
        group.add(next);
        room -= next.weight;
      }
    }
    writing |= !group.isEmpty();
    return group;
  }

  private Future<Void> settle(List<Waiting<E, R>> group) {
    return attempt(group).compose(
        done -> Future.<Void>succeededFuture(),
        failure -> group.size() > 1 && Faults.mayBeOneEntrys(failure) ? halved(group) : giveUp(group, failure));
  }

  private Future<Void> attempt(List<Waiting<E, R>> group) {
    return Future.succeededFuture(group.stream().map(Waiting::entry).toList()).compose(write).map(results -> {
      for (int i = 0; i < group.size(); i++) {
        R result = results.get(i);
        group.get(i).answer(promise -> promise.complete(result));
      }
      return null;
    });
  }

  private Future<Void> halved(List<Waiting<E, R>> group) {
    int half = group.size() / 2;
    return settle(group.subList(0, half)).compose(first -> settle(group.subList(half, group.size())));
  }

  private Future<Void> giveUp(List<Waiting<E, R>> group, Throwable failure) {
    group.forEach(each -> each.answer(promise -> promise.fail(failure)));
    return Future.succeededFuture();
  }

  private record Waiting<E, R>(E entry, long weight, Promise<R> promise, Context context, long since) {
    /** Who is told may throw, which must not look like a failure of the write. */
    void answer(Consumer<Promise<R>> how) {
      if (context == null || context == Vertx.currentContext()) {
        Isolated.run("what follows a write", () -> how.accept(promise));
      } else {
        context.runOnContext(ignored -> how.accept(promise));
      }
    }
  }

  /**
   * What entries weigh, which is about their bytes.
   *
   * @param group most that a group weighs; an entry that is heavier goes alone
   * @param waiting most that waits; more fails at once with {@link Overloaded}, but one entry may always wait
   */
  public record Weights<E>(ToLongFunction<E> each, long group, long waiting) {
    static <E> Weights<E> none() {
      return new Weights<>(entry -> 0, Long.MAX_VALUE, Long.MAX_VALUE);
    }
  }

  /** More writes wait, or one for longer, than the bounds allow: the database is out or too slow. */
  public static final class Overloaded extends RuntimeException {
    Overloaded(String what) {
      super(what + " for the database; it is out or too slow", null, false, false);
    }
  }
}
