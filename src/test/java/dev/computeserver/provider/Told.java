package dev.computeserver.provider;

import java.util.stream.Collectors;

/** What a reader makes of a reply, in a few words: for tables of odd replies. */
final class Told {
  private Told() {
  }

  /**
   * {@code unreadable}; {@code waiting}; {@code then TARGET}; {@code done [here, link, missing] RESULT}, without what is not there; or
   * {@code CODE charged}, with {@code again} where the same may work later.
   */
  static String by(Exchange exchange, Reply reply) {
    Step step;
    try {
      step = exchange.reader().apply(reply);
    } catch (RuntimeException unreadable) {
      return "unreadable";
    }
    if (step instanceof Step.Done done) {
      String files = done.media().stream().map(each -> each.isMissing() ? "missing" : each.here() ? "here" : "link").collect(Collectors.joining(", "));
      return "done" + (files.isEmpty() ? "" : " [" + files + "]") + (done.result() == null ? "" : " " + done.result().encode());
    }
    if (step instanceof Step.Failed failed) {
      return failed.code().word() + " " + failed.charged().word() + (failed.retryable() ? " again" : "");
    }
    return step instanceof Step.Then then ? "then " + then.exchange().target() : step.getClass().getSimpleName().toLowerCase();
  }
}
