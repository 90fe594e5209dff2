package dev.computeserver.embedded;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Redis as a child process on loopback; it keeps nothing on disk but its settings and log, in {@code redis}. */
public final class RedisServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisServer.class);
  private static final long LONGEST_START_SECONDS = 20;
  private static final String PASSWORD = "requirepass ";

  private final Path program;
  private final Path conf;
  private final Path pid;
  private final Path log;
  private final String password;
  private final int port;
  private final Child child;

  private RedisServer(DataFolder folder) throws IOException {
    Path home = Files.createDirectories(folder.path().resolve("redis"));
    this.program = new Programs(folder.programs()).redis();
    this.conf = home.resolve("redis.conf");
    this.pid = home.resolve("redis.pid");
    this.log = home.resolve("redis.log");
    endOrphan();
    Run.rotate(log);
    this.port = Ports.kept(home.resolve("redis.port"));
    this.password = formerPassword().orElseGet(Passwords::random);
    write();
    this.child = new Child("Redis", this::run, Signal.REDIS);
  }

  /**
   * Starts the server on its former port, or a free one, and with its former password, so that other nodes find it again; ends one
   * that a killed process left behind.
   *
   * @throws StartFailed with what to do next
   */
  public static RedisServer start(DataFolder folder) {
    try {
      return new RedisServer(folder);
    } catch (IOException e) {
      throw DataFolder.unusable(folder.path(), e);
    }
  }

  /** Where it is, password included: {@code redis://:password@host:port}. */
  public String uri() {
    return "redis://:" + password + "@127.0.0.1:" + port;
  }

  public int port() {
    return port;
  }

  /** Stops the server, in bounded time. */
  @Override
  public void close() {
    child.close();
  }

  private Process run(BooleanSupplier unwanted) throws IOException {
    String start = "compute-" + UUID.randomUUID();
    ParentWatch watch = ParentWatch.begin(start, Signal.REDIS);
    List<String> command = List.of(program.toString(), conf.toString(), "--syslog-ident", start);
    Process process = watch.over(Run.server(command, conf.getParent(), log));
    Files.writeString(pid, String.valueOf(process.pid()));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_START_SECONDS);
    while (!answers()) {
      if (!process.isAlive() || unwanted.getAsBoolean() || System.nanoTime() > deadline) {
        Signal.end(process.toHandle(), Signal.REDIS);
        throw new StartFailed("redis_failed", "Redis does not start: " + Run.tail(log), "see " + log
            + ", or set COMPUTE_REDIS_URI to a server of your own");
      }
      Run.pause(20);
    }
    LOG.debug("Redis runs as process {} on port {}", process.pid(), port);
    return process;
  }

  private Optional<String> formerPassword() throws IOException {
    return Files.exists(conf) ? Files.readAllLines(conf).stream().filter(line -> line.startsWith(PASSWORD)).findFirst()
        .map(line -> line.substring(PASSWORD.length()).strip()).filter(word -> !word.isEmpty()) : Optional.empty();
  }

  private void write() throws IOException {
    Files.deleteIfExists(conf);
    Files.createFile(conf, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    // The process title would hide the file name by which an orphan is known.
    Files.writeString(conf, String.join("\n", "bind 127.0.0.1", "port " + port, PASSWORD + password,
        "save \"\"", "appendonly no", "maxmemory 256mb", "maxmemory-policy allkeys-lru", "daemonize no",
        "set-proc-title no", "loglevel notice", "always-show-logo no", ""));
  }

  /** Any answer will do: without the password it is a refusal. */
  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      socket.setSoTimeout(1000);
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read() >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  private void endOrphan() throws IOException {
    Optional<ProcessHandle> orphan = Files.exists(pid)
        ? Signal.running(Files.readString(pid).strip(), conf.toString()) : Optional.empty();
    if (orphan.isPresent()) {
      LOG.info("ending Redis process {}, left behind in {}", orphan.get().pid(), conf.getParent());
      if (!Signal.end(orphan.get(), Signal.REDIS)) {
        throw new StartFailed("redis_failed", "process " + orphan.get().pid() + " of a former server does not end",
            "end it by hand and start again");
      }
    }
  }
}
