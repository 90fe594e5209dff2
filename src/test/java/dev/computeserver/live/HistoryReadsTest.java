package dev.computeserver.live;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskStatus;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is asked of the store, and when, while events go on happening; the test answers for it. All runs on the hub's loop. */
class HistoryReadsTest {
  private static final UUID TASK = UUID.randomUUID();
  private static final int MANY = 5_000;

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final List<Asked> asked = new ArrayList<>();
  private final List<Long> happened = new ArrayList<>();
  private final LiveHub hub = new LiveHub(context, (after, until, wanted, limit) -> {
    Asked one = new Asked(after, until, limit, Promise.promise());
    asked.add(one);
    return one.page.future();
  });

  @AfterEach
  void close() {
    await(vertx.close());
  }

  private record Asked(long after, long until, int limit, Promise<List<TaskEvent>> page) {
  }

  private static final class Reader implements Subscription.Reader {
    private final List<Long> sent = new ArrayList<>();
    private final Promise<Void> drained = Promise.promise();
    private int room = Integer.MAX_VALUE;

    @Override
    public void send(TaskEvent event) {
      room--;
      sent.add(event.id());
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
      throw new AssertionError(cause);
    }
  }

  private static TaskEvent event(long id) {
    return new TaskEvent(id, 1, "progress", TASK, TaskStatus.PROCESSING.word(), "default", ProviderType.LUMA.word(), false, ProviderCapability.IMAGE_GENERATION.word(), 1,
        null, null);
  }

  private <T> T onLoop(Callable<T> work) {
    Promise<T> done = Promise.promise();
    context.runOnContext(ignored -> {
      try {
        done.complete(work.call());
      } catch (Exception failed) {
        done.fail(failed);
      }
    });
    return await(done.future());
  }

  private static List<TaskEvent> events(long first, long last) {
    return LongStream.rangeClosed(first, last).mapToObj(HistoryReadsTest::event).toList();
  }

  private static List<Long> ids(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }

  private void happen(long first, long last) {
    hub.happened(events(first, last));
    happened.addAll(ids(first, last));
    onLoop(() -> null);
  }

  private Reader open() {
    Reader reader = new Reader();
    onLoop(() -> Subscription.open(hub, EventLog.Wanted.ALL, reader, 0));
    return reader;
  }

  /** The store answers a question as it stands now, which may be more than there was when it was asked. */
  private void answer(int place) {
    Asked one = asked.get(place);
    onLoop(() -> one.page.tryComplete(happened.stream().filter(id -> id > one.after && id <= one.until).limit(one.limit)
        .map(HistoryReadsTest::event).toList()));
  }

  @Test
  void whatHappensWhileTheLastPageIsAskedForFollowsItAndNothingIsAskedAgain() {
    happen(1, 10);
    Reader reader = open();
    happen(11, 1_010);
    answer(0);
    assertEquals(ids(1, 1_010), reader.sent);
    happen(1_011, 1_012);
    assertEquals(ids(1, 1_012), reader.sent);
    assertEquals(1, asked.size());
  }

  @Test
  void moreThanIsKeptIsReadFromTheStore() {
    happen(1, 10);
    Reader reader = open();
    happen(11, 1_200);
    answer(0);
    assertEquals(2, asked.size());
    happen(1_201, 1_210);
    answer(1);
    happen(1_211, 1_211);
    for (int page = 2; page < asked.size(); page++) {
      answer(page);
    }
    assertEquals(ids(1, 1_211), reader.sent);
  }

  @Test
  void aReaderThatIsFullAmidWhatWasKeptGetsTheRestFromTheStore() {
    happen(1, 10);
    Reader reader = open();
    reader.room = 15;
    happen(11, 30);
    answer(0);
    happen(31, 40);
    assertEquals(ids(1, 15), reader.sent);
    reader.room = Integer.MAX_VALUE;
    onLoop(() -> reader.drained.tryComplete());
    happen(41, 41);
    answer(1);
    assertEquals(ids(1, 41), reader.sent);
    assertEquals(2, asked.size());
  }

  @Test
  void oneHubReadsAFewHistoriesAtATimeAndEachInItsTurn() {
    happen(1, 10);
    List<Reader> readers = new ArrayList<>();
    for (int i = 0; i < 3 * HistoryReads.MOST_AT_ONCE; i++) {
      readers.add(open());
    }
    assertEquals(HistoryReads.MOST_AT_ONCE, asked.size());
    answer(0);
    assertEquals(HistoryReads.MOST_AT_ONCE + 1, asked.size());
    for (int i = 1; i < asked.size(); i++) {
      answer(i);
    }
    assertEquals(readers.size(), asked.size());
    readers.forEach(reader -> assertEquals(ids(1, 10), reader.sent));
  }

  @Test
  void whoHasGoneWhileInLineIsPassedOverHoweverManyTheyAre() {
    happen(1, 10);
    for (int i = 0; i < HistoryReads.MOST_AT_ONCE; i++) {
      open();
    }
    onLoop(() -> {
      for (int i = 0; i < MANY; i++) {
        Subscription.open(hub, EventLog.Wanted.ALL, new Reader(), 0).close();
      }
      return null;
    });
    Reader last = open();
    answer(0);
    assertEquals(HistoryReads.MOST_AT_ONCE + 1, asked.size());
    answer(HistoryReads.MOST_AT_ONCE);
    assertEquals(ids(1, 10), last.sent);
  }
}
