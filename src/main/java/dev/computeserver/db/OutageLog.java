package dev.computeserver.db;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log what is wrong with the database, for the whole node and each reason at most every {@value #EVERY_SECONDS} s: all parts
 * of it meet an outage at once, and again at each of their tries.
 */
final class OutageLog {
  static final int EVERY_SECONDS = 10;

  private static final Logger LOG = LoggerFactory.getLogger(OutageLog.class);

  private final LongSupplier nanoTime;
  /** By reason, of which there are few. */
  private final Map<String, Long> saidAt = new HashMap<>();

  OutageLog() {
    this(System::nanoTime);
  }

  OutageLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Any thread may call it, with whatever a statement has failed with. */
  void failed(Throwable failure) {
    if (Faults.isOutage(failure) && !Faults.isConflict(failure) && !Faults.isOurEnd(failure)) {
      String why = Faults.why(failure);
      if (isDue(why)) {
        LOG.warn("{} ({})", why, failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage());
      }
    }
  }

  private synchronized boolean isDue(String why) {
    long now = nanoTime.getAsLong();
    Long before = saidAt.get(why);
    if (before != null && now - before < TimeUnit.SECONDS.toNanos(EVERY_SECONDS)) {
      return false;
    }
    saidAt.put(why, now);
    return true;
  }
}
