package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL as a child process on loopback, with durable commits; its data is in {@code postgres-18} below the data
 * folder and stays when the server is closed.
 */
public final class PostgresServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);
  private static final String PID = "postmaster.pid";
  private static final int READY_LINE = 7;
  /** Recovery after a crash reads up to max_wal_size of log. */
  private static final long LONGEST_START_SECONDS = 300;
  private static final List<String> OPTIONS = List.of(
      "listen_addresses=127.0.0.1", "unix_socket_directories=",
      "fsync=on", "synchronous_commit=on", "full_page_writes=on",
      "max_connections=100", "shared_buffers=128MB", "max_wal_size=1GB", "wal_compression=on", "autovacuum=on",
      "jit=off", "timezone=UTC", "log_timezone=UTC", "logging_collector=off", "log_checkpoints=off",
      // Errors go to the client; in a file without bound they would also show values of rows.
      "log_min_messages=log", "log_min_error_statement=panic", "log_error_verbosity=terse");

  private final PostgresData data;
  private final RunAs user;
  private final Path program;
  private final Path log;
  private final int port;
  private final Child child;

  private PostgresServer(DataFolder folder, RunAs user) throws IOException {
    this.user = user;
    this.log = folder.path().resolve("postgres.log");
    Path programs = new Programs(folder.programs()).postgres();
    this.program = programs.resolve("bin").resolve("postgres");
    this.data = new PostgresData(folder.path(), user, programs.resolve("bin").resolve("initdb"));
    endOrphan();
    data.prepare();
    Run.rotate(log);
    this.port = Ports.kept(folder.path().resolve("postgres.port"));
    this.child = new Child("PostgreSQL", this::run, Signal.POSTGRES);
  }

  /**
   * Starts the server on its former port, or a free one, and makes the database {@code compute} where it is missing; ends a server that a
   * killed process left behind. Blocks for about a second, for some seconds with a new folder.
   *
   * @throws StartFailed with what to do next
   */
  public static PostgresServer start(DataFolder folder) {
    try {
      return start(folder, RunAs.choose());
    } catch (IOException e) {
      throw DataFolder.unusable(folder.path(), e);
    }
  }

  static PostgresServer start(DataFolder folder, RunAs user) {
    try {
      PostgresServer server = new PostgresServer(folder, user);
      try {
        Databases.create(server.uri(Databases.MAINTENANCE), Databases.COMPUTE);
        return server;
      } catch (RuntimeException e) {
        server.close();
        throw e;
      }
    } catch (IOException e) {
      throw DataFolder.unusable(folder.path(), e);
    }
  }

  /** Where the database {@code compute} is, password included: {@code postgresql://user:password@host:port/compute}. */
  public String uri() {
    return uri(Databases.COMPUTE);
  }

  /** The same for another database; {@code postgres} is the one to create and drop others from. */
  public String uri(String database) {
    return "postgresql://" + PostgresData.USER + ":" + data.password() + "@127.0.0.1:" + port + "/" + database;
  }

  public int port() {
    return port;
  }

  /** Ends all sessions and stops the server, in bounded time. */
  @Override
  public void close() {
    child.close();
  }

  private Process run(BooleanSupplier unwanted) throws IOException {
    List<String> command = user.command(program.toString(), "-D", data.folder().toString(), "-p", String.valueOf(port));
    List<String> options = OPTIONS.stream().flatMap(option -> List.of("-c", option).stream()).toList();
    String start = "compute.start=" + UUID.randomUUID();
    ParentWatch watch = ParentWatch.begin(start, Signal.POSTGRES);
    Process process = watch.over(Run.server(Run.join(Run.join(command, options), List.of("-c", start)), data.folder(), log));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_START_SECONDS);
    while (!ready(process)) {
      if (!process.isAlive() || unwanted.getAsBoolean() || System.nanoTime() > deadline) {
        Signal.end(process.toHandle(), Signal.POSTGRES);
        throw new StartFailed("postgres_failed", "PostgreSQL does not start: " + Run.tail(log), "see " + log
            + ", or set COMPUTE_POSTGRES_URI to a server of your own");
      }
      Run.pause(20);
    }
    LOG.debug("PostgreSQL runs as process {} on port {}", process.pid(), port);
    return process;
  }

  private boolean ready(Process process) throws IOException {
    List<String> lines = lines(data.folder().resolve(PID));
    return lines.size() > READY_LINE && lines.get(0).equals(String.valueOf(process.pid()))
        && lines.get(READY_LINE).strip().equals("ready");
  }

  private void endOrphan() throws IOException {
    Path file = data.folder().resolve(PID);
    List<String> lines = lines(file);
    String pid = lines.isEmpty() ? "" : lines.get(0).strip();
    Optional<ProcessHandle> orphan = Signal.running(pid, data.folder().toString());
    if (orphan.isPresent()) {
      LOG.info("ending PostgreSQL process {}, left behind in {}", pid, data.folder());
      if (!Signal.end(orphan.get(), Signal.POSTGRES)) {
        throw new StartFailed("postgres_failed", "process " + pid + " of a former server uses " + data.folder()
            + " and does not end", "end it by hand and start again");
      }
    } else if (Signal.alive(pid).isPresent()) {
      // Usual in a restarted container: the number is a stranger's now, which PostgreSQL would take for a server.
      Files.delete(file);
    }
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }
}
