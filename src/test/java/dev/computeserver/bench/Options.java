package dev.computeserver.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the command line asked for; a number that was not given is 0 and means the program's own default.
 *
 * @param program a program's name or {@code all}
 * @param settings environment variables for the server that win over those a program sets
 */
record Options(String program, int seconds, int runs, int rate, int tasks, int warmUp, int window, int heapMib, Path jar,
               Path folder, String only, Map<String, String> settings) {

  static final String USAGE = """
      accept|throughput|steady|inflight|idle|dispatch|scale|backlog|siege|all
        [--seconds N]      measured time of accept, steady, idle, of inflight's idle part, and of each attack of siege (8)
        [--runs N]         repeats each program and gives medians (1)
        [--rate N]         tasks a second of accept (500) and steady (50)
        [--tasks N]        measured tasks of throughput (20000), inflight (10000), dispatch (200), scale (15000), queued ones of
                           backlog (1000000)
        [--warmup N]       tasks before those of throughput (10000), dispatch (50), scale (8000 for each worker)
        [--heap N]         the server's heap in MiB (512)
        [--window N]       unfinished tasks that throughput keeps (512)
        [--only REGEX]     the attacks of siege in whose names it is found (all)
        [--jar FILE]       the server (target/compute-server.jar)
        [--folder DIR]     where the data folders are made and deleted (the system's temporary folder)
        [--set NAME=VALUE] one more environment variable for the server, repeatable""";

  Options {
    settings = Map.copyOf(settings);
  }

  /** Throws IllegalArgumentException, with the argument at fault and the usage, for what cannot be run. */
  static Options parse(String[] args) {
    String program = args.length == 0 ? "all" : args[0];
    Map<String, Integer> numbers = new LinkedHashMap<>();
    Map<String, String> settings = new LinkedHashMap<>();
    Path jar = Path.of("target", "compute-server.jar");
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    String only = "";
    for (int i = 1; i < args.length; i += 2) {
      String value = i + 1 < args.length ? args[i + 1] : "";
      switch (args[i]) {
        case "--seconds", "--runs", "--rate", "--tasks", "--warmup", "--window", "--heap" ->
            numbers.put(args[i], positive(args[i], value));
        case "--jar" -> jar = Path.of(value);
        case "--only" -> only = value;
        case "--folder" -> folder = Path.of(value);
        case "--set" -> putSetting(settings, value);
        default -> throw new IllegalArgumentException("Unknown argument " + args[i] + ". Usage:\n" + USAGE);
      }
    }
    if (!Files.isRegularFile(jar)) {
      throw new IllegalArgumentException("There is no server at " + jar.toAbsolutePath()
          + ". Build it with `mvn -q -DskipTests package`, or name it with --jar FILE.");
    }
    return new Options(program, numbers.getOrDefault("--seconds", 0), numbers.getOrDefault("--runs", 1),
        numbers.getOrDefault("--rate", 0), numbers.getOrDefault("--tasks", 0), numbers.getOrDefault("--warmup", 0),
        numbers.getOrDefault("--window", 0), numbers.getOrDefault("--heap", 512), jar, folder, only, settings);
  }

  static int or(int given, int standard) {
    return given > 0 ? given : standard;
  }

  private static int positive(String name, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw new IllegalArgumentException(name + " needs a number from 1 on, not '" + value + "'. Usage:\n" + USAGE);
  }

  private static void putSetting(Map<String, String> settings, String value) {
    int equals = value.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException("--set needs NAME=VALUE. Usage:\n" + USAGE);
    }
    settings.put(value.substring(0, equals), value.substring(equals + 1));
  }
}
