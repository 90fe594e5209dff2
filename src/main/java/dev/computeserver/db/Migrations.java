package dev.computeserver.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the database to the newest of the numbered scripts in {@code db/}, each once, whichever node comes first. */
public final class Migrations {
  /** In order; a script is never edited once it has been released. */
  static final List<String> SCRIPTS = List.of("001-tasks", "002-provider-callbacks", "003-partitions-wait-for-nobody",
      "004-webhooks-of-progress", "005-claims-take-their-own-index", "006-decisions-about-lost-submits",
      "007-words-of-newer-versions", "008-claims-ask-for-what-each-provider-has-room-for", "009-routes", "010-jobs-of-accounts",
      "011-big-rows-before-event-ids");

  private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
  private static final String LOCK = "SELECT pg_advisory_xact_lock(720, 0)";
  private static final String LEDGER =
      "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())";

  private Migrations() {
  }

  /** Applies what is missing, all in one transaction: a failure leaves the database as it was. */
  public static Future<Void> apply(Vertx vertx, Database database) {
    return apply(vertx, database, SCRIPTS);
  }

  static Future<Void> apply(Vertx vertx, Database database, List<String> scripts) {
    return database.pool().withTransaction(connection -> {
      Future<?> done = connection.query(LOCK).execute().compose(locked -> connection.query(LEDGER).execute());
      for (String script : scripts) {
        done = done.compose(before -> applyOnce(vertx, connection, script));
      }
      return done.mapEmpty();
    });
  }

  private static Future<Void> applyOnce(Vertx vertx, SqlConnection connection, String script) {
    return connection.preparedQuery("INSERT INTO migration (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING name")
        .execute(Tuple.of(script))
        .compose(rows -> {
          for (Row row : rows) {
            LOG.info("Applying database script {}", row.getString(0));
            return vertx.fileSystem().readFile("db/" + script + ".sql")
                .compose(sql -> connection.query(sql.toString()).execute())
                .mapEmpty();
          }
          return Future.succeededFuture();
        });
  }
}
