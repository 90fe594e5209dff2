package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.config.Secret;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;

/**
 * What a provider is asked to do.
 *
 * @param attempt number of the attempt, from 1
 * @param model the provider's model id: the client's, or the capability's default
 * @param input fields of the capability, checked against its schema; its {@code *_url}s are in the form that the processor
 *     asked for
 * @param options fields for this provider alone, handed over as they are; may be empty
 * @param callbackUrl where the provider may report, or null where it cannot reach us
 * @param callbackSecret what the provider is to sign its reports with, where it takes such a secret from us; may be empty
 * @param files the inputs that the processor wanted as bytes, by field
 */
public record Submission(
    UUID taskId, int attempt, ProviderCapability capability, String model, JsonObject input, JsonObject options, String callbackUrl,
    Secret callbackSecret, Map<String, InputFile> files) {

  public Submission {
    files = Map.copyOf(files);
  }

  /** One without a secret. */
  public Submission(UUID taskId, int attempt, ProviderCapability capability, String model, JsonObject input, JsonObject options, String callbackUrl,
      Map<String, InputFile> files) {
    this(taskId, attempt, capability, model, input, options, callbackUrl, Secret.NONE, files);
  }

  /** The file of a field that was asked for as {@link InputForm#BYTES}; null where the client did not give it. */
  public InputFile file(String field) {
    return files.get(field);
  }

  /** An id for the provider's job that we choose: the same whenever the attempt is looked at, and of no other attempt. */
  public UUID jobId() {
    return UUID.nameUUIDFromBytes((taskId + "#" + attempt).getBytes(StandardCharsets.US_ASCII));
  }

  Submission named(String providersName) {
    return new Submission(taskId, attempt, capability, providersName, input, options, callbackUrl, callbackSecret, files);
  }

  Submission with(JsonObject resolved, Map<String, InputFile> fetched) {
    return new Submission(taskId, attempt, capability, model, resolved, options, callbackUrl, callbackSecret, fetched);
  }
}
