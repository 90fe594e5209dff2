package dev.computeserver.bench;

import java.util.List;

/**
 * Measures the built server. Linux only; from the project's folder, after {@code mvn -q -DskipTests package}:
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.computeserver.bench.Bench -Dexec.args="all"
 * }</pre>
 *
 * <p>The first argument is a program: {@code accept} (time to 202), {@code throughput} (tasks a second and what each
 * costs), {@code steady} (what the server adds to a job of 500 ms), {@code inflight} (10,000 jobs waiting at the
 * provider), {@code idle} (nothing to do), {@code dispatch} (how soon an idle server submits), {@code scale} (what a task costs on one to
 * three workers), {@code backlog} (accepting with a million queued tasks), {@code siege} (attacked from all sides; fails where that shows), or
 * {@code all}. For what
 * may follow see {@link Options#USAGE}. Every figure is a line, and all are a Markdown table at the end. Each program
 * starts a server of 512 MiB heap with an empty data folder and {@link FakeFal}, and ends and deletes both.
 */
public final class Bench {

  private static final List<Benchmark> PROGRAMS =
      List.of(new Accept(), new Throughput(), new Steady(), new Inflight(), new Idle(), new Dispatch(), new Scale(), new Backlog(), new Siege());

  private Bench() {
  }

  /** Runs the programs asked for; throws what the first failing one threw, after printing the figures so far. */
  public static void main(String[] args) throws Exception {
    Options options = Options.parse(args);
    List<Benchmark> chosen = PROGRAMS.stream()
        .filter(program -> options.program().equals("all") || options.program().equals(program.name())).toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException("There is no program " + options.program() + ". Usage:\n" + Options.USAGE);
    }
    Report report = new Report(command(args));
    try {
      for (Benchmark program : chosen) {
        for (int run = 0; run < options.runs(); run++) {
          report.add(program.run(options));
        }
      }
    } finally {
      report.printTable();
    }
  }

  private static String command(String[] args) {
    return "mvn -q test-compile exec:java -Dexec.classpathScope=test -Dmain.class=" + Bench.class.getName()
        + " -Dexec.args=\"" + String.join(" ", args) + "\"";
  }
}
