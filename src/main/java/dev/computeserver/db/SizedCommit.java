package dev.computeserver.db;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * Two {@link GroupCommit}s for one kind of write, so that what is small never waits while something big is written. Between the two
 * there is no order.
 *
 * @param <E> an entry
 * @param <R> its result
 */
public final class SizedCommit<E, R> {
  /** Most that an entry weighs among the small ones, of which a whole group is written in a moment. */
  public static final long SMALL = 256 << 10;

  private final GroupCommit<E, R> small;
  private final GroupCommit<E, R> big;
  private final GroupCommit.Weights<E> weights;

  /** Each of the two has these bounds for itself, see {@link GroupCommit}. */
  public SizedCommit(Function<List<E>, Future<List<R>>> write, int groupSize, int capacity, Duration patience, GroupCommit.Weights<E> weights) {
    this.weights = weights;
    small = new GroupCommit<>(write, groupSize, capacity, patience, weights);
    big = new GroupCommit<>(write, groupSize, capacity, patience, weights);
  }

  /** The entry's result once it is committed; any thread may call, and is answered on its own context. */
  public Future<R> submit(E entry) {
    return (weights.each().applyAsLong(entry) > SMALL ? big : small).submit(entry);
  }

  /** How many entries wait for their commit. */
  public int waiting() {
    return small.waiting() + big.waiting();
  }
}
