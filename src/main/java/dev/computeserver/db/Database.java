package dev.computeserver.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The pool of connections; bounded in connections, waiters and time. */
public final class Database {
  private static final int MAX_WAITING = 2_000;

  private final Pool pool;
  private final long patienceMillis;

  private Database(Pool pool, long patienceMillis) {
    this.pool = pool;
    this.patienceMillis = patienceMillis;
  }

  /** Opens no connection yet. {@code statementSeconds} bounds each statement at the server, and a bit more the wait for it. */
  public static Database open(Vertx vertx, String uri, int connections, int statementSeconds) {
    return open(vertx, uri, connections, statementSeconds, 3 * statementSeconds);
  }

  /** @param silenceSeconds longer than a statement; a connection over which nothing has come or gone for so long is given up */
  static Database open(Vertx vertx, String uri, int connections, int statementSeconds, int silenceSeconds) {
    Map<String, String> properties = new HashMap<>(PgConnectOptions.DEFAULT_PROPERTIES);
    properties.put("application_name", "compute-server");
    properties.put("statement_timeout", String.valueOf(statementSeconds * 1_000));
    properties.put("jit", "off");
    properties.put("client_min_messages", "warning");
    PgConnectOptions connect = PgConnectOptions.fromUri(uri)
        .setCachePreparedStatements(true)
        .setProperties(properties);
    PoolOptions options = new PoolOptions()
        .setMaxSize(connections)
        .setMaxWaitQueueSize(MAX_WAITING)
        .setConnectionTimeout(3)
        .setConnectionTimeoutUnit(TimeUnit.SECONDS)
        .setMaxLifetime(30)
        .setMaxLifetimeUnit(TimeUnit.MINUTES);
    Pool pool = PgBuilder.pool().with(options)
        .with(new NetClientOptions().setConnectTimeout(3_000).setIdleTimeout(silenceSeconds)).connectingTo(connect).using(vertx).build();
    return new Database(pool, statementSeconds * 1_000L + 5_000L);
  }

  /** Runs one prepared statement; fails when the server is out, says no, or takes too long. */
  public Future<RowSet<Row>> query(String sql, Tuple values) {
    return pool.preparedQuery(sql).execute(values).timeout(patienceMillis, TimeUnit.MILLISECONDS);
  }

  /** Runs one or many statements without values, as a migration has them. */
  public Future<Void> script(String sql) {
    return pool.query(sql).execute().mapEmpty();
  }

  Pool pool() {
    return pool;
  }

  public Future<Void> close() {
    return pool.close();
  }
}
