package dev.computeserver.ops;

import dev.computeserver.task.Lease;
import dev.computeserver.task.Membership;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's row alive, under which it owns its tasks. Once others have taken it for dead, all that it owned is
 * theirs: its writes are refused one by one by their fences, and it joins again under the same id to claim new work.
 */
public final class Heartbeat extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  private final Membership membership;
  private final String name;
  private final Duration every;
  private final Duration life;
  private final Lease lease;
  private boolean beating;
  private volatile boolean ended;

  public Heartbeat(Membership membership, String name, Duration every, Duration life, Lease lease) {
    this.membership = membership;
    this.name = name;
    this.every = every;
    this.life = life;
    this.lease = lease;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(every.toMillis(), tick -> runOnce());
    long sentAt = System.nanoTime();
    return membership.join(name, life).onSuccess(joined -> lease.renewed(sentAt));
  }

  /** Beats no more and takes this node off the list; what it still owns is free at once. Any thread may call it. */
  public Future<Void> end() {
    ended = true;
    return membership.leave();
  }

  Future<Void> runOnce() {
    if (beating || ended) {
      return Future.succeededFuture();
    }
    beating = true;
    long sentAt = System.nanoTime();
    return membership.heartbeat(life).compose(alive -> {
      if (alive || ended) {
        return Future.<Void>succeededFuture();
      }
      LOG.warn("This node was silent for longer than {} s; others have taken over its tasks, it goes on with new ones", life.toSeconds());
      return membership.join(name, life);
    }).onSuccess(alive -> lease.renewed(sentAt))
        .onComplete(done -> beating = false)
        .onFailure(failure -> LOG.warn("No heartbeat, the database does not answer: {}", failure.getMessage()));
  }
}
