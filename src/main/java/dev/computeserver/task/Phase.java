package dev.computeserver.task;

import dev.computeserver.catalog.Named;

/**
 * How far a {@code processing} task has come, stored so that another node can go on:
 * <pre>
 * claimed ──→ submitting ──→ submitted ──→ storing ──→ (completed)
 * </pre>
 */
public enum Phase implements Named {
  /** Owned; nothing was sent. */
  CLAIMED,
  /** The intent to submit is committed; the provider may or may not have been asked. */
  SUBMITTING,
  /** The provider's job is known. */
  SUBMITTED,
  /** The provider has finished; outputs are being downloaded. */
  STORING
}
