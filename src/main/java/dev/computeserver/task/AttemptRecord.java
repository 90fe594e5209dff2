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
 * @param sandbox whether the sandbox played the provider
 * @param route who might have run it, or null where a node of the version before has accepted the task
 * @param reconciled in words what was decided about its submit, where the reply to that was lost; else null. These three are only read
 *     here: they are written when they are decided, see {@link TaskChange}
 */
public record AttemptRecord(
    int attempt, String provider, String model, String externalId, Instant startedAt, Instant endedAt,
    String charged, JsonObject cost, JsonObject error, boolean sandbox, Route route, String reconciled) {

  public AttemptRecord(int attempt, String provider, String model, String externalId, Instant startedAt, Instant endedAt, Charged charged,
      JsonObject cost, JsonObject error) {
    this(attempt, provider, model, externalId, startedAt, endedAt, charged.word(), cost, error, false, null, null);
  }

  /** Whether the provider takes money for it. */
  public enum Charged implements Named {
    YES, NO, UNKNOWN
  }
}
