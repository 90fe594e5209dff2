package dev.computeserver.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Where a search for the oldest that waits begins. It begins at the very start, and while a long transaction elsewhere holds
 * back clean-up it walks all that has waited and does not any more, each time. So once it was slow, the oldest of what really
 * waits is marked, and searches begin there. What comes in before the marks is found all the same: after
 * {@value #SHARE} times the time that marking took, and {@value #LONGEST_SECONDS} s at most, one begins at the start again.
 */
public final class LowWater {
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int SHARE = 50;
  private static final int LONGEST_SECONDS = 30;

  private final Supplier<Future<Marks>> look;
  private final LongSupplier nanoTime;
  private Marks marks = Marks.NONE;
  private long validUntil;
  private boolean looking;

  /** @param look marks what waits now */
  public LowWater(Supplier<Future<Marks>> look) {
    this(look, System::nanoTime);
  }

  LowWater(Supplier<Future<Marks>> look, LongSupplier nanoTime) {
    this.look = look;
    this.nanoTime = nanoTime;
    this.validUntil = nanoTime.getAsLong();
  }

  /** Searches from the marks, where there are any that are still good; any thread may call. */
  public <T> Future<T> search(Function<Marks, Future<T>> from) {
    long begun = nanoTime.getAsLong();
    Marks start = good(begun);
    return from.apply(start).onSuccess(found -> {
      if (start == Marks.NONE && nanoTime.getAsLong() - begun > SLOW_NANOS) {
        mark();
      }
    });
  }

  private synchronized Marks good(long now) {
    return now - validUntil < 0 ? marks : Marks.NONE;
  }

  private synchronized void mark() {
    if (looking) {
      return;
    }
    looking = true;
    long begun = nanoTime.getAsLong();
    // Nobody waits for it: without marks, searches are slow and right.
    look.get().onComplete(looked -> marked(looked.succeeded() ? looked.result() : Marks.NONE, nanoTime.getAsLong() - begun));
  }

  private synchronized void marked(Marks found, long took) {
    looking = false;
    marks = found;
    validUntil = nanoTime.getAsLong() + Math.min(SHARE * took, TimeUnit.SECONDS.toNanos(LONGEST_SECONDS));
  }

  /**
   * What waits at each level, and everything that comes later, begins here.
   *
   * @param owners whose each of the levels is, such as a provider; null where that does not matter
   * @param oldest for each of the levels
   * @param since for every other level; null: the very start
   */
  public record Marks(String[] owners, Short[] levels, OffsetDateTime[] oldest, OffsetDateTime since) {
    public static final Marks NONE = new Marks(new String[0], new Short[0], new OffsetDateTime[0], null);

    /** From rows of a priority, null for all others, a time, and maybe a provider. */
    public static Marks of(RowSet<Row> rows) {
      List<String> owners = new ArrayList<>();
      List<Short> levels = new ArrayList<>();
      List<OffsetDateTime> oldest = new ArrayList<>();
      OffsetDateTime since = null;
      for (Row row : rows) {
        OffsetDateTime due = row.getOffsetDateTime("due_at");
        if (row.getShort("priority") == null) {
          since = due;
        } else {
          owners.add(row.getColumnIndex("provider") < 0 ? null : row.getString("provider"));
          levels.add(row.getShort("priority"));
          oldest.add(due);
        }
      }
      return new Marks(owners.toArray(String[]::new), levels.toArray(Short[]::new), oldest.toArray(OffsetDateTime[]::new), since);
    }
  }
}
