package dev.computeserver.api;

import dev.computeserver.api.Problem.Fault;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The faults of one request, each once, {@value #MOST} at most: more help nobody, and cost work. */
final class RequestFaults {
  static final int MOST = 100;
  private static final int MOST_LETTERS = 500;

  private final Set<Fault> all = new LinkedHashSet<>();

  /** Adds a fault, where there is room for it. */
  void add(Fault fault) {
    if (!isFull()) {
      all.add(new Fault(fault.in(), shortened(fault.place()), shortened(fault.detail())));
    }
  }

  boolean isFull() {
    return all.size() >= MOST;
  }

  int size() {
    return all.size();
  }

  /** Throws {@link Problem} with all of them, where there are any. */
  void refuse() {
    if (!all.isEmpty()) {
      throw Problem.invalid(List.copyOf(all));
    }
  }

  /** What a client sent comes back to it as far as it helps. */
  static String shortened(String text) {
    return text.length() <= MOST_LETTERS ? text : text.substring(0, MOST_LETTERS) + "…";
  }
}
