package dev.computeserver.provider;

/** The server of an input's link does not give the file now, as it may later; the message names the field and says what it did. */
final class InputNotReady extends RuntimeException {
  private final String field;
  private final String why;
  private final String retryAfter;

  /** @param retryAfter for how long it asks to be left alone, or null */
  InputNotReady(String field, String why, String retryAfter) {
    super("input." + field + " cannot be fetched yet, since its server is not ready: " + why, null, false, false);
    this.field = field;
    this.why = why;
    this.retryAfter = retryAfter;
  }

  String retryAfter() {
    return retryAfter;
  }

  /** What it comes to after so many tries, none of which is followed by another. */
  String finalWords(int tries) {
    return "input." + field + " cannot be fetched: its server was not ready at " + (tries == 1 ? "one try" : tries + " tries") + ", the last time "
        + why + "; retry the task when it is, or give another link";
  }
}
