package dev.computeserver.bench;

import java.util.Arrays;

/** Collects durations in microseconds and gives exact percentiles in milliseconds; safe for several threads. */
final class Latencies {

  private long[] micros = new long[1024];
  private int size;

  synchronized void add(long durationMicros) {
    if (size == micros.length) {
      micros = Arrays.copyOf(micros, size * 2);
    }
    micros[size++] = durationMicros;
  }

  /** Adds what another has collected. */
  void addAll(Latencies others) {
    long[] theirs;
    synchronized (others) {
      theirs = Arrays.copyOf(others.micros, others.size);
    }
    for (long each : theirs) {
      add(each);
    }
  }

  synchronized int count() {
    return size;
  }

  /** The smallest value that at least {@code percent} (0 to 100) of all are not above, in ms; NaN while empty. */
  synchronized double percentile(double percent) {
    if (size == 0) {
      return Double.NaN;
    }
    long[] sorted = Arrays.copyOf(micros, size);
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(percent / 100.0 * size);
    return sorted[Math.max(0, Math.min(size, rank) - 1)] / 1000.0;
  }

  double max() {
    return percentile(100);
  }
}
