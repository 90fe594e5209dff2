package dev.computeserver.fault;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the command line asked for.
 *
 * @param seconds how long faults happen; starting before and settling after come on top
 * @param seed chooses faults, victims and times; the same seed gives the same plan
 * @param rate tasks accepted a second
 * @param pauseMillis mean time between two faults
 */
record Options(int seconds, long seed, int rate, int pauseMillis, Path jar, Path folder) {
  static final String USAGE = """
      [--seconds N]   time of faults (600)
      [--seed N]      chooses faults, victims and times (1)
      [--rate N]      tasks a second (20)
      [--pause-ms N]  mean time between two faults (4000)
      [--jar FILE]    the server (target/compute-server.jar)
      [--folder DIR]  where the run's folder is made (the system's temporary folder)""";

  static Options parse(String[] args) {
    int seconds = 600;
    long seed = 1;
    int rate = 20;
    int pause = 4_000;
    Path jar = Path.of("target", "compute-server.jar");
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    for (int i = 0; i < args.length; i += 2) {
      String value = i + 1 < args.length ? args[i + 1] : "";
      switch (args[i]) {
        case "--seconds" -> seconds = positive(args[i], value);
        case "--seed" -> seed = positive(args[i], value);
        case "--rate" -> rate = positive(args[i], value);
        case "--pause-ms" -> pause = positive(args[i], value);
        case "--jar" -> jar = Path.of(value);
        case "--folder" -> folder = Path.of(value);
        default -> throw new IllegalArgumentException("Unknown argument " + args[i] + ". Usage:\n" + USAGE);
      }
    }
    if (!Files.isRegularFile(jar)) {
      throw new IllegalArgumentException("There is no server at " + jar.toAbsolutePath() + ". Build it with `mvn -q -DskipTests package`.");
    }
    return new Options(seconds, seed, rate, pause, jar.toAbsolutePath(), folder);
  }

  private static int positive(String name, String value) {
    if (!value.matches("[1-9]\\d{0,8}")) {
      throw new IllegalArgumentException(name + " needs a number from 1 on, not '" + value + "'. Usage:\n" + USAGE);
    }
    return Integer.parseInt(value);
  }
}
