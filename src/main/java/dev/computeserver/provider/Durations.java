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
  private static final double AFTER_GOOD_PROBE = 1.02;
  private static final double AFTER_HIT = 0.99998;
  private static final double AFTER_MISS = 1.15;
  private static final double PULL_OF_LONG_JOBS = 0.1;

  private final Map<String, Known> byModel = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
      return size() > MOST_MODELS;
    }
  };

  /**
   * When to look first.
   *
   * @param unknown milliseconds after the submit while nothing is known of the model
   * @param pause milliseconds until the second look: a probe that is earlier by just that costs the job nothing, so every other one is
   */
  FirstLook firstLook(String model, long unknown, long pause) {
    Known known = byModel.computeIfAbsent(model, first -> new Known(unknown));
    boolean probe = ++known.jobs % JOBS_PER_PROBE == 0;
    boolean free = known.jobs / JOBS_PER_PROBE % 2 == 0 && known.millis > 2 * pause;
    double early = free ? known.millis - pause : known.millis * PROBE;
    return new FirstLook(Math.max(1, Math.round(probe ? early : known.millis)), probe);
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
    // Many jobs are looked at by what was known at the same time: what they tell is measured by their own look, so that
    // a hundred of them do not correct the same mistake a hundred times.
    if (notDoneAt == 0) {
      known.millis = look.probe ? Math.min(known.millis, look.millis * AFTER_GOOD_PROBE) : known.millis * AFTER_HIT;
    } else if (notDoneAt > look.millis * AFTER_MISS && notDoneAt > known.millis) {
      known.millis += (notDoneAt - known.millis) * PULL_OF_LONG_JOBS;
    } else if (!look.probe) {
      known.millis = Math.max(known.millis, look.millis * AFTER_MISS);
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
