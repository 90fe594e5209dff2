package dev.computeserver.task;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.db.Database;
import dev.computeserver.db.GroupCommit;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Jobs that providers have reported for submits whose reply has not come, kept until the task is removed. */
public final class ReportedJobs {
  private static final int GROUP = 128;
  private static final int CAPACITY = 10_000;

  private final Database database;
  private final GroupCommit<Try, Optional<Wanted>> asks;

  public ReportedJobs(Database database) {
    this.database = database;
    asks = new GroupCommit<>(this::askAll, GROUP, CAPACITY);
  }

  /** What the attempt has asked for, where it is the task's present one and its job is not known yet; else empty. */
  public Future<Optional<Wanted>> wanted(UUID task, int attempt) {
    return asks.submit(new Try(task, attempt));
  }

  private Future<List<Optional<Wanted>>> askAll(List<Try> tries) {
    String sql = "SELECT id, attempt, capability, model FROM task WHERE id = ANY ($1) AND status = 'processing' AND phase = 'submitting'";
    return database.query(sql, Tuple.tuple().addArrayOfUUID(tries.stream().map(Try::task).toArray(UUID[]::new))).map(rows -> {
      Map<Try, Wanted> found = new HashMap<>();
      for (Row row : rows) {
        // Of what only a newer version can do, no node of this one can read a report.
        Named.of(ProviderCapability.class, row.getString("capability")).ifPresent(capability ->
            found.put(new Try(row.getUUID("id"), row.getInteger("attempt")), new Wanted(capability, row.getString("model"))));
      }
      return tries.stream().map(each -> Optional.ofNullable(found.get(each))).toList();
    });
  }

  /** Keeps the first job that is reported for an attempt. */
  public Future<Void> keep(UUID task, int attempt, Reported job) {
    return database.query("INSERT INTO provider_callback (task_id, attempt, external_id, data) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        Tuple.of(task, attempt, job.externalId, job.data.encode())).mapEmpty();
  }

  /** The job that was reported for an attempt. */
  public Future<Optional<Reported>> find(UUID task, int attempt) {
    return database.query("SELECT external_id, data FROM provider_callback WHERE task_id = $1 AND attempt = $2", Tuple.of(task, attempt))
        .map(rows -> rows.stream().findFirst().map(row -> new Reported(row.getString("external_id"), new JsonObject(row.getString("data")))));
  }

  /** What a job whose report is wanted does. */
  public record Wanted(ProviderCapability capability, String model) {
  }

  /** A provider's job: its id there, and what is needed to go on with it. */
  public record Reported(String externalId, JsonObject data) {
  }

  private record Try(UUID task, int attempt) {
  }
}
