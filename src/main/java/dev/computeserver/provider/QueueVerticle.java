package dev.computeserver.provider;

import dev.computeserver.async.Isolated;
import dev.computeserver.bus.Address;
import dev.computeserver.bus.Bus;
import dev.computeserver.catalog.Named;
import dev.computeserver.task.Task;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the tasks of one queue on one node, as many at once as the queue has slots. Tasks come by hint when there is a free
 * slot, else by pull: whoever has a slot claims the first in the store, so a lost hint costs a second at most.
 */
public final class QueueVerticle extends VerticleBase {
  /** Something happened to a running task that its owner should look at. */
  public static final Address<Nudge, Nudge> NUDGES = new Address<>("compute.tasks.nudges", Nudge.class, Nudge.class);

  static final Logger LOG = LoggerFactory.getLogger(QueueVerticle.class);

  private static final long SWEEP_MILLIS = 1_000;
  /** Nothing should be ours in the store and not here; but if it were, it should not be so for long. */
  private static final int SWEEPS_PER_ADOPTION = 30;
  /** At a time, of tasks that nobody runs any more, or whose client wants them cancelled. */
  private static final int MOST_AT_ONCE = 256;
  private static final int MOST_OWNED = 1_000_000;

  private final String queue;
  private final int slots;
  private final UUID node;
  private final Bus bus;
  private final ProcessorRegistry registry;
  private final Desks desks;
  private final Map<UUID, Attempt> running = new HashMap<>();
  /** As many as {@link #running}, for any thread. */
  private final AtomicInteger attempts = new AtomicInteger();
  private final Counter takenOver;
  private final List<MessageConsumer<?>> consumers = new ArrayList<>();
  private final Promise<Void> quiet = Promise.promise();
  private Desk desk;
  private Starting starting;
  private Claims claims;
  private boolean takingOver;
  private boolean strays;
  private boolean draining;
  private int sweeps;

  public QueueVerticle(String queue, int slots, UUID node, Bus bus, ProcessorRegistry registry, Desks desks) {
    this.queue = queue;
    this.slots = slots;
    this.node = node;
    this.bus = bus;
    this.registry = registry;
    this.desks = desks;
    MeterRegistry meters = desks.meters();
    Gauge.builder("compute.queue.running", attempts::get).description("Attempts of a queue that run on this node")
        .tag("queue", queue).register(meters);
    Gauge.builder("compute.queue.slots", () -> slots).description("Attempts of a queue that this node runs at most")
        .tag("queue", queue).register(meters);
    takenOver = Counter.builder("compute.takeovers").description("Attempts that went on here since their node was gone or had handed them over")
        .tag("queue", queue).register(meters);
  }

  @Override
  public Future<?> start() {
    desk = desks.open(vertx, queue);
    starting = new Starting(vertx, desk, this::started);
    claims = new Claims(vertx, desk, queue, slots, this::free, this::claimed, failure -> {
      strays = true;
      tellIfQuiet();
    });
    vertx.setPeriodic(SWEEP_MILLIS, tick -> runOnce());
    return bus.hear(NUDGES, this::nudged).map(consumers::add)
        .compose(heard -> bus.hear(ProviderQueueMap.addressOf(queue), claims::hinted))
        .map(consumers::add)
        .onSuccess(ready -> runOnce());
  }

  /** Looks for work that no hint has brought: waiting tasks, tasks of nodes that are gone, cancels that were missed. */
  Future<Void> runOnce() {
    if (draining) {
      return Future.succeededFuture();
    }
    if (sweeps % SWEEPS_PER_ADOPTION == 0) {
      claims.pullStrangersToo();
    } else {
      claims.pull();
    }
    Future<?> cancelled = running.size() + starting.size() == 0 ? Future.succeededFuture()
        : desk.queries().toCancel(node, MOST_AT_ONCE).map(ids -> {
          ids.forEach(id -> Isolated.run("cancelling task " + id, () -> nudged(new Nudge(id, Nudge.Kind.CANCEL))));
          return null;
        });
    Future<?> found = strays || ++sweeps % SWEEPS_PER_ADOPTION == 0 ? adopt() : Future.succeededFuture();
    return Future.join(takeOver(), cancelled, found).<Void>mapEmpty()
        .onFailure(failure -> LOG.debug("Queue {} could not look for work", queue, failure));
  }

  /**
   * Takes up what nobody runs any more, wave by wave while waves come back full: as many tasks as there are slots, though these be
   * taken by others, for jobs that run at a provider already cost it nothing more. What is still to be submitted waits for its place.
   */
  private Future<Void> takeOver() {
    int most = Math.min(slots + free() - claims.size(), MOST_AT_ONCE);
    if (takingOver || draining || most <= 0) {
      return Future.succeededFuture();
    }
    takingOver = true;
    return desk.store().takeOver(queue, most).onFailure(failure -> strays = true).onComplete(done -> takingOver = false).compose(taken -> {
      takenOver.increment(taken.size());
      begin(taken);
      return taken.size() == most ? takeOver() : Future.<Void>succeededFuture();
    }).onComplete(done -> tellIfQuiet());
  }

  private void claimed(List<UUID> tasks) {
    begin(tasks);
    tellIfQuiet();
  }

  private void begin(List<UUID> claimed) {
    claimed.forEach(id -> Isolated.run("beginning task " + id, () -> starting.add(id)));
  }

  private void started(Starting.Ready ready) {
    ready.task().filter(task -> node.equals(task.state().owner()) && !running.containsKey(task.id()))
        .ifPresentOrElse(task -> run(task, ready), () -> drop(ready));
    tellIfQuiet();
  }

  private void drop(Starting.Ready ready) {
    ready.drop();
    if (!running.containsKey(ready.id())) {
      claims.rooms().give(ready.id());
    }
  }

  private void run(Task task, Starting.Ready ready) {
    Attempt attempt = new Attempt(desk, task, ready.room());
    running.put(task.id(), attempt);
    attempts.set(running.size());
    claims.rooms().begin(task.id(), task.state().provider());
    Future<Void> over = ready.ends() ? attempt.unbegun() : process(attempt, task);
    over.onComplete(ended -> {
      running.remove(task.id(), attempt);
      attempts.set(running.size());
      claims.rooms().give(task.id());
      strays |= attempt.leftBehind();
      claims.refill();
      tellIfQuiet();
    });
    if (draining) {
      attempt.handOver();
    }
  }

  private Future<Void> process(Attempt attempt, Task task) {
    Agenda.Entry deadline = desk.agenda().in(task.state().deadlineAt().toEpochMilli() - desk.clock().millis(), attempt::expire);
    return registry.of(task.state().provider()).filter(known -> desk.senders().containsKey(known.providerType()))
        .map(processor -> Future.succeededFuture(attempt)
            .compose(begun -> desks.asChosen(task) ? processor.process(begun) : begun.notAsChosen()).recover(attempt::broken))
        .orElseGet(attempt::elsewhere)
        .onComplete(ended -> desk.agenda().drop(deadline));
  }

  private void nudged(Nudge nudge) {
    Attempt attempt = running.get(nudge.taskId());
    if (attempt != null) {
      if (nudge.kind() == Nudge.Kind.CANCEL) {
        attempt.cancel();
      } else {
        attempt.poke(nudge.attempt());
      }
    } else if (nudge.kind() == Nudge.Kind.CANCEL) {
      starting.cancel(nudge.taskId());
    }
  }

  /** Takes up tasks that are ours in the store but not here: their claim or a write of theirs was lost in an outage. */
  private Future<Void> adopt() {
    strays = false;
    return desk.queries().owned(node, queue, MOST_OWNED).map(ids -> {
      begin(ids.stream().filter(id -> !running.containsKey(id)).toList());
      return (Void) null;
    }).onFailure(failure -> strays = true);
  }

  private int free() {
    return slots - running.size() - starting.size();
  }

  /**
   * Begins nothing new and hands over what can be, claims that are just being made included: provider jobs run on and are taken up
   * elsewhere. Done when nothing runs here any more, or after {@code patience}.
   */
  public Future<Void> drain(Duration patience) {
    context.runOnContext(ignored -> {
      draining = true;
      claims.stop();
      consumers.forEach(consumer -> consumer.unregister().onFailure(failure -> LOG.debug("Queue {} still has a consumer", queue, failure)));
      starting.drain();
      new ArrayList<>(running.values()).forEach(attempt -> Isolated.run("handing over a task", attempt::handOver));
      tellIfQuiet();
    });
    return quiet.future().timeout(patience.toMillis(), TimeUnit.MILLISECONDS).otherwiseEmpty();
  }

  private void tellIfQuiet() {
    if (draining && claims.isQuiet() && !takingOver && starting.size() == 0 && running.isEmpty()) {
      quiet.tryComplete();
    }
  }

  /**
   * Tells the owner of a running task that its client wants it cancelled, or that its provider has news.
   *
   * @param attempt of which there is news; 0: whichever is the present one
   */
  public record Nudge(UUID taskId, Kind kind, int attempt) {
    public Nudge(UUID taskId, Kind kind) {
      this(taskId, kind, 0);
    }

    /** What to do. */
    public enum Kind implements Named {
      CANCEL, LOOK
    }
  }
}
