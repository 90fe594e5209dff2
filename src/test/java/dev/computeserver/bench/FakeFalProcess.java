package dev.computeserver.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** {@link FakeFal} as a small JVM of its own, which ends with this one. */
final class FakeFalProcess implements AutoCloseable {

  private final Process process;
  private final int port;
  private final Thread hook;

  private FakeFalProcess(Process process, int port) {
    this.process = process;
    this.port = port;
    this.hook = new Thread(process::destroy, "stop-fake-fal");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Starts it on a free port; its libraries come from the server's jar, since Maven's own class path lacks them. */
  static FakeFalProcess start(Options options, long durationMillis) throws IOException {
    String classPath = ownClasses() + File.pathSeparator + options.jar().toAbsolutePath();
    Process process = new ProcessBuilder(ServerProcess.javaCommand(), "-Xmx192m", "-XX:+UseSerialGC", "-cp", classPath,
        FakeFal.class.getName(), "--duration-ms", Long.toString(durationMillis)).redirectErrorStream(true).start();
    BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(FakeFal.PORT_LINE)) {
        passOn(output);
        return new FakeFalProcess(process, Integer.parseInt(line.substring(FakeFal.PORT_LINE.length()).trim()));
      }
      said.append(line).append('\n');
    }
    throw new IllegalStateException("The fake provider did not start:\n" + said);
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending and runs the hook itself.
    }
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }

  private static Path ownClasses() {
    try {
      return Path.of(FakeFal.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Keeps reading, for a full pipe would stop the process. */
  private static void passOn(BufferedReader output) {
    Thread reader = new Thread(() -> {
      try (output) {
        output.lines().forEach(line -> System.err.println("fake fal: " + line));
      } catch (IOException | UncheckedIOException e) {
        // It has ended.
      }
    }, "fake-fal-output");
    reader.setDaemon(true);
    reader.start();
  }
}
