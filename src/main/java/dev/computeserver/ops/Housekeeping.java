package dev.computeserver.ops;

import dev.computeserver.db.Database;
import dev.computeserver.routing.TaskControl;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what is overdue, makes tomorrow's partitions and removes what has been kept long enough. Every node may run it. */
public final class Housekeeping extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final long OVERDUE_MILLIS = 1_000;
  private static final long TIDY_MILLIS = 3_600_000;
  private static final int MOST_REMOVED = 5_000;

  private final Database database;
  private final TaskControl control;
  private final int keepDays;
  private boolean ending;

  public Housekeeping(Database database, TaskControl control, int keepDays) {
    this.database = database;
    this.control = control;
    this.keepDays = keepDays;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(OVERDUE_MILLIS, tick -> endOverdue());
    vertx.setPeriodic(TIDY_MILLIS, tick -> tidy());
    return roll();
  }

  /** Never fails: without a day's own partition its events go into the default one. */
  private Future<Void> roll() {
    return database.query("SELECT roll_event_partitions($1)", Tuple.of(keepDays)).<Void>mapEmpty()
        .onFailure(failure -> LOG.warn("The partitions of the next days could not be made, trying again in an hour: {}", failure.getMessage()))
        .otherwiseEmpty();
  }

  private void endOverdue() {
    if (!ending) {
      ending = true;
      control.endOverdue().onComplete(done -> {
        ending = false;
        if (done.failed()) {
          LOG.debug("Overdue tasks could not be ended now", done.cause());
        }
      });
    }
  }

  /** One round of removal, in batches that hold no lock for long. */
  Future<Void> tidy() {
    return roll()
        .compose(rolled -> forgetKeys())
        .compose(deleted -> removeOld())
        .onFailure(failure -> LOG.warn("Old tasks could not be removed, trying again in an hour: {}", failure.getMessage()));
  }

  private Future<Void> forgetKeys() {
    return database.query("DELETE FROM idempotency_key WHERE (tenant, key) IN (SELECT tenant, key FROM idempotency_key"
        + " WHERE created_at < now() - interval '24 hours' LIMIT $1)", Tuple.of(MOST_REMOVED)).compose(rows ->
        rows.rowCount() == MOST_REMOVED ? forgetKeys() : Future.succeededFuture());
  }

  private Future<Void> removeOld() {
    return database.query("SELECT remove_old_tasks($1, $2)", Tuple.of(keepDays, MOST_REMOVED)).compose(rows ->
        rows.iterator().next().getInteger(0) == MOST_REMOVED ? removeOld() : Future.succeededFuture());
  }
}
