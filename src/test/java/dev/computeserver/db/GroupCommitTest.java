package dev.computeserver.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GroupCommitTest {
  private final List<List<Integer>> groups = new ArrayList<>();
  private final List<Promise<List<Integer>>> underWay = new ArrayList<>();
  private long nanos;

  private Future<List<Integer>> hold(List<Integer> group) {
    groups.add(group);
    Promise<List<Integer>> promise = Promise.promise();
    underWay.add(promise);
    return promise.future();
  }

  @Test
  void anEntryThatComesAloneIsWrittenAtOnceAndThoseThatComeMeanwhileGoTogether() {
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(this::hold, 10, 100);
    Future<Integer> first = lane.submit(1);
    Future<Integer> second = lane.submit(2);
    Future<Integer> third = lane.submit(3);
    assertEquals(List.of(List.of(1)), groups);
    underWay.get(0).complete(List.of(10));
    assertEquals(List.of(List.of(1), List.of(2, 3)), groups);
    underWay.get(1).complete(List.of(20, 30));
    assertEquals(List.of(10, 20, 30), List.of(first.result(), second.result(), third.result()));
  }

  @Test
  void aBadEntryFailsAloneAndItsNeighboursAreWritten() {
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(group -> group.contains(2)
        ? Future.failedFuture(new PgException("bad value", "ERROR", "22P05", null)) : Future.succeededFuture(group), 10, 100);
    GroupCommit<Integer, Integer> held = new GroupCommit<>(group -> hold(group).compose(ignored -> group.contains(2)
        ? Future.failedFuture(new PgException("bad value", "ERROR", "22P05", null)) : Future.succeededFuture(group)), 10, 100);
    assertTrue(lane.submit(2).failed());

    Future<Integer> opener = held.submit(0);
    List<Future<Integer>> together = List.of(held.submit(1), held.submit(2), held.submit(3));
    for (int i = 0; i < underWay.size(); i++) {
      underWay.get(i).complete(List.of());
    }
    assertEquals(0, opener.result());
    assertEquals(1, together.get(0).result());
    assertTrue(together.get(1).failed());
    assertEquals(3, together.get(2).result());
  }

  @Test
  void aBadEntryAmongManyCostsFewTriesMore() {
    List<List<Integer>> tried = new ArrayList<>();
    Promise<Void> opened = Promise.promise();
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(group -> {
      tried.add(group);
      return group.contains(0) ? opened.future().map(group)
          : group.contains(77) ? Future.failedFuture(new StackOverflowError()) : Future.succeededFuture(group);
    }, 256, 1_000);
    lane.submit(0);
    List<Future<Integer>> together = IntStream.rangeClosed(1, 256).mapToObj(lane::submit).toList();
    opened.complete();
    for (int i = 0; i < together.size(); i++) {
      assertEquals(i + 1 != 77, together.get(i).succeeded());
    }
    assertInstanceOf(StackOverflowError.class, together.get(76).cause());
    assertEquals(1 + 1 + 2 * 8, tried.size());
  }

  @Test
  void whoeverThrowsAtItsAnswerCostsItsNeighboursNothingAndIsNotWrittenTwice() {
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(this::hold, 10, 100);
    lane.submit(0);
    lane.submit(1).onComplete(done -> {
      throw new IllegalStateException("a bug");
    });
    Future<Integer> neighbour = lane.submit(2);
    underWay.get(0).complete(List.of(0));
    underWay.get(1).complete(List.of(10, 20));
    assertEquals(20, neighbour.result());
    assertEquals(List.of(List.of(0), List.of(1, 2)), groups);
  }

  @Test
  void refusesAtOnceWhatIsMoreThanItMayHold() {
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(this::hold, 10, 2);
    lane.submit(1);
    lane.submit(2);
    lane.submit(3);
    assertInstanceOf(GroupCommit.Overloaded.class, lane.submit(4).cause());
  }

  @Test
  void whatHasWaitedForTooLongIsToldSoAndNeverWritten() {
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(this::hold, 10, 100, Duration.ofSeconds(5), GroupCommit.Weights.none(), () -> nanos);
    lane.submit(1);
    Future<Integer> late = lane.submit(2);
    nanos = Duration.ofSeconds(4).toNanos();
    Future<Integer> inTime = lane.submit(3);
    nanos = Duration.ofSeconds(6).toNanos();
    underWay.get(0).fail(new ConnectException("refused"));
    assertInstanceOf(GroupCommit.Overloaded.class, late.cause());
    assertEquals(List.of(List.of(1), List.of(3)), groups);
    underWay.get(1).complete(List.of(30));
    assertEquals(30, inTime.result());
  }

  @Test
  void aLaneWhoseEntriesHaveAllWaitedForTooLongGoesOnWithTheNext() {
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(this::hold, 10, 100, Duration.ofSeconds(5), GroupCommit.Weights.none(), () -> nanos);
    lane.submit(1);
    Future<Integer> late = lane.submit(2);
    nanos = Duration.ofSeconds(6).toNanos();
    underWay.get(0).complete(List.of(10));
    assertTrue(late.failed());
    Future<Integer> next = lane.submit(3);
    underWay.get(1).complete(List.of(30));
    assertEquals(30, next.result());
  }

  @Test
  void keepsTheOrderOfSubmissionThroughManyFullGroups() {
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(this::hold, 4, 100);
    for (int i = 0; i < 50; i++) {
      lane.submit(i);
    }
    for (int i = 0; i < underWay.size(); i++) {
      underWay.get(i).complete(groups.get(i));
    }
    assertEquals(IntStream.range(0, 50).boxed().toList(), groups.stream().flatMap(List::stream).toList());
    assertTrue(groups.stream().allMatch(group -> group.size() <= 4));
  }

  @Test
  void aGroupEndsAtItsWeightAndAHeavyEntryGoesAlone() {
    GroupCommit<Integer, Integer> lane = weighing();
    List.of(1, 4, 6, 1, 50, 2, 3).forEach(lane::submit);
    for (int i = 0; i < underWay.size(); i++) {
      underWay.get(i).complete(groups.get(i));
    }
    assertEquals(List.of(List.of(1), List.of(4, 6), List.of(1), List.of(50), List.of(2, 3)), groups);
  }

  @Test
  void refusesAtOnceWhatIsHeavierThanItMayHoldButOneMayAlwaysWait() {
    GroupCommit<Integer, Integer> lane = weighing();
    lane.submit(1);
    Future<Integer> heavy = lane.submit(200);
    assertInstanceOf(GroupCommit.Overloaded.class, lane.submit(1).cause());
    underWay.get(0).complete(List.of(10));
    assertTrue(lane.submit(60).cause() == null && lane.submit(40).cause() == null);
    assertInstanceOf(GroupCommit.Overloaded.class, lane.submit(1).cause());
    underWay.get(1).complete(List.of(20));
    assertEquals(20, heavy.result());
    assertEquals(List.of(List.of(1), List.of(200), List.of(60)), groups);
  }

  /** Whose entries weigh what they are: 10 in a group, 100 waiting. */
  private GroupCommit<Integer, Integer> weighing() {
    return new GroupCommit<>(this::hold, 10, 100, Duration.ofDays(1), new GroupCommit.Weights<>(each -> each, 10, 100));
  }

  @Test
  void anOutageFailsTheWholeGroupAtOnceAndTheLaneGoesOn() {
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(this::hold, 10, 100);
    lane.submit(0);
    List<Future<Integer>> together = List.of(lane.submit(1), lane.submit(2));
    underWay.get(0).complete(List.of(0));
    underWay.get(1).fail(new ConnectException("refused"));
    assertTrue(together.stream().allMatch(Future::failed));
    assertEquals(2, groups.size());

    Future<Integer> after = lane.submit(3);
    underWay.get(2).complete(List.of(30));
    assertEquals(30, after.result());
  }

  @Test
  void aWriterThatThrowsFailsItsGroupAndTheLaneGoesOn() {
    GroupCommit<Integer, Integer> lane = new GroupCommit<>(group -> {
      if (group.contains(1)) {
        throw new IllegalStateException("a bug");
      }
      return Future.succeededFuture(group);
    }, 10, 100);
    assertInstanceOf(IllegalStateException.class, lane.submit(1).cause());
    assertEquals(2, lane.submit(2).result());
  }

  @Test
  void answersOnTheCallersOwnContext() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      GroupCommit<Integer, Integer> lane = new GroupCommit<>(this::hold, 10, 10);
      Context context = vertx.getOrCreateContext();
      CompletableFuture<Context> answeredOn = new CompletableFuture<>();
      CompletableFuture<Void> submitted = new CompletableFuture<>();
      context.runOnContext(ignored -> {
        lane.submit(1).onComplete(done -> answeredOn.complete(Vertx.currentContext()));
        submitted.complete(null);
      });
      submitted.get(5, TimeUnit.SECONDS);
      underWay.get(0).complete(List.of(1));
      assertSame(context, answeredOn.get(5, TimeUnit.SECONDS));
    } finally {
      vertx.close().await(5, TimeUnit.SECONDS);
    }
  }
}
