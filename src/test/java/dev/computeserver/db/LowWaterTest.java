package dev.computeserver.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.computeserver.db.LowWater.Marks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.OffsetDateTime;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LowWaterTest {
  private static final Marks FOUND = new Marks(new String[0], new Short[] {1}, new OffsetDateTime[] {OffsetDateTime.MAX}, OffsetDateTime.MIN);

  private Promise<Marks> looking;
  private int looks;
  private long nanos = -5;
  private final LowWater water = new LowWater(this::look, () -> nanos);

  private Future<Marks> look() {
    looks++;
    looking = Promise.promise();
    return looking.future();
  }

  private void pass(long millis) {
    nanos += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Where a search began that took so long. */
  private Marks search(long millis) {
    return water.search(marks -> {
      pass(millis);
      return Future.succeededFuture(marks);
    }).result();
  }

  private void marked(long millis) {
    search(100);
    pass(millis);
    looking.complete(FOUND);
  }

  @Test
  void quickSearchesBeginAtTheStartAndMarkNothing() {
    assertSame(Marks.NONE, search(10));
    assertSame(Marks.NONE, search(10));
    assertEquals(0, looks);
  }

  @Test
  void aSlowSearchIsMarkedOnceAndTheNextBeginsThere() {
    search(100);
    assertSame(Marks.NONE, search(100));
    assertEquals(1, looks);
    pass(40);
    looking.complete(FOUND);
    assertSame(FOUND, search(100));
    assertEquals(1, looks);
  }

  @Test
  void theStartIsSearchedAgainAfterFiftyTimesTheTimeThatMarkingTook() {
    marked(100);
    pass(4_900);
    assertSame(FOUND, search(0));
    pass(100);
    assertSame(Marks.NONE, search(0));
  }

  @Test
  void theStartIsSearchedAgainAfterHalfAMinuteAtTheLatest() {
    marked(10_000);
    pass(29_999);
    assertSame(FOUND, search(0));
    pass(1);
    assertSame(Marks.NONE, search(0));
  }

  @Test
  void withoutMarksForWantOfAnAnswerSearchesBeginAtTheStart() {
    search(100);
    looking.fail("the database is out");
    assertSame(Marks.NONE, search(100));
    assertEquals(2, looks);
  }
}
