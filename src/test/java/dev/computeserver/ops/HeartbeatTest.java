package dev.computeserver.ops;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.db.Database;
import dev.computeserver.support.ByteProxy;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.Lease;
import dev.computeserver.task.Membership;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
  /** Others take over after so long; longer than the machine may stand still. */
  private static final Duration LIFE = Duration.ofSeconds(30);
  private static final int BEATS = 4;

  private final Vertx vertx = Vertx.vertx();
  private final UUID node = UUID.randomUUID();
  private TestStore db;
  private ByteProxy proxy;
  private Database way;
  private Lease lease;

  @BeforeEach
  void open() {
    db = new TestStore(vertx);
    proxy = ByteProxy.before(vertx, db.uri);
    way = Database.open(vertx, proxy.uri(), 1, 10).apart(Heartbeat.CONNECTIONS, Heartbeat.patience(LIFE));
    lease = new Lease(LIFE);
    await(vertx.deployVerticle(new Heartbeat(new Membership(way, node), "test", Duration.ofMillis(100), LIFE, lease)));
  }

  @AfterEach
  void close() {
    await(way.close());
    proxy.close();
    db.close();
    await(vertx.close());
  }

  /** Fails unless the node is known to live for several beats more within that time, and may act all the while. */
  private void beatsWithin(Duration time) {
    Set<String> ends = new HashSet<>();
    Instant until = Instant.now().plus(time);
    while (ends.size() <= BEATS && lease.holds() && Instant.now().isBefore(until)) {
      ends.add(db.ask("SELECT expires_at::text FROM node WHERE id = '" + node + "'"));
    }
    assertTrue(ends.size() > BEATS, () -> "no " + BEATS + " beats within " + time + ": " + ends);
    assertTrue(lease.holds());
  }

  @Test
  void aConnectionThatStallsCostsNoBeat() {
    beatsWithin(LIFE);
    proxy.abandon();
    beatsWithin(Heartbeat.patience(LIFE).minusSeconds(2));
  }

  @Test
  void evenIfBothStallTheyAreGivenUpBeforeTheLeaseEnds() {
    beatsWithin(LIFE);
    proxy.abandon();
    beatsWithin(LIFE);
    proxy.abandon();
    beatsWithin(LIFE);
  }
}
