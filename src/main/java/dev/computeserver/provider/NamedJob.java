package dev.computeserver.provider;

import java.util.Optional;

/** The job that a failed reply to a submit names all the same: it may have begun, and whoever knows its id need not search for it. */
final class NamedJob {
  private NamedJob() {
  }

  /** Empty where the reply names none. */
  static Optional<Step> in(Exchange submit, Reply reply) {
    try {
      return Optional.of(submit.reader().apply(reply)).filter(Step.Waiting.class::isInstance);
    } catch (RuntimeException namesNone) {
      return Optional.empty();
    }
  }
}
