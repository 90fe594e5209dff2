package dev.computeserver.async;

import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** For loops over work that others have handed in: one that throws costs those behind it nothing. */
public final class Isolated {
  private static final Logger LOG = LoggerFactory.getLogger(Isolated.class);

  private Isolated() {
  }

  /** Runs the work; what it throws is a mistake of ours and is logged with an incident id. {@code what} says there what it was for. */
  public static void run(String what, Runnable work) {
    try {
      work.run();
    } catch (Exception | StackOverflowError | AssertionError | LinkageError thrown) {
      LOG.error("Incident {} in {}", UUID.randomUUID(), what, thrown);
    }
  }
}
