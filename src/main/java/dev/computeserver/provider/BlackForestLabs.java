package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.INPAINTING;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.callback.Hmac;
import dev.computeserver.callback.Source;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Black Forest Labs' FLUX API: submit, look under the polling link of the reply, fetch a signed link. The polling link
 * names a regional host of the provider's; failures and refusals are states of the job, not HTTP errors. No cancel, no list.
 */
final class BlackForestLabs implements ProviderProcessor {
  private static final String OWN_HOSTS = "https://([a-z0-9-]+\\.)*bfl\\.ai(:443)?";
  private static final Pattern LINK = Pattern.compile("(https?://|/)\\S+", Pattern.CASE_INSENSITIVE);

  @Override
  public ProviderType providerType() {
    return ProviderType.BLACK_FOREST_LABS;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return EnumSet.of(IMAGE_GENERATION, IMAGE_EDITING, INPAINTING, VIDEO_GENERATION, IMAGE_TO_VIDEO);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("x-key", "");
  }

  /** Jobs live on regional hosts. */
  @Override
  public boolean ownsHost(String baseUrl, String origin) {
    return baseUrl.matches(OWN_HOSTS + "(/.*)?") && origin.matches(OWN_HOSTS) && !origin.startsWith("https://delivery");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return capability == INPAINTING ? InputForm.BYTES : InputForm.AS_GIVEN;
  }

  @Override
  public Exchange submit(Submission task) {
    JsonObject body = BlackForestLabsInput.of(task);
    if (task.callbackUrl() != null && BlackForestLabsInput.takesCallback(task.model())) {
      body.put("webhook_url", task.callbackUrl());
      if (!task.callbackSecret().isEmpty()) {
        body.put("webhook_secret", task.callbackSecret().reveal());
      }
    }
    return Exchange.post("/v1/" + task.model(), body.mergeIn(task.options()), BlackForestLabs::accepted);
  }

  private static Step accepted(Reply reply) {
    JsonObject json = reply.json();
    String id = Ids.required(json, "id", "task_id");
    String link = Json.text(json, "polling_url", "");
    // With a callback the reply names no link; the global host knows all jobs.
    return new Step.Waiting(jobOf(id, LINK.matcher(link).matches() ? link : resultOf(id)), null);
  }

  private static Job jobOf(String id, String link) {
    return new Job(id, new JsonObject().put("poll", link));
  }

  private static String resultOf(String id) {
    return "/v1/get_result?id=" + Json.encoded(id);
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    return Optional.of(CallbackRules.signed(new Hmac("X-BFL-Signature", new Source.Given()).prefixed("sha256=").orBareIn("X-Webhook-Secret"),
        (capability, model, callback) -> {
          JsonObject json = callback.json();
          String id = Ids.required(json, "id", "task_id");
          return jobOf(id, resultOf(id));
        }));
  }

  @Override
  public Exchange check(Job job) {
    return Exchange.get(job.link("poll"), reply -> state(job, reply));
  }

  private static Step state(Job job, Reply reply) {
    JsonObject json = reply.json();
    return switch (Words.required(json, "status")) {
      case "ready" -> ready(json);
      case "error", "failed" -> failed(Code.PROVIDER_FAILED, "the job failed: " + why(json), json);
      case "request_moderated" -> failed(Code.CONTENT_REFUSED, "the provider refused the prompt or an input: " + why(json), json);
      case "content_moderated" -> failed(Code.CONTENT_REFUSED, "the provider withholds what it made: " + why(json), json);
      case "task_not_found" -> new Step.NotFound();
      default -> new Step.Waiting(job, progress(Json.required(json, "status"), Json.number(json, "progress")));
    };
  }

  private static JsonObject progress(String status, Double part) {
    JsonObject progress = new JsonObject();
    if (part != null) {
      progress.put("percent", (int) Math.max(0, Math.min(100, Math.round(part * 100))));
    }
    if (!Words.of(status).equals("pending")) {
      progress.put("message", status);
    }
    return progress.isEmpty() ? null : progress;
  }

  private static Step ready(JsonObject json) {
    List<Media> samples = Json.entries(json, "result").stream().flatMap(BlackForestLabs::samples).toList();
    if (samples.stream().allMatch(Media::isMissing)) {
      String why = samples.stream().map(Media::missing).findFirst().orElse("its result is empty");
      return Step.Failed.empty("the job is ready without a file (" + why + "): " + why(json), null, charged(json));
    }
    JsonObject data = new JsonObject();
    Json.objects(json, "result").stream().map(each -> each.getValue("seed")).filter(Objects::nonNull).findFirst().ifPresent(seed -> data.put("seed", seed));
    if (Json.number(json, "cost") != null) {
      data.put("usage", new JsonObject().put("credits", Json.number(json, "cost")));
    }
    return new Step.Done(samples, data.isEmpty() ? null : data);
  }

  private static Stream<Media> samples(Object result) {
    return result instanceof JsonObject object && object.getValue("sample") instanceof JsonArray several ? Media.all(several, null).stream()
        : Stream.of(Media.named(result, null));
  }

  /** The provider does not say what it charges for failures, except where it names the cost. */
  private static Step failed(Code code, String message, JsonObject json) {
    Charged charged = charged(json);
    return AccountWords.ofJob(new Step.Failed(code, message, code == Code.PROVIDER_FAILED && charged == Charged.NO, null, charged),
        ErrorWords.in(JsonArray.of(json.getValue("details"), json.getValue("result"))));
  }

  private static Charged charged(JsonObject json) {
    Double cost = Json.number(json, "cost");
    return cost == null ? Charged.UNKNOWN : cost > 0 ? Charged.YES : Charged.NO;
  }

  private static String why(JsonObject json) {
    Object details = json.getValue("details");
    Object text = details != null ? details : json.getValue("result");
    String plain = text == null ? "it gives no reason" : text.toString();
    return plain.substring(0, Math.min(300, plain.length()));
  }

  /** A job that has begun has an id, and an overload is told instead of it. */
  @Override
  public boolean tookNothing(Reply reply) {
    return ProviderProcessor.super.tookNothing(reply) || reply.jsonOrEmpty().getValue("id") == null && Refusal.hasNoRoom(reply);
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    if (reply.status() == 404 && json.encode().contains("\"Task not found\"")) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the provider does not know the job", true, 404, Charged.UNKNOWN);
    }
    String message = Detail.of(json, Json.text(json, "message", Json.text(json, "error", reply.text(300)))).text();
    return Refusal.byStatus(reply, message);
  }
}
