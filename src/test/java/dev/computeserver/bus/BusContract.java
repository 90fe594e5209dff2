package dev.computeserver.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.Signals;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What must hold on one node and between two: the suite runs on both. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BusContract {
  /** Never served: between nodes it takes a moment until all know that a consumer has gone. */
  private static final Address<Ping, Ping> NOBODY = new Address<>("test.nobody", Ping.class, Ping.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private List<Vertx> members;
  private Bus here;
  private Bus there;
  private final List<MessageConsumer<?>> consumers = new ArrayList<>();
  private Address<Ping, Ping> address;
  private int tests;

  /** The Vert.x that asks, and the one that serves where that is another. */
  abstract List<Vertx> members();

  @BeforeAll
  void open() {
    members = members();
    here = new Bus(members.get(0));
    there = new Bus(members.get(members.size() - 1));
  }

  /** Each test has an address of its own: between nodes it takes a moment until all know that the last one's consumers have gone. */
  @BeforeEach
  void know() {
    tests++;
    address = new Address<>("test.ping." + tests, Ping.class, Ping.class);
    here.know(address);
    there.know(address);
  }

  @AfterEach
  void nobodyServesAnyMore() {
    consumers.forEach(consumer -> TestStore.await(consumer.unregister()));
    consumers.clear();
  }

  @AfterAll
  void close() {
    members.forEach(member -> TestStore.await(member.close()));
  }

  private void serve(Function<Ping, Future<Ping>> answer) {
    consumers.add(TestStore.await(there.serve(address, answer)));
  }

  private static ReplyException refusal(Future<?> asked) {
    try {
      asked.await(10, TimeUnit.SECONDS);
      throw new AssertionError("it was answered");
    } catch (Exception failure) {
      return assertInstanceOf(ReplyException.class, failure);
    }
  }

  /** A message of this test. */
  public record Ping(String text) {
  }

  @Test
  void aServedQuestionIsAnsweredOnce() throws Exception {
    serve(ping -> Future.succeededFuture(new Ping(ping.text() + "!")));
    assertEquals("hi!", here.ask(address, new Ping("hi"), PATIENCE).await(5, TimeUnit.SECONDS).text());
  }

  @Test
  void aHandlerThatThrowsAnswersAtOnceWithAnIncident() throws Exception {
    serve(ping -> {
      throw new IllegalStateException("secret detail");
    });
    ReplyException refusal = refusal(here.ask(address, new Ping("hi"), PATIENCE));
    assertEquals(ReplyFailure.RECIPIENT_FAILURE, refusal.failureType());
    assertEquals(Bus.BUG, refusal.failureCode());
    assertTrue(refusal.getMessage().contains("incident") && !refusal.getMessage().contains("secret"));
  }

  @Test
  void anAnswerThatFailsIsAnIncidentToo() throws Exception {
    serve(ping -> Future.failedFuture("secret detail"));
    ReplyException refusal = refusal(here.ask(address, new Ping("hi"), PATIENCE));
    assertEquals(Bus.BUG, refusal.failureCode());
    assertTrue(refusal.getMessage().contains("incident") && !refusal.getMessage().contains("secret"));
  }

  @Test
  void aQuestionThatNobodyAnswersEndsWithItsPatience() throws Exception {
    serve(ping -> Promise.<Ping>promise().future());
    assertEquals(ReplyFailure.TIMEOUT, refusal(here.ask(address, new Ping("hi"), Duration.ofMillis(100))).failureType());
  }

  @Test
  void newsReachEveryHearerAndAHintReachesOne() {
    Signals<String> heard = new Signals<>();
    for (int i = 0; i < 3; i++) {
      consumers.add(TestStore.await((i == 0 ? here : there).hear(address, ping -> heard.accept(ping.text()))));
    }
    here.hint(address, new Ping("hint"));
    here.publish(address, new Ping("news"));
    List<String> all = heard.await(4);
    assertEquals(1, all.stream().filter("hint"::equals).count());
    assertEquals(3, all.stream().filter("news"::equals).count());
  }

  @Test
  void aHintForNobodyIsLostInSilenceAndAQuestionKnowsItAtOnce() {
    here.hint(NOBODY, new Ping("hi"));
    assertEquals(ReplyFailure.NO_HANDLERS, refusal(here.ask(NOBODY, new Ping("hi"), PATIENCE)).failureType());
  }
}
