package dev.computeserver.provider;

import dev.computeserver.async.Isolated;
import io.vertx.core.Vertx;
import java.util.TreeSet;

/**
 * Things to do later, on one event loop: one timer for all of them, however many jobs are waited for. Due times are
 * rounded up to {@value #GRAIN_MILLIS} ms, so that those that fall together share a wake-up. One that throws stops no other.
 */
final class Agenda {
  private static final long GRAIN_MILLIS = 5;

  private final Vertx vertx;
  /** A set rather than a heap: most entries are dropped long before they are due, and must not stay until then. */
  private final TreeSet<Entry> entries = new TreeSet<>();
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

  /** How many entries there are. */
  int size() {
    return entries.size();
  }

  private void arm() {
    if (entries.isEmpty() || entries.first().due >= armedFor) {
      return;
    }
    Entry next = entries.first();
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
    try {
      while (!entries.isEmpty() && entries.first().due <= now) {
        entries.pollFirst().run();
      }
    } finally {
      arm();
    }
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }

  /** Not to be done any more. */
  void drop(Entry entry) {
    entries.remove(entry);
  }

  /** To be done now, on the caller's stack, unless it was done or dropped. */
  void now(Entry entry) {
    if (entries.remove(entry)) {
      entry.run();
    }
  }

  /** Something to do later. */
  record Entry(long due, long order, Runnable work) implements Comparable<Entry> {
    private void run() {
      Isolated.run("what was to be done later", work);
    }

    @Override
    public int compareTo(Entry other) {
      return due != other.due ? Long.compare(due, other.due) : Long.compare(order, other.order);
    }
  }
}
