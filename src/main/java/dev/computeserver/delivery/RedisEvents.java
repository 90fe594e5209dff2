package dev.computeserver.delivery;

import dev.computeserver.async.Isolated;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes events on Redis, over one pipelined connection:
 * <pre>
 * live     each batch of this node is published as it is committed
 * behind   Redis is away or too slow: only the id before the first unpublished event is kept; once Redis is back, all that
 *          the store has after it is published page by page, and when nothing is left, live again
 * </pre>
 * So memory is bounded, and every commit that a node knows of is published by it. A commit whose answer was lost, or whose node was
 * killed before it could publish, is published a few seconds later, after newer ones, by a node that serves the API: its feed finds
 * that nobody announced it. Where no such node was up, the next node to start does it: it begins at the id that was published last,
 * which Redis keeps. What may be missing on Redis, and nowhere else:
 * <pre>
 * of a node that is killed while it alone is behind, what it had announced already
 * of nodes that are killed while no other serves the API, what is older than the last that any node has published since
 * while more than 2,000 events of killed nodes are missing at once, those above that number
 * where Redis forgets its keys as the only node is killed, what that had not published
 * </pre>
 * After an outage or a start several nodes may publish the same event: {@code id} tells.
 */
public final class RedisEvents extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(RedisEvents.class);
  private static final String ALL = "compute:tasks";
  /** Holds the id that was published last. */
  private static final String NEWEST = "compute:published";
  /** Whichever node comes first publishes; the mark outlives the others' coming. */
  private static final String ONCE = """
      if redis.call('SET', KEYS[1], '1', 'NX', 'EX', 60) then
        redis.call('PUBLISH', ARGV[1], ARGV[3])
        redis.call('PUBLISH', ARGV[2], ARGV[3])
      end""";
  private static final int MOST_IN_FLIGHT = 1_000;
  private static final int PAGE = 500;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;
  /** A connection that answers nothing for so long is given up for a new one, which may lead elsewhere after a failover. */
  private static final long LONGEST_SILENCE_SECONDS = 8;

  private final String uri;
  private final EventLog log;
  private Redis redis;
  private volatile RedisConnection connection;
  private int inFlight;
  private long behindSince = -1;
  private boolean stopping;
  private boolean begun;
  /** All that lies in it has been published from the store, whatever is told of it late. */
  private Span replayed = new Span(0, 0);
  private boolean replaying;
  private boolean arrivedWhileBehind;
  private int failures;

  /** @param uri may hold a password, so it is never logged */
  public RedisEvents(String uri, EventLog log) {
    this.uri = uri;
    this.log = log;
  }

  @Override
  public Future<?> start() {
    redis = client();
    connect();
    return Future.succeededFuture();
  }

  private Redis client() {
    return Redis.createClient(vertx, new RedisOptions().setConnectionString(uri).setMaxWaitingHandlers(5 * MOST_IN_FLIGHT));
  }

  @Override
  public Future<?> stop() {
    stopping = true;
    return redis == null ? Future.succeededFuture() : redis.close();
  }

  /** Publishes the events of a commit of this node; from any thread. */
  public void publish(TaskEvent.Batch batch) {
    context.runOnContext(ignored -> take(batch.events(), this::send));
  }

  /** Publishes what no node has announced, each event once though several nodes are asked to; from any thread. */
  public void publishOnce(List<TaskEvent> events) {
    for (int from = 0; from < events.size(); from += PAGE) {
      List<TaskEvent> page = events.subList(from, Math.min(events.size(), from + PAGE));
      context.runOnContext(ignored -> take(page, this::sendOnce));
    }
  }

  /** Whether Redis is there now; from any thread. */
  public boolean connected() {
    RedisConnection now = connection;
    return now != null;
  }

  private void take(List<TaskEvent> told, Consumer<List<TaskEvent>> live) {
    List<TaskEvent> events = told.get(0).id() > replayed.to ? told : told.stream().filter(event -> !replayed.holds(event.id())).toList();
    if (events.isEmpty()) {
      return;
    }
    if (behindSince >= 0) {
      // Announced late: what is older than the point to go on from would be passed over.
      behindSince = Math.min(behindSince, events.get(0).id() - 1);
      arrivedWhileBehind = true;
    } else if (connection == null || inFlight + events.size() > MOST_IN_FLIGHT) {
      behindSince = events.get(0).id() - 1;
      replay();
    } else {
      live.accept(events);
    }
  }

  private Future<Void> send(List<TaskEvent> events) {
    List<Request> requests = new ArrayList<>(2 * events.size());
    events.forEach(event -> Isolated.run("publishing event " + event.id(), () -> {
      String json = event.toJson().encode();
      requests.add(Request.cmd(Command.PUBLISH).arg(ALL + ":" + event.taskId()).arg(json));
      requests.add(Request.cmd(Command.PUBLISH).arg(ALL).arg(json));
    }));
    RedisConnection over = connection;
    Future<Void> sent = send(events, requests);
    if (over != null) {
      // Apart, and nobody waits for it: a Redis that is full or read-only still publishes.
      over.send(Request.cmd(Command.SET).arg(NEWEST).arg(events.get(events.size() - 1).id()));
    }
    return sent;
  }

  private Future<Void> sendOnce(List<TaskEvent> events) {
    return send(events, events.stream().map(event -> Request.cmd(Command.EVAL).arg(ONCE).arg(1).arg(NEWEST + ":" + event.id())
        .arg(ALL + ":" + event.taskId()).arg(ALL).arg(event.toJson().encode())).toList());
  }

  private Future<Void> send(List<TaskEvent> events, List<Request> requests) {
    RedisConnection over = connection;
    if (over == null) {
      return Future.failedFuture("Redis is away");
    }
    inFlight += events.size();
    return over.batch(requests).timeout(LONGEST_SILENCE_SECONDS, TimeUnit.SECONDS).<Void>mapEmpty().onComplete(sent -> {
      inFlight -= events.size();
      if (sent.failed()) {
        fellBehind(over, events.get(0).id() - 1);
      }
    });
  }

  private void fellBehind(RedisConnection over, long before) {
    behindSince = behindSince < 0 ? before : Math.min(behindSince, before);
    lost(over);
  }

  private void lost(RedisConnection over) {
    if (connection == over && over != null && !stopping) {
      connection = null;
      renew();
      LOG.warn("Redis is away; tasks go on, its subscribers are told what they missed once it is back");
      connect();
    }
  }

  /** The client keeps a connection that is closed, and would give it out again though nobody answers it. */
  private void renew() {
    if (!stopping) {
      redis.close();
      redis = client();
    }
  }

  private void connect() {
    redis.connect().compose(this::begin).onComplete(opened -> {
      failures = 0;
      connection = opened;
      opened.exceptionHandler(broken -> lost(opened));
      opened.endHandler(ended -> lost(opened));
      replay();
    }, failure -> {
      long pause = Math.min(LONGEST_PAUSE_MILLIS, 100L << Math.min(failures++, 10));
      LOG.debug("Redis cannot be reached, trying again in {} ms", pause);
      vertx.setTimer(pause, later -> connect());
    });
  }

  /** The first time, what was committed after the newest that is published is still to be published. */
  private Future<RedisConnection> begin(RedisConnection opened) {
    if (begun) {
      return Future.succeededFuture(opened);
    }
    return opened.send(Request.cmd(Command.GET).arg(NEWEST)).timeout(LONGEST_SILENCE_SECONDS, TimeUnit.SECONDS).recover(failure -> {
      if (failure instanceof Response) {
        // It answers, and so it publishes, though it keeps no keys for us.
        return Future.succeededFuture();
      }
      renew();
      return Future.failedFuture(failure);
    }).map(newest -> {
      begun = true;
      // What is no id of ours was put there by somebody else, and tells nothing.
      if (newest != null && newest.toString().matches("\\d{1,18}")) {
        long published = newest.toLong();
        behindSince = behindSince < 0 ? published : Math.min(behindSince, published);
      }
      return opened;
    });
  }

  private void replay() {
    if (behindSince < 0 || replaying || connection == null) {
      return;
    }
    replaying = true;
    arrivedWhileBehind = false;
    long after = behindSince;
    log.horizon().compose(horizon -> log.between(after, horizon, EventLog.Wanted.ALL, PAGE).compose(page -> {
      boolean last = page.size() < PAGE;
      Future<Void> sent = page.isEmpty() ? Future.succeededFuture() : send(page);
      return sent.map(done -> new Replayed(last ? horizon : page.get(PAGE - 1).id(), last));
    })).onComplete(done -> {
      replaying = false;
      replayed = replayed.with(after, done.reached);
      if (behindSince == after) {
        boolean inStep = done.last && !arrivedWhileBehind;
        behindSince = inStep ? -1 : done.reached;
      }
      replay();
    }, failure -> {
      replaying = false;
      vertx.setTimer(LONGEST_PAUSE_MILLIS / 5, later -> replay());
    });
  }

  /** How far a look into the store has brought us, and whether nothing was left there. */
  private record Replayed(long reached, boolean last) {
  }

  /** The ids above {@code from}, up to {@code to}. */
  private record Span(long from, long to) {
    boolean holds(long id) {
      return id > from && id <= to;
    }

    /** Grown by what adjoins it or, beyond a gap, that instead. */
    Span with(long after, long until) {
      return after < from || after > to ? new Span(after, until) : new Span(from, Math.max(to, until));
    }
  }
}
