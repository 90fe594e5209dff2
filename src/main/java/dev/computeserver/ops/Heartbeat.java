package dev.computeserver.ops;

import dev.computeserver.db.Faults;
import dev.computeserver.task.Lease;
import dev.computeserver.task.Membership;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Keeps this node's row alive, under which it owns its tasks. Once others have taken it for dead, all that it owned is
 * theirs: its writes are refused one by one by their fences, and it joins again under the same id to claim new work.
 * A connection that stalls must not cost a living node its tasks: the next beat goes over another one, and each is soon given up.
 */
public final class Heartbeat extends VerticleBase {
  /** What the membership's way to the database needs, so that no beat waits behind one that stalls. */
  public static final int CONNECTIONS = 2;

  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  private final Membership membership;
  private final String name;
  private final Duration every;
  private final Duration life;
  private final Lease lease;
  private int underWay;
  private boolean lost;
  private volatile boolean ended;

  public Heartbeat(Membership membership, String name, Duration every, Duration life, Lease lease) {
    this.membership = membership;
    this.name = name;
    this.every = every;
    this.life = life;
    this.lease = lease;
  }

  /** How long a beat may take, where others take over after {@code life}. */
  public static Duration patience(Duration life) {
    return life.dividedBy(3);
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
    if (underWay >= CONNECTIONS || ended) {
      return Future.succeededFuture();
    }
    underWay++;
    long sentAt = System.nanoTime();
    return membership.heartbeat(life).compose(alive -> alive || ended ? Future.<Void>succeededFuture() : joinAgain())
        .timeout(patience(life).toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(alive -> lease.renewed(sentAt))
        .onFailure(failure -> LOG.atLevel(Faults.isOutage(failure) ? Level.DEBUG : Level.WARN).log("No heartbeat", failure))
        .onComplete(done -> {
          underWay--;
          tellIfLost();
        });
  }

  private Future<Void> joinAgain() {
    LOG.warn("This node was silent for longer than {} s; others have taken over its tasks, it goes on with new ones", life.toSeconds());
    return membership.join(name, life);
  }

  private void tellIfLost() {
    boolean holds = lease.holds();
    if (!holds && !lost) {
      LOG.warn("This node has not reached the database for so long that it begins nothing more until it does; others may take over its tasks");
    }
    lost = !holds;
  }
}
