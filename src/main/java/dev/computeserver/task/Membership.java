package dev.computeserver.task;

import dev.computeserver.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.UUID;

/**
 * This node's row, under which it owns its tasks while it is alive.
 *
 * @param database a way of its own: where all other connections wait for something, the node must still be known to live
 * @param node this process's own id, under which it claims
 */
public record Membership(Database database, UUID node) {

  /** Pushes this node's end on by {@code life}; false where others have already taken it for dead. */
  public Future<Boolean> heartbeat(Duration life) {
    return database.query("UPDATE node SET expires_at = now() + make_interval(secs => $2) WHERE id = $1 AND expires_at > now()",
        Tuple.of(node, life.toMillis() / 1_000.0)).map(rows -> rows.rowCount() == 1);
  }

  /**
   * Makes this node known, so that it may claim. Where no other node lives, one that comes back after it was taken for dead takes
   * nothing over for another {@code life}: all look dead after an outage of the store. Where others live, it is as patient as they are.
   */
  public Future<Void> join(String name, Duration life) {
    String others = "(SELECT max(patient_until) FROM node WHERE id <> $1 AND expires_at > now())";
    return database.query("INSERT INTO node (id, name, expires_at, patient_until)"
        + " VALUES ($1, $2, now() + make_interval(secs => $3), coalesce(" + others + ", '-infinity'))"
        + " ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, patient_until = coalesce(" + others + ", excluded.expires_at)",
        Tuple.of(node, name, life.toMillis() / 1_000.0)).mapEmpty();
  }

  /** Takes this node off the list; what it still owns is free at once. */
  public Future<Void> leave() {
    return database.query("UPDATE node SET expires_at = now() - interval '1 second' WHERE id = $1", Tuple.of(node)).mapEmpty();
  }
}
