package dev.computeserver.async;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SideLaneTest {
  private final Vertx vertx = Vertx.vertx();
  private final SideLane lane = new SideLane(vertx);
  private final List<String> seen = new ArrayList<>();
  private final Promise<Void> done = Promise.promise();

  @AfterEach
  void close() {
    await(vertx.close());
  }

  private void work(String name, int pieces) {
    lane.later(() -> {
      seen.add(name);
      if (pieces > 1) {
        work(name, pieces - 1);
      } else if (name.equals("b")) {
        done.complete();
      }
    });
  }

  @Test
  void theirPiecesTakeTurnsAndOtherWorkWaitsForOneOnly() {
    vertx.runOnContext(begin -> {
      work("a", 3);
      work("b", 3);
      vertx.runOnContext(first -> {
        seen.add("other");
        vertx.runOnContext(second -> seen.add("other"));
      });
    });
    await(done.future());
    assertEquals(List.of("a", "other", "b", "other", "a", "b", "a", "b"), seen);
  }

  @Test
  void aPieceThatThrowsCostsTheOthersNothing() {
    vertx.runOnContext(begin -> {
      lane.later(() -> {
        throw new IllegalStateException("a mistake");
      });
      lane.later(done::complete);
    });
    await(done.future());
  }
}
