package dev.computeserver.task;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.db.Database;
import dev.computeserver.db.GroupCommit;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongFunction;

/** Reads tasks; never writes. */
public final class TaskQueries {
  private static final int GROUP = 128;
  private static final int CAPACITY = 50_000;
  /** Of tasks that are read at once. Hundreds of usual ones fit, and a few copies of it in memory are still little. */
  static final long PAGE_BYTES = 8L << 20;
  /** What is not bigger is read at the first look, since a whole group of such is still no more than may be read at once. */
  static final int SMALL_BYTES = (int) (PAGE_BYTES / GROUP);
  private static final long PARSED_AT_ONCE = 256 * 1024;
  private static final Duration PATIENCE = Duration.ofDays(1);

  private final Database database;
  /** Not a commit, but the same gain: what is asked for at the same time is read at once. */
  private final GroupCommit<UUID, Optional<Seen>> looks;
  private final GroupCommit<Seen, Optional<Task>> bigOnes;
  private final GroupCommit<Seen, Optional<Task>> outlines;
  private final JobHolders holders;

  public TaskQueries(Database database) {
    this.database = database;
    holders = new JobHolders(database);
    GroupCommit.Weights<Seen> weights = new GroupCommit.Weights<>(Seen::bytes, PAGE_BYTES, Long.MAX_VALUE);
    looks = new GroupCommit<>(this::lookAtAll, GROUP, CAPACITY);
    bigOnes = new GroupCommit<>(this::readAll, GROUP, CAPACITY, PATIENCE, weights);
    outlines = new GroupCommit<>(group -> readAll(group).map(TaskQueries::withoutInputs), GROUP, CAPACITY, PATIENCE, weights);
  }

  /** What was accepted under an idempotency key. */
  public Future<Optional<TaskStore.Accepted>> accepted(String tenant, String key) {
    return database.query("SELECT task_ids, request_hash FROM idempotency_key WHERE tenant = $1 AND key = $2", Tuple.of(tenant, key))
        .map(rows -> rows.stream().findFirst()
            .map(row -> new TaskStore.Accepted(false, List.of(row.getArrayOfUUIDs("task_ids")), row.getString("request_hash"))));
  }

  public Future<Optional<Task>> find(UUID id) {
    return look(id).compose(seen -> seen.isEmpty() ? Future.succeededFuture(Optional.empty()) : whole(seen.get()));
  }

  /** The task, but not its texts where these are big; so any number can be looked at. */
  public Future<Optional<Seen>> look(UUID id) {
    return looks.submit(id);
  }

  /** The task as its owner must know it: where a provider's job may have told of its progress, with the {@code seq} of that, too. */
  public Future<Optional<Task>> findToRun(Seen seen) {
    return whole(seen).compose(this::counted);
  }

  /** The same without what only a submission needs; any number may be wanted at once. */
  public Future<Optional<Task>> findWithoutInput(Seen seen) {
    Future<Optional<Task>> found = seen.isBig() ? outlines.submit(seen) : Future.succeededFuture(Optional.of(seen.small.withoutInput()));
    return found.compose(this::counted);
  }

  private Future<Optional<Task>> whole(Seen seen) {
    return seen.isBig() ? bigOnes.submit(seen) : Future.succeededFuture(Optional.of(seen.small));
  }

  private Future<Optional<Task>> counted(Optional<Task> found) {
    return found.isEmpty() || Phase.CLAIMED.is(found.get().state().phaseWord()) ? Future.succeededFuture(found)
        : newestSeq(found.get().id()).map(seq -> found.map(task -> task.with(task.state().countedTo(seq))));
  }

  private Future<List<Optional<Seen>>> lookAtAll(List<UUID> ids) {
    String sql = "SELECT " + TaskRows.upTo(SMALL_BYTES) + " FROM " + TaskRows.TASK_TABLES + " WHERE t.id = ANY ($1)";
    return database.query(sql, Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new))).map(rows -> {
      Map<UUID, Seen> seen = new HashMap<>();
      for (Row row : rows) {
        Task small = row.getString("request") == null ? null : TaskRows.task(row);
        seen.put(row.getUUID("id"), new Seen(row.getUUID("id"), TaskRows.state(row), row.getInteger("bytes"), small));
      }
      return ids.stream().map(id -> Optional.ofNullable(seen.get(id))).toList();
    });
  }

  private Future<List<Optional<Task>>> readAll(List<Seen> seen) {
    return findAll(seen.stream().map(Seen::id).toList());
  }

  private static List<Optional<Task>> withoutInputs(List<Optional<Task>> read) {
    return read.stream().map(found -> found.map(Task::withoutInput)).toList();
  }

  /** Of the texts of all these tasks, together. */
  public Future<Long> bytes(List<UUID> ids) {
    return database.query("SELECT coalesce(sum(" + TaskRows.BYTES + "), 0)::bigint FROM " + TaskRows.TASK_TABLES + " WHERE t.id = ANY ($1)",
        Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new))).map(rows -> rows.iterator().next().getLong(0));
  }

  /** The tasks of these ids, in their order; absent ones are left out. */
  public Future<List<Task>> find(List<UUID> ids) {
    return findAll(ids).map(found -> found.stream().flatMap(Optional::stream).toList());
  }

  private Future<List<Optional<Task>>> findAll(List<UUID> ids) {
    String sql = "SELECT " + TaskRows.TASK + " FROM " + TaskRows.TASK_TABLES + " WHERE t.id = ANY ($1)";
    return database.query(sql, Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new))).compose(rows -> {
      long letters = rows.stream().mapToLong(row -> row.getString("request").length()).sum();
      Context here = letters > PARSED_AT_ONCE ? Vertx.currentContext() : null;
      // To parse megabytes takes the loop from all others.
      return here == null ? Future.succeededFuture(inOrder(ids, rows)) : here.executeBlocking(() -> inOrder(ids, rows));
    });
  }

  private static List<Optional<Task>> inOrder(List<UUID> ids, RowSet<Row> rows) {
    Map<UUID, Task> found = new HashMap<>();
    for (Row row : rows) {
      Task task = TaskRows.task(row);
      found.put(task.id(), task);
    }
    return ids.stream().map(id -> Optional.ofNullable(found.get(id))).toList();
  }

  /** The attempts of tasks that have ended, first to last. */
  public Future<Map<UUID, List<AttemptRecord>>> attempts(List<UUID> tasks) {
    return database.query("SELECT a.*, l.decision AS reconciled, r.route, r.sandbox FROM attempt a"
            + " LEFT JOIN lost_submit l ON l.task_id = a.task_id AND l.attempt = a.attempt, LATERAL (SELECT * FROM ("
            + "SELECT f.attempt, f.route, f.sandbox FROM former_route f WHERE f.task_id = a.task_id AND f.attempt >= a.attempt"
            + " UNION ALL SELECT 32767, b.route, b.sandbox FROM task_body b WHERE b.task_id = a.task_id) AS counted"
            + " ORDER BY attempt LIMIT 1) AS r WHERE a.task_id = ANY ($1) ORDER BY a.task_id, a.attempt",
        Tuple.tuple().addArrayOfUUID(tasks.toArray(UUID[]::new))).map(rows -> {
          Map<UUID, List<AttemptRecord>> attempts = new HashMap<>();
          for (Row row : rows) {
            attempts.computeIfAbsent(row.getUUID("task_id"), first -> new ArrayList<>()).add(TaskRows.attempt(row));
          }
          return attempts;
        });
  }

  /**
   * Newest first, all older than {@code before} where one is given: at most {@code limit}, and of big tasks only as many as may be
   * read at once, but at least one.
   */
  public Future<Page> list(String tenant, Filter filter, UUID before, int limit) {
    return list(tenant, filter, before, limit, bytes -> Future.succeededFuture());
  }

  /** The same. @param room is asked for so many bytes before any of them is read; where it fails, so does the list */
  public Future<Page> list(String tenant, Filter filter, UUID before, int limit, LongFunction<Future<?>> room) {
    Tuple values = Tuple.of(tenant);
    List<String> wanted = new ArrayList<>(List.of("t.tenant = $1"));
    if (before != null) {
      wanted.add("t.id < $" + values.addUUID(before).size());
    }
    if (filter.createdAfter != null) {
      wanted.add("t.id >= $" + values.addUUID(filter.createdAfter).size());
    }
    if (filter.createdBefore != null) {
      wanted.add("t.id < $" + values.addUUID(filter.createdBefore).size());
    }
    if (filter.status != null) {
      wanted.add("t.status = $" + values.addString(filter.status.word()).size());
    }
    if (filter.capability != null) {
      wanted.add("t.capability = $" + values.addString(filter.capability.word()).size());
    }
    if (filter.provider != null) {
      wanted.add("t.provider = $" + values.addString(filter.provider.word()).size());
    }
    filter.metadata.forEach(each -> wanted.add(metadataIs(each.getKey(), String.valueOf(each.getValue()), values)));
    String tasks = "SELECT t.id, " + TaskRows.BYTES + " AS bytes FROM " + TaskRows.TASK_TABLES
        + " WHERE " + String.join(" AND ", wanted) + " ORDER BY t.id DESC LIMIT " + (limit + 1);
    return database.query(within(tasks, "id DESC"), values).compose(rows -> {
      List<UUID> ids = rows.stream().limit(limit).map(row -> row.getUUID("id")).toList();
      boolean more = rows.size() > 0 && ids.size() < rows.iterator().next().getLong("found");
      long bytes = rows.stream().limit(limit).mapToLong(row -> row.getLong("bytes")).sum();
      return room.apply(bytes).compose(any -> find(ids)).map(page -> new Page(page, more));
    });
  }

  /** Of what a query finds the first rows, in whose {@code bytes} is no more than may be read at once; and one in any case. */
  private static String within(String sql, String order) {
    return "SELECT * FROM (SELECT *, count(*) OVER () AS found, sum(bytes) OVER (ORDER BY " + order + " ROWS UNBOUNDED PRECEDING) AS so_far"
        + " FROM (" + sql + ") AS one) AS counted WHERE so_far <= " + PAGE_BYTES + " OR so_far = bytes ORDER BY " + order;
  }

  /** The text, or where it reads as one the number or truth value: a query has no types, metadata does. */
  private static String metadataIs(String key, String value, Tuple values) {
    String text = "b.metadata @> $" + values.addJsonObject(new JsonObject().put(key, value)).size() + "::jsonb";
    if (!value.matches("-?(0|[1-9]\\d{0,99})(\\.\\d{1,99})?([eE][+-]?\\d{1,3})?|true|false")) {
      return text;
    }
    Object typed = value.equals("true") || value.equals("false") ? (Object) Boolean.valueOf(value) : new BigDecimal(value);
    return "(" + text + " OR b.metadata @> $" + values.addJsonObject(new JsonObject().put(key, typed)).size() + "::jsonb)";
  }

  /** The {@code seq} of a task's newest event. */
  public Future<Integer> newestSeq(UUID task) {
    // First past every commit under way, lest an event appear behind our back.
    return database.query("SELECT event_horizon()", Tuple.tuple())
        .compose(settled -> database.query("SELECT coalesce(max(seq), 0) FROM task_event WHERE task_id = $1", Tuple.of(task)))
        .map(rows -> rows.iterator().next().getInteger(0));
  }

  /** Of jobs at a task's provider, those that any attempt which has ended, or another task, has or had. */
  public Future<Set<String>> held(Task task, List<String> externalIds) {
    return holders.held(task, externalIds);
  }

  /**
   * The attempts of other tasks that have asked a task's provider for the same thing, or for anything of the model, and still wait for the
   * answer: a job that looks like the task's may be theirs. One whose answer is known to be lost is not among them.
   */
  public Future<Set<String>> asking(Task task, boolean anything) {
    return holders.asking(task, anything);
  }

  /** Of a queue's running tasks, those that a node owns. */
  public Future<List<UUID>> owned(UUID node, String queue, int limit) {
    String sql = "SELECT id FROM task WHERE owner = $1 AND status = 'processing' AND queue = $2 LIMIT $3";
    return database.query(sql, Tuple.of(node, queue, limit)).map(rows -> rows.stream().map(row -> row.getUUID(0)).toList());
  }

  /** Tasks that were not claimed before their deadline; of big ones fewer than {@code limit}. */
  public Future<List<Task>> overdue(int limit) {
    return tasks("t.status = 'queued' AND t.deadline_at > '-infinity' AND t.deadline_at < now() ORDER BY t.deadline_at LIMIT $1", limit);
  }

  /** Waiting tasks whose clients want them cancelled, which they had not heard of when their owner put them back. Of big ones fewer. */
  public Future<List<Task>> cancelledWaiting(int limit) {
    return tasks("t.status = 'queued' AND t.cancel_requested LIMIT $1", limit);
  }

  /** Running tasks that are past their deadline by a minute and whose owner is gone: no node serves their queue. Of big ones fewer. */
  public Future<List<Task>> abandoned(int limit) {
    return tasks("t.id IN (SELECT id FROM task WHERE owner IS NULL AND status = 'processing' AND deadline_at < now() - interval '1 minute'"
        + " UNION ALL SELECT a.id FROM node n JOIN task a ON a.owner = n.id WHERE n.expires_at < now() - interval '1 minute'"
        + " AND a.status = 'processing' AND a.deadline_at < now() - interval '1 minute' LIMIT $1)", limit);
  }

  private Future<List<Task>> tasks(String where, int limit) {
    String tasks = "SELECT " + TaskRows.TASK + ", " + TaskRows.BYTES + " AS bytes FROM " + TaskRows.TASK_TABLES + " WHERE " + where;
    return database.query(within(tasks, "deadline_at"), Tuple.of(limit))
        .map(rows -> rows.stream().map(TaskRows::task).toList());
  }

  /** Of a node's running tasks, those whose client wants them cancelled. */
  public Future<List<UUID>> toCancel(UUID node, int limit) {
    String sql = "SELECT id FROM task WHERE owner = $1 AND status = 'processing' AND cancel_requested LIMIT $2";
    return database.query(sql, Tuple.of(node, limit)).map(rows -> rows.stream().map(row -> row.getUUID(0)).toList());
  }

  /** Waiting and running tasks by provider; counts no further than {@code most} each, so that its cost is bounded. */
  public Future<Map<ProviderType, Load>> load(int most) {
    String sql = "SELECT p AS provider, (SELECT count(*) FROM (SELECT 1 FROM task WHERE status = 'queued' AND provider = p LIMIT $2) q) AS waiting,"
        + " (SELECT count(*) FROM (SELECT 1 FROM task WHERE status = 'processing' AND provider = p LIMIT $2) r) AS running"
        + " FROM unnest($1::text[]) AS p";
    String[] words = Arrays.stream(ProviderType.values()).map(ProviderType::word).toArray(String[]::new);
    return database.query(sql, Tuple.tuple().addArrayOfString(words).addInteger(most)).map(rows -> {
      Map<ProviderType, Load> loads = new EnumMap<>(ProviderType.class);
      for (Row row : rows) {
        ProviderType type = Named.of(ProviderType.class, row.getString("provider")).orElseThrow();
        loads.put(type, new Load(row.getLong("waiting"), row.getLong("running")));
      }
      return loads;
    });
  }

  /** Waiting tasks by queue, those that are not due yet included; counts no further than {@code most} each. */
  public Future<Map<String, Long>> waiting(Set<String> queues, int most) {
    String sql = "SELECT q AS queue, (SELECT count(*) FROM (SELECT 1 FROM task WHERE status = 'queued' AND queue = q LIMIT $2) w) AS waiting"
        + " FROM unnest($1::text[]) AS q";
    return database.query(sql, Tuple.tuple().addArrayOfString(queues.toArray(String[]::new)).addInteger(most)).map(rows -> {
      Map<String, Long> waiting = new HashMap<>();
      rows.forEach(row -> waiting.put(row.getString("queue"), row.getLong("waiting")));
      return waiting;
    });
  }

  /**
   * A task at a first look.
   *
   * @param bytes of its texts
   * @param small the task, or null where that is big and to be read by itself
   */
  public record Seen(UUID id, TaskState state, long bytes, Task small) {
    public boolean isBig() {
      return small == null;
    }
  }

  /** @param more whether others come after these */
  public record Page(List<Task> tasks, boolean more) {
    public Page {
      tasks = List.copyOf(tasks);
    }
  }

  /** How many tasks wait for a provider and run there. */
  public record Load(long waiting, long running) {
  }

  /** What a list shows; null and empty mean all. Times are the smallest ids of their moment. */
  public record Filter(
      TaskStatus status, ProviderCapability capability, ProviderType provider, UUID createdAfter, UUID createdBefore, JsonObject metadata) {
  }
}
