package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Example's queue of pictures: submit, look, fetch, cancel. Nothing is charged for a job that fails or is cancelled. */
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

  @Override
  public Exchange submit(Submission task) {
    if (task.input().containsKey("negative_prompt")) {
      throw InvalidInput.input("negative_prompt", "is unknown to example; say in input.prompt what you want instead");
    }
    JsonObject body = new JsonObject().put("model", task.model()).mergeIn(task.input()).mergeIn(task.options());
    return Exchange.post("/v1/jobs", body, reply -> state(reply.json()));
  }

  @Override
  public Exchange check(Job job) {
    return Exchange.get("/v1/jobs/" + job.externalId(), reply -> state(reply.json()));
  }

  @Override
  public Optional<Exchange> cancel(Job job) {
    return Optional.of(Exchange.delete("/v1/jobs/" + job.externalId(), reply -> new Step.Cancelling(Charged.NO)));
  }

  private static Step state(JsonObject job) {
    return switch (required(job, "status")) {
      case "done" -> new Step.Done(List.of(Media.at(required(job, "picture_url"), "image/png")), null);
      case "refused" -> new Step.Failed(Code.CONTENT_REFUSED, "the provider refused the prompt", false, null, Charged.NO);
      case "failed", "cancelled" -> new Step.Failed(Code.PROVIDER_FAILED, "the job ended as " + job.getString("status"), true, null, Charged.NO);
      default -> new Step.Waiting(new Job(required(job, "id"), new JsonObject()), null);
    };
  }

  private static String required(JsonObject json, String field) {
    if (json.getString(field) == null) {
      throw new MissingField(field);
    }
    return json.getString(field);
  }
}
