package dev.computeserver.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BacklogTest {

  @Test
  void isCountedOnceForAllWhoAskInAShortTime() {
    Vertx vertx = Vertx.vertx();
    MeterRegistry meters = new SimpleMeterRegistry();
    try (TestStore db = new TestStore(vertx)) {
      TestStore.await(db.node(UUID.randomUUID()).accept(TestStore.accept(TestStore.request("one"), TestStore.request("two"))));
      Backlog backlog = new Backlog(db.queries, Set.of("fal_queue", "video_queue"), meters);
      assertTrue(Double.isNaN(waiting(meters, "fal_queue")), "nobody has asked");
      assertEquals(Map.of("fal_queue", 2L, "video_queue", 0L), TestStore.await(backlog.fresh()));
      assertSame(backlog.fresh(), backlog.fresh());
      assertEquals(2, waiting(meters, "fal_queue"));
      assertEquals(0, waiting(meters, "video_queue"));
    }
    TestStore.await(vertx.close());
  }

  private static double waiting(MeterRegistry meters, String queue) {
    return meters.get("compute.queue.waiting").tag("queue", queue).gauge().value();
  }
}
