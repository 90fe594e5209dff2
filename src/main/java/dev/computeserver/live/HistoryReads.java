package dev.computeserver.live;

import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;

/** Reads of history for the watchers of one event loop: a few at a time, the rest wait in line. Used on that loop only. */
final class HistoryReads {
  static final int MOST_AT_ONCE = 8;

  private final History history;
  private final int atOnce;
  private final Queue<Runnable> line = new ArrayDeque<>();
  private int running;
  private boolean starting;

  HistoryReads(History history, int atOnce) {
    this.history = history;
    this.atOnce = atOnce;
  }

  /** @param read asked when it is its turn */
  Future<List<TaskEvent>> inTurn(Supplier<Future<List<TaskEvent>>> read) {
    Promise<List<TaskEvent>> promise = Promise.promise();
    line.add(() -> {
      running++;
      Future.succeededFuture().compose(now -> read.get()).onComplete(page -> {
        running--;
        promise.handle(page);
        startNext();
      });
    });
    startNext();
    return promise.future();
  }

  History history() {
    return history;
  }

  /** What is answered at once would start the next from within, as deep as the line is long: so only the outermost call starts any. */
  private void startNext() {
    if (starting) {
      return;
    }
    starting = true;
    try {
      while (running < atOnce && !line.isEmpty()) {
        line.poll().run();
      }
    } finally {
      starting = false;
    }
  }

  /** Where history is read, as {@link EventLog#between} does. */
  interface History {
    Future<List<TaskEvent>> between(long after, long until, EventLog.Wanted wanted, int limit);
  }
}
