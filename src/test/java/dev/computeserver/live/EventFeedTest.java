package dev.computeserver.live;

import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.bus.Bus;
import dev.computeserver.db.Database;
import dev.computeserver.support.ByteProxy;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskChange;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventFeedTest {
  private final Vertx vertx = Vertx.vertx();
  private TestStore db;
  private TaskStore store;
  private Bus bus;
  private EventFeed feed;
  private Heard heard;

  @BeforeEach
  void open() {
    db = new TestStore(vertx);
    store = db.node(UUID.randomUUID());
    bus = new Bus(vertx);
    feed = new EventFeed(bus, db.log);
    await(vertx.deployVerticle(feed));
    heard = new Heard();
    feed.follow(heard);
    await(heard.began.future());
  }

  @AfterEach
  void close() {
    db.close();
    await(vertx.close());
  }

  /** A follower that waits for a number of events. */
  private static final class Heard implements EventFeed.Follower {
    private final Promise<Long> began = Promise.promise();
    private final List<Long> ids = Collections.synchronizedList(new ArrayList<>());
    private volatile CountDownLatch wanted = new CountDownLatch(0);

    @Override
    public void began(long end) {
      began.complete(end);
    }

    @Override
    public void happened(List<TaskEvent> events) {
      events.forEach(event -> {
        ids.add(event.id());
        wanted.countDown();
      });
    }
  }

  private List<TaskEvent.Batch> commits(int amount) {
    heard.wanted = new CountDownLatch(amount);
    for (int i = 0; i < amount; i++) {
      await(store.accept(TestStore.accept(TestStore.request("p" + i))));
    }
    return new ArrayList<>(db.told.subList(db.told.size() - amount, db.told.size()));
  }

  private void hears(List<TaskEvent.Batch> batches) throws InterruptedException {
    assertEquals(true, heard.wanted.await(20, TimeUnit.SECONDS), "events heard: " + heard.ids.size());
    List<Long> expected = batches.stream().flatMap(batch -> batch.events().stream()).map(TaskEvent::id).toList();
    assertEquals(expected, heard.ids);
  }

  @Test
  void putsBatchesThatArriveInAnyOrderAndTwiceIntoTheirOrder() throws InterruptedException {
    List<TaskEvent.Batch> batches = commits(20);
    List<TaskEvent.Batch> shuffled = new ArrayList<>(batches);
    Collections.reverse(shuffled);
    shuffled.forEach(batch -> bus.publish(EventFeed.FEED, batch));
    shuffled.forEach(batch -> bus.publish(EventFeed.FEED, batch));
    hears(batches);
  }

  @Test
  void readsFromTheStoreWhatTheBusHasLost() throws InterruptedException {
    List<TaskEvent.Batch> batches = commits(10);
    bus.publish(EventFeed.FEED, batches.get(9));
    hears(batches);
  }

  @Test
  void tellsOfWhatNobodyAnnouncedAndOfNothingElse() throws InterruptedException {
    Signals<Long> never = new Signals<>();
    feed.tellUnannounced(events -> events.forEach(event -> never.accept(event.id())));
    List<TaskEvent.Batch> batches = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      batches.addAll(commits(5));
      bus.publish(EventFeed.FEED, batches.get(batches.size() - 1));
      hears(batches);
    }
    List<Long> expected = new ArrayList<>(heard.ids);
    expected.removeAll(List.of(batches.get(4).end(), batches.get(9).end()));
    assertEquals(expected, never.await(8));
  }

  @Test
  void noticesALostLastBatchByItself() throws InterruptedException {
    hears(commits(3));
  }

  @Test
  void stepsOverIdsWhoseCommitFailed() throws InterruptedException {
    await(db.database.query("SELECT * FROM next_event_ids(5)", Tuple.tuple()));
    List<TaskEvent.Batch> batches = commits(2);
    batches.forEach(batch -> bus.publish(EventFeed.FEED, batch));
    hears(batches);
  }

  @Test
  void aSlowReaderWhoBeginsInThePastGetsEverythingOnceAndInOrder() throws InterruptedException {
    commits(300).forEach(batch -> bus.publish(EventFeed.FEED, batch));
    LiveHub hub = new LiveHub(vertx.getOrCreateContext(), db.log);
    feed.follow(hub);
    SlowReader reader = new SlowReader(900);
    heard.wanted = new CountDownLatch(0);
    Task task = db.claimed(store, TestStore.request("last"));
    hub.context().runOnContext(ignored -> Subscription.open(hub, EventLog.Wanted.ALL, reader, 0));
    List<Future<?>> more = new ArrayList<>();
    for (int i = 0; i < 598; i++) {
      more.add(store.accept(TestStore.accept(TestStore.request("m" + i))));
    }
    await(Future.all(more));
    await(store.setStatus(TaskChange.to(task, task.state().completed(Instant.now())), PATIENCE));
    synchronized (db.told) {
      db.told.forEach(batch -> bus.publish(EventFeed.FEED, batch));
    }

    assertEquals(true, reader.all.await(20, TimeUnit.SECONDS), "read: " + reader.ids.size());
    List<Long> sorted = await(db.log.between(0, Long.MAX_VALUE, EventLog.Wanted.ALL, 10_000)).stream().map(TaskEvent::id).toList();
    assertEquals(sorted.subList(0, 900), reader.ids.subList(0, 900));
  }

  @Test
  void aBusThatLosesDoublesAndSwapsWhatTwoNodesWriteChangesNothing() throws InterruptedException {
    Random chance = new Random(42);
    List<TaskEvent.Batch> late = Collections.synchronizedList(new ArrayList<>());
    List<TaskStore> nodes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      nodes.add(new TaskStore(vertx, db.database, UUID.randomUUID(), batch -> {
        int fate = chance.nextInt(10);
        if (fate == 0) {
          return;
        }
        if (fate < 4) {
          late.add(batch);
          return;
        }
        bus.publish(EventFeed.FEED, batch);
        if (fate == 4) {
          bus.publish(EventFeed.FEED, batch);
        }
        if (fate > 7) {
          List<TaskEvent.Batch> now = List.copyOf(late);
          late.removeAll(now);
          now.forEach(held -> bus.publish(EventFeed.FEED, held));
        }
      }));
    }
    heard.wanted = new CountDownLatch(600);
    for (int round = 0; round < 60; round++) {
      List<Future<?>> accepts = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        accepts.add(nodes.get(i % 2).accept(TestStore.accept(TestStore.request("p"))));
      }
      await(Future.all(accepts));
    }
    assertEquals(true, heard.wanted.await(20, TimeUnit.SECONDS), "events heard: " + heard.ids.size());
    List<Long> stored = await(db.log.between(0, Long.MAX_VALUE, EventLog.Wanted.ALL, 10_000)).stream().map(TaskEvent::id).toList();
    assertEquals(stored, heard.ids);
  }

  @Test
  void catchesUpThoughItsConnectionsWereCut() throws InterruptedException {
    List<TaskEvent.Batch> batches = commits(5);
    TestServers.cutConnections(db.uri);
    bus.publish(EventFeed.FEED, batches.get(4));
    hears(batches);
  }

  /** Says that it is full after every seventh event and has room again a moment later. */
  private final class SlowReader implements Subscription.Reader {
    private final List<Long> ids = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch all;

    SlowReader(int wanted) {
      all = new CountDownLatch(wanted);
    }

    @Override
    public void send(TaskEvent event) {
      ids.add(event.id());
      all.countDown();
    }

    @Override
    public boolean full() {
      return ids.size() % 7 == 0;
    }

    @Override
    public Future<Void> drained() {
      return vertx.timer(1, TimeUnit.MILLISECONDS).mapEmpty();
    }

    @Override
    public void failed(Throwable cause) {
      throw new AssertionError(cause);
    }
  }

  @Test
  void aFollowerOrWatcherThatThrowsCostsTheOthersNothing() throws InterruptedException {
    Signals<String> broken = new Signals<>();
    feed.follow(new EventFeed.Follower() {
      @Override
      public void began(long end) {
        broken.accept("began");
      }

      @Override
      public void happened(List<TaskEvent> events) {
        throw new StackOverflowError();
      }
    });
    Heard last = new Heard();
    feed.follow(last);
    await(last.began.future());
    broken.await(1);
    last.wanted = new CountDownLatch(20);
    List<TaskEvent.Batch> batches = commits(20);
    batches.forEach(batch -> bus.publish(EventFeed.FEED, batch));
    hears(batches);
    assertEquals(true, last.wanted.await(20, TimeUnit.SECONDS));
    assertEquals(heard.ids, last.ids);
  }

  @Test
  void aFeedThatComesNoFurtherSaysSoUntilItDoes() {
    ByteProxy proxy = ByteProxy.before(vertx, db.uri);
    Database way = Database.open(vertx, proxy.uri(), 1, 5);
    EventFeed watched = new EventFeed(bus, new EventLog(way), Duration.ofSeconds(3));
    await(vertx.deployVerticle(watched));
    assertEquals(true, watched.moves());
    proxy.cut();
    proxy.refused.await(all -> !watched.moves());
    proxy.heal();
    Instant until = Instant.now().plusSeconds(30);
    while (!watched.moves() && Instant.now().isBefore(until)) {
      commits(1);
    }
    assertEquals(true, watched.moves());
    proxy.close();
  }
}
