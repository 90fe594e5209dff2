package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.computeserver.support.Signals;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecentAnswersTest {
  private final Vertx vertx = Vertx.vertx();
  private final RecentAnswers recent = new RecentAnswers(vertx);
  private final Signals<String> asked = new Signals<>();

  @AfterEach
  void close() {
    TestStore.await(vertx.close());
  }

  private Future<Sender.Answer> ask(Exchange exchange) {
    return recent.of(exchange, each -> {
      asked.accept(each.target());
      return Future.succeededFuture(new Sender.NotSent(new IllegalStateException()));
    });
  }

  private static Exchange get(String target) {
    return Exchange.get(target, reply -> null);
  }

  @Test
  void whoAsksForTheSamePageGetsTheSameAnswer() {
    assertSame(ask(get("/list?page=1")), ask(get("/list?page=1")));
    ask(get("/list?page=2"));
    assertEquals(2, asked.all().size());
  }

  @Test
  void nothingIsSharedThatMayChangeAnything() {
    Exchange post = Exchange.post("/jobs", new JsonObject(), reply -> null);
    assertNotSame(ask(post), ask(post));
    assertEquals(2, asked.all().size());
  }

  @Test
  void anAnswerIsFreshForAMomentOnly() {
    long began = System.nanoTime();
    ask(get("/list"));
    long timer = vertx.setPeriodic(5, tick -> ask(get("/list")));
    asked.await(2);
    vertx.cancelTimer(timer);
    assertEquals(true, System.nanoTime() - began >= RecentAnswers.FRESH_MILLIS * 1_000_000 * 9 / 10, "asked again while it was fresh");
  }
}
