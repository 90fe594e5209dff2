package dev.computeserver.live;

import dev.computeserver.async.Isolated;
import dev.computeserver.bus.Address;
import dev.computeserver.bus.Bus;
import dev.computeserver.db.Faults;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Puts the events of all nodes into their one order. Each batch names the end of the batch before it:
 * <pre>
 * in step    the next batch begins where we are: pass it on
 * waiting    a later batch came first: keep it, and look again shortly
 * catching   nothing filled the hole, or an end was lost: read from the store up to the horizon, then in step
 * </pre>
 * What was read so and is not announced later, either, is handed on to whoever publishes in place of the node that did not.
 */
public final class EventFeed extends VerticleBase {
  /** Where nodes announce what they have committed. */
  public static final Address<TaskEvent.Batch, TaskEvent.Batch> FEED =
      new Address<>("compute.events.feed", TaskEvent.Batch.class, TaskEvent.Batch.class);

  private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);
  private static final int MOST_EARLY = 2_000;
  private static final int PAGE = 1_000;
  private static final long HOLE_MILLIS = 250;
  private static final long SWEEP_MILLIS = 1_000;
  /** A feed that has neither been in step nor come further for so long is not waiting for a moment that passes. */
  private static final Duration LONGEST_STILL = Duration.ofSeconds(10);

  private final Bus bus;
  private final EventLog log;
  private final Duration longestStill;
  private final List<Follower> followers = new CopyOnWriteArrayList<>();
  private final TreeMap<Long, TaskEvent.Batch> early = new TreeMap<>();
  private final Unannounced unannounced = new Unannounced();
  private volatile Consumer<List<TaskEvent>> heir = events -> { };
  private long end = -1;
  private long endBefore = -1;
  private volatile long movedAt = System.nanoTime();
  private boolean catching;
  private boolean holeTimed;

  public EventFeed(Bus bus, EventLog log) {
    this(bus, log, LONGEST_STILL);
  }

  EventFeed(Bus bus, EventLog log, Duration longestStill) {
    this.bus = bus;
    this.log = log;
    this.longestStill = longestStill;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(SWEEP_MILLIS, tick -> sweep());
    return bus.hear(FEED, this::take).compose(consumer -> log.horizon()).map(horizon -> {
      end = Math.max(end, horizon);
      return pass();
    });
  }

  /**
   * Adds a follower and tells it, on the feed's own context, up to which id everything lies behind it; every later event
   * reaches it.
   */
  public void follow(Follower follower) {
    context.runOnContext(ignored -> {
      followers.add(follower);
      follower.began(end);
    });
  }

  /** {@code heir} is told, a second or two later, of events that no node has announced, so that nobody else will publish them. */
  public void tellUnannounced(Consumer<List<TaskEvent>> heir) {
    this.heir = heir;
  }

  /** Whether it is in step or comes further, so that watchers are told what happens; any thread may ask. */
  public boolean moves() {
    return System.nanoTime() - movedAt < longestStill.toNanos();
  }

  private void take(TaskEvent.Batch batch) {
    unannounced.announced(batch);
    if (batch.end() > end && early.size() < MOST_EARLY) {
      early.put(batch.previous(), batch);
    }
    if (end >= 0 && !catching) {
      pass();
    }
  }

  /** Passes on what follows without a hole. */
  private boolean pass() {
    while (!early.isEmpty() && early.firstKey() <= end) {
      TaskEvent.Batch next = early.pollFirstEntry().getValue();
      deliver(next.events());
    }
    if (!early.isEmpty() && !holeTimed) {
      holeTimed = true;
      long seen = end;
      vertx.setTimer(HOLE_MILLIS, late -> {
        holeTimed = false;
        if (end == seen) {
          catchUp();
        } else {
          pass();
        }
      });
    }
    return true;
  }

  private void deliver(List<TaskEvent> events) {
    List<TaskEvent> fresh = events.get(0).id() > end ? events : events.stream().filter(event -> event.id() > end).toList();
    if (!fresh.isEmpty()) {
      end = fresh.get(fresh.size() - 1).id();
      followers.forEach(follower -> Isolated.run("a follower of the events", () -> follower.happened(fresh)));
    }
  }

  private void sweep() {
    List<TaskEvent> never = unannounced.round();
    if (!never.isEmpty()) {
      Isolated.run("telling events that nobody has announced", () -> heir.accept(never));
    }
    if (end > endBefore) {
      moved();
    }
    if (catching || end < 0) {
      return;
    }
    log.horizon().onSuccess(horizon -> {
      if (horizon <= end) {
        moved();
      } else if (!holeTimed) {
        long seen = end;
        // What was committed a moment ago is still on its way here.
        vertx.setTimer(HOLE_MILLIS, late -> {
          if (end == seen) {
            catchUp();
          }
        });
      }
    }).onFailure(failure -> LOG.debug("Cannot see how far events have come", failure));
  }

  private void moved() {
    endBefore = end;
    movedAt = System.nanoTime();
  }

  private void catchUp() {
    if (catching) {
      return;
    }
    catching = true;
    log.horizon().compose(this::readUpTo).onComplete(done -> {
      catching = false;
      if (done.failed()) {
        // Of an outage the way to the database warns.
        LOG.atLevel(Faults.isOutage(done.cause()) ? Level.DEBUG : Level.WARN).log("Cannot catch up with events, trying again", done.cause());
        vertx.setTimer(SWEEP_MILLIS, again -> catchUp());
      } else {
        early.values().forEach(unannounced::announced);
        early.headMap(end).values().removeIf(batch -> batch.end() <= end);
        pass();
      }
    });
  }

  private Future<Void> readUpTo(long horizon) {
    return log.between(end, horizon, EventLog.Wanted.ALL, PAGE).compose(page -> {
      if (!page.isEmpty()) {
        unannounced.add(page);
        deliver(new ArrayList<>(page));
      }
      if (page.size() == PAGE) {
        return readUpTo(horizon);
      }
      end = Math.max(end, horizon);
      return Future.succeededFuture();
    });
  }

  /** Gets the stream of events; called on the feed's context, must not block. */
  public interface Follower {
    /** Everything up to {@code end} happened before. */
    void began(long end);

    /** The next events, in order. */
    void happened(List<TaskEvent> events);
  }
}
