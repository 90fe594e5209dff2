package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.support.RawHttp;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that nobody reads. */
@Timeout(60)
class OutgoingTest {
  /** More than the buffers of a connection on loopback take. */
  private static final int LENGTH = 16 << 20;
  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  private final Vertx vertx = Vertx.vertx();
  private final ByteBudget memory = new ByteBudget(3L * LENGTH);
  private final ByteBudget turns = new ByteBudget(1);
  private final BlockingQueue<RoutingContext> making = new LinkedBlockingQueue<>();
  private HttpServer server;

  @BeforeEach
  void start() {
    Buffer body = Buffer.buffer(new byte[LENGTH]);
    Router router = Router.router(vertx);
    router.route().handler(new Outgoing(vertx, memory, memory, turns)::serve);
    router.get("/big").handler(context -> Outgoing.room(context, 1 << 20)
        .onComplete(room -> making.add(context), none -> Answers.failure(context, none)));
    router.get("/").handler(context -> Outgoing.end(context, body).onFailure(unsent -> Answers.failure(context, unsent)));
    server = TestStore.await(vertx.createHttpServer().requestHandler(router).listen(0));
  }

  @AfterEach
  void stop() {
    TestStore.await(vertx.close());
  }

  private void untilTaken(long bytes) {
    until(() -> memory.taken() == bytes);
  }

  private static void until(BooleanSupplier what) {
    while (!what.getAsBoolean()) {
      Thread.onSpinWait();
      assertTrue(!Thread.currentThread().isInterrupted());
    }
  }

  @Test
  void bigOnesAreMadeInTurnAndWhoIsGoneLosesHis() throws Exception {
    String big = GET.replace("/ ", "/big ");
    try (RawHttp first = new RawHttp(server.actualPort()).send(big);
        RawHttp third = new RawHttp(server.actualPort())) {
      RoutingContext made = making.take();
      try (RawHttp second = new RawHttp(server.actualPort()).send(big)) {
        until(() -> turns.waiting() == 1);
      }
      third.send(big);
      until(() -> turns.waiting() == 2);
      assertTrue(making.isEmpty());
      made.vertx().runOnContext(now -> Outgoing.end(made, Buffer.buffer("1")));
      assertTrue(first.untilClosed().endsWith("1"));
      RoutingContext next = making.take();
      next.vertx().runOnContext(now -> Outgoing.end(next, Buffer.buffer("3")));
      assertTrue(third.untilClosed().endsWith("3"));
    }
    until(() -> turns.taken() == 0);
    untilTaken(0);
    assertTrue(making.isEmpty());
  }

  @Test
  void theyTakeTheirPartAndGiveWayToThoseWhoRead() {
    List<RawHttp> unread = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      unread.add(new RawHttp(server.actualPort()).send(GET));
      untilTaken((long) i * LENGTH);
    }
    boolean refused = false;
    String answer = "";
    while (!answer.startsWith("HTTP/1.1 200")) {
      try (RawHttp reader = new RawHttp(server.actualPort())) {
        answer = reader.send(GET).untilClosed();
      }
      if (!answer.startsWith("HTTP/1.1 200")) {
        assertTrue(answer.startsWith("HTTP/1.1 503") && answer.contains("retry-after"), answer);
        refused = true;
      }
    }
    assertTrue(refused, "they gave way though they could still be readers");
    assertEquals(LENGTH, answer.substring(answer.indexOf("\r\n\r\n") + 4).length());
    unread.forEach(RawHttp::close);
    untilTaken(0);
  }
}
