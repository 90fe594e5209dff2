package dev.computeserver.ops;

import dev.computeserver.db.Database;
import dev.computeserver.media.OldOutputs;
import dev.computeserver.routing.TaskControl;
import dev.computeserver.task.TaskId;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Tuple;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what is overdue, makes tomorrow's partitions and removes what has been kept long enough, files included. Every node may run it. */
public final class Housekeeping extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final long OVERDUE_MILLIS = 1_000;
  private static final long TIDY_MILLIS = 3_600_000;
  /** Soon, since a node that is restarted within each hour would never tidy otherwise; not at once, when others wait for the database. */
  private static final long FIRST_TIDY_MILLIS = 5_000;
  private static final int MOST_REMOVED = 5_000;

  private final Database database;
  private final TaskControl control;
  private final OldOutputs outputs;
  private final int keepDays;
  private final InstantSource clock;
  private boolean ending;
  private boolean tidying;

  public Housekeeping(Database database, TaskControl control, OldOutputs outputs, int keepDays, InstantSource clock) {
    this.database = database;
    this.control = control;
    this.outputs = outputs;
    this.keepDays = keepDays;
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(OVERDUE_MILLIS, tick -> endOverdue());
    vertx.setPeriodic(FIRST_TIDY_MILLIS, TIDY_MILLIS, tick -> tidy());
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
    if (tidying) {
      return Future.succeededFuture();
    }
    tidying = true;
    return roll()
        .compose(rolled -> forgetKeys())
        .compose(deleted -> removeOld())
        .onFailure(failure -> LOG.warn("Old tasks could not be removed, trying again in an hour: {}", failure.getMessage()))
        .compose(deleted -> removeFiles()
            .onFailure(failure -> LOG.warn("Old outputs could not be removed, trying again in an hour: {}", failure.toString())))
        .onComplete(done -> tidying = false);
  }

  private Future<Void> forgetKeys() {
    return database.query("DELETE FROM idempotency_key WHERE (tenant, key) IN (SELECT tenant, key FROM idempotency_key"
        + " WHERE created_at < now() - interval '24 hours' LIMIT $1)", Tuple.of(MOST_REMOVED)).compose(rows ->
        rows.rowCount() == MOST_REMOVED ? forgetKeys() : Future.succeededFuture());
  }

  private Future<Void> removeFiles() {
    return outputs.days().compose(this::over).compose(days -> {
      Future<Void> chain = Future.succeededFuture();
      for (LocalDate day : days) {
        chain = chain.compose(before -> outputs.remove(day)
            .onFailure(failure -> LOG.warn("The outputs of {} could not be removed, trying again in an hour: {}", day, failure.toString()))
            .otherwiseEmpty());
      }
      return chain;
    }).compose(removed -> outputs.removeAbandoned(clock.instant()));
  }

  /** Of these days those of which no task is left, and none can come: ids are made of the time. */
  private Future<List<LocalDate>> over(List<LocalDate> days) {
    Tuple values = Tuple.tuple().addArrayOfLocalDate(days.toArray(LocalDate[]::new)).addArrayOfUUID(firstIds(days, 0))
        .addArrayOfUUID(firstIds(days, 1)).addInteger(keepDays);
    return database.query("SELECT day FROM unnest($1::date[], $2::uuid[], $3::uuid[]) AS d(day, first, beyond)"
            + " WHERE day < (now() AT TIME ZONE 'UTC')::date - $4::integer"
            + " AND coalesce((SELECT id FROM task WHERE id >= first ORDER BY id LIMIT 1) >= beyond, true) ORDER BY day", values)
        .map(rows -> rows.stream().map(row -> row.getLocalDate(0)).toList());
  }

  private static UUID[] firstIds(List<LocalDate> days, int later) {
    return days.stream().map(day -> TaskId.floor(day.plusDays(later).atStartOfDay().toInstant(ZoneOffset.UTC))).toArray(UUID[]::new);
  }

  private Future<Void> removeOld() {
    return database.query("SELECT remove_old_tasks($1, $2)", Tuple.of(keepDays, MOST_REMOVED)).compose(rows ->
        rows.iterator().next().getInteger(0) == MOST_REMOVED ? removeOld() : Future.succeededFuture());
  }
}
