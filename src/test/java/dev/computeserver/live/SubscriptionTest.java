package dev.computeserver.live;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.bus.Bus;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.Task;
import dev.computeserver.task.Membership;
import dev.computeserver.task.TaskChange;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubscriptionTest {
  /** What a subscription reads at once, and so the most that a reader can get after it has said that it is full. */
  private static final int PAGE = 200;

  private final Vertx vertx = Vertx.vertx();
  private TestStore db;
  private TaskStore store;
  private Bus bus;
  private LiveHub hub;

  @BeforeEach
  void open() {
    db = new TestStore(vertx);
    bus = new Bus(vertx);
    EventFeed feed = new EventFeed(bus, db.log);
    await(vertx.deployVerticle(feed));
    UUID node = UUID.randomUUID();
    store = new TaskStore(vertx, db.database, node, batch -> {
      db.told.add(batch);
      bus.publish(EventFeed.FEED, batch);
    });
    await(new Membership(db.database, node).join("test", TestStore.PATIENCE));
    hub = new LiveHub(vertx.getOrCreateContext(), db.log);
    feed.follow(hub);
  }

  @AfterEach
  void close() {
    await(vertx.close());
    TestServers.drop(db.uri);
  }

  /** A reader whose fullness the test decides. */
  private static final class Reader implements Subscription.Reader {
    private final Signals<Long> sent = new Signals<>();
    private final Promise<Throwable> failed = Promise.promise();
    private volatile int room = Integer.MAX_VALUE;
    private volatile Promise<Void> drained = Promise.promise();

    @Override
    public void send(TaskEvent event) {
      room--;
      sent.accept(event.id());
    }

    @Override
    public boolean full() {
      return room <= 0;
    }

    @Override
    public Future<Void> drained() {
      return drained.future();
    }

    @Override
    public void failed(Throwable cause) {
      failed.complete(cause);
    }
  }

  private Subscription subscribe(EventLog.Wanted wanted, Reader reader, long after) {
    Promise<Subscription> opened = Promise.promise();
    hub.context().runOnContext(ignored -> opened.complete(Subscription.open(hub, wanted, reader, after)));
    return await(opened.future());
  }

  private List<UUID> accept(int amount) {
    List<Future<UUID>> accepts = new ArrayList<>();
    for (int i = 0; i < amount; i++) {
      accepts.add(store.accept(TestStore.accept(TestStore.request("p" + i))).map(accepted -> accepted.ids().get(0)));
    }
    await(Future.all(accepts));
    return accepts.stream().map(Future::result).toList();
  }

  private List<Long> stored(EventLog.Wanted wanted, long after) {
    return await(db.log.between(after, Long.MAX_VALUE, wanted, 10_000)).stream().map(TaskEvent::id).toList();
  }

  /** Waits until the hub has told its watchers of everything that is stored by now. */
  private void hubIsUpToDate() {
    Reader marker = new Reader();
    Subscription watch = subscribe(EventLog.Wanted.ALL, marker, stored(EventLog.Wanted.ALL, 0).get(0) - 1);
    accept(1);
    long last = stored(EventLog.Wanted.ALL, 0).get(stored(EventLog.Wanted.ALL, 0).size() - 1);
    marker.sent.await(all -> all.contains(last));
    hub.context().runOnContext(ignored -> watch.close());
  }

  @Test
  void historyGoesOverIntoWhatHappensWithoutGapOrDoubleWhileWritersRun() {
    accept(500);
    List<Future<?>> writers = new ArrayList<>();
    List<Reader> readers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      for (int k = 0; k < 50; k++) {
        writers.add(store.accept(TestStore.accept(TestStore.request("w"))));
      }
      Reader reader = new Reader();
      readers.add(reader);
      subscribe(EventLog.Wanted.ALL, reader, 0);
    }
    await(Future.all(writers));
    List<Long> all = stored(EventLog.Wanted.ALL, 0);
    assertEquals(1_000, all.size());
    readers.forEach(reader -> assertEquals(all, reader.sent.await(1_000)));
  }

  @Test
  void whoComesBackGetsWhatCameAfterTheNewestThatItHas() {
    accept(20);
    hubIsUpToDate();
    long newest = stored(EventLog.Wanted.ALL, 0).get(9);
    Reader reader = new Reader();
    subscribe(EventLog.Wanted.ALL, reader, newest);
    accept(5);
    List<Long> expected = stored(EventLog.Wanted.ALL, newest);
    assertEquals(expected, reader.sent.await(expected.size()));
  }

  @Test
  void watchersOfATaskGetThatTasksEventsOnly() {
    Task task = db.claimed(store, TestStore.request("fox"));
    EventLog.Wanted wanted = new EventLog.Wanted(null, Set.of(task.id()), null, null);
    Reader reader = new Reader();
    subscribe(wanted, reader, 0);
    accept(30);
    await(store.setStatus(TaskChange.to(task, task.state().completed(Instant.now())), TestStore.PATIENCE));
    assertEquals(stored(wanted, 0), reader.sent.await(3));
    assertEquals(3, reader.sent.all().size());
  }

  @Test
  void aReaderThatIsFullGetsAtMostOnePageMoreAndAllTheRestOnceItHasDrained() {
    accept(1_000);
    hubIsUpToDate();
    Reader reader = new Reader();
    reader.room = 10;
    subscribe(EventLog.Wanted.ALL, reader, 0);
    reader.sent.await(10);
    accept(300);
    hubIsUpToDate();
    int whileFull = reader.sent.all().size();
    assertTrue(whileFull <= 10 + PAGE, "sent to a full reader: " + whileFull);

    reader.room = Integer.MAX_VALUE;
    reader.drained.complete();
    List<Long> expected = stored(EventLog.Wanted.ALL, 0);
    assertEquals(expected, reader.sent.await(expected.size()));
  }

  @Test
  void aReaderThatFillsUpWhileLiveMissesNothing() {
    Reader reader = new Reader();
    accept(1);
    hubIsUpToDate();
    subscribe(EventLog.Wanted.ALL, reader, 0);
    reader.sent.await(2);
    reader.room = 3;
    accept(50);
    hubIsUpToDate();
    assertEquals(5, reader.sent.all().size());
    reader.room = Integer.MAX_VALUE;
    reader.drained.complete();
    List<Long> expected = stored(EventLog.Wanted.ALL, 0);
    assertEquals(expected, reader.sent.await(expected.size()));
  }

  @Test
  void aReaderThatNeverDrainsIsLeftAlone() {
    accept(1);
    hubIsUpToDate();
    Reader reader = new Reader();
    reader.room = 1;
    subscribe(EventLog.Wanted.ALL, reader, 0);
    int before = reader.sent.await(1).size();
    hub.context().runOnContext(ignored -> reader.drained.fail("dropped"));
    accept(20);
    hubIsUpToDate();
    assertTrue(reader.sent.all().size() <= before + 1, "sent after it was dropped: " + reader.sent.all().size());
    assertFalse(reader.failed.future().isComplete());
  }

  @Test
  void aClosedSubscriptionSendsNothingMore() {
    Reader reader = new Reader();
    Subscription subscription = subscribe(EventLog.Wanted.ALL, reader, 0);
    accept(1);
    reader.sent.await(1);
    Promise<Void> closed = Promise.promise();
    hub.context().runOnContext(ignored -> {
      subscription.close();
      closed.complete();
    });
    await(closed.future());
    accept(10);
    hubIsUpToDate();
    assertEquals(1, reader.sent.all().size());
  }

  @Test
  void aReaderIsToldWhenHistoryCannotBeRead() {
    accept(3);
    hubIsUpToDate();
    await(db.database.close());
    Reader reader = new Reader();
    subscribe(EventLog.Wanted.ALL, reader, 0);
    assertNotNull(await(reader.failed.future()));
    assertTrue(reader.sent.all().isEmpty());
  }

  @Test
  void whoWaitsForATasksEndIsToldOfItAndOfItsTimeout() {
    Task task = db.claimed(store, TestStore.request("fox"));
    Iterator<Boolean> looks = List.of(false, true, false, true).iterator();
    assertFalse(await(ended(task, 50, looks::next)));
    assertTrue(await(ended(task, 20_000, looks::next)));
    Future<Boolean> waiting = ended(task, 20_000, looks::next);
    complete(task);
    assertTrue(await(waiting));
  }

  @Test
  void whoWaitsForTheEndOfATaskThatWasRetriedIsNotToldOfAnEarlierOne() {
    Task task = db.claimed(store, TestStore.request("fox"));
    AtomicInteger looks = new AtomicInteger();
    Future<Boolean> waiting = ended(task, 60_000, () -> looks.incrementAndGet() > 2);
    complete(task);
    hubIsUpToDate();
    assertEquals(2, looks.get());
    assertFalse(waiting.isComplete());
  }

  private void complete(Task task) {
    await(store.setStatus(TaskChange.to(task, task.state().completed(Instant.now())), TestStore.PATIENCE));
  }

  private Future<Boolean> ended(Task task, long millis, Supplier<Boolean> look) {
    Promise<Promise<Boolean>> begun = Promise.promise();
    Promise<Boolean> ended = Promise.promise();
    hub.context().runOnContext(ignored -> {
      hub.ended(task.id(), millis, vertx, () -> Future.succeededFuture(look.get())).onComplete(ended);
      begun.complete(ended);
    });
    return await(begun.future()).future();
  }
}
