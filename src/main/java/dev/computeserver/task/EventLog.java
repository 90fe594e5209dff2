package dev.computeserver.task;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.db.Database;
import dev.computeserver.db.Faults;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Reads the history of events. */
public final class EventLog {
  /** Whether the sandbox played what an event tells of: a client's retry may have put an end to that. */
  private static final String SANDBOX = "coalesce((SELECT f.sandbox FROM former_route f WHERE f.task_id = e.task_id AND f.seq >= e.seq"
      + " ORDER BY f.seq LIMIT 1), (SELECT b.sandbox FROM task_body b WHERE b.task_id = e.task_id), false) AS sandbox";
  private static final String ALL = "SELECT e.*, " + SANDBOX + " FROM task_event e WHERE ";

  private final Database database;

  public EventLog(Database database) {
    this.database = database;
  }

  /** The newest id before which nothing can appear any more. */
  public Future<Long> horizon() {
    return database.query("SELECT event_horizon()", Tuple.tuple()).map(rows -> rows.iterator().next().getLong(0));
  }

  /** Done when the store answers and takes writes; else fails with what it said, or would say to a write. */
  public Future<Void> ready() {
    return database.query("SELECT event_horizon(), current_setting('transaction_read_only')", Tuple.tuple()).compose(rows ->
        rows.iterator().next().getString(1).equals("off") ? Future.succeededFuture() : Future.failedFuture(Faults.readOnly()));
  }

  /** One event. */
  public Future<Optional<TaskEvent>> byId(long id) {
    return read(ALL + "id = $1", Tuple.of(id)).map(found -> found.stream().findFirst());
  }

  /** Of what {@link #ofTask} would read. */
  public Future<Long> bytesOfTask(UUID task, int after, int limit) {
    return database.query("SELECT coalesce(sum(pg_column_size(e.*)), 0)::bigint FROM (SELECT * FROM task_event WHERE task_id = $1 AND id >= $2"
        + " AND seq > $3 ORDER BY seq LIMIT $4) e", Tuple.of(task, since(task), after, limit)).map(rows -> rows.iterator().next().getLong(0));
  }

  /** A task's events with a {@code seq} above {@code after}, oldest first. */
  public Future<List<TaskEvent>> ofTask(UUID task, int after, int limit) {
    return read(ALL + "task_id = $1 AND id >= $2 AND seq > $3 ORDER BY seq LIMIT $4",
        Tuple.of(task, since(task), after, limit));
  }

  /**
   * The newest event, not later than {@code until}, of each wanted task, oldest first; where no task is named, of those that
   * have not ended.
   */
  public Future<List<TaskEvent>> newest(Wanted wanted, long until, int most) {
    if (!wanted.tasks.isEmpty()) {
      Tuple values = Tuple.tuple().addArrayOfUUID(wanted.tasks.toArray(UUID[]::new)).addLong(until).addString(wanted.tenant);
      return read("SELECT n.* FROM unnest($1::uuid[]) AS w(id), LATERAL (" + ALL + "e.task_id = w.id AND e.id <= $2"
          + " AND ($3::text IS NULL OR e.tenant = $3) ORDER BY e.seq DESC, e.id DESC LIMIT 1) AS n ORDER BY n.id", values);
    }
    Tuple values = Tuple.tuple().addLong(until).addString(wanted.tenant).addString(wanted.capability == null ? null : wanted.capability.word())
        .addString(wanted.provider == null ? null : wanted.provider.word()).addInteger(most);
    return read("SELECT n.* FROM (SELECT id FROM task WHERE status IN ('queued', 'processing') AND ($2::text IS NULL OR tenant = $2)"
        + " AND ($3::text IS NULL OR capability = $3) AND ($4::text IS NULL OR provider = $4) ORDER BY id DESC LIMIT $5) AS w,"
        + " LATERAL (" + ALL + "e.task_id = w.id AND e.id <= $1 ORDER BY e.seq DESC, e.id DESC LIMIT 1) AS n"
        + " ORDER BY n.id", values);
  }

  /** The newest progress of each task's present attempt; tasks without any are absent. */
  public Future<Map<UUID, JsonObject>> progress(List<UUID> tasks) {
    String sql = "SELECT DISTINCT ON (e.task_id) e.task_id, e.progress FROM task_event e JOIN task t ON t.id = e.task_id AND t.attempt = e.attempt"
        + " WHERE e.task_id = ANY ($1) AND e.type = 'progress' ORDER BY e.task_id, e.seq DESC";
    return database.query(sql, Tuple.tuple().addArrayOfUUID(tasks.toArray(UUID[]::new))).map(rows -> {
      Map<UUID, JsonObject> progress = new HashMap<>();
      rows.forEach(row -> progress.put(row.getUUID("task_id"), TaskRows.json(row, "progress")));
      return progress;
    });
  }

  /** Events later than {@code after} and not later than {@code until}, oldest first. */
  public Future<List<TaskEvent>> between(long after, long until, Wanted wanted, int limit) {
    Tuple values = Tuple.of(after, until);
    List<String> where = new ArrayList<>(List.of("id > $1", "id <= $2"));
    if (wanted.tenant != null) {
      where.add("tenant = $" + values.addString(wanted.tenant).size());
    }
    if (!wanted.tasks.isEmpty()) {
      where.add("task_id = ANY ($" + values.addArrayOfUUID(wanted.tasks.toArray(UUID[]::new)).size() + ")");
    }
    if (wanted.capability != null) {
      where.add("capability = $" + values.addString(wanted.capability.word()).size());
    }
    if (wanted.provider != null) {
      where.add("provider = $" + values.addString(wanted.provider.word()).size());
    }
    return read(ALL + String.join(" AND ", where) + " ORDER BY id LIMIT " + limit, values);
  }

  /** Whether history still holds everything after {@code id}: the day's partition has not been dropped. */
  public Future<Boolean> reaches(long id) {
    return database.query("SELECT coalesce((SELECT value::bigint FROM setting WHERE name = 'history_from'), 0) <= $1", Tuple.of(id))
        .map(rows -> rows.iterator().next().getBoolean(0));
  }

  private Future<List<TaskEvent>> read(String sql, Tuple values) {
    return database.query(sql, values).map(rows -> rows.stream().map(TaskRows::event).toList());
  }

  /** A task has no events before it was made, but its maker's clock and the database's may differ. */
  private static long since(UUID task) {
    return EventId.floor(TaskId.time(task).minusSeconds(86_400));
  }

  /** Which events are wanted; null and empty mean all. */
  public record Wanted(String tenant, Set<UUID> tasks, ProviderCapability capability, ProviderType provider) {
    public static final Wanted ALL = new Wanted(null, Set.of(), null, null);

    public Wanted {
      tasks = Set.copyOf(tasks);
    }

    public boolean takes(TaskEvent event) {
      return (tenant == null || tenant.equals(event.tenant()))
          && (tasks.isEmpty() || tasks.contains(event.taskId()))
          && (capability == null || capability.is(event.capability()))
          && (provider == null || provider.is(event.provider()));
    }
  }
}
