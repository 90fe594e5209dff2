package dev.computeserver.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EmbeddedServersTest {
  private static final Path PROGRAMS = Path.of("target", "programs").toAbsolutePath();

  @TempDir Path home;

  @Test
  void keepsWhatWasCommittedWhenItsProcessIsKilledAndLeavesNoOrphan() throws Exception {
    Path data = home.resolve("data");
    Process first = process(data);
    List<String> uris = uris(first);
    try (Connection connection = Databases.connect(uris.get(0))) {
      connection.createStatement().execute("CREATE TABLE kept AS SELECT 42 AS answer");
    }
    ProcessHandle postgres = ProcessHandle.of(firstNumber(data.resolve("postgres-18/postmaster.pid"))).orElseThrow();
    ProcessHandle redis = ProcessHandle.of(firstNumber(data.resolve("redis/redis.pid"))).orElseThrow();

    first.destroyForcibly().waitFor();
    Process second = process(data);
    uris = uris(second);

    // Ended before, and gone once the system's first process has noticed.
    postgres.onExit().get(30, TimeUnit.SECONDS);
    redis.onExit().get(30, TimeUnit.SECONDS);
    assertEquals("42", ask(uris.get(0), "SELECT answer FROM kept"));
    assertEquals("+PONG", ping(uris.get(1)));

    ProcessHandle successor = ProcessHandle.of(firstNumber(data.resolve("postgres-18/postmaster.pid"))).orElseThrow();
    second.getOutputStream().close();
    assertTrue(second.waitFor(20, TimeUnit.SECONDS));
    assertFalse(successor.isAlive());
    assertFalse(Files.exists(data.resolve("postgres-18/postmaster.pid")));
  }

  @Test
  void serversEndWithTheirParentHoweverItEnds() throws Exception {
    Path data = home.resolve("data");
    Process parent = process(data);
    uris(parent);
    ProcessHandle postgres = ProcessHandle.of(firstNumber(data.resolve("postgres-18/postmaster.pid"))).orElseThrow();
    ProcessHandle redis = ProcessHandle.of(firstNumber(data.resolve("redis/redis.pid"))).orElseThrow();
    parent.destroyForcibly();
    postgres.onExit().get(30, TimeUnit.SECONDS);
    redis.onExit().get(30, TimeUnit.SECONDS);
  }

  @Test
  void aServerThatIsStillStartingEndsWithItsParent() throws Exception {
    Path data = home.resolve("data");
    try (DataFolder folder = DataFolder.claim(data, PROGRAMS)) {
      PostgresServer.start(folder).close();
    }
    Path number = data.resolve("postgres-18/postmaster.pid");
    Process parent = process(data);
    long pid = Long.parseLong(eventually(() -> {
      List<String> lines = Files.readAllLines(number);
      if (lines.isEmpty()) {
        throw new IOException("not written yet");
      }
      return lines.get(0).strip();
    }));
    parent.destroyForcibly();
    ProcessHandle.of(pid).ifPresent(postgres -> postgres.onExit().orTimeout(30, TimeUnit.SECONDS).join());
  }

  @Test
  void nobodyElseMayLookIntoTheDataFolder() throws Exception {
    Files.createDirectory(home.resolve("data"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    try (DataFolder folder = DataFolder.claim(home.resolve("data"), PROGRAMS); PostgresServer postgres = PostgresServer.start(folder)) {
      assertEquals("1", ask(postgres.uri(), "SELECT 1"));
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())));
    }
  }

  @Test
  void refusesASecondServerInTheSameFolderAtOnce() throws Exception {
    Path data = home.resolve("data");
    Process first = process(data);
    uris(first);

    StartFailed refused = assertTimeoutPreemptively(Duration.ofSeconds(12),
        () -> assertThrows(StartFailed.class, () -> DataFolder.claim(data)));

    assertEquals("data_folder_in_use", refused.code());
    assertEquals("data_folder_in_use: another server, process " + first.pid() + ", runs in the data folder "
        + data.toRealPath() + ". Next: stop that server or set data_dir (COMPUTE_DATA_DIR) to another folder.",
        refused.getMessage());
    first.getOutputStream().close();
    assertTrue(first.waitFor(20, TimeUnit.SECONDS));
    DataFolder.claim(data).close();
  }

  @Test
  void commitsDurablyListensOnLoopbackOnlyAndAsksForAPassword() throws Exception {
    try (DataFolder folder = DataFolder.claim(home, PROGRAMS); PostgresServer postgres = PostgresServer.start(folder)) {
      assertEquals("on", ask(postgres.uri(), "SHOW fsync"));
      assertEquals("on", ask(postgres.uri(), "SHOW synchronous_commit"));
      assertEquals("127.0.0.1", ask(postgres.uri(), "SHOW listen_addresses"));
      assertEquals("UTF8", ask(postgres.uri(), "SHOW server_encoding"));
      assertEquals("postgres", ask(postgres.uri("postgres"), "SELECT current_database()"));
      SQLException refused = assertThrows(SQLException.class,
          () -> Databases.connect("postgresql://compute:wrong@127.0.0.1:" + postgres.port() + "/compute"));
      assertEquals("28P01", refused.getSQLState());
    }
  }

  @Test
  void startsADiedServerAgainOnTheSamePort() throws Exception {
    try (DataFolder folder = DataFolder.claim(home, PROGRAMS); PostgresServer postgres = PostgresServer.start(folder);
        RedisServer redis = RedisServer.start(folder)) {
      Connection open = Databases.connect(postgres.uri());
      ProcessHandle.of(firstNumber(home.resolve("postgres-18/postmaster.pid"))).orElseThrow().destroyForcibly();
      ProcessHandle.of(firstNumber(home.resolve("redis/redis.pid"))).orElseThrow().destroyForcibly();

      assertEquals("1", eventually(() -> ask(postgres.uri(), "SELECT 1")));
      assertEquals("+PONG", eventually(() -> ping(redis.uri())));
      assertThrows(SQLException.class, () -> open.createStatement().execute("SELECT 1"));
    }
  }

  @Test
  void startsWhereTheNumberOfADeadServerHasGoneToAStranger() throws Exception {
    try (DataFolder folder = DataFolder.claim(home, PROGRAMS)) {
      PostgresServer.start(folder).close();
      Process stranger = new ProcessBuilder("cat").start();
      Files.writeString(home.resolve("postgres-18/postmaster.pid"), stranger.pid() + "\n" + home + "\n");
      try (PostgresServer postgres = PostgresServer.start(folder)) {
        assertEquals("1", ask(postgres.uri(), "SELECT 1"));
        assertTrue(stranger.isAlive());
      } finally {
        stranger.destroy();
      }
    }
  }

  @Test
  void runsAsNobodyWhereRootMayNotMakeNamespacesAndTakesTheDataBackAfterwards() throws Exception {
    assumeTrue(Run.ask(List.of("id", "-u")).equals(Optional.of("0")), "only root runs as another user");
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
    RunAs nobody = RunAs.nobody();
    try (DataFolder folder = DataFolder.claim(home.resolve("data"))) {
      try (PostgresServer postgres = PostgresServer.start(folder, nobody)) {
        ask(postgres.uri(), "CREATE TABLE kept AS SELECT 42 AS answer; SELECT 1");
        assertEquals("nobody", Files.getOwner(folder.path().resolve("postgres-18")).getName());
      }
      try (PostgresServer postgres = PostgresServer.start(folder)) {
        assertEquals("42", ask(postgres.uri(), "SELECT answer FROM kept"));
      }
      try (PostgresServer postgres = PostgresServer.start(folder, nobody)) {
        assertEquals("42", ask(postgres.uri(), "SELECT answer FROM kept"));
      }
    }
  }

  @Test
  void saysWhatToDoWhereNobodyMayNotEnterTheFolder() throws Exception {
    assumeTrue(Run.ask(List.of("id", "-u")).equals(Optional.of("0")), "only root runs as another user");
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
    try (DataFolder folder = DataFolder.claim(home.resolve("data"), PROGRAMS)) {
      StartFailed refused = assertThrows(StartFailed.class, () -> PostgresServer.start(folder, RunAs.nobody()));
      assertEquals("data_folder_unusable", refused.code());
      assertTrue(refused.getMessage().contains("COMPUTE_DATA_DIR"), refused.getMessage());
    }
  }

  private interface Question {
    String answer() throws Exception;
  }

  /** Asks until there is an answer, for at most 30 seconds. */
  private static String eventually(Question question) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      try {
        return question.answer();
      } catch (SQLException | IOException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
    }
  }

  private static Process process(Path data) throws IOException {
    return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("java.class.path"), ServersMain.class.getName(), data.toString(), PROGRAMS.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static List<String> uris(Process process) throws IOException {
    var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    return List.of(line(out, "postgresql://"), line(out, "redis://"));
  }

  private static String line(BufferedReader out, String start) throws IOException {
    String line = out.readLine();
    while (line != null && !line.startsWith(start)) {
      line = out.readLine();
    }
    assertTrue(line != null, "the process ended without " + start);
    return line;
  }

  private static String ask(String uri, String sql) throws SQLException {
    try (Connection connection = Databases.connect(uri)) {
      var statement = connection.createStatement();
      boolean rows = statement.execute(sql);
      while (!rows) {
        rows = statement.getMoreResults();
      }
      ResultSet answer = statement.getResultSet();
      answer.next();
      return answer.getString(1);
    }
  }

  private static String ping(String uri) throws IOException {
    String[] parts = uri.split("[:@/]+");
    try (Socket socket = new Socket("127.0.0.1", Integer.parseInt(parts[3]))) {
      socket.getOutputStream().write(("AUTH " + parts[1] + "\r\nPING\r\n").getBytes(StandardCharsets.US_ASCII));
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      assertEquals("+OK", in.readLine());
      return in.readLine();
    }
  }

  private static long firstNumber(Path file) throws IOException {
    return Long.parseLong(Files.readAllLines(file).get(0).strip());
  }
}
