package dev.computeserver.db;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Lets concurrent writes share a commit: while one group is under way the next one gathers, so an idle server adds no
 * wait and a busy one needs few commits. A group that fails as a whole is tried again entry by entry where the fault
 * may be one entry's, so that no entry fails for its neighbour.
 *
 * @param <E> an entry
 * @param <R> its result
 */
public final class GroupCommit<E, R> {
  private final Function<List<E>, Future<List<R>>> write;
  private final int groupSize;
  private final int capacity;
  private final ArrayDeque<Waiting<E, R>> waiting = new ArrayDeque<>();
  private boolean writing;

  /**
   * @param write writes a group and answers one result per entry, in order
   * @param groupSize most entries in a group
   * @param capacity most entries that wait; more fail at once with {@link Overloaded}
   */
  public GroupCommit(Function<List<E>, Future<List<R>>> write, int groupSize, int capacity) {
    this.write = write;
    this.groupSize = groupSize;
    this.capacity = capacity;
  }

  /** The entry's result once it is committed; any thread may call, and is answered on its own context. */
  public Future<R> submit(E entry) {
    Promise<R> promise = Promise.promise();
    Context context = Vertx.currentContext();
    synchronized (this) {
      if (waiting.size() >= capacity) {
        return Future.failedFuture(new Overloaded(capacity));
      }
      waiting.add(new Waiting<>(entry, promise, context));
    }
    writeNext();
    return promise.future();
  }

  /** How many entries wait for their commit. */
  public synchronized int waiting() {
    return waiting.size();
  }

  private void writeNext() {
    List<Waiting<E, R>> group;
    synchronized (this) {
      if (writing || waiting.isEmpty()) {
        return;
      }
      writing = true;
      group = new ArrayList<>(Math.min(groupSize, waiting.size()));
      while (group.size() < groupSize && !waiting.isEmpty()) {
        group.add(waiting.poll());
      }
    }
    settle(group).onComplete(settled -> {
      synchronized (this) {
        writing = false;
      }
      writeNext();
    });
  }

  private Future<Void> settle(List<Waiting<E, R>> group) {
    return attempt(group).compose(
        done -> Future.<Void>succeededFuture(),
        failure -> group.size() > 1 && Faults.mayBeOneEntrys(failure) ? oneByOne(group) : giveUp(group, failure));
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

  private Future<Void> oneByOne(List<Waiting<E, R>> group) {
    Future<Void> chain = Future.succeededFuture();
    for (Waiting<E, R> each : group) {
      chain = chain.compose(before -> settle(List.of(each)));
    }
    return chain;
  }

  private Future<Void> giveUp(List<Waiting<E, R>> group, Throwable failure) {
    group.forEach(each -> each.answer(promise -> promise.fail(failure)));
    return Future.succeededFuture();
  }

  private record Waiting<E, R>(E entry, Promise<R> promise, Context context) {
    void answer(Consumer<Promise<R>> how) {
      if (context == null || context == Vertx.currentContext()) {
        how.accept(promise);
      } else {
        context.runOnContext(ignored -> how.accept(promise));
      }
    }
  }

  /** More writes wait than the bound allows: the database is out or too slow. */
  public static final class Overloaded extends RuntimeException {
    Overloaded(int capacity) {
      super("more than " + capacity + " writes wait for the database; it is out or too slow", null, false, false);
    }
  }
}
