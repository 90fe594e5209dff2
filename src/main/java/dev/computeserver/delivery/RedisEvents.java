package dev.computeserver.delivery;

import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes events on Redis, over one pipelined connection:
 * <pre>
 * live     each batch of this node is published as it is committed
 * behind   Redis is away or too slow: only the id before the first unpublished event is kept; once Redis is back, all that
 *          the store has after it is published page by page, and when nothing is left, live again
 * </pre>
 * So memory is bounded and nothing is skipped. After an outage several nodes may publish the same event: {@code id} tells.
 */
public final class RedisEvents extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(RedisEvents.class);
  private static final String ALL = "compute:tasks";
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
    return Redis.createClient(vertx, new RedisOptions().setConnectionString(uri).setMaxWaitingHandlers(4 * MOST_IN_FLIGHT));
  }

  @Override
  public Future<?> stop() {
    stopping = true;
    return redis == null ? Future.succeededFuture() : redis.close();
  }

  /** Publishes the events of a commit of this node; from any thread. */
  public void publish(TaskEvent.Batch batch) {
    context.runOnContext(ignored -> take(batch));
  }

  /** Whether Redis is there now; from any thread. */
  public boolean connected() {
    RedisConnection now = connection;
    return now != null;
  }

  private void take(TaskEvent.Batch batch) {
    if (behindSince >= 0) {
      // Announced late: what is older than the point to go on from would be passed over.
      behindSince = Math.min(behindSince, batch.events().get(0).id() - 1);
      arrivedWhileBehind = true;
    } else if (connection == null || inFlight + batch.events().size() > MOST_IN_FLIGHT) {
      behindSince = batch.events().get(0).id() - 1;
      replay();
    } else {
      send(batch.events());
    }
  }

  private Future<Void> send(List<TaskEvent> events) {
    RedisConnection over = connection;
    if (over == null) {
      return Future.failedFuture("Redis is away");
    }
    List<Request> requests = new ArrayList<>(2 * events.size());
    for (TaskEvent event : events) {
      String json = event.toJson().encode();
      requests.add(Request.cmd(Command.PUBLISH).arg(ALL + ":" + event.taskId()).arg(json));
      requests.add(Request.cmd(Command.PUBLISH).arg(ALL).arg(json));
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
      // The client keeps a connection that is closed, and would give it out again though nobody answers it.
      redis.close();
      redis = client();
      LOG.warn("Redis is away; tasks go on, its subscribers are told what they missed once it is back");
      connect();
    }
  }

  private void connect() {
    redis.connect().onComplete(opened -> {
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
}
