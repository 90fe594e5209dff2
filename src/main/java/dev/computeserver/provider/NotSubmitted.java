package dev.computeserver.provider;

/** What a submit needs first cannot be had: nothing has been submitted, and the attempt ends as {@code failed} says. */
final class NotSubmitted extends RuntimeException {
  private final transient Step.Failed failed;

  NotSubmitted(Step.Failed failed) {
    super(failed.message(), null, false, false);
    this.failed = failed;
  }

  Step.Failed failed() {
    return failed;
  }
}
