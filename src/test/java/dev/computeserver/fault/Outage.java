package dev.computeserver.fault;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;

/** What goes away, for how long by default, and how it comes back. */
enum Outage {
  /** It recovers by itself, as after a crash of its machine. */
  POSTGRES_KILLED(1, stage -> {
    stage.store().killPostgres();
    return () -> { };
  }),
  BACKENDS_TERMINATED(3, stage -> {
    stage.store().terminateAll();
    return stage.store()::terminateAll;
  }),
  DISK_FULL(30, stage -> {
    stage.disk().fill();
    return stage.disk()::free;
  }),
  REDIS_STOPPED(60, stage -> {
    stage.store().pauseRedis(true);
    return () -> stage.store().pauseRedis(false);
  }),
  REDIS_KILLED(1, stage -> {
    stage.store().killRedis();
    return () -> { };
  }),
  /** Statements wait until they are ended, each with its connection: soon the pool has none left. */
  POOL_EXHAUSTED(30, stage -> {
    Connection holder = begun(stage.store(), Connection.TRANSACTION_READ_COMMITTED);
    holder.createStatement().execute("LOCK TABLE task IN ACCESS EXCLUSIVE MODE");
    return holder::close;
  }),
  /** Connections stay open, and nothing passes. */
  WAY_HELD(30, stage -> {
    stage.nodes().forEach(node -> node.store.hold());
    return () -> stage.nodes().forEach(node -> node.store.heal());
  }),
  /** Nothing that was deleted since its snapshot can be cleaned up. */
  TRANSACTION_HELD(240, stage -> {
    Connection holder = begun(stage.store(), Connection.TRANSACTION_REPEATABLE_READ);
    holder.createStatement().executeQuery("SELECT count(*) FROM node").close();
    return holder::close;
  }),
  BUS_CUT(60, stage -> {
    stage.hosts().cut(0, true);
    return () -> stage.hosts().cut(0, false);
  }),
  PROVIDER_HANGS(60, stage -> stage.ill("hangs")),
  PROVIDER_CUTS(60, stage -> stage.ill("cuts")),
  PROVIDER_TALKS_GARBAGE(60, stage -> stage.ill("garbage")),
  PROVIDER_AWAY(120, stage -> {
    stage.tell("/away?ms=3600000");
    return () -> stage.tell("/away?ms=0");
  });

  final int seconds;
  private final Beginning beginning;

  Outage(int seconds, Beginning beginning) {
    this.seconds = seconds;
    this.beginning = beginning;
  }

  /** Goes on until it is closed. */
  AutoCloseable begin(Stage stage) throws IOException, SQLException {
    return beginning.on(stage);
  }

  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Connection begun(Store store, int isolation) throws SQLException {
    Connection connection = store.connect();
    connection.setTransactionIsolation(isolation);
    connection.setAutoCommit(false);
    return connection;
  }

  private interface Beginning {
    AutoCloseable on(Stage stage) throws IOException, SQLException;
  }
}
