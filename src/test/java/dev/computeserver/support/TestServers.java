package dev.computeserver.support;

import dev.computeserver.embedded.DataFolder;
import dev.computeserver.embedded.PostgresServer;
import dev.computeserver.embedded.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** One real PostgreSQL and one real Redis for the whole test run; a database of its own for each test class that asks. */
public final class TestServers {
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static TestServers running;

  private final PostgresServer postgres;
  private final RedisServer redis;

  private TestServers() throws IOException {
    Path target = Path.of("target").toAbsolutePath();
    Files.createDirectories(target);
    Path data = Files.createTempDirectory(target, "test-data-");
    DataFolder folder = DataFolder.claim(data, target.resolve("programs"));
    postgres = PostgresServer.start(folder);
    redis = RedisServer.start(folder);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      redis.close();
      postgres.close();
      folder.close();
    }));
  }

  private static synchronized TestServers get() {
    try {
      running = running == null ? new TestServers() : running;
      return running;
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** The URI of a new, empty database. */
  public static String freshDatabase() {
    String name = "test_" + ProcessHandle.current().pid() + "_" + DATABASES.incrementAndGet();
    execute(get().postgres.uri("postgres"), "CREATE DATABASE " + name);
    return get().postgres.uri(name);
  }

  public static String redisUri() {
    return get().redis.uri();
  }

  /** Runs a statement over JDBC, beside the code under test. */
  public static void execute(String uri, String sql) {
    try (Connection connection = connect(uri); Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** The first column of the first row as text. */
  public static String ask(String uri, String sql) {
    try (Connection connection = connect(uri); Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    } catch (SQLException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** Ends all other connections of a database, as an administrator or a failover does. */
  public static void cutConnections(String uri) {
    ask(uri, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }

  private static Connection connect(String uri) throws SQLException {
    URI parsed = URI.create(uri);
    String[] user = parsed.getUserInfo().split(":", 2);
    String password = URLDecoder.decode(user[1], StandardCharsets.UTF_8);
    return DriverManager.getConnection("jdbc:postgresql://" + parsed.getHost() + ":" + parsed.getPort() + parsed.getPath(), user[0], password);
  }
}
