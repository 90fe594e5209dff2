package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts what was decided on this node about submits whose reply was lost. Any thread may use it. */
public final class Decisions {
  private final Map<Kind, LongAdder> counts = new EnumMap<>(Kind.class);

  public Decisions() {
    for (Kind kind : Kind.values()) {
      counts.put(kind, new LongAdder());
    }
  }

  void count(Kind kind) {
    counts.get(kind).increment();
  }

  /** How often each was decided since the start. */
  public Map<Kind, Long> counts() {
    Map<Kind, Long> now = new EnumMap<>(Kind.class);
    counts.forEach((kind, count) -> now.put(kind, count.sum()));
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
