package dev.computeserver.task;

import dev.computeserver.catalog.Named;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * One try of a task at one provider, once it has ended.
 *
 * @param model the provider's model, or null
 * @param externalId the provider's id of the job, or null where none is known
 * @param charged a word of {@link Charged}, or a newer version's
 * @param cost {@code amount}, {@code currency} and {@code basis}, or null where nobody knows
 * @param error why it failed, or null
 * @param reconciled in words what was decided about its submit, where the reply to that was lost; else null. Only read here: it is
 *     written when it is decided, see {@link TaskChange#decision}
 */
public record AttemptRecord(
    int attempt, String provider, String model, String externalId, Instant startedAt, Instant endedAt,
    String charged, JsonObject cost, JsonObject error, String reconciled) {

  public AttemptRecord(int attempt, String provider, String model, String externalId, Instant startedAt, Instant endedAt, Charged charged,
      JsonObject cost, JsonObject error) {
    this(attempt, provider, model, externalId, startedAt, endedAt, charged.word(), cost, error, null);
  }

  /** Whether the provider takes money for it. */
  public enum Charged implements Named {
    YES, NO, UNKNOWN
  }
}
