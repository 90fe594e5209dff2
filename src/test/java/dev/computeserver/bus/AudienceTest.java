package dev.computeserver.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.api.BusEdge;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestCluster;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who hears an event's own address is found wherever it is and whenever it came; who hears nothing costs nothing. */
class AudienceTest {
  private static final String ADDRESS = BusEdge.EVENTS + ".a-task";

  private final TestCluster cluster = new TestCluster(3);
  private final Signals<String> heard = new Signals<>();
  private Vertx here;
  private Vertx there;

  @BeforeEach
  void start() {
    here = cluster.open();
    there = cluster.open();
  }

  @AfterEach
  void stop() {
    TestStore.await(there.close());
    TestStore.await(here.close());
  }

  private MessageConsumer<String> hear(Vertx member) {
    MessageConsumer<String> consumer = member.eventBus().consumer(ADDRESS, message -> heard.accept(message.body()));
    TestStore.await(consumer.completion());
    return consumer;
  }

  /** News of a consumer reaches the other members a moment after it is registered. */
  private void untilHeard(Vertx publisher, String news) {
    long timer = publisher.setPeriodic(1, 10, tick -> publisher.eventBus().publish(ADDRESS, news));
    heard.await(all -> all.contains(news));
    publisher.cancelTimer(timer);
  }

  @Test
  void onesOwnIsHeardAtOnce() {
    hear(here);
    here.eventBus().publish(ADDRESS, "own");
    assertEquals("own", heard.await(1).get(0));
  }

  @Test
  void onAnotherMemberTooThoughNobodyWasThereBefore() {
    here.eventBus().publish(ADDRESS, "to nobody");
    MessageConsumer<String> consumer = hear(there);
    untilHeard(here, "first");
    TestStore.await(consumer.unregister());
    hear(there);
    untilHeard(here, "second");
    assertEquals("first", heard.all().get(0), "what nobody could hear came later");
  }

  @Test
  void whoJoinsKnowsWhoHeardBefore() {
    hear(there);
    Vertx late = cluster.open();
    untilHeard(late, "from the new one");
    TestStore.await(late.close());
  }
}
