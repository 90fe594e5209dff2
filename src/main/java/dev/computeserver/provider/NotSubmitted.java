package dev.computeserver.provider;

/** What a submit needs first cannot be had: nothing has been submitted, and the attempt ends as {@code failed} says. */
final class NotSubmitted extends RuntimeException {
  private final transient Step.Failed failed;
  private final String retryAfter;

  NotSubmitted(Step.Failed failed) {
    this(failed, null);
  }

  /** @param retryAfter as {@link ProviderProcessor#retryAfter} has read it, or null */
  NotSubmitted(Step.Failed failed, String retryAfter) {
    super(failed.message(), null, false, false);
    this.failed = failed;
    this.retryAfter = retryAfter;
  }

  Step.Failed failed() {
    return failed;
  }

  String retryAfter() {
    return retryAfter;
  }
}
