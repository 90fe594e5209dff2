package dev.computeserver.task;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.db.Database;
import dev.computeserver.db.GroupCommit;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Which attempt a provider's report is about, and the jobs that were reported for submits whose reply has not come; kept until the task is
 * removed.
 */
public final class ReportedJobs {
  private static final int GROUP = 128;
  private static final int CAPACITY = 10_000;

  private final Database database;
  private final GroupCommit<Try, Optional<Wanted>> asks;
  private final GroupCommit<Known, Void> knowns;
  private final GroupCommit<Place, Optional<Try>> places;

  public ReportedJobs(Database database) {
    this.database = database;
    asks = new GroupCommit<>(this::askAll, GROUP, CAPACITY);
    knowns = new GroupCommit<>(this::writeKnown, GROUP, CAPACITY);
    places = new GroupCommit<>(this::findAll, GROUP, CAPACITY);
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
        Tuple.of(task, attempt, job.externalId, Storable.of(job.data).encode())).mapEmpty();
  }

  /** The job that was reported for an attempt. */
  public Future<Optional<Reported>> find(UUID task, int attempt) {
    return database.query("SELECT external_id, data FROM provider_callback WHERE task_id = $1 AND attempt = $2", Tuple.of(task, attempt))
        .map(rows -> rows.stream().findFirst().map(row -> new Reported(row.getString("external_id"), TaskRows.json(row, "data"))));
  }

  /** Keeps which attempt has a job, for reports that name the job only. The first to have it keeps it. */
  public Future<Void> known(Place job, Try attempt) {
    return knowns.submit(new Known(job, attempt));
  }

  private Future<List<Void>> writeKnown(List<Known> group) {
    String sql = "INSERT INTO account_job (provider, external_id, task_id, attempt) SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::smallint[])"
        + " ON CONFLICT DO NOTHING";
    Tuple values = Tuple.tuple().addArrayOfString(group.stream().map(each -> each.job.provider.word()).toArray(String[]::new))
        .addArrayOfString(group.stream().map(each -> each.job.externalId).toArray(String[]::new))
        .addArrayOfUUID(group.stream().map(each -> each.attempt.task).toArray(UUID[]::new))
        .addArrayOfShort(group.stream().map(each -> (short) each.attempt.attempt).toArray(Short[]::new));
    return database.query(sql, values).map(rows -> Collections.nCopies(group.size(), null));
  }

  /** The attempt that has a job. */
  public Future<Optional<Try>> attemptWith(Place job) {
    return places.submit(job);
  }

  private Future<List<Optional<Try>>> findAll(List<Place> jobs) {
    String sql = "SELECT provider, external_id, task_id, attempt FROM account_job"
        + " WHERE (provider, external_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))";
    Tuple values = Tuple.tuple().addArrayOfString(jobs.stream().map(each -> each.provider.word()).toArray(String[]::new))
        .addArrayOfString(jobs.stream().map(Place::externalId).toArray(String[]::new));
    return database.query(sql, values).map(rows -> {
      Map<Place, Try> found = new HashMap<>();
      for (Row row : rows) {
        Named.of(ProviderType.class, row.getString("provider")).ifPresent(provider ->
            found.put(new Place(provider, row.getString("external_id")), new Try(row.getUUID("task_id"), row.getInteger("attempt"))));
      }
      return jobs.stream().map(each -> Optional.ofNullable(found.get(each))).toList();
    });
  }

  /** What a job whose report is wanted does. */
  public record Wanted(ProviderCapability capability, String model) {
  }

  /** A provider's job: its id there, and what is needed to go on with it. */
  public record Reported(String externalId, JsonObject data) {
  }

  /** An attempt of a task. */
  public record Try(UUID task, int attempt) {
  }

  /** A job by its id at its provider. */
  public record Place(ProviderType provider, String externalId) {
  }

  private record Known(Place job, Try attempt) {
  }
}
