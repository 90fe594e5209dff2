package dev.computeserver.task;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;

/** Rows of the tables as records. */
final class TaskRows {
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
    TaskRequest request = new JsonObject(row.getString("request")).mapTo(TaskRequest.class);
    String outputs = row.getString("outputs");
    List<Output> files = outputs == null ? List.of() : new JsonArray(outputs).stream()
        .map(each -> ((JsonObject) each).mapTo(Output.class)).toList();
    return new Task(row.getUUID("id"), row.getString("tenant"), request, route(row), state(row), files, json(row, "result"));
  }

  private static Route route(Row row) {
    JsonObject route = json(row, "route");
    return route == null ? null : Route.of(route, row.getBoolean("sandbox"));
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

  static JsonObject json(Row row, String column) {
    String text = row.getString(column);
    return text == null ? null : new JsonObject(text);
  }

  static Instant time(Row row, String column) {
    OffsetDateTime time = row.getOffsetDateTime(column);
    return time == null ? null : time.toInstant();
  }
}
