package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Example's queue of pictures: submit, look, fetch, cancel. What it charges for a job that fails is not known. */
final class Example implements ProviderProcessor {

  @Override
  public ProviderType providerType() {
    return ProviderType.EXAMPLE;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return Set.of(ProviderCapability.IMAGE_GENERATION);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("Authorization", "Bearer ");
  }

  /** Our field names stay here: each field goes under the provider's name, and what it has nothing for is refused. */
  @Override
  public Exchange submit(Submission task) {
    JsonObject body = new JsonObject().put("model", task.model());
    new Asked(task.input(), "example").single().without("negative_prompt", "aspect_ratio", "output_format")
        .copy("prompt", body, "prompt").copy("width", body, "pixels_wide").copy("height", body, "pixels_high").copy("seed", body, "seed");
    return Exchange.post("/v1/jobs", body.mergeIn(task.options()),
        reply -> new Step.Waiting(new Job(Json.required(reply.json(), "id"), new JsonObject()), null));
  }

  @Override
  public Exchange check(Job job) {
    return Exchange.get("/v1/jobs/" + Json.encoded(job.externalId()), reply -> state(job, reply.json()));
  }

  @Override
  public Optional<Exchange> cancel(Job job) {
    return Optional.of(Exchange.delete("/v1/jobs/" + Json.encoded(job.externalId()), reply -> new Step.Cancelling(Charged.UNKNOWN)));
  }

  private static Step state(Job job, JsonObject said) {
    return switch (Json.required(said, "status")) {
      case "done" -> new Step.Done(List.of(Media.at(Json.required(said, "picture_url"), "image/png")), null);
      case "refused" -> new Step.Failed(Code.CONTENT_REFUSED, "the provider refused the prompt", false, null, Charged.UNKNOWN);
      case "failed", "cancelled" -> new Step.Failed(Code.PROVIDER_FAILED, "the job ended as " + Json.text(said, "status"), false, null, Charged.UNKNOWN);
      default -> new Step.Waiting(job, null);
    };
  }
}
