package dev.computeserver.ops;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Ends a node that is alive and of no use, so that others take over what it owns: an event loop has died, or has been held for as long
 * as it takes to be taken for dead by others; or all time goes into collecting garbage. A thread of its own looks several times a
 * second, and counts its own looks instead of asking a clock: a process that was paused as a whole has done nothing wrong.
 */
public final class Watchdog {
  private static final long EVERY_MILLIS = 250;
  /** How long collecting garbage may be all that happens. */
  private static final long COLLECTING_MILLIS = 2_000;
  private static final double ALL_OF_IT = 0.95;
  private static final double FULL = 0.95;
  private static final int FRAMES = 12;

  private final long silenceMillis;
  private final Consumer<String> end;
  private final Set<Loop> loops = ConcurrentHashMap.newKeySet();
  private final Thread thread = new Thread(this::run, "watchdog");
  private long collectedMillis;
  private long lookedNanos;
  private int collecting;

  /**
   * @param silence of an event loop after which it is taken for dead
   * @param end ends the process, and is told why
   */
  public Watchdog(Duration silence, Consumer<String> end) {
    this.silenceMillis = silence.toMillis();
    this.end = end;
    thread.setDaemon(true);
    thread.setPriority(Thread.MAX_PRIORITY);
  }

  /** Begins to look. */
  public void start() {
    collectedMillis = collectedMillis();
    lookedNanos = System.nanoTime();
    thread.start();
  }

  /** Looks no more. */
  public void stop() {
    thread.interrupt();
  }

  /** An event loop, whose own thread calls; it must beat several times within the silence, until it is forgotten. */
  Loop watch() {
    Loop loop = new Loop(Thread.currentThread());
    loops.add(loop);
    return loop;
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(EVERY_MILLIS);
        look();
      }
    } catch (InterruptedException stopped) {
      // The node stops in order.
    }
  }

  private void look() {
    for (Loop loop : loops) {
      if (!loop.thread.isAlive()) {
        end.accept("the event loop " + loop.thread.getName() + " has died");
      } else if (loop.silentFor() >= silenceMillis) {
        end.accept("the event loop " + loop.thread.getName() + " has been held for " + silenceMillis / 1_000 + " s, at " + where(loop.thread));
      }
    }
    collecting = onlyCollects() ? collecting + 1 : 0;
    if (collecting * EVERY_MILLIS >= COLLECTING_MILLIS) {
      end.accept("the heap of " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB is full: all time goes into collecting garbage");
    }
  }

  private boolean onlyCollects() {
    long collected = collectedMillis();
    long now = System.nanoTime();
    double share = (collected - collectedMillis) / (double) Math.max(1, TimeUnit.NANOSECONDS.toMillis(now - lookedNanos));
    collectedMillis = collected;
    lookedNanos = now;
    Runtime heap = Runtime.getRuntime();
    return share >= ALL_OF_IT && heap.totalMemory() - heap.freeMemory() >= FULL * heap.maxMemory();
  }

  private static long collectedMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum();
  }

  private static String where(Thread thread) {
    return Arrays.stream(thread.getStackTrace()).limit(FRAMES).map(StackTraceElement::toString).collect(Collectors.joining(" < "));
  }

  /** One event loop's signs of life. */
  final class Loop {
    private final Thread thread;
    private volatile long beats;
    private long seen;
    private int silent;

    private Loop(Thread thread) {
      this.thread = thread;
    }

    /** Called by the loop's own thread only. */
    void beat() {
      beats = beats + 1;
    }

    void forget() {
      loops.remove(this);
    }

    private long silentFor() {
      silent = beats == seen ? silent + 1 : 0;
      seen = beats;
      return silent * EVERY_MILLIS;
    }
  }
}
