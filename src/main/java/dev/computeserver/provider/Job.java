package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;

/**
 * A provider's job: all that is needed to go on with it on another node.
 *
 * @param externalId the provider's own id
 * @param data links and whatever else its processor wants to know later; small, and never a secret
 */
public record Job(String externalId, JsonObject data) {

  private static final int MOST_ID = 1_000;
  static final int MOST_LINK = 8_000;

  /** Throws {@link MissingField} where a provider names no job: what is longer, or no text that can be kept and sent, is no id or link. */
  public Job {
    if (externalId != null && (externalId.length() > MOST_ID || !externalId.matches("[^\\p{Cntrl}\\p{Cs}]*"))) {
      throw new MissingField("that names the job, of at most " + MOST_ID + " characters,");
    }
    if (data != null) {
      data.forEach(fact -> {
        if (fact.getValue() instanceof String link && link.length() > MOST_LINK) {
          throw new MissingField(fact.getKey() + ", of at most " + MOST_LINK + " characters,");
        }
      });
    }
  }

  /** A link, or null. */
  public String link(String name) {
    return data.getString(name);
  }
}
