package dev.computeserver.task;

import dev.computeserver.db.Database;
import dev.computeserver.db.GroupCommit;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Who has or may yet be told a provider's job that looks like one that is looked for. After a crash hundreds ask at once, and each
 * answer is a scan of the running tasks, so those that ask together share one.
 */
final class JobHolders {
  private static final int GROUP = 32;
  private static final int CAPACITY = 20_000;

  private final Database database;
  private final GroupCommit<Held, Set<String>> helds;
  private final GroupCommit<Asking, Set<String>> askings;

  JobHolders(Database database) {
    this.database = database;
    helds = new GroupCommit<>(this::readHeld, GROUP, CAPACITY);
    askings = new GroupCommit<>(this::readAsking, GROUP, CAPACITY);
  }

  Future<Set<String>> held(Task task, List<String> externalIds) {
    return helds.submit(new Held(task.id(), task.state().providerWord(), Set.copyOf(externalIds)));
  }

  Future<Set<String>> asking(Task task, boolean anything) {
    return askings.submit(new Asking(task.id(), anything));
  }

  private Future<List<Set<String>>> readHeld(List<Held> group) {
    String[] all = group.stream().flatMap(each -> each.jobs.stream()).distinct().toArray(String[]::new);
    return database.query("SELECT external_id, provider, task_id FROM job_holders($1)", Tuple.tuple().addArrayOfString(all)).map(rows -> {
      List<Set<String>> answers = sets(group.size());
      for (Row row : rows) {
        for (int i = 0; i < group.size(); i++) {
          if (group.get(i).isHeldBy(row.getString("external_id"), row.getString("provider"), row.getUUID("task_id"))) {
            answers.get(i).add(row.getString("external_id"));
          }
        }
      }
      return answers;
    });
  }

  private Future<List<Set<String>>> readAsking(List<Asking> group) {
    String sql = "WITH o AS MATERIALIZED (SELECT id, attempt, provider, capability, model FROM task WHERE status = 'processing'"
        + " AND phase = 'submitting' AND (as_jsonb(job) -> 'lost') IS NULL),"
        + " ours AS MATERIALIZED (SELECT a.place, a.anything, t.id, t.provider, t.capability, t.model, as_jsonb(b.request) -> 'input' AS input"
        + " FROM unnest($1::uuid[], $2::boolean[]) WITH ORDINALITY AS a(id, anything, place) JOIN task t ON t.id = a.id"
        + " JOIN task_body b ON b.task_id = t.id)"
        + " SELECT ours.place::integer, o.id || '/' || o.attempt AS who FROM ours JOIN o ON o.provider = ours.provider"
        + " AND o.capability = ours.capability AND o.model IS NOT DISTINCT FROM ours.model AND o.id <> ours.id"
        + " JOIN task_body b ON b.task_id = o.id WHERE ours.anything OR as_jsonb(b.request) -> 'input' = ours.input";
    Tuple values = Tuple.tuple().addArrayOfUUID(group.stream().map(Asking::task).toArray(UUID[]::new))
        .addArrayOfBoolean(group.stream().map(Asking::anything).toArray(Boolean[]::new));
    return database.query(sql, values).map(rows -> {
      List<Set<String>> answers = sets(group.size());
      rows.forEach(row -> answers.get(row.getInteger("place") - 1).add(row.getString("who")));
      return answers;
    });
  }

  private static List<Set<String>> sets(int amount) {
    List<Set<String>> sets = new ArrayList<>();
    for (int i = 0; i < amount; i++) {
      sets.add(new HashSet<>());
    }
    return sets;
  }

  private record Held(UUID task, String provider, Set<String> jobs) {
    private boolean isHeldBy(String job, String at, UUID by) {
      return jobs.contains(job) && (at == null || at.equals(provider)) && !task.equals(by);
    }
  }

  private record Asking(UUID task, boolean anything) {
  }
}
