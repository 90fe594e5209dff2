package dev.computeserver.bench;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that make the same attack over and over, until they are stopped. */
final class Attackers implements AutoCloseable {
  private static final int MOST_COMPLAINTS = 5;

  private final Attack attack;
  private final int port;
  private final ExecutorService threads;
  private final AtomicInteger tries = new AtomicInteger();
  private final AtomicInteger worked = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  /** Begins at once. */
  Attackers(Attack attack, int port) {
    this.attack = attack;
    this.port = port;
    threads = Executors.newFixedThreadPool(attack.atOnce());
    for (int i = 0; i < attack.atOnce(); i++) {
      threads.execute(this::run);
    }
  }

  private void run() {
    while (!stopped) {
      String complaint = attack.once(port);
      tries.incrementAndGet();
      if (complaint != null) {
        worked.incrementAndGet();
        if (complaints.size() < MOST_COMPLAINTS) {
          complaints.add(complaint);
        }
      }
    }
  }

  /** Ends when the last try has. */
  void stop() throws InterruptedException {
    stopped = true;
    threads.shutdown();
    if (!threads.awaitTermination(60, TimeUnit.SECONDS)) {
      worked.incrementAndGet();
      complaints.add("a try had no answer for a minute");
      threads.shutdownNow();
    }
  }

  /** Stops without waiting, where the siege ends early. */
  @Override
  public void close() {
    stopped = true;
    threads.shutdownNow();
  }

  int tries() {
    return tries.get();
  }

  /** How many did what they should not have been able to do. */
  int worked() {
    return worked.get();
  }

  List<String> complaints() {
    return List.copyOf(complaints);
  }
}
