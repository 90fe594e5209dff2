package dev.computeserver.live;

import dev.computeserver.async.Isolated;
import dev.computeserver.async.SideLane;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Gives the feed to the watchers of one event loop, each event to those that want it. Used on that loop only.
 */
public final class LiveHub implements EventFeed.Follower {
  /** Each takes a core of the database's for a moment. */
  private static final int SNAPSHOTS_AT_ONCE = 1;

  private final Context context;
  private final SideLane lane;
  private final WorkerExecutor readers;
  private final HistoryReads reads;
  /** Of which each may ask for the newest event of a thousand tasks. */
  private final HistoryReads snapshots;
  private final Map<UUID, Set<Watcher>> byTask = new HashMap<>();
  private final Set<Watcher> broad = new LinkedHashSet<>();
  private final AtomicInteger subscriptions = new AtomicInteger();
  private long end = -1;

  /** {@code context} is the event loop's that owns the watchers. */
  public LiveHub(Context context, EventLog log) {
    this(context, log::between);
  }

  LiveHub(Context context, HistoryReads.History history) {
    this.context = context;
    this.lane = new SideLane(context.owner());
    this.readers = context.owner().createSharedWorkerExecutor("live-messages", 1);
    this.reads = new HistoryReads(history, HistoryReads.MOST_AT_ONCE);
    this.snapshots = new HistoryReads(history, SNAPSHOTS_AT_ONCE);
  }

  @Override
  public void began(long before) {
    context.runOnContext(ignored -> end = before);
  }

  @Override
  public void happened(List<TaskEvent> events) {
    context.runOnContext(ignored -> {
      for (TaskEvent event : events) {
        end = event.id();
        tell(byTask.get(event.taskId()), event);
        tell(broad, event);
      }
    });
  }

  /** The newest event's id that watchers of this loop were told. */
  public long end() {
    return end;
  }

  /** How many subscriptions are open; any thread may ask. */
  public int subscriptions() {
    return subscriptions.get();
  }

  void subscribed(int more) {
    subscriptions.addAndGet(more);
  }

  Context context() {
    return context;
  }

  /** Reads the present state for a watcher when it is its turn; so no number of them keeps others from the store. */
  public Future<List<TaskEvent>> snapshot(Supplier<Future<List<TaskEvent>>> read) {
    return snapshots.inTurn(read);
  }

  /** Where the messages of its clients are served, so that no number of them holds up what else the loop does. */
  public SideLane lane() {
    return lane;
  }

  /** A thread for long messages of clients. */
  public WorkerExecutor readers() {
    return readers;
  }

  HistoryReads reads() {
    return reads;
  }

  /** From now on the watcher is told every event that it wants; what was before is its own to read. */
  void add(Watcher watcher) {
    if (watcher.wanted().tasks().isEmpty()) {
      broad.add(watcher);
    } else {
      watcher.wanted().tasks().forEach(task -> byTask.computeIfAbsent(task, key -> new LinkedHashSet<>()).add(watcher));
    }
  }

  void remove(Watcher watcher) {
    broad.remove(watcher);
    watcher.wanted().tasks().forEach(task -> byTask.computeIfPresent(task, (key, watchers) -> {
      watchers.remove(watcher);
      return watchers.isEmpty() ? null : watchers;
    }));
  }

  /**
   * True as soon as the task has ended, false after {@code millis}.
   *
   * @param look whether it has ended now; asked once listening has begun, and at each event that says so: by the time that one comes, the
   *     task may have been retried
   */
  public Future<Boolean> ended(UUID task, long millis, Vertx vertx, Supplier<Future<Boolean>> look) {
    Promise<Boolean> promise = Promise.promise();
    Runnable ask = () -> look.get().onComplete(ended -> {
      if (ended) {
        promise.tryComplete(true);
      }
    }, promise::tryFail);
    Watcher watcher = new Watcher() {
      @Override
      public EventLog.Wanted wanted() {
        return new EventLog.Wanted(null, Set.of(task), null, null);
      }

      @Override
      public void happened(TaskEvent event) {
        if (TaskStatus.terminal(event.status())) {
          ask.run();
        }
      }
    };
    add(watcher);
    long timer = vertx.setTimer(millis, late -> promise.tryComplete(false));
    ask.run();
    return promise.future().onComplete(done -> {
      vertx.cancelTimer(timer);
      remove(watcher);
    });
  }

  private static void tell(Set<Watcher> watchers, TaskEvent event) {
    if (watchers != null) {
      for (Watcher watcher : new ArrayList<>(watchers)) {
        if (watcher.wanted().takes(event)) {
          Isolated.run("a watcher of events", () -> watcher.happened(event));
        }
      }
    }
  }

  /** Wants some of the events, and gets them. */
  interface Watcher {
    EventLog.Wanted wanted();

    void happened(TaskEvent event);
  }
}
