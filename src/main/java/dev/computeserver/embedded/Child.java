package dev.computeserver.embedded;

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server process that is started again, with growing pauses, whenever it dies before it is closed. It never gives up: what keeps it
 * from starting, such as a full disk, passes one day.
 */
final class Child implements AutoCloseable {
  /** Starts the process and returns once it serves, or fails early when it is not wanted any more. */
  interface Start {
    Process run(BooleanSupplier unwanted) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(Child.class);
  private static final long FIRST_PAUSE_MS = 200;
  private static final long LONGEST_PAUSE_MS = 10_000;

  private final String name;
  private final Start start;
  private final List<Signal> signals;
  private final long firstPauseMs;
  private Process process;
  private volatile boolean closed;

  Child(String name, Start start, List<Signal> signals) throws IOException {
    this(name, start, signals, FIRST_PAUSE_MS);
  }

  Child(String name, Start start, List<Signal> signals, long firstPauseMs) throws IOException {
    this.name = name;
    this.start = start;
    this.signals = signals;
    this.firstPauseMs = firstPauseMs;
    watch(start.run(this::isClosed));
  }

  /** Ends the process and waits for it, in bounded time. */
  @Override
  public void close() {
    closed = true;
    synchronized (this) {
      notifyAll();
      if (!Signal.end(process.toHandle(), signals)) {
        LOG.warn("the built-in {}, process {}, does not end; end it by hand", name, process.pid());
      }
    }
  }

  private boolean isClosed() {
    return closed;
  }

  private synchronized void watch(Process started) {
    process = started;
    started.onExit().thenAccept(dead -> {
      if (!closed) {
        Thread thread = new Thread(() -> restart(dead.exitValue()), "restart-" + name);
        thread.setDaemon(true);
        thread.start();
      }
    });
  }

  private synchronized void restart(int exitValue) {
    LOG.error("the built-in {} died (exit code {}); it is started again", name, exitValue);
    long pause = firstPauseMs;
    while (!closed) {
      try {
        wait(pause);
        if (!closed) {
          watch(start.run(this::isClosed));
          LOG.info("the built-in {} runs again", name);
        }
        return;
      } catch (InterruptedException e) {
        return;
      } catch (IOException | RuntimeException e) {
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        LOG.error("the built-in {} does not start again, trying in {} ms: {}", name, pause, e.getMessage());
      }
    }
  }
}
