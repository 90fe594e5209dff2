package dev.computeserver.callback;

/** Whether a callback is the provider's own. */
public enum Verdict {
  /** It is signed by the provider. */
  GENUINE,
  /** It is not signed though the provider signs, or wrongly, or too long ago. */
  FORGED,
  /** It cannot be told: what it takes is not there. */
  UNKNOWN
}
