package dev.computeserver.task;

import java.time.Duration;

/**
 * Whether this process may still act as the owner of its tasks. It may for a time after its last heartbeat that the store
 * has confirmed, and that time ends before others may take over. A process that was stopped for longer, and goes on,
 * finds its lease lost before it sends anything. Any thread may ask.
 */
public final class Lease {
  private final long lifeNanos;
  private volatile long renewedAt = System.nanoTime();

  /** @param life how long others wait before they take over; the lease ends a fifth earlier */
  public Lease(Duration life) {
    this.lifeNanos = life.toNanos() / 5 * 4;
  }

  /** The store has confirmed a heartbeat that was sent at {@code sentAt}, in the time of {@link System#nanoTime}; one at a time. */
  public void renewed(long sentAt) {
    if (sentAt - renewedAt > 0) {
      renewedAt = sentAt;
    }
  }

  /** Whether nobody else can have taken over yet. */
  public boolean holds() {
    return System.nanoTime() - renewedAt < lifeNanos;
  }
}
