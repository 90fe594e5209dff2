package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;

/**
 * A provider's job: all that is needed to go on with it on another node.
 *
 * @param externalId the provider's own id
 * @param data links and whatever else its processor wants to know later; small, and never a secret
 */
public record Job(String externalId, JsonObject data) {

  /** A link, or null. */
  public String link(String name) {
    return data.getString(name);
  }
}
