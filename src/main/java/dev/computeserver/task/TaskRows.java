package dev.computeserver.task;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rows of the tables as records. */
final class TaskRows {
  private static final Logger LOG = LoggerFactory.getLogger(TaskRows.class);

  /** The columns that {@link #task} reads, of {@code task t}, {@code task_body b} and {@code task_result r}. */
  static final String TASK = "t.*, b.request, b.route, b.sandbox, r.outputs, r.result";
  static final String TASK_TABLES = "task t JOIN task_body b ON b.task_id = t.id LEFT JOIN task_result r ON r.task_id = t.id";

  /** How much of a task's text is read; told by the rows' headers, so that what is not read costs nothing. */
  static final String BYTES = "octet_length(b.request) + coalesce(octet_length(r.outputs), 0) + coalesce(octet_length(r.result), 0)";

  private TaskRows() {
  }

  /** The same columns with {@code bytes}; the texts are null where they have more than {@code most}. */
  static String upTo(int most) {
    String fits = ", CASE WHEN " + BYTES + " <= " + most + " THEN ";
    return "t.*, b.route, b.sandbox, " + BYTES + " AS bytes" + fits + "b.request END AS request" + fits + "r.outputs END AS outputs" + fits + "r.result END AS result";
  }

  static Task task(Row row) {
    return new Task(row.getUUID("id"), row.getString("tenant"), request(row), route(row), state(row), outputs(row), json(row, "result"));
  }

  /** Of one that this version cannot read only what stands in the task's row, so that it hides no other task. Nobody can run it. */
  private static TaskRequest request(Row row) {
    try {
      return Storable.read(row.getString("request")).mapTo(TaskRequest.class);
    } catch (RuntimeException unreadable) {
      LOG.debug("The request of task {} cannot be read: {}", row.getUUID("id"), unreadable.getMessage());
      return new TaskRequest(row.getString("capability"), List.of(), false, row.getString("model"), null, null, row.getShort("priority"), 0,
          row.getShort("tries_left"), false, null, null);
    }
  }

  private static List<Output> outputs(Row row) {
    String outputs = row.getString("outputs");
    try {
      return outputs == null ? List.of() : new JsonArray(outputs).stream().map(each -> ((JsonObject) each).mapTo(Output.class)).toList();
    } catch (RuntimeException unreadable) {
      LOG.debug("The outputs of task {} cannot be read: {}", row.getUUID("id"), unreadable.getMessage());
      return List.of();
    }
  }

  private static Route route(Row row) {
    JsonObject route = json(row, "route");
    try {
      return route == null ? null : Route.of(route, row.getBoolean("sandbox"));
    } catch (RuntimeException unreadable) {
      LOG.debug("A stored route cannot be read and is left out: {}", unreadable.getMessage());
      return null;
    }
  }

  static TaskState state(Row row) {
    return new TaskState(row.getString("status"), row.getString("phase"), row.getString("queue"), row.getString("provider"), row.getString("model"),
        row.getShort("attempt"), row.getShort("tries_left"), row.getInteger("fence"), row.getInteger("seq"), row.getUUID("owner"),
        row.getString("external_id"), json(row, "job"), TaskError.of(json(row, "error")), time(row, "due_at"),
        time(row, "deadline_at"), time(row, "attempt_started_at"), time(row, "started_at"), time(row, "completed_at"),
        row.getBoolean("cancel_requested"));
  }

  static TaskEvent event(Row row) {
    return new TaskEvent(row.getLong("id"), row.getInteger("seq"), row.getString("type"), row.getUUID("task_id"),
        row.getString("status"), row.getString("tenant"), row.getString("provider"), row.getBoolean("sandbox"), row.getString("capability"),
        row.getShort("attempt"), json(row, "progress"), json(row, "error"));
  }

  static AttemptRecord attempt(Row row) {
    return new AttemptRecord(row.getShort("attempt"), row.getString("provider"), row.getString("model"),
        row.getString("external_id"), time(row, "started_at"), time(row, "ended_at"),
        row.getString("charged"), json(row, "cost"), json(row, "error"),
        row.getBoolean("sandbox"), route(row), row.getString("reconciled"));
  }

  /** Null where it cannot be read: that must not hide the row, nor what is read with it. */
  static JsonObject json(Row row, String column) {
    String text = row.getString(column);
    try {
      return text == null ? null : Storable.read(text);
    } catch (DecodeException unreadable) {
      LOG.debug("A stored {} cannot be read and is left out: {}", column, unreadable.getMessage());
      return null;
    }
  }

  static Instant time(Row row, String column) {
    OffsetDateTime time = row.getOffsetDateTime(column);
    return time == null ? null : time.toInstant();
  }
}
