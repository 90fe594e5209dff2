package dev.computeserver.delivery;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.bus.Bus;
import dev.computeserver.live.EventFeed;
import dev.computeserver.support.ByteProxy;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.EventId;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.Membership;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Redis goes away and comes back; its subscriber has another way to it, and stays. */
class RedisEventsTest {
  /** So many at once are accepted before accepting loses its patience, on a slow machine too. */
  private static final int WAVE = 500;
  private static final int MOST_QUESTIONS = 10_000;

  private final Vertx vertx = Vertx.vertx();
  private final Signals<String> heard = new Signals<>();
  private TestStore db;
  private ByteProxy proxy;
  private RedisEvents events;
  private TaskStore store;
  private Redis subscriber;
  private Redis keys;

  @BeforeEach
  void open() {
    db = new TestStore(vertx);
    keys = Redis.createClient(vertx, TestServers.redisUri());
    await(keys.send(Request.cmd(Command.DEL).arg("compute:published")));
    proxy = ByteProxy.before(vertx, TestServers.redisUri());
    events = new RedisEvents(proxy.uri(), db.log);
    UUID node = UUID.randomUUID();
    store = new TaskStore(vertx, db.database, node, events::publish);
    await(new Membership(db.database, node).join("test", Duration.ofMinutes(5)));
    subscriber = Redis.createClient(vertx, TestServers.redisUri());
    await(subscriber.connect().compose(connection -> {
      connection.handler(this::hear);
      return connection.send(Request.cmd(Command.SUBSCRIBE).arg("compute:tasks"));
    }));
    await(vertx.deployVerticle(events));
  }

  @AfterEach
  void close() {
    await(subscriber.close());
    await(keys.close());
    proxy.close();
    db.close();
    await(vertx.close());
  }

  private void hear(Response message) {
    if ("message".equals(message.get(0).toString())) {
      heard.accept(new JsonObject(message.get(2).toString()).getString("id"));
    }
  }

  private void accept(int amount) {
    for (int wave = 0; wave < amount; wave += WAVE) {
      List<Future<?>> accepts = new ArrayList<>();
      for (int i = wave; i < Math.min(amount, wave + WAVE); i++) {
        accepts.add(store.accept(TestStore.accept(TestStore.request("p" + i))));
      }
      await(Future.all(accepts));
    }
  }

  /** The id that Redis keeps as the one published last. */
  private String published() {
    return await(keys.send(Request.cmd(Command.GET).arg("compute:published")).map(String::valueOf));
  }

  /** Asking is itself the wait: the id is kept a moment after its event is heard. */
  private void untilPublished(String id) {
    for (int asked = 0; !published().equals(id); asked++) {
      assertTrue(asked < MOST_QUESTIONS, "never kept: " + id);
    }
  }

  /** From then on each publishes as it is told to: it has found nothing that was to be published before. */
  private void untilConnected(RedisEvents... all) {
    Promise<Void> connected = Promise.promise();
    long timer = vertx.setPeriodic(1, 5, tick -> {
      if (Stream.of(all).allMatch(RedisEvents::connected)) {
        connected.tryComplete();
      }
    });
    await(connected.future());
    vertx.cancelTimer(timer);
  }

  /** The ids of all events in the store, in their order. */
  private List<String> stored() {
    return await(db.log.between(0, Long.MAX_VALUE, EventLog.Wanted.ALL, 100_000)).stream()
        .map(event -> EventId.text(event.id())).toList();
  }

  /** What the subscriber has heard, without what it has heard before. */
  private static List<String> once(List<String> ids) {
    return ids.stream().distinct().toList();
  }

  private void assertAllHeardInOrder() {
    List<String> stored = stored();
    assertEquals(stored, once(heard.await(all -> all.size() >= stored.size() && once(all).size() == stored.size())));
  }

  @Test
  void aSubscriberIsToldEachEventOnceWhileAllIsWell() {
    accept(700);
    heard.await(700);
    assertEquals(stored(), heard.all());
  }

  @Test
  void afterAnOutageASubscriberIsToldWhatItMissedAndThenGoesOnWithoutAGap() {
    accept(20);
    heard.await(20);
    proxy.cut();
    accept(1_300);
    proxy.refused.await(2);
    assertEquals(20, heard.all().size());
    proxy.heal();
    accept(300);
    assertAllHeardInOrder();
  }

  @Test
  void aSilentRedisHoldsUpNoTaskAndGetsTheRestWhenItGoesOn() {
    accept(20);
    heard.await(20);
    proxy.hold();
    accept(2_500);
    assertEquals(20, heard.all().size());
    proxy.heal();
    accept(300);
    assertAllHeardInOrder();
  }

  @Test
  void aConnectionThatNobodyAnswersAnyMoreIsGivenUpForANewOne() {
    accept(20);
    heard.await(20);
    proxy.abandon();
    accept(200);
    assertAllHeardInOrder();
  }

  @Test
  void outagesWithoutEndNeitherLoseNorReorder() {
    for (int round = 0; round < 5; round++) {
      accept(150);
      proxy.cut();
      accept(150);
      proxy.heal();
    }
    accept(1);
    assertAllHeardInOrder();
  }

  /** Commits that this node does not know of: their answer was lost, or their node was killed as it got it. */
  private void acceptUnheard(int amount) {
    TaskStore deaf = new TaskStore(vertx, db.database, UUID.randomUUID(), batch -> { });
    for (int i = 0; i < amount; i++) {
      await(deaf.accept(TestStore.accept(TestStore.request("u" + i))));
    }
  }

  @Test
  void commitsThatNoNodeHeardOfArePublishedOnceThoughTwoNodesFindThem() {
    RedisEvents others = new RedisEvents(TestServers.redisUri(), db.log);
    await(vertx.deployVerticle(others));
    untilConnected(events, others);
    accept(1);
    heard.await(1);
    Signals<Integer> found = new Signals<>();
    for (RedisEvents each : List.of(events, others)) {
      EventFeed feed = new EventFeed(new Bus(vertx), db.log);
      feed.tellUnannounced(never -> {
        each.publishOnce(never);
        never.forEach(event -> found.accept(1));
      });
      await(vertx.deployVerticle(feed));
    }
    acceptUnheard(3);
    found.await(6);
    // Goes the same ways after them.
    TaskEvent last = await(db.log.between(0, Long.MAX_VALUE, EventLog.Wanted.ALL, 10)).get(3);
    TaskEvent marker = new TaskEvent(last.id() + 1, 1, "queued", last.taskId(), last.status(), last.tenant(), last.provider(),
        last.sandbox(), last.capability(), 0, null, null);
    List.of(events, others).forEach(each -> each.publish(new TaskEvent.Batch(0, List.of(marker))));
    List<String> all = heard.await(ids -> Collections.frequency(ids, EventId.text(marker.id())) == 2);
    assertEquals(stored().subList(1, 4), all.stream().filter(stored().subList(1, 4)::contains).toList());
  }

  @Test
  void aNodeThatStartsPublishesWhatWasCommittedAfterTheLastThatIsPublished() {
    accept(5);
    heard.await(5);
    acceptUnheard(700);
    await(vertx.deployVerticle(new RedisEvents(TestServers.redisUri(), db.log)));
    assertAllHeardInOrder();
    assertTrue(heard.all().size() < 5 + 700 + 6, "published again: " + heard.all().size());
  }

  @Test
  void aKeyThatHoldsNoIdKeepsNobodyFromPublishing() {
    accept(1);
    heard.await(1);
    untilPublished(String.valueOf(EventId.parse(stored().get(0)).orElseThrow()));
    proxy.cut();
    await(keys.send(Request.cmd(Command.SET).arg("compute:published").arg("no number")));
    RedisEvents late = new RedisEvents(TestServers.redisUri(), db.log);
    await(vertx.deployVerticle(late));
    TaskEvent event = await(db.log.between(0, Long.MAX_VALUE, EventLog.Wanted.ALL, 10)).get(0);
    late.publish(new TaskEvent.Batch(0, List.of(event)));
    assertEquals(heard.await(2).get(0), heard.all().get(1));
  }

  @Test
  void aRedisThatKeepsNoKeysForUsPublishesAllTheSame() {
    accept(1);
    heard.await(1);
    untilPublished(String.valueOf(EventId.parse(stored().get(0)).orElseThrow()));
    proxy.cut();
    await(keys.send(Request.cmd(Command.EVAL)
        .arg("redis.call('DEL', KEYS[1]) return redis.call('LPUSH', KEYS[1], 'no number')").arg(1).arg("compute:published")));
    RedisEvents late = new RedisEvents(TestServers.redisUri(), db.log);
    await(vertx.deployVerticle(late));
    TaskEvent event = await(db.log.between(0, Long.MAX_VALUE, EventLog.Wanted.ALL, 10)).get(0);
    late.publish(new TaskEvent.Batch(0, List.of(event)));
    assertEquals(heard.await(2).get(0), heard.all().get(1));
  }
}
