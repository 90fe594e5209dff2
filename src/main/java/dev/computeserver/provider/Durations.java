package dev.computeserver.provider;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How long the jobs of each model took lately, to look at the next one when it is likely to be done. Keeps two running
 * quantiles per model: most jobs take longer than the early one, nearly none longer than the late one. Where the two are
 * close together, the first look is at the late one and mostly the only one; else it is at the early one.
 */
final class Durations {
  private static final int MOST_MODELS = 1_000;
  private static final double EARLY = 0.1;
  private static final double LATE = 0.995;
  private static final double GAIN = 0.05;

  private final Map<String, Known> byModel = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
      return size() > MOST_MODELS;
    }
  };

  /** Milliseconds after the submit at which to look first. */
  long firstLook(String model, long unknown, long pause) {
    Known known = byModel.get(model);
    if (known == null) {
      return unknown;
    }
    boolean steady = known.late - known.early <= Math.max(pause, known.late / 10);
    return Math.round(steady ? known.late : known.early);
  }

  /** A job was seen done {@code millis} after its submit. */
  void took(String model, long millis) {
    Known known = byModel.computeIfAbsent(model, first -> new Known(millis));
    known.late = moved(known.late, LATE, millis);
    known.early = Math.min(known.late, moved(known.early, EARLY, millis));
  }

  private static double moved(double quantile, double share, long millis) {
    double step = GAIN * Math.max(quantile, 1);
    if (millis > quantile) {
      // Far beyond: the model has become slower, and small steps would take long.
      return millis > 2 * quantile ? quantile + (millis - quantile) / 4 : quantile + step * share;
    }
    return Math.max(1, quantile - step * (1 - share));
  }

  private static final class Known {
    private double early;
    private double late;

    Known(double millis) {
      early = millis;
      late = millis;
    }
  }
}
