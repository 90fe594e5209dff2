package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Starts programs, with a bare environment: our own may hold keys, or variables that PostgreSQL would obey. */
final class Run {
  private static final long LOG_BYTES = 10_000_000;
  private static final int TAIL = 500;

  private Run() {}

  /** The one line that a small command prints; empty where it is missing, fails or takes over ten seconds. */
  static Optional<String> ask(List<String> command) {
    try {
      Process process = bare(new ProcessBuilder(command)).redirectErrorStream(true)
          .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).start();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return Optional.empty();
      }
      String text = new String(process.getInputStream().readNBytes(4096), StandardCharsets.UTF_8).strip();
      return process.exitValue() == 0 ? Optional.of(text) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /** Starts a server whose output goes to a file; Ctrl-C in our terminal does not reach it. */
  static Process server(List<String> command, Path folder, Path log) throws IOException {
    return bare(new ProcessBuilder(join(ownSession(), command))).directory(folder.toFile()).redirectErrorStream(true)
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
  }

  /** Starts a program whose standard input stays open as long as this process lives, and no longer. */
  static Process waiting(List<String> command, Path folder) throws IOException {
    return bare(new ProcessBuilder(join(ownSession(), command))).directory(folder.toFile()).redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** Puts a log that has grown big aside, in place of the one before. */
  static void rotate(Path log) throws IOException {
    if (Files.exists(log) && Files.size(log) > LOG_BYTES) {
      Files.move(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The last lines of a log, in one. */
  static String tail(Path log) throws IOException {
    String text = Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "";
    return text.substring(Math.max(0, text.length() - TAIL)).strip().replaceAll("\\s*\\R\\s*", " | ");
  }

  static List<String> join(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  static IllegalStateException interrupted() {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while a built-in server starts or stops; start the program again");
  }

  private static List<String> ownSession() {
    if (ask(List.of("setsid", "true")).isPresent()) {
      return List.of("setsid");
    }
    // macOS has no setsid, but Perl.
    return ask(List.of("perl", "-e", "1")).isPresent()
        ? List.of("perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV", "--") : List.of();
  }

  private static ProcessBuilder bare(ProcessBuilder builder) {
    Map<String, String> env = builder.environment();
    String path = env.getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    env.clear();
    env.put("PATH", path);
    env.put("LC_ALL", "C");
    return builder;
  }
}
