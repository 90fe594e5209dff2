package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Ends a server once this process is gone, however that came about. A small shell, started before the server, waits at its standard
 * input, which the system closes with this process, and then sends the server the same signals as an orderly end does.
 */
final class ParentWatch implements AutoCloseable {
  /** The server is known by a word of its command line: a number could be a stranger's by then, or not be known to anybody yet. */
  private static final String SCRIPT = """
      word=$1
      shift
      server() {
        if [ -r /proc/self/cmdline ]; then
          for file in $(grep -lF -e "$word" /proc/[0-9]*/cmdline 2>/dev/null); do
            [ -r "$file" ] && ! grep -qF compute-parent-watch "$file" && file=${file#/proc/} && echo "${file%/cmdline}"
          done
        else
          ps -axo pid=,args= | grep -F -e "$word" | grep -v -e grep -e compute-parent-watch | while read -r pid rest; do echo "$pid"; done
        fi
      }
      read -r never
      for again in 1 2 3; do
        found=$(server)
        [ -n "$found" ] && break
        sleep 1
      done
      while [ $# -gt 1 ] && [ -n "$found" ]; do
        kill "-$1" $found 2>/dev/null
        left=$2
        while [ "$left" -gt 0 ] && [ -n "$(server)" ]; do
          sleep 1
          left=$((left - 1))
        done
        found=$(server)
        shift 2
      done
      """;

  private final Process shell;

  private ParentWatch(Process shell) {
    this.shell = shell;
  }

  /** @param word a whole argument of the server's command line, made for this one start of it */
  static ParentWatch begin(String word, List<Signal> signals) throws IOException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", SCRIPT, "compute-parent-watch", word));
    for (Signal signal : signals) {
      command.add(signal.name());
      command.add(String.valueOf(signal.seconds()));
    }
    return new ParentWatch(Run.waiting(command, Path.of("/")));
  }

  /** Watches until the server has ended. */
  Process over(Process server) {
    server.onExit().thenRun(this::close);
    return server;
  }

  @Override
  public void close() {
    shell.destroy();
  }
}
