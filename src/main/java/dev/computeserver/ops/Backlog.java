package dev.computeserver.ops;

import dev.computeserver.task.TaskQueries;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;

/**
 * How many tasks wait in each queue, for the whole cluster. Counting costs a walk through the queues, so it happens only when
 * somebody asks and the last count is older than 5 s, however many ask; and it ends at {@value #MOST_COUNTED} a queue.
 */
public final class Backlog {
  static final int MOST_COUNTED = 100_000;
  private static final long FRESH_NANOS = 5_000_000_000L;

  private final TaskQueries queries;
  private final Set<String> queues;
  private Future<Map<String, Long>> counts;
  private long countedAt;

  public Backlog(TaskQueries queries, Set<String> queues, MeterRegistry registry) {
    this.queries = queries;
    this.queues = Set.copyOf(queues);
    queues.forEach(queue -> Gauge.builder("compute.queue.waiting", () -> waiting(queue))
        .description("Tasks that wait in a queue, those that are not due yet included; counted to " + MOST_COUNTED)
        .tag("queue", queue).register(registry));
  }

  /** Done when the counts are no older than they may be; fails when the store cannot be asked. */
  public synchronized Future<Map<String, Long>> fresh() {
    long now = System.nanoTime();
    if (counts == null || counts.isComplete() && now - countedAt > FRESH_NANOS) {
      counts = queries.waiting(queues, MOST_COUNTED);
      countedAt = now;
    }
    return counts;
  }

  private synchronized Double waiting(String queue) {
    return counts == null || !counts.succeeded() ? null : (Double) counts.result().get(queue).doubleValue();
  }
}
