package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskStore.Claim;
import io.vertx.core.Vertx;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * Makes waiting tasks of a queue this node's: by hint where there is room for it, else by pull, for as many tasks of each provider as
 * there is room for. Used on the queue's event loop only.
 */
final class Claims {
  private static final int MOST_PULLED = 256;
  private static final long REFILL_MILLIS = 10;
  private static final double SHARE_LEFT_FREE = 0.1;

  private final Vertx vertx;
  private final Desk desk;
  private final String queue;
  private final int slots;
  private final IntSupplier free;
  private final Consumer<List<UUID>> claimed;
  private final Consumer<Throwable> lost;
  private final Rooms rooms = new Rooms();
  /** When each gate that is shut is looked at again. */
  private final Map<ProviderType, Agenda.Entry> openings = new EnumMap<>(ProviderType.class);
  /** Hinted, and being claimed; a pull may be faster. */
  private final Set<UUID> claiming = new HashSet<>();
  private boolean backlog = true;
  private boolean strangers;
  private boolean pulling;
  private boolean pullAgain;
  private boolean refilling;
  private boolean stopped;

  /**
   * @param free slots that nothing is in, those aside that are being claimed for
   * @param claimed told after each claim that was answered, of the tasks that are ours by it
   * @param lost told of each claim whose answer did not come, so that it may stand
   */
  Claims(Vertx vertx, Desk desk, String queue, int slots, IntSupplier free, Consumer<List<UUID>> claimed, Consumer<Throwable> lost) {
    this.vertx = vertx;
    this.desk = desk;
    this.queue = queue;
    this.slots = slots;
    this.free = free;
    this.claimed = claimed;
    this.lost = lost;
    desk.gates().forEach((type, gate) -> {
      rooms.add(type, desk.providers().get(type).limits().maxInFlight(), gate);
      gate.watch(() -> moved(type, gate));
    });
  }

  Rooms rooms() {
    return rooms;
  }

  /** How many are being claimed by hint. */
  int size() {
    return claiming.size();
  }

  /** Whether no claim is under way. */
  boolean isQuiet() {
    return !pulling && claiming.isEmpty();
  }

  /** Claims nothing any more. */
  void stop() {
    stopped = true;
  }

  void hinted(ProviderQueueMap.Hint hint) {
    Optional<ProviderType> type = Named.of(ProviderType.class, hint.provider());
    boolean known = type.filter(rooms::knows).isPresent();
    if (stopped || free() <= 0 || known && rooms.of(type.get()) <= 0) {
      backlog = true;
    } else if (type.isEmpty() || known && desk.gates().get(type.get()).isLimited()) {
      // Which one is claimed then, and how many at a time, is not the hint's to say.
      pull();
    } else if (claiming.add(hint.taskId())) {
      claim(hint.taskId(), type.get());
    }
  }

  private void claim(UUID task, ProviderType type) {
    rooms.take(task, type);
    desk.store().claim(task).onComplete(answer -> {
      claiming.remove(task);
      if (answer.succeeded() && answer.result()) {
        claimed.accept(List.of(task));
        return;
      }
      rooms.give(task);
      if (answer.failed()) {
        lost.accept(answer.cause());
      } else {
        claimed.accept(List.of());
      }
    });
  }

  /** Also looks for tasks of providers that this queue does not run any more, which are passed on. */
  void pullStrangersToo() {
    strangers = true;
    pull();
  }

  void pull() {
    int most = Math.min(free(), MOST_PULLED);
    if (stopped || most <= 0) {
      return;
    }
    if (pulling) {
      pullAgain = true;
      return;
    }
    Map<ProviderType, Integer> wanted = rooms.all(most);
    if (strangers) {
      strangers = false;
      List.of(ProviderType.values()).stream().filter(type -> !rooms.knows(type)).forEach(type -> wanted.put(type, most));
    }
    if (!wanted.isEmpty()) {
      pull(wanted, most);
    }
  }

  private void pull(Map<ProviderType, Integer> wanted, int most) {
    pulling = true;
    pullAgain = false;
    desk.store().claimWaiting(queue, wanted, most).onComplete(answer -> {
      pulling = false;
      if (answer.failed()) {
        QueueVerticle.LOG.debug("Queue {} could not claim", queue, answer.cause());
        lost.accept(answer.cause());
        return;
      }
      Map<ProviderType, Integer> got = new EnumMap<>(ProviderType.class);
      for (Claim claim : answer.result()) {
        rooms.take(claim.task(), claim.provider());
        got.merge(claim.provider(), 1, Integer::sum);
      }
      backlog = answer.result().size() == most || got.entrySet().stream().anyMatch(each -> each.getValue().equals(wanted.get(each.getKey())));
      claimed.accept(answer.result().stream().map(Claim::task).toList());
      // Where there were some, there may be more.
      strangers |= got.keySet().stream().anyMatch(type -> !rooms.knows(type));
      if (backlog || pullAgain || strangers) {
        pull();
      }
    });
  }

  /** A slot has become free. Those that do so one by one are filled several at a time: each pull is a statement of its own for the database. */
  void refill() {
    if (!backlog) {
      return;
    }
    if (free() >= slots * SHARE_LEFT_FREE) {
      pull();
    } else if (!refilling) {
      refilling = true;
      vertx.timer(REFILL_MILLIS, TimeUnit.MILLISECONDS).onSuccess(later -> {
        refilling = false;
        pull();
      });
    }
  }

  private int free() {
    return free.getAsInt() - claiming.size();
  }

  /** A gate was shut, or may let more through. */
  private void moved(ProviderType type, Gate gate) {
    Agenda.Entry before = openings.remove(type);
    if (before != null) {
      desk.agenda().drop(before);
    }
    long shut = gate.shutMillis();
    if (shut > 0) {
      openings.put(type, desk.agenda().in(shut, () -> moved(type, gate)));
    } else {
      pull();
    }
  }
}
