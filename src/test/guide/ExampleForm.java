package dev.computeserver.provider;

import dev.computeserver.callback.Source;
import dev.computeserver.callback.StandardWebhooks;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Enlarges pictures: the file goes in a form, the result's link comes by a request of its own, callbacks are signed, a lost submit is
 * found by an id of ours, errors have words, and nobody knows what a failed job costs.
 */
final class ExampleForm implements ProviderProcessor {

  @Override
  public ProviderType providerType() {
    return ProviderType.EXAMPLE_FORM;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return Set.of(ProviderCapability.SUPER_RESOLUTION);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("X-Api-Key", "");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return InputForm.BYTES;
  }

  @Override
  public Exchange submit(Submission task) {
    Asked asked = new Asked(task.input(), "example_form").without("prompt");
    // The client's own options win, but not over what its job is known by.
    JsonObject fields = new JsonObject().put("model", task.model()).put("factor", asked.wholeBetween("scale", 2, 4)).mergeIn(task.options())
        .put("reference", reference(task)).put("callback", task.callbackUrl());
    Multipart form = new Multipart().fields(fields).file("picture", task.file("image_url"));
    return Exchange.multipart("/v1/enlarge", form, reply -> new Step.Waiting(job(reply), null));
  }

  /** The same for every try of an attempt, and for no other one. */
  private static String reference(Submission task) {
    return task.taskId() + "-" + task.attempt();
  }

  private static Job job(Reply reply) {
    return new Job(Json.required(reply.json(), "job_id"), new JsonObject());
  }

  /** Tells how the job is doing, and never its result. */
  @Override
  public Exchange check(Job job) {
    String path = "/v1/jobs/" + Json.encoded(job.externalId());
    return Exchange.get(path, reply -> switch (Json.required(reply.json(), "state")) {
      case "done" -> new Step.Then(Exchange.get(path + "/link", ExampleForm::result));
      case "failed", "cancelled" -> new Step.Failed(Code.PROVIDER_FAILED, "the job ended as " + Json.text(reply.json(), "state") + ": "
          + Json.text(reply.json(), "reason", "the provider gives no reason"), false, null, Charged.UNKNOWN);
      default -> new Step.Waiting(job, progress(Json.whole(reply.json(), "percent")));
    }).ofStatus();
  }

  private static Step result(Reply reply) {
    return new Step.Done(List.of(Media.at(Json.required(reply.json(), "url"), "image/png")), null);
  }

  private static JsonObject progress(Integer percent) {
    return percent == null ? null : new JsonObject().put("percent", percent);
  }

  @Override
  public Optional<Exchange> cancel(Job job) {
    return Optional.of(Exchange.delete("/v1/jobs/" + Json.encoded(job.externalId()), reply -> new Step.Cancelling(Charged.UNKNOWN)));
  }

  /** The list repeats our reference, so that a job in it is ours for sure. */
  @Override
  public Optional<Exchange> find(Submission task, Instant sentAt) {
    return Optional.of(Exchange.get("/v1/jobs?reference=" + Json.encoded(reference(task)), reply -> Json.objects(reply.json(), "jobs").stream()
        .filter(each -> reference(task).equals(Json.text(each, "reference")))
        .map(each -> (Step) new Step.Waiting(new Job(Json.required(each, "job_id"), new JsonObject()), null)).findFirst()
        .orElseGet(Step.NotFound::new)));
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    return Optional.of(CallbackRules.signed(new StandardWebhooks(new Source.Configured()), (capability, model, callback) -> job(callback)));
  }

  @Override
  public Step.Failed refused(Reply reply) {
    String word = Json.text(reply.jsonOrEmpty(), "error", "");
    return switch (word) {
      case "out_of_credits" -> Refusal.failed(Code.PROVIDER_QUOTA, false, reply, word);
      case "bad_picture" -> Refusal.failed(Code.INVALID_INPUT, false, reply, "input.image_url: " + word);
      case "busy" -> Refusal.failed(Code.PROVIDER_UNAVAILABLE, true, reply, word);
      default -> Refusal.byStatus(reply, reply.text(300));
    };
  }

  /** Its own word for a job that was not begun, which a gateway's 503 does not have. */
  @Override
  public boolean tookNothing(Reply reply) {
    return ProviderProcessor.super.tookNothing(reply) || reply.status() == 503 && "busy".equals(Json.text(reply.jsonOrEmpty(), "error"));
  }
}
