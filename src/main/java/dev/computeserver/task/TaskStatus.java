package dev.computeserver.task;

import dev.computeserver.catalog.Named;

/**
 * What a client sees of a task's life:
 * <pre>
 * queued ──claim──→ processing ──→ completed
 *   ↑  │                │ │ └────→ failed ────────┐
 *   │  │                │ └──────→ cancelled ──┐  │
 *   │  ├── deadline, cancel ───────────────────┤  │
 *   └──┴──── retry, failover, hand-over ───────┴──┘ (from failed and cancelled: only when a client asks to retry)
 * </pre>
 */
public enum TaskStatus implements Named {
  QUEUED, PROCESSING, COMPLETED, FAILED, CANCELLED;

  /** Whether nothing more happens unless a client asks for it. */
  public boolean terminal() {
    return this == COMPLETED || this == FAILED || this == CANCELLED;
  }

  /** The same of a stored word. One that this version does not know ends nothing. */
  public static boolean terminal(String word) {
    return Named.of(TaskStatus.class, word).map(TaskStatus::terminal).orElse(false);
  }
}
