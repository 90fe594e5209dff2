package dev.computeserver.support;

import dev.computeserver.db.Database;
import dev.computeserver.db.Migrations;
import dev.computeserver.embedded.DataFolder;
import dev.computeserver.embedded.Ports;
import dev.computeserver.embedded.PostgresServer;
import dev.computeserver.embedded.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.UncheckedIOException;
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

/**
 * One real PostgreSQL and one real Redis for the whole test run, and a database of its own for each test that asks. The
 * sessions' time zone is unlike the JVM's, so that a hidden default fails.
 */
public final class TestServers {
  private static final String TEMPLATE = "test_template";
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static TestServers running;

  private final PostgresServer postgres;
  private final RedisServer redis;
  private boolean templateMade;

  private TestServers() throws IOException {
    Path target = Path.of("target").toAbsolutePath();
    Files.createDirectories(target);
    Path data = Files.createTempDirectory(target, "test-data-");
    DataFolder folder = DataFolder.claim(data, target.resolve("programs"));
    postgres = PostgresServer.start(folder);
    execute(postgres.uri("postgres"), "ALTER ROLE CURRENT_USER SET timezone = 'Asia/Kathmandu'");
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
    return get().create("template1");
  }

  /** The URI of a new database as it is after all migrations, with today's partitions. */
  public static String migratedDatabase() {
    return get().create(get().template());
  }

  /** Drops a database, and ends its connections. */
  public static void drop(String uri) {
    execute(get().postgres.uri("postgres"), "DROP DATABASE " + URI.create(uri).getPath().substring(1) + " WITH (FORCE)");
  }

  private String create(String template) {
    String name = "test_" + ProcessHandle.current().pid() + "_" + DATABASES.incrementAndGet();
    execute(postgres.uri("postgres"), "CREATE DATABASE " + name + " TEMPLATE " + template);
    return postgres.uri(name);
  }

  private synchronized String template() {
    if (!templateMade) {
      execute(postgres.uri("postgres"), "CREATE DATABASE " + TEMPLATE);
      Vertx vertx = Vertx.vertx();
      Database database = Database.open(vertx, postgres.uri(TEMPLATE), 1, 30);
      TestStore.await(Migrations.apply(vertx, database));
      TestStore.await(database.query("SELECT roll_event_partitions(30)", Tuple.tuple()));
      TestStore.await(database.close());
      TestStore.await(vertx.close());
      templateMade = true;
    }
    return TEMPLATE;
  }

  /** A port on loopback that a server which was closed finds free again. */
  public static int freePort() {
    try {
      return Ports.free();
    } catch (IOException none) {
      throw new UncheckedIOException(none);
    }
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

  /** A connection over JDBC, for what must stay open. */
  public static Connection connect(String uri) throws SQLException {
    URI parsed = URI.create(uri);
    String[] user = parsed.getUserInfo().split(":", 2);
    String password = URLDecoder.decode(user[1], StandardCharsets.UTF_8);
    return DriverManager.getConnection("jdbc:postgresql://" + parsed.getHost() + ":" + parsed.getPort() + parsed.getPath(), user[0], password);
  }
}
