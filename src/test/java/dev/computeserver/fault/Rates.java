package dev.computeserver.fault;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** How many tasks were completed when, by the history that they leave: an event's id is the time of its commit. */
record Rates(Store store) {

  /** Tasks completed a second. */
  double between(Instant from, Instant to) throws SQLException {
    return completed(from, to).size() / (Duration.between(from, to).toMillis() / 1_000.0);
  }

  /** The longest time without a completed task, in seconds. */
  double longestSilence(Instant from, Instant to) throws SQLException {
    List<Long> moments = new ArrayList<>(completed(from, to));
    moments.add(micros(to));
    long longest = 0;
    long before = micros(from);
    for (long moment : moments) {
      longest = Math.max(longest, moment - before);
      before = moment;
    }
    return longest / 1_000_000.0;
  }

  private List<Long> completed(Instant from, Instant to) throws SQLException {
    return store.rows("SELECT id FROM task_event WHERE type = 'completed' AND id >= " + micros(from) + " AND id < " + micros(to) + " ORDER BY id")
        .stream().map(row -> Long.parseLong(row.get(0))).toList();
  }

  private static long micros(Instant moment) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, moment);
  }
}
