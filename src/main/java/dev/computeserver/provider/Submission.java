package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * What a provider is asked to do.
 *
 * @param model the provider's model id: the client's, or the capability's default
 * @param input fields of the capability, checked against its schema
 * @param options fields for this provider alone, handed over as they are; may be empty
 * @param callbackUrl where the provider may report, or null where it cannot reach us
 */
public record Submission(
    UUID taskId, ProviderCapability capability, String model, JsonObject input, JsonObject options, String callbackUrl) {
}
