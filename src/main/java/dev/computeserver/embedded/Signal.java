package dev.computeserver.embedded;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Ends processes by signals, each with a bounded wait before the next, harder one. */
record Signal(String name, int seconds) {
  /** PostgreSQL: roll back and stop; else stop at once and recover at the next start. */
  static final List<Signal> POSTGRES = List.of(new Signal("INT", 20), new Signal("QUIT", 5), new Signal("KILL", 5));
  static final List<Signal> REDIS = List.of(new Signal("TERM", 3), new Signal("KILL", 5));

  /** Sends the signals in turn until the process is gone; whether it is. */
  static boolean end(ProcessHandle process, List<Signal> signals) {
    for (Signal signal : signals) {
      if (!process.isAlive()) {
        return true;
      }
      // The shell's own kill: small container images have no program of that name.
      Run.ask(List.of("sh", "-c", "kill -" + signal.name + " " + process.pid()));
      if (gone(process, signal.seconds)) {
        return true;
      }
    }
    return !process.isAlive();
  }

  /** A live process whose command line has a word: the number of a dead one may have gone to a stranger. */
  static Optional<ProcessHandle> running(String pid, String word) {
    return alive(pid)
        .filter(process -> process.info().arguments().map(List::of).orElse(List.of()).contains(word));
  }

  /** The live process of a number, whosever it is. */
  static Optional<ProcessHandle> alive(String pid) {
    return pid.matches("\\d{1,10}") ? ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive)
        : Optional.empty();
  }

  private static boolean gone(ProcessHandle process, int seconds) {
    try {
      process.onExit().get(seconds, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException e) {
      return !process.isAlive();
    } catch (InterruptedException e) {
      throw Run.interrupted();
    } catch (ExecutionException e) {
      return false;
    }
  }
}
