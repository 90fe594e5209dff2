package dev.computeserver.task;

import dev.computeserver.async.Isolated;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.db.Database;
import dev.computeserver.db.Faults;
import dev.computeserver.db.GroupCommit;
import dev.computeserver.db.LowWater;
import dev.computeserver.db.SizedCommit;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The only writer of tasks. Each kind of write has two lanes, for small and for big ones, in which concurrent calls share commits; after a
 * commit its events go to the listener, in the order of the lane. Any thread may call, and is answered on its own context.
 */
public final class TaskStore {
  private static final String PROGRESS = "progress";
  private static final int GROUP = 256;
  private static final int ACCEPTS_WAITING = 5_000;
  /** One statement's share, as a few copies of it are in memory while it is written, and PostgreSQL takes no parameter of a GiB. */
  static final long GROUP_BYTES = 8L << 20;
  /** Two of the biggest requests, or 32,000 tasks of batches, which is more than is written within the patience. */
  static final long ACCEPTS_WAITING_BYTES = 64L << 20;
  /** What the rows and events of the smallest task take; so a group has 4,000 tasks at most, which a slow disk takes within a statement's time. */
  private static final int TASK_BYTES = 2_048;
  /** With the time of one statement shorter than a client's request: what is told to be sent again must not be stored after that. */
  private static final Duration ACCEPT_PATIENCE = Duration.ofSeconds(5);
  private static final int WRITES_WAITING = 200_000;
  private static final Duration CHANGE_PATIENCE = Duration.ofDays(1);
  private static final long RETRY_MILLIS = 500;

  /** What a node of this version can run; it leaves alone what only a newer one knows. */
  private static final String[] PROVIDERS = Named.words(ProviderType.class);
  private static final String[] CAPABILITIES = Named.words(ProviderCapability.class);
  private static final String[] PHASES = Named.words(Phase.class);
  /** Whether the sandbox plays what a claimed task runs at: no business of the claim itself, and told in its event. */
  private static final String PLAYED = "(SELECT b.sandbox FROM task_body b WHERE b.task_id = c.task_id) AS sandbox";

  private static final Pattern NUL = Pattern.compile("((?<!\\\\)(?:\\\\\\\\)*)\\\\u0000");

  private final Vertx vertx;
  private final Database database;
  private final UUID node;
  private final Consumer<TaskEvent.Batch> committed;
  private final SizedCommit<Accept, Accepted> accepts;
  private final GroupCommit<UUID, Boolean> claims;
  private final SizedCommit<TaskChange, Boolean> steps;
  private final SizedCommit<TaskChange, Boolean> phases;
  private final SizedCommit<TaskChange, Boolean> decisions;
  private final SizedCommit<TaskChange, Boolean> revivals;
  private final GroupCommit<Report, Boolean> reports;
  private final Map<String, LowWater> waters = new ConcurrentHashMap<>();

  /**
   * @param node this process's own id, under which it claims
   * @param committed told of the events of each commit; must not block
   */
  public TaskStore(Vertx vertx, Database database, UUID node, Consumer<TaskEvent.Batch> committed) {
    this.vertx = vertx;
    this.database = database;
    this.node = node;
    this.committed = committed;
    accepts = new SizedCommit<>(this::writeAccepts, GROUP, ACCEPTS_WAITING, ACCEPT_PATIENCE,
        new GroupCommit.Weights<>(Accept::bytes, GROUP_BYTES, ACCEPTS_WAITING_BYTES));
    claims = new GroupCommit<>(this::writeClaims, GROUP, WRITES_WAITING);
    // No weight is too much for these to wait: what they carry is in memory already, and paid for.
    GroupCommit.Weights<TaskChange> changes = new GroupCommit.Weights<>(TaskChange::bytes, GROUP_BYTES, Long.MAX_VALUE);
    steps = new SizedCommit<>(this::writeChanges, GROUP, WRITES_WAITING, CHANGE_PATIENCE, changes);
    phases = new SizedCommit<>(this::writeChanges, GROUP, WRITES_WAITING, CHANGE_PATIENCE, changes);
    decisions = new SizedCommit<>(this::writeDecisions, GROUP, WRITES_WAITING, CHANGE_PATIENCE, changes);
    revivals = new SizedCommit<>(this::writeRevivals, GROUP, WRITES_WAITING, CHANGE_PATIENCE, changes);
    reports = new GroupCommit<>(this::writeReports, GROUP, WRITES_WAITING);
  }

  /** How many writes wait for a commit; any thread may ask. */
  public int waiting() {
    return accepts.waiting() + claims.waiting() + steps.waiting() + phases.waiting() + decisions.waiting() + revivals.waiting() + reports.waiting();
  }

  /** Stores a request of one or many tasks, all or none. Fails on an outage, after which the request may or may not be stored. */
  public Future<Accepted> accept(Accept request) {
    return accepts.submit(request);
  }

  /** Makes a queued task ours; false where another was faster, or it is not due. */
  public Future<Boolean> claim(UUID task) {
    return claims.submit(task);
  }

  /**
   * The only way a task's status or phase changes. False where the task is no longer in the state before: somebody else
   * owns it, or has moved it on. While the database is out the call waits and goes on, up to {@code patience}, then fails.
   */
  public Future<Boolean> setStatus(TaskChange change, Duration patience) {
    SizedCommit<TaskChange, Boolean> lane = change.hasEvent() ? steps : phases;
    return write(lane, change, System.nanoTime() + patience.toNanos(), false);
  }

  /**
   * The same for a change that decides about a submit whose reply was lost. False also where it goes on with a job that another task
   * has or had: however many find one at the same moment, on whichever nodes, one of them gets it.
   */
  public Future<Boolean> decide(TaskChange change, Duration patience) {
    return write(decisions, change, System.nanoTime() + patience.toNanos(), false);
  }

  /** The same for a change that has an ended task run again, by whoever its {@link TaskChange#route} names. */
  public Future<Boolean> revive(TaskChange change, Duration patience) {
    return write(revivals, change, System.nanoTime() + patience.toNanos(), false);
  }

  /**
   * Marks a task that has begun as one that its client wants cancelled, whoever owns it and whatever a newer version calls its status;
   * false where it waits or has ended.
   */
  public Future<Boolean> requestCancel(UUID task) {
    return database.query("UPDATE task SET cancel_requested = true WHERE id = $1"
            + " AND status NOT IN ('queued', 'completed', 'failed', 'cancelled')", Tuple.of(task))
        .map(rows -> rows.rowCount() == 1);
  }

  /** Appends a progress event with the next {@code seq}; false where the task is no longer ours. */
  public Future<Boolean> report(Task task, JsonObject progress) {
    return reports.submit(new Report(task, progress));
  }

  private Future<Boolean> write(SizedCommit<TaskChange, Boolean> lane, TaskChange change, long until, boolean again) {
    return lane.submit(change)
        .compose(applied -> applied || !again ? Future.succeededFuture(applied) : stands(change))
        .recover(failure -> Faults.isOutage(failure) && System.nanoTime() < until
            ? vertx.timer(RETRY_MILLIS, TimeUnit.MILLISECONDS).compose(later -> write(lane, change, until, true))
            : Future.failedFuture(failure));
  }

  /** Whether a change stands whose commit's answer was lost. */
  private Future<Boolean> stands(TaskChange change) {
    TaskState next = change.next();
    return database.query("SELECT 1 FROM task WHERE id = $1 AND fence = $2 AND status = $3 AND seq = $4"
            + " AND phase IS NOT DISTINCT FROM $5::text",
        Tuple.of(change.task().id(), next.fence(), next.statusWord(), next.seq(), next.phaseWord())).map(rows -> rows.size() == 1);
  }

  private Future<List<Accepted>> writeAccepts(List<Accept> group) {
    JsonArray entries = new JsonArray();
    List<String> requests = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      entries.add(group.get(i).toRow(i, requests.size() + 1));
      group.get(i).tasks().forEach(task -> requests.add(text(task.request().toJson().encode())));
    }
    Tuple values = Tuple.of(text(entries.encode())).addArrayOfString(requests.toArray(String[]::new));
    return database.query("SELECT * FROM accept_tasks($1::text::json, $2)", values).map(rows -> {
      Accepted[] results = new Accepted[group.size()];
      List<TaskEvent> events = new ArrayList<>(rows.size());
      long previous = 0;
      for (Row row : rows) {
        int entry = row.getInteger("entry");
        if (row.getUUID("task_id") == null) {
          results[entry] = new Accepted(false, List.of(row.getArrayOfUUIDs("replay_of")), row.getString("replay_hash"));
        } else {
          previous = row.getLong("prev");
          events.add(acceptedEvent(group.get(entry), row));
        }
      }
      tell(previous, events);
      for (int i = 0; i < results.length; i++) {
        results[i] = results[i] == null ? new Accepted(true, group.get(i).ids(), null) : results[i];
      }
      return Arrays.asList(results);
    });
  }

  private static TaskEvent acceptedEvent(Accept request, Row row) {
    UUID id = row.getUUID("task_id");
    Task.New task = request.tasks().size() == 1 ? request.tasks().get(0)
        : request.tasks().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
    return new TaskEvent(row.getLong("event_id"), 1, "queued", id, TaskStatus.QUEUED.word(), request.tenant(), task.place().provider().word(),
        task.route().sandbox(), task.request().capabilityWord(), 0, null, null);
  }

  /**
   * Makes the first waiting tasks of a queue ours, at most {@code most}; answers which. What it costs does not depend on how many
   * tasks of the queue's other providers wait.
   *
   * @param rooms of each provider so many at most; not empty
   */
  public Future<List<Claim>> claimWaiting(String queue, Map<ProviderType, Integer> rooms, int most) {
    String[] providers = rooms.keySet().stream().map(ProviderType::word).toArray(String[]::new);
    Integer[] sizes = rooms.values().toArray(Integer[]::new);
    return waters.computeIfAbsent(queue, this::water).search(marks -> {
      Tuple values = Tuple.tuple().addUUID(node).addString(queue).addArrayOfString(providers).addArrayOfInteger(sizes).addInteger(most)
          .addArrayOfString(marks.owners()).addArrayOfShort(marks.levels()).addArrayOfOffsetDateTime(marks.oldest()).addOffsetDateTime(marks.since())
          .addArrayOfString(CAPABILITIES);
      return database.query("SELECT c.*, " + PLAYED + " FROM claim_waiting($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) c", values).map(this::claimed);
    });
  }

  private LowWater water(String queue) {
    return new LowWater(() -> database.query("SELECT * FROM oldest_waiting($1, $2)", Tuple.tuple().addString(queue).addArrayOfString(PROVIDERS))
        .map(LowWater.Marks::of));
  }

  /** Makes running tasks ours that nobody runs any more; answers which. */
  public Future<List<UUID>> takeOver(String queue, int most) {
    Tuple values = Tuple.tuple().addUUID(node).addArrayOfString(new String[] {queue}).addInteger(most)
        .addArrayOfString(PROVIDERS).addArrayOfString(CAPABILITIES).addArrayOfString(PHASES);
    return database.query("SELECT * FROM take_over_tasks($1, $2, $3, $4, $5, $6)", values)
        .map(rows -> rows.stream().map(row -> row.getUUID(0)).toList());
  }

  private Future<List<Boolean>> writeClaims(List<UUID> group) {
    Tuple values = Tuple.tuple().addUUID(node).addArrayOfUUID(group.toArray(UUID[]::new)).addArrayOfString(PROVIDERS)
        .addArrayOfString(CAPABILITIES);
    return database.query("SELECT c.*, " + PLAYED + " FROM claim_tasks($1, $2, $3, $4) c", values).map(this::claimed).map(claimed -> {
      Set<UUID> ours = new HashSet<>();
      claimed.forEach(claim -> ours.add(claim.task()));
      return group.stream().map(ours::contains).toList();
    });
  }

  private List<Claim> claimed(RowSet<Row> rows) {
    List<Claim> claimed = new ArrayList<>(rows.size());
    List<TaskEvent> events = new ArrayList<>(rows.size());
    long previous = 0;
    for (Row row : rows) {
      TaskEvent event = TaskRows.event(row);
      claimed.add(new Claim(event.taskId(), Named.of(ProviderType.class, event.provider()).orElseThrow()));
      previous = row.getLong("prev");
      events.add(event);
    }
    tell(previous, events);
    return claimed;
  }

  /**
   * A statement changes a row once and says nothing of a second change of it, such as a client's cancel beside the owner's step; so
   * the second one begins a statement of its own.
   */
  private Future<List<Boolean>> writeChanges(List<TaskChange> group) {
    Set<UUID> tasks = new HashSet<>();
    int size = 0;
    while (size < group.size() && tasks.add(group.get(size).task().id())) {
      size++;
    }
    List<TaskChange> rest = group.subList(size, group.size());
    Future<List<Boolean>> written = writeDistinct(group.subList(0, size));
    return rest.isEmpty() ? written : written.compose(first -> writeChanges(rest)
        .map(others -> Stream.concat(first.stream(), others.stream()).toList()));
  }

  private Future<List<Boolean>> writeDistinct(List<TaskChange> group) {
    return writeAll("SELECT * FROM change_tasks($1::text::json)", group);
  }

  private Future<List<Boolean>> writeDecisions(List<TaskChange> group) {
    return writeAll("SELECT * FROM decide_lost_submits($1::text::json)", group);
  }

  private Future<List<Boolean>> writeRevivals(List<TaskChange> group) {
    return writeAll("SELECT * FROM revive_tasks($1::text::json)", group);
  }

  private Future<List<Boolean>> writeAll(String sql, List<TaskChange> group) {
    JsonArray rows = new JsonArray();
    for (int i = 0; i < group.size(); i++) {
      rows.add(group.get(i).toRow(i));
    }
    return database.query(sql, Tuple.of(text(rows.encode())))
        .map(done -> answered(group.size(), done, (place, id) -> group.get(place).event(id)));
  }

  private Future<List<Boolean>> writeReports(List<Report> group) {
    JsonArray rows = new JsonArray();
    for (int i = 0; i < group.size(); i++) {
      rows.add(group.get(i).toRow(i));
    }
    return database.query("SELECT * FROM record_progress($1::text::json)", Tuple.of(text(rows.encode())))
        .map(done -> answered(group.size(), done, (place, id) -> group.get(place).event(id)));
  }

  /** The places that were written are true; their events are told. */
  private List<Boolean> answered(int size, RowSet<Row> done, EventAt event) {
    List<Boolean> applied = new ArrayList<>(Collections.nCopies(size, false));
    List<TaskEvent> events = new ArrayList<>(done.size());
    long previous = 0;
    for (Row row : done) {
      int place = row.getInteger("place");
      applied.set(place, true);
      if (row.getLong("event_id") != null) {
        previous = row.getLong("prev");
        events.add(event.of(place, row.getLong("event_id")));
      }
    }
    tell(previous, events);
    return applied;
  }

  /** PostgreSQL takes no U+0000; a provider's text may hold one. */
  private static String text(String json) {
    return json.contains("\\u0000") ? NUL.matcher(json).replaceAll("$1\\\\ufffd") : json;
  }

  private void tell(long previous, List<TaskEvent> events) {
    if (!events.isEmpty()) {
      events.sort(Comparator.comparingLong(TaskEvent::id));
      Isolated.run("telling of a commit", () -> committed.accept(new TaskEvent.Batch(previous, events)));
    }
  }

  /** A task that has become ours. */
  public record Claim(UUID task, ProviderType provider) {
  }

  private interface EventAt {
    TaskEvent of(int place, long id);
  }

  /**
   * A request to store.
   *
   * @param key the client's idempotency key, or null
   * @param hash of the request, to tell a repeat from another request under the same key; null without key
   */
  public record Accept(String tenant, List<Task.New> tasks, String key, String hash) {
    public Accept {
      tasks = List.copyOf(tasks);
    }

    /** About as many as it takes in a statement. */
    long bytes() {
      return tasks.stream().mapToLong(task -> TASK_BYTES + task.request().bytes()).sum();
    }

    List<UUID> ids() {
      return tasks.stream().map(Task.New::id).toList();
    }

    /** @param place of the first task's request, see {@link Task.New#toRow} */
    JsonObject toRow(int entry, int place) {
      JsonArray rows = new JsonArray();
      tasks.forEach(task -> rows.add(task.toRow(place + rows.size())));
      JsonObject row = new JsonObject().put("entry", entry).put("tenant", tenant).put("tasks", rows);
      if (key != null) {
        row.put("key", key).put("hash", hash).put("ids", ids().stream().map(UUID::toString).toList());
      }
      return row;
    }
  }

  /**
   * @param stored whether the tasks are new; else the key was used before
   * @param ids the new tasks, or those of the first request under the key
   * @param firstHash hash of the first request under the key, or null for new tasks
   */
  public record Accepted(boolean stored, List<UUID> ids, String firstHash) {
  }

  private record Report(Task task, JsonObject progress) {
    private static final long MOST_BYTES = 16_384;

    private Report {
      progress = Storable.small(progress, MOST_BYTES);
    }

    JsonObject toRow(int place) {
      return new JsonObject().put("place", place).put("id", task.id().toString()).put("fence", task.state().fence())
          .put("seq", task.state().seq() + 1).put("progress", progress).put("webhooks", TaskChange.webhooks(task.request(), PROGRESS));
    }

    TaskEvent event(long id) {
      TaskState state = task.state();
      return new TaskEvent(id, state.seq() + 1, PROGRESS, task.id(), TaskStatus.PROCESSING.word(), task.tenant(), state.providerWord(),
          task.sandbox(), task.request().capabilityWord(), state.attempt(), progress, null);
    }
  }
}
