package dev.computeserver.fault;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the command line of {@link Outages} asked for.
 *
 * @param seconds each rate is measured over so long
 * @param length how long outages last, 0 for each its own time
 */
record OutageOptions(List<Outage> chosen, int seconds, int length, Path jar, Path folder) {
  static final String USAGE = """
      [OUTAGE ...]      which, all by default: %s
      [--seconds N]     each rate is measured over so long (30)
      [--length N]      seconds that each outage lasts; each has its own by default
      [--jar FILE]      the server (target/compute-server.jar)
      [--folder DIR]    where the runs' folders are made (the system's temporary folder)"""
      .formatted(Arrays.stream(Outage.values()).map(Outage::word).collect(Collectors.joining(" ")));

  static OutageOptions parse(String[] args) {
    List<Outage> chosen = Arrays.stream(args).takeWhile(arg -> !arg.startsWith("--")).map(OutageOptions::outage).toList();
    int seconds = 30;
    int length = 0;
    Path jar = Path.of("target", "compute-server.jar");
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    for (int i = chosen.size(); i < args.length; i += 2) {
      String value = i + 1 < args.length ? args[i + 1] : "";
      switch (args[i]) {
        case "--seconds" -> seconds = positive(args[i], value);
        case "--length" -> length = positive(args[i], value);
        case "--jar" -> jar = Path.of(value);
        case "--folder" -> folder = Path.of(value);
        default -> throw wrong("Unknown argument " + args[i]);
      }
    }
    if (!Files.isRegularFile(jar)) {
      throw new IllegalArgumentException("There is no server at " + jar.toAbsolutePath() + ". Build it with `mvn -q -DskipTests package`.");
    }
    return new OutageOptions(chosen.isEmpty() ? List.of(Outage.values()) : chosen, seconds, length, jar.toAbsolutePath(), folder);
  }

  private static Outage outage(String word) {
    return Arrays.stream(Outage.values()).filter(each -> each.word().equals(word)).findFirst()
        .orElseThrow(() -> wrong("There is no outage '" + word + "'"));
  }

  private static int positive(String name, String value) {
    if (!value.matches("[1-9]\\d{0,5}")) {
      throw wrong(name + " needs a number from 1 on, not '" + value + "'");
    }
    return Integer.parseInt(value);
  }

  private static IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(what + ". Usage:\n" + USAGE);
  }
}
