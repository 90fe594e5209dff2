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
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The pool of connections; bounded in connections, waiters and time. */
public final class Database {
  private static final int MAX_WAITING = 2_000;

  private final Vertx vertx;
  private final String uri;
  private final Pool pool;
  private final long patienceMillis;
  private final OutageLog outages;

  private Database(Vertx vertx, String uri, Pool pool, long patienceMillis, OutageLog outages) {
    this.vertx = vertx;
    this.uri = uri;
    this.pool = pool;
    this.patienceMillis = patienceMillis;
    this.outages = outages;
  }

  /** Opens no connection yet. {@code statementSeconds} bounds each statement at the server, and a bit more the wait for it. */
  public static Database open(Vertx vertx, String uri, int connections, int statementSeconds) {
    return open(vertx, uri, connections, statementSeconds, 3 * statementSeconds);
  }

  /** @param silenceSeconds longer than a statement; a connection over which nothing has come or gone for so long is given up */
  static Database open(Vertx vertx, String uri, int connections, int statementSeconds, int silenceSeconds) {
    return open(vertx, uri, connections, statementSeconds, silenceSeconds, new OutageLog());
  }

  private static Database open(Vertx vertx, String uri, int connections, int statementSeconds, int silenceSeconds, OutageLog outages) {
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
    return new Database(vertx, uri, pool, statementSeconds * 1_000L + 5_000L, outages);
  }

  /**
   * A way of its own to the same database, for what must not wait behind anything else.
   *
   * @param patience rounded up to a second, after which a statement is ended at the server and a connection over which nothing comes
   *     is given up
   */
  public Database apart(int connections, Duration patience) {
    int seconds = (int) Math.max(1, patience.plusMillis(999).toSeconds());
    return open(vertx, uri, connections, seconds, seconds, outages);
  }

  /** Runs one prepared statement; fails when the server is out, says no, or takes too long. Never throws. */
  public Future<RowSet<Row>> query(String sql, Tuple values) {
    return Future.succeededFuture(values).compose(pool.preparedQuery(sql)::execute).timeout(patienceMillis, TimeUnit.MILLISECONDS)
        .onFailure(outages::failed);
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
