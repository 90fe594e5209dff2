package dev.computeserver.provider;

import dev.computeserver.async.Isolated;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many tasks may be in some part of their way from a queue at once, such as {@code limits.max_in_flight} of one provider where
 * several share the queue and its slots, or how many bytes of theirs. Who finds no room waits in line. Used on the queue's event loop only.
 */
final class Places {
  private final long most;
  private final Deque<Place> waiting = new ArrayDeque<>();
  private long taken;

  Places(long most) {
    this.most = most;
  }

  /** A place for a task, which nobody has taken yet; {@code begin} is run when it is. */
  Place place(Runnable begin) {
    return place(1, begin);
  }

  /** The same for a task that takes up as much as {@code size}; one that is bigger than all there is has it alone. */
  Place place(long size, Runnable begin) {
    return new Place(size, begin);
  }

  private void next() {
    while (!waiting.isEmpty() && (taken == 0 || taken + waiting.peek().size <= most)) {
      Isolated.run("what waited for room", waiting.poll()::take);
    }
  }

  /** One task's. */
  final class Place {
    private final long size;
    private final Runnable begin;
    private boolean begun;
    private boolean given;

    private Place(long size, Runnable begin) {
      this.size = size;
      this.begin = begin;
    }

    /** Begins once there is room, at once where there is. */
    void await() {
      waiting.add(this);
      next();
    }

    /** Begins whether there is room or not: the job runs at the provider already. */
    void take() {
      if (!begun && !given) {
        begun = true;
        taken += size;
        begin.run();
      }
    }

    /** Begins without room: what waits is to end, not to work. */
    void hurry() {
      if (waiting.remove(this)) {
        take();
      }
    }

    void give() {
      if (given) {
        return;
      }
      given = true;
      waiting.remove(this);
      if (begun) {
        taken -= size;
      }
      next();
    }
  }
}
