package dev.computeserver.task;

import dev.computeserver.catalog.Named;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * One try of a task at one provider, once it has ended.
 *
 * @param model the provider's model, or null
 * @param externalId the provider's id of the job, or null where none is known
 * @param cost {@code amount}, {@code currency} and {@code basis}, or null where nobody knows
 * @param error why it failed, or null
 */
public record AttemptRecord(
    int attempt, String provider, String model, String externalId, Instant startedAt, Instant endedAt,
    Charged charged, JsonObject cost, JsonObject error) {

  /** Whether the provider takes money for it. */
  public enum Charged implements Named {
    YES, NO, UNKNOWN
  }
}
