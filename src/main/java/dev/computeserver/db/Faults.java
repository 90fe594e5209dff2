package dev.computeserver.db;

import io.vertx.pgclient.PgException;

/** Tells apart whose fault a failed statement is. */
public final class Faults {
  private Faults() {
  }

  /**
   * Whether the server refused what a statement contained or met, and so one entry of a group may be to blame: data (22),
   * integrity (23), a deadlock or a held lock (40, 55). Never true for an outage, which hits all alike.
   */
  public static boolean mayBeOneEntrys(Throwable failure) {
    String state = sqlState(failure);
    return state.startsWith("22") || state.startsWith("23") || state.startsWith("40") || state.startsWith("55");
  }

  /** Whether the database could not be reached, went away, or has no room: the same statement may work later. */
  public static boolean isOutage(Throwable failure) {
    if (!(failure instanceof PgException)) {
      return true;
    }
    String state = sqlState(failure);
    return state.startsWith("08") || state.startsWith("53") || state.startsWith("57") || state.startsWith("58")
        || state.startsWith("40") || state.startsWith("25");
  }

  /** What an outage means for a client, and what to do about it. */
  public static String told(Throwable outage) {
    return sqlState(outage).equals("53100") ? "the task store's disk is full; make room on it, then send the request again"
        : "the task store is not available; send the request again";
  }

  private static String sqlState(Throwable failure) {
    return failure instanceof PgException refused && refused.getSqlState() != null ? refused.getSqlState() : "";
  }
}
