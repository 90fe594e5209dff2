package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Ends a server once this process is gone, however that came about. A small shell waits at its standard input, which the system closes
 * with this process, and then sends the server the same signals as an orderly end does.
 */
final class ParentWatch implements AutoCloseable {
  /** The number of a dead process may have gone to a stranger, so the command line must hold the word. */
  private static final String SCRIPT = """
      pid=$1 word=$2
      shift 2
      ours() {
        { tr '\\0' ' ' <"/proc/$pid/cmdline" || ps -o args= -p "$pid"; } 2>/dev/null | grep -qF -- "$word"
      }
      read -r never
      while [ $# -gt 1 ] && ours; do
        kill "-$1" "$pid"
        left=$2
        while [ "$left" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
          sleep 1
          left=$((left - 1))
        done
        shift 2
      done
      """;

  private final Process shell;

  private ParentWatch(Process shell) {
    this.shell = shell;
  }

  /** Watches until the server has ended. */
  static void over(Process server, String word, List<Signal> signals) throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", SCRIPT, "watch", String.valueOf(server.pid()), word));
    for (Signal signal : signals) {
      command.add(signal.name());
      command.add(String.valueOf(signal.seconds()));
    }
    ParentWatch watch = new ParentWatch(Run.waiting(command, Path.of("/")));
    server.onExit().thenRun(watch::close);
  }

  @Override
  public void close() {
    shell.destroy();
  }
}
