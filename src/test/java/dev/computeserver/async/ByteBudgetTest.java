package dev.computeserver.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ByteBudgetTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx();
  private final ByteBudget budget = new ByteBudget(100);

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  void whatDoesNotFitIsRefusedOrWaits() throws Exception {
    ByteBudget.Share first = budget.tryTake(70).orElseThrow();
    assertTrue(budget.tryTake(40).isEmpty());
    Future<ByteBudget.Share> second = budget.take(vertx, 40, LONG);
    Future<ByteBudget.Share> third = budget.take(vertx, 10, LONG);
    assertFalse(second.isComplete());
    assertFalse(third.isComplete(), "who is small does not overtake");
    first.close();
    assertEquals(40, join(second).bytes());
    assertEquals(10, join(third).bytes());
    first.close();
    assertEquals(50, budget.taken(), "a share given back twice counts once");
  }

  @Test
  void aShareGrowsAndShrinks() throws Exception {
    ByteBudget.Share share = budget.tryTake(60).orElseThrow();
    assertTrue(share.grow(40));
    assertFalse(share.grow(1));
    Future<ByteBudget.Share> waits = budget.take(vertx, 90, LONG);
    share.shrinkTo(10);
    assertEquals(90, join(waits).bytes());
    assertEquals(100, budget.taken());
    assertEquals(1, budget.refused());
  }

  @Test
  void thoseWhoHoldAPartAndWaitForTheRestGetOnOneByOne() throws Exception {
    ByteBudget.Share first = budget.tryTake(50).orElseThrow();
    ByteBudget.Share second = budget.tryTake(50).orElseThrow();
    join(first.growInTurn(30));
    Future<Void> behind = second.growInTurn(10);
    Future<ByteBudget.Share> last = budget.take(vertx, 50, LONG);
    join(first.growInTurn(20));
    assertEquals(150, budget.taken(), "one is beyond the budget");
    assertFalse(behind.isComplete(), "but not two");
    assertEquals(2, budget.waiting());
    first.close();
    join(behind);
    assertFalse(last.isComplete(), "who holds nothing waits for those who do");
    second.shrinkTo(50);
    assertEquals(50, join(last).bytes());
    assertInstanceOf(ByteBudget.Exhausted.class, assertThrows(ExecutionException.class, () -> join(second.growInTurn(51))).getCause());
  }

  @Test
  void whoWaitsTooLongOrForTooMuchIsTold() {
    ByteBudget.Share all = budget.tryTake(100).orElseThrow();
    Future<ByteBudget.Share> late = budget.take(vertx, 1, Duration.ofMillis(20));
    ExecutionException told = assertThrows(ExecutionException.class, () -> join(late));
    assertInstanceOf(ByteBudget.Exhausted.class, told.getCause());
    assertTrue(budget.take(vertx, 101, LONG).failed());
    all.close();
    assertEquals(0, budget.taken());
    assertEquals(0, budget.waiting());
  }

  @Test
  void bigOnesNeitherTakeAllNorHoldUpSmallOnes() throws Exception {
    ByteBudget mixed = new ByteBudget(100, 10, 20);
    assertEquals(80, mixed.total());
    assertTrue(mixed.take(vertx, 81, LONG).failed());
    ByteBudget.Share big = mixed.tryTake(80).orElseThrow();
    assertFalse(big.grow(1));
    Future<ByteBudget.Share> nextBig = mixed.take(vertx, 50, LONG);
    ByteBudget.Share small = mixed.tryTake(8).orElseThrow();
    assertTrue(small.grow(2));
    assertFalse(small.grow(1), "it would not be small any more");
    assertEquals(10, join(mixed.take(vertx, 10, LONG)).bytes());
    Future<ByteBudget.Share> nextSmall = mixed.take(vertx, 10, LONG);
    assertFalse(nextSmall.isComplete());
    small.close();
    assertEquals(10, join(nextSmall).bytes(), "it does not wait behind what is too big now");
    assertFalse(nextBig.isComplete());
    big.close();
    assertEquals(50, join(nextBig).bytes());
  }

  private static <T> T join(Future<T> share) throws Exception {
    return share.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
