package dev.computeserver.fault;

import dev.computeserver.embedded.DataFolder;
import dev.computeserver.embedded.PostgresServer;
import dev.computeserver.embedded.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The PostgreSQL and the Redis that the nodes share; both start again by themselves when they are killed. */
final class Store implements AutoCloseable {
  private final Path folder;
  private final DataFolder data;
  private final PostgresServer postgres;
  private final RedisServer redis;

  Store(Path folder) {
    this.folder = folder;
    data = DataFolder.claim(folder);
    postgres = PostgresServer.start(data);
    redis = RedisServer.start(data);
  }

  String postgresUri() {
    return postgres.uri();
  }

  String redisUri() {
    return redis.uri();
  }

  Connection connect() throws SQLException {
    URI uri = URI.create(postgres.uri());
    String[] user = uri.getUserInfo().split(":", 2);
    return DriverManager.getConnection("jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath(), user[0], user[1]);
  }

  /** Ends every connection of the nodes, as an administrator or a failover does. */
  void terminateAll() throws SQLException {
    rows("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'compute-server'");
  }

  /** Kills PostgreSQL without warning; it recovers and is back within seconds. */
  void killPostgres() throws IOException {
    kill(folder.resolve("postgres-18/postmaster.pid"));
  }

  void killRedis() throws IOException {
    kill(folder.resolve("redis/redis.pid"));
  }

  /** Stops Redis in its tracks, or has it go on: its connections stay, and nothing is answered. */
  void pauseRedis(boolean pause) throws IOException {
    String pid = Files.readString(folder.resolve("redis/redis.pid")).strip();
    new ProcessBuilder("kill", pause ? "-STOP" : "-CONT", pid).inheritIO().start();
  }

  private static void kill(Path pidFile) throws IOException {
    ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile).get(0).strip())).ifPresent(ProcessHandle::destroyForcibly);
  }

  /** All rows of a question as texts. */
  List<List<String>> rows(String sql) throws SQLException {
    try (Connection connection = connect(); ResultSet rows = connection.createStatement().executeQuery(sql)) {
      List<List<String>> all = new ArrayList<>();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.add(rows.getString(i));
        }
        all.add(row);
      }
      return all;
    }
  }

  @Override
  public void close() {
    redis.close();
    postgres.close();
    data.close();
  }
}
