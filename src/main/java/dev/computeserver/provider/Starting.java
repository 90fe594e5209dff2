package dev.computeserver.provider;

import dev.computeserver.db.Faults;
import dev.computeserver.task.Phase;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskQueries.Seen;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.event.Level;

/**
 * The tasks of a queue that are ours and do not run yet: they are being read, and those with big inputs wait until there is room for
 * these in memory. Used on the queue's event loop only.
 */
final class Starting {
  private static final long AGAIN_MILLIS = 1_000;

  private final Vertx vertx;
  private final Desk desk;
  private final Consumer<Ready> started;
  private final Set<UUID> ids = new HashSet<>();
  private final Map<UUID, Waiting> waiting = new HashMap<>();
  private boolean draining;

  Starting(Vertx vertx, Desk desk, Consumer<Ready> started) {
    this.vertx = vertx;
    this.desk = desk;
    this.started = started;
  }

  int size() {
    return ids.size();
  }

  void add(UUID id) {
    if (ids.add(id)) {
      load(id);
    }
  }

  /** The client of a task wants it cancelled: where nothing of it can have been sent, it ends without its input. */
  void cancel(UUID id) {
    Waiting big = waiting.get(id);
    if (big != null && big.seen.state().phase() == Phase.CLAIMED) {
      big.turn.tryComplete(false);
    }
  }

  /** Whatever waits for room is handed over. */
  void drain() {
    draining = true;
    new ArrayList<>(waiting.values()).forEach(big -> big.turn.tryComplete(false));
  }

  private void load(UUID id) {
    desk.queries().look(id).compose(found -> begin(id, found)).onComplete(begun -> {
      if (begun.failed()) {
        // Of an outage the way to the database warns.
        QueueVerticle.LOG.atLevel(Faults.isOutage(begun.cause()) ? Level.DEBUG : Level.WARN)
            .log("Task " + id + " is ours but cannot be read, trying again", begun.cause());
        vertx.timer(AGAIN_MILLIS, TimeUnit.MILLISECONDS).onSuccess(later -> load(id));
        return;
      }
      ids.remove(id);
      started.accept(begun.result());
    });
  }

  private Future<Ready> begin(UUID id, Optional<Seen> found) {
    if (found.isEmpty()) {
      return Future.succeededFuture(new Ready(id, Optional.empty(), null, false));
    }
    Seen seen = found.get();
    Phase phase = seen.state().phase();
    if (!seen.isBig()) {
      return desk.queries().findToRun(seen).map(task -> new Ready(seen.id(), task, null, false));
    }
    return phase == Phase.CLAIMED || phase == Phase.SUBMITTING ? whenThereIsRoom(seen)
        : desk.queries().findWithoutInput(seen).map(task -> new Ready(seen.id(), task, null, false));
  }

  private Future<Ready> whenThereIsRoom(Seen seen) {
    Promise<Boolean> turn = Promise.promise();
    Places.Place room = desk.room().place(seen.bytes(), () -> turn.tryComplete(true));
    Agenda.Entry deadline = desk.agenda().in(seen.state().deadlineAt().toEpochMilli() - desk.clock().millis(), () -> turn.tryComplete(false));
    waiting.put(seen.id(), new Waiting(seen, turn));
    if (draining) {
      turn.tryComplete(false);
    } else {
      room.await();
    }
    return turn.future().compose(mine -> {
      desk.agenda().drop(deadline);
      waiting.remove(seen.id());
      if (mine) {
        return desk.queries().findToRun(seen).map(task -> new Ready(seen.id(), task, room, false)).onFailure(out -> room.give());
      }
      room.give();
      return desk.queries().findWithoutInput(seen).map(task -> new Ready(seen.id(), task, null, true));
    });
  }

  private record Waiting(Seen seen, Promise<Boolean> turn) {
  }

  /**
   * A task that has been read, or empty where it is gone.
   *
   * @param room in memory that its input has, or null
   * @param ends whether it is to end or to be handed over without having been begun; it has been read without its input then
   */
  record Ready(UUID id, Optional<Task> task, Places.Place room, boolean ends) {
    void drop() {
      if (room != null) {
        room.give();
      }
    }
  }
}
