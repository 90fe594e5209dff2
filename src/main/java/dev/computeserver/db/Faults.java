package dev.computeserver.db;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.json.EncodeException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Tells apart whose fault a failed statement is: the database's, which passes for all alike, or that of what was to be written. */
public final class Faults {
  /**
   * What the database says while it cannot serve anybody, by the beginning of its SQL state: connection (08), password (28), a
   * database that is not there (3D), read-only (25006), a conflict of transactions (40), resources (53), a held lock (55P03), cancelled,
   * starting or stopping (57), and the machine below it (58).
   */
  private static final List<String> OUTAGES = List.of("08", "25006", "28", "3D", "40", "53", "55P03", "57", "58");
  /** Of these, what alone or a moment later may go well. */
  private static final List<String> CONFLICTS = List.of("40", "55P03");
  /** What holds too much, or what the database's types do not: other values of the same statement would have done. */
  private static final List<String> VALUES = List.of("22", "54");
  private static final Set<Class<?>> CONNECTION_LOST = Set.of(ClosedConnectionException.class, ConnectionPoolTooBusyException.class,
      TimeoutException.class, GroupCommit.Overloaded.class, SocketException.class, UnknownHostException.class, ClosedChannelException.class,
      SSLException.class);

  private Faults() {
  }

  /**
   * Whether one entry of a group may be to blame: the database or our own code refused what the statement held or met. Never true for
   * an outage, which hits all alike, but for a conflict.
   */
  public static boolean mayBeOneEntrys(Throwable failure) {
    return !isOutage(failure) || isConflict(failure);
  }

  /** Whether the database could not be reached, went away, or has no room: the same statement may work later. */
  public static boolean isOutage(Throwable failure) {
    if (failure instanceof PgException said) {
      return is(failure, OUTAGES) || isFatal(said);
    }
    return CONNECTION_LOST.stream().anyMatch(each -> each.isInstance(failure)) || isOfConnection(failure);
  }

  /** Whether the values of a statement could not be written down or were refused, where others would have done. */
  public static boolean isRefusal(Throwable failure) {
    return is(failure, VALUES) || failure instanceof EncodeException || failure instanceof StackOverflowError
        || failure.getCause() instanceof JsonProcessingException;
  }

  /** It ends a connection or refuses one, and so is about no statement. */
  private static boolean isFatal(PgException said) {
    return "FATAL".equals(said.getSeverity()) || "PANIC".equals(said.getSeverity());
  }

  static boolean isConflict(Throwable failure) {
    return is(failure, CONFLICTS);
  }

  /** This node has closed its way to the database. */
  static boolean isOurEnd(Throwable failure) {
    return "Pool closed".equals(failure.getMessage());
  }

  /** The driver has no type of its own for a connection or pool that closes before it is used; of values that do not fit it says so. */
  private static boolean isOfConnection(Throwable failure) {
    String says = String.valueOf(failure.getMessage());
    return isOurEnd(failure)
        || failure.getClass() == VertxException.class && !says.startsWith("Parameter at") && !says.startsWith("The number of parameters");
  }

  /** What a database that takes no writes would say to one. */
  public static Throwable readOnly() {
    return new PgException("the database takes no writes", "ERROR", "25006", null);
  }

  /** What an outage means for a client, and what to do about it. */
  public static String told(Throwable outage) {
    return sqlState(outage).equals("53100") ? "the task store's disk is full; make room on it, then send the request again"
        : "the task store is not available; send the request again";
  }

  /** What an outage is for who runs the server, and what to do about it; holds no secret. */
  public static String why(Throwable outage) {
    if (outage instanceof UnknownHostException) {
      return "nobody knows the host of PostgreSQL; correct postgres.uri (COMPUTE_POSTGRES_URI) or the name service";
    }
    if (outage instanceof TimeoutException) {
      return "PostgreSQL has not answered in time; look at its load, its locks and the network";
    }
    if (outage instanceof ConnectionPoolTooBusyException || outage instanceof GroupCommit.Overloaded
        || "Timeout waiting for connection".equals(outage.getMessage())) {
      return "PostgreSQL is too slow for what is asked of it; look at its load and locks, or raise postgres.pool_size";
    }
    if (outage instanceof ClosedConnectionException) {
      return "PostgreSQL has ended a connection, or it was lost on the way; look at whether PostgreSQL runs and at the network";
    }
    return why(sqlState(outage));
  }

  private static String why(String state) {
    return switch (state) {
      case "28P01", "28000" -> "PostgreSQL refuses the user or the password; correct postgres.uri (COMPUTE_POSTGRES_URI) or the role's password";
      case "3D000" -> "PostgreSQL has no such database; create it, or correct postgres.uri (COMPUTE_POSTGRES_URI)";
      case "25006" -> "PostgreSQL is read-only; lead postgres.uri to the primary, or end default_transaction_read_only";
      case "53100" -> "PostgreSQL's disk is full; make room on it";
      case "53200" -> "PostgreSQL is out of memory; give it more, or lower its settings";
      case "53300" -> "PostgreSQL has no connection left; raise its max_connections or the limit of the role or database,"
          + " or lower postgres.pool_size of the nodes";
      case "57014" -> "PostgreSQL has ended a statement that took longer than postgres.statement_timeout_seconds; look at its load and locks";
      case "57P01", "57P02" -> "PostgreSQL is stopping, or an administrator has ended its connections; start it";
      case "57P03" -> "PostgreSQL is starting, stopping or recovering and takes no connections yet; wait, or look at its log";
      case "" -> "PostgreSQL does not answer at the address in postgres.uri; start it, or correct COMPUTE_POSTGRES_URI";
      default -> state.startsWith("58") ? "PostgreSQL cannot read or write its files; look at its log and disk"
          : "PostgreSQL takes no connection of this node, or ends it; the log says why, under SQL state " + state;
    };
  }

  private static boolean is(Throwable failure, List<String> states) {
    return states.stream().anyMatch(sqlState(failure)::startsWith);
  }

  private static String sqlState(Throwable failure) {
    return failure instanceof PgException refused && refused.getSqlState() != null ? refused.getSqlState() : "";
  }
}
