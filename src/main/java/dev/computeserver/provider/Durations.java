package dev.computeserver.provider;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * When to look first at a job of each model, learned from the jobs before. A look tells only on which side of it a job
 * ended, so every eighth job is looked at earlier than seems right: without that, nobody would notice that a model has
 * become faster. The time shrinks when such an early look finds the job done, and grows when a usual one does not.
 */
final class Durations {
  private static final int MOST_MODELS = 1_000;
  private static final int JOBS_PER_PROBE = 8;
  private static final double PROBE = 0.7;
  private static final double AFTER_GOOD_PROBE = 0.8;
  private static final double AFTER_HIT = 0.9998;
  private static final double AFTER_MISS = 1.025;
  private static final double PULL_OF_LONG_JOBS = 0.1;

  private final Map<String, Known> byModel = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
      return size() > MOST_MODELS;
    }
  };

  /** When to look first; {@code unknown} milliseconds after the submit while nothing is known of the model. */
  FirstLook firstLook(String model, long unknown) {
    Known known = byModel.computeIfAbsent(model, first -> new Known(unknown));
    boolean probe = ++known.jobs % JOBS_PER_PROBE == 0;
    return new FirstLook(Math.max(1, Math.round(probe ? known.millis * PROBE : known.millis)), probe);
  }

  /**
   * What became of a job.
   *
   * @param notDoneAt milliseconds after the submit of the last look that did not find it done, 0 where the first one did
   */
  void ended(String model, FirstLook look, long notDoneAt) {
    Known known = byModel.get(model);
    if (known == null) {
      return;
    }
    if (notDoneAt == 0) {
      known.millis *= look.probe ? AFTER_GOOD_PROBE : AFTER_HIT;
    } else if (notDoneAt > known.millis * AFTER_MISS) {
      known.millis += (notDoneAt - known.millis) * PULL_OF_LONG_JOBS;
    } else if (!look.probe) {
      known.millis *= AFTER_MISS;
    }
    known.millis = Math.max(1, known.millis);
  }

  /**
   * @param millis after the submit
   * @param probe whether it is earlier than seems right
   */
  record FirstLook(long millis, boolean probe) {
  }

  private static final class Known {
    private double millis;
    private int jobs;

    Known(double millis) {
      this.millis = millis;
    }
  }
}
