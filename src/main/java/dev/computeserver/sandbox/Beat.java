package dev.computeserver.sandbox;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The one timer's work list: what must happen when jobs change without anyone asking. */
final class Beat {

  static final long EVERY_MS = 50;

  private final Set<Runnable> works = new LinkedHashSet<>();

  /** Calls {@code work} at each beat until it is removed; the caller bounds how many it adds. */
  void add(Runnable work) {
    works.add(work);
  }

  void remove(Runnable work) {
    works.remove(work);
  }

  void runOnce() {
    List.copyOf(works).forEach(Runnable::run);
  }
}
