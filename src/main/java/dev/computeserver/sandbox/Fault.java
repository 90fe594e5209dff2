package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.Fault.Stage.FILE;
import static dev.computeserver.sandbox.Fault.Stage.OUTCOME;
import static dev.computeserver.sandbox.Fault.Stage.RESULT;
import static dev.computeserver.sandbox.Fault.Stage.STATUS;
import static dev.computeserver.sandbox.Fault.Stage.SUBMIT;

import dev.computeserver.catalog.Named;

/** What a request can ask to go wrong. */
enum Fault implements Named {
  SUBMIT_401(SUBMIT),
  SUBMIT_402(SUBMIT),
  SUBMIT_422(SUBMIT),
  SUBMIT_429(SUBMIT),
  SUBMIT_500(SUBMIT),
  SUBMIT_503(SUBMIT),
  /** The job is accepted, then the connection is cut before the answer. */
  SUBMIT_CUT(SUBMIT),
  /** The job is accepted, the answer never comes. */
  SUBMIT_HANG(SUBMIT),
  FAILS(OUTCOME),
  REFUSED(OUTCOME),
  INVALID(OUTCOME),
  NSFW(OUTCOME),
  /** The job never ends by itself. */
  HANG(OUTCOME),
  STATUS_500_ONCE(STATUS),
  STATUS_CUT_ONCE(STATUS),
  RESULT_GARBAGE(RESULT),
  FILE_404(FILE),
  FILE_CUT(FILE);

  /** When a fault happens; its {@code times} counts these occasions. */
  enum Stage { SUBMIT, OUTCOME, STATUS, RESULT, FILE }

  private final Stage stage;

  Fault(Stage stage) {
    this.stage = stage;
  }

  Stage stage() {
    return stage;
  }

  /** How often it happens where the request names no {@code times}. */
  int usualTimes() {
    return stage == STATUS ? 1 : Integer.MAX_VALUE;
  }
}
