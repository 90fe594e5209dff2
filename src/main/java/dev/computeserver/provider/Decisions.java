package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/** Counts what was decided on this node about submits whose reply was lost, by provider. Any thread may use it. */
public final class Decisions {
  private final Map<ProviderType, Map<Kind, Counter>> counters = new EnumMap<>(ProviderType.class);

  public Decisions(MeterRegistry registry) {
    for (ProviderType type : ProviderType.values()) {
      Map<Kind, Counter> kinds = new EnumMap<>(Kind.class);
      for (Kind kind : Kind.values()) {
        kinds.put(kind, Counter.builder("compute.unknown.submissions").description("Submits whose reply was lost, by what was decided about them")
            .tags("provider", type.word(), "decision", kind.word()).register(registry));
      }
      counters.put(type, kinds);
    }
  }

  void count(ProviderType type, Kind kind) {
    counters.get(type).get(kind).increment();
  }

  /** How often each was decided since the start. */
  public Map<Kind, Long> counts() {
    Map<Kind, Long> now = new EnumMap<>(Kind.class);
    counters.values().forEach(kinds -> kinds.forEach((kind, counter) -> now.merge(kind, (long) counter.count(), Long::sum)));
    return now;
  }

  /** What can be decided. */
  public enum Kind implements Named {
    /** The provider has reported the job. */
    FOUND_BY_CALLBACK,
    /** The job was found at the provider, by its list of jobs or by an id of ours. */
    FOUND_BY_LIST,
    /** The task ended, and whether it was charged is not known. */
    FAILED,
    /** The task ended since its client no longer wanted it. */
    CANCELLED,
    /** It is submitted again, as the client had said. */
    RESUBMITTED
  }
}
