package dev.computeserver.provider;

import io.vertx.core.Vertx;
import java.util.PriorityQueue;

/**
 * Things to do later, on one event loop: one timer for all of them, however many jobs are waited for. Due times are
 * rounded up to {@value #GRAIN_MILLIS} ms, so that those that fall together share a wake-up.
 */
final class Agenda {
  private static final long GRAIN_MILLIS = 5;

  private final Vertx vertx;
  private final PriorityQueue<Entry> entries = new PriorityQueue<>();
  private long armedFor = Long.MAX_VALUE;
  private long timer = -1;
  private long order;

  Agenda(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Does {@code work} in {@code millis} from now, unless the entry is dropped before. */
  Entry in(long millis, Runnable work) {
    long due = now() + Math.max(1, millis);
    Entry entry = new Entry((due + GRAIN_MILLIS - 1) / GRAIN_MILLIS * GRAIN_MILLIS, order++, work);
    entries.add(entry);
    arm();
    return entry;
  }

  /** How many entries there are; dropped ones count until they are due. */
  int size() {
    return entries.size();
  }

  private void arm() {
    Entry next = entries.peek();
    if (next == null || next.due >= armedFor) {
      return;
    }
    if (timer >= 0) {
      vertx.cancelTimer(timer);
    }
    armedFor = next.due;
    timer = vertx.setTimer(Math.max(1, next.due - now()), fired -> run());
  }

  private void run() {
    timer = -1;
    armedFor = Long.MAX_VALUE;
    long now = now();
    while (!entries.isEmpty() && entries.peek().due <= now) {
      Entry entry = entries.poll();
      Runnable work = entry.work;
      if (work != null) {
        entry.work = null;
        work.run();
      }
    }
    arm();
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }

  /** Something to do later. */
  static final class Entry implements Comparable<Entry> {
    private final long due;
    private final long order;
    private Runnable work;

    private Entry(long due, long order, Runnable work) {
      this.due = due;
      this.order = order;
      this.work = work;
    }

    /** Not to be done any more; lets go of the work at once. */
    void drop() {
      work = null;
    }

    /** To be done now, on the caller's stack, if it was not done or dropped. */
    void now() {
      Runnable pending = work;
      work = null;
      if (pending != null) {
        pending.run();
      }
    }

    @Override
    public int compareTo(Entry other) {
      return due != other.due ? Long.compare(due, other.due) : Long.compare(order, other.order);
    }
  }
}
