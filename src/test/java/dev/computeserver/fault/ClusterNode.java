package dev.computeserver.fault;

import dev.computeserver.support.ByteProxy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** One node of the server: a JVM that is started, killed, paused and started again, always with the same name and address. */
final class ClusterNode {
  private static final Path JVM_FLAGS = Path.of(".mvn", "jvm.config");

  final int index;
  final String name;
  /** The node's own way to PostgreSQL. */
  final ByteProxy store;
  private final Hosts hosts;
  private final Path folder;
  private final Path jar;
  private final int port;
  private final Map<String, String> settings;
  private final Path archive;
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicBoolean taken = new AtomicBoolean();
  private volatile Process process;

  ClusterNode(int index, Hosts hosts, Path folder, Path jar, int port, ByteProxy store, Map<String, String> settings) {
    this.index = index;
    this.name = "n" + (index + 1);
    this.hosts = hosts;
    this.folder = folder;
    this.jar = jar;
    this.port = port;
    this.store = store;
    this.settings = settings;
    archive = folder.resolve("classes.jsa");
  }

  /**
   * Starts it once and stops it, which leaves an archive of its classes to all nodes: there are few processors and many starts, and
   * while a node starts it serves nobody. Blocks until it has stopped.
   */
  void rehearse() throws IOException, InterruptedException {
    start("-XX:ArchiveClassesAtExit=" + archive);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!ready()) {
      if (System.nanoTime() > deadline || !alive()) {
        throw new IllegalStateException("The node does not start; see " + folder.resolve(name + ".log"));
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    stop(60);
  }

  void start() throws IOException {
    start(Files.isReadable(archive) ? "-XX:SharedArchiveFile=" + archive : "-Xshare:auto");
  }

  private void start(String sharing) throws IOException {
    List<String> command = new ArrayList<>(hosts.into(index));
    command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx384m", "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", sharing));
    if (Files.isReadable(JVM_FLAGS)) {
      command.addAll(List.of(Files.readString(JVM_FLAGS).trim().split("\\s+")));
    }
    command.addAll(List.of("-jar", jar.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()));
    builder.environment().keySet().removeIf(variable -> variable.startsWith("COMPUTE_"));
    builder.environment().putAll(settings);
    builder.environment().putAll(Map.of("COMPUTE_NODE_NAME", name, "COMPUTE_HTTP_HOST", hosts.of(index), "COMPUTE_HTTP_PORT", String.valueOf(port),
        "COMPUTE_POSTGRES_URI", store.uri()));
    process = builder.start();
  }

  /** Whether nobody else is just stopping and starting it; who has taken it must give it back. */
  boolean take() {
    return taken.compareAndSet(false, true);
  }

  void give() {
    taken.set(false);
  }

  /** A node that finds the store or the others away for long at its start ends, and whoever runs it starts it again. */
  void startAgainIfEnded() throws IOException {
    if (!alive() && take()) {
      try {
        if (!alive()) {
          start();
        }
      } finally {
        give();
      }
    }
  }

  URI uri(String path) {
    return URI.create("http://" + hosts.of(index) + ":" + port + path);
  }

  String host() {
    return hosts.of(index);
  }

  int port() {
    return port;
  }

  boolean alive() {
    return process != null && process.isAlive();
  }

  boolean ready() {
    try {
      HttpRequest request = HttpRequest.newBuilder(uri("/health/ready")).timeout(Duration.ofSeconds(2)).build();
      return alive() && http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  void kill() {
    process.destroyForcibly();
    waitForEnd(10);
  }

  /** Asks it to stop and waits; whether it did in time, for it is killed otherwise. */
  boolean stop(int seconds) {
    process.destroy();
    boolean ended = waitForEnd(seconds);
    if (!ended) {
      kill();
    }
    return ended;
  }

  void pause() throws IOException {
    signal("STOP");
  }

  void go() throws IOException {
    signal("CONT");
  }

  private void signal(String signal) throws IOException {
    new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).inheritIO().start();
  }

  private boolean waitForEnd(int seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
