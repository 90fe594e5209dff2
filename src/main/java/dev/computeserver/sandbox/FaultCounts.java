package dev.computeserver.sandbox;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Counts how often each fault happened, so that {@code times} can end it; the 100,000 latest keys are remembered. */
final class FaultCounts {

  private static final int KEYS = 100_000;

  private final Map<String, Integer> counts = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
      return size() > KEYS;
    }
  };

  /** The wished fault, where it is one of this stage and still due; {@code usualKey} serves where the wish has none. */
  Optional<Fault> strike(Wish wish, Fault.Stage stage, String usualKey) {
    Fault fault = wish.fault();
    if (fault == null || fault.stage() != stage) {
      return Optional.empty();
    }
    int times = wish.times() == null ? fault.usualTimes() : wish.times();
    if (times == Integer.MAX_VALUE) {
      return Optional.of(fault);
    }
    String key = fault.word() + "/" + (wish.key() == null ? usualKey : wish.key());
    int before = counts.getOrDefault(key, 0);
    if (before >= times) {
      return Optional.empty();
    }
    counts.put(key, before + 1);
    return Optional.of(fault);
  }
}
