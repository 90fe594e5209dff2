package dev.computeserver.bench;

import dev.computeserver.embedded.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** The server under test: a JVM of its own with an empty data folder, which is deleted when it is closed. */
final class ServerProcess implements AutoCloseable {

  private static final Path JVM_FLAGS = Path.of(".mvn", "jvm.config");
  private static final int STOP_SECONDS = 20;
  private static final int LOG_TAIL_LINES = 30;

  private final Process process;
  private final int port;
  private final Path folder;
  private final Thread hook = new Thread(this::end, "stop-server");

  private ServerProcess(Process process, int port, Path folder) {
    this.process = process;
    this.port = port;
    this.folder = folder;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Starts the server against the provider on that loopback port; it is not ready when this returns. */
  static ServerProcess start(Options options, Map<String, String> settings, int providerPort) throws IOException {
    Path folder = Files.createTempDirectory(options.folder(), "compute-bench-").toRealPath();
    // A server started by root runs PostgreSQL as another user, who must be able to enter.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    int port = Ports.free();
    List<String> command = new ArrayList<>(List.of(javaCommand(), "-Xmx" + options.heapMib() + "m", "-XX:+ExitOnOutOfMemoryError"));
    if (Files.isReadable(JVM_FLAGS)) {
      command.addAll(List.of(Files.readString(JVM_FLAGS).trim().split("\\s+")));
    }
    command.addAll(List.of("-jar", options.jar().toAbsolutePath().toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectOutput(folder.resolve("server.log").toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("COMPUTE_"));
    environment.put("COMPUTE_HTTP_PORT", Integer.toString(port));
    environment.put("COMPUTE_DATA_DIR", dataFolder(folder).toString());
    environment.put("COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", "http://127.0.0.1:" + providerPort);
    environment.put("FAL_KEY", "bench");
    environment.put("COMPUTE_GUARD_ALLOW_PRIVATE", "true");
    environment.put("COMPUTE_PUBLIC_URL", "");
    environment.putAll(settings);
    environment.putAll(options.settings());
    return new ServerProcess(builder.start(), port, folder);
  }

  static String javaCommand() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  int port() {
    return port;
  }

  Path dataFolder() {
    return dataFolder(folder);
  }

  /** CPU in ms that the JVM alone has spent. */
  double cpuMillis() {
    return CpuClock.millis(process.pid());
  }

  CpuClock cpuClock() {
    return new CpuClock(process.pid(), folder);
  }

  /** Throws IllegalStateException with the end of the server's log when it has ended by itself. */
  void checkAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException("The server ended with code " + process.exitValue() + ". Its log ends:\n"
          + logTail());
    }
  }

  String logTail() {
    try {
      List<String> lines = Files.readAllLines(folder.resolve("server.log"));
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(unreadable: " + e.getMessage() + ")";
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending and runs the hook itself; ending twice does no harm.
    }
    end();
  }

  private synchronized void end() {
    List<ProcessHandle> all = ProcessTree.of(process.pid(), folder).stream()
        .map(entry -> ProcessHandle.of(entry.pid())).flatMap(Optional::stream).toList();
    process.destroy();
    awaitEnd(process.toHandle(), STOP_SECONDS);
    // What the server started and did not stop: a handle also knows the start time, so it never hits a stranger.
    all.forEach(ProcessHandle::destroy);
    all.forEach(handle -> awaitEnd(handle, 2));
    deleteFolder();
  }

  private static void awaitEnd(ProcessHandle handle, int seconds) {
    try {
      handle.onExit().get(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      handle.destroyForcibly();
    } catch (ExecutionException | TimeoutException e) {
      handle.destroyForcibly();
    }
  }

  private void deleteFolder() {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      System.err.println("Could not delete " + folder + ", please do: " + e.getMessage());
    }
  }

  private static Path dataFolder(Path folder) {
    return folder.resolve("data");
  }
}
