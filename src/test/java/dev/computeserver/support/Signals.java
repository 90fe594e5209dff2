package dev.computeserver.support;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Collects what happens, in its order, and lets a test wait for it: no sleeping, and never for ever. Any thread may tell it. */
public final class Signals<T> implements Consumer<T> {
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final List<T> happened = new ArrayList<>();

  @Override
  public synchronized void accept(T signal) {
    happened.add(signal);
    notifyAll();
  }

  /** What has happened so far. */
  public synchronized List<T> all() {
    return List.copyOf(happened);
  }

  /** Waits until so many have happened; answers all that have. */
  public List<T> await(int amount) {
    return await(all -> all.size() >= amount);
  }

  /** Waits until what has happened is as wanted; fails after 60 s. */
  public synchronized List<T> await(Predicate<List<T>> wanted) {
    long end = System.nanoTime() + LONGEST_NANOS;
    try {
      while (!wanted.test(happened)) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("not within 60 s; " + happened.size() + " signals came, the newest is "
              + (happened.isEmpty() ? "none" : happened.get(happened.size() - 1)));
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
      return List.copyOf(happened);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting", interrupted);
    }
  }
}
