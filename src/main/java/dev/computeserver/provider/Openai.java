package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_UNDERSTANDING;
import static dev.computeserver.catalog.ProviderCapability.INPAINTING;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;
import static dev.computeserver.catalog.ProviderCapability.TEXT_EMBEDDING;
import static dev.computeserver.catalog.ProviderCapability.TEXT_GENERATION;

import dev.computeserver.callback.Source;
import dev.computeserver.callback.StandardWebhooks;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * OpenAI: pictures, sound and vectors come with the reply; texts are made in the background, so that a long one outlives
 * us and can be cancelled. It knows no idempotency key and lists no responses: a lost submit cannot be found.
 */
final class Openai implements ProviderProcessor {
  private static final Set<String> REFUSED = Set.of("moderation_blocked", "content_policy_violation", "image_content_policy_violation",
      "content_filter");
  private static final Set<String> OVERLOADED = Set.of("server_is_overloaded", "slow_down");
  static final Set<String> QUOTA = Set.of("insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
      "project_spend_limit_exceeded", "organization_usage_limit_exceeded", "billing_hard_limit_reached");

  @Override
  public ProviderType providerType() {
    return ProviderType.OPENAI;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return Set.of(IMAGE_GENERATION, IMAGE_EDITING, INPAINTING, IMAGE_UNDERSTANDING, TEXT_GENERATION, TEXT_EMBEDDING, SPEECH_SYNTHESIS,
        SPEECH_RECOGNITION);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("Authorization", "Bearer ");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    if (capability == IMAGE_UNDERSTANDING) {
      return InputForm.DATA_URI;
    }
    return field.equals("mask_url") ? InputForm.BYTES.as(InputForm.Mask.TRANSPARENT_REPAINTED) : InputForm.BYTES;
  }

  @Override
  public Exchange submit(Submission task) {
    if (Boolean.TRUE.equals(task.options().getValue("stream"))) {
      throw InvalidInput.option("stream", "must be false at openai, or be left out: an answer is taken whole");
    }
    if ("sse".equals(task.options().getValue("stream_format"))) {
      throw InvalidInput.option("stream_format", "must be audio at openai, or be left out: an answer is taken whole");
    }
    return switch (task.capability()) {
      case IMAGE_GENERATION -> post("/images/generations", OpenaiImages.generation(task), task, OpenaiResult::images).answering();
      case IMAGE_EDITING, INPAINTING -> Exchange.multipart("/images/edits", OpenaiImages.edit(task), OpenaiResult::images).answering();
      case IMAGE_UNDERSTANDING, TEXT_GENERATION -> post("/responses", OpenaiInput.response(task), task, OpenaiResult::begun);
      case TEXT_EMBEDDING -> post("/embeddings", OpenaiInput.embedding(task), task,
          reply -> OpenaiResult.vectors(reply, task.input().getJsonArray("texts", new JsonArray().add("")).size())).answering();
      case SPEECH_SYNTHESIS -> speech(task);
      case SPEECH_RECOGNITION -> Exchange.multipart("/audio/transcriptions", OpenaiInput.transcription(task), OpenaiResult::transcript).answering();
      default -> throw new InvalidInput("/capability", "capability: openai offers no " + task.capability().word());
    };
  }

  private static Exchange post(String path, JsonObject body, Submission task, Function<Reply, Step> reader) {
    return Exchange.post(path, body.mergeIn(task.options()), reader);
  }

  private static Exchange speech(Submission task) {
    JsonObject body = OpenaiInput.speech(task).mergeIn(task.options());
    String format = Json.text(body, "response_format", "mp3");
    return Exchange.post("/audio/speech", body, reply -> OpenaiResult.sound(reply, format)).answering().header("Accept", "*/*");
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    return Optional.of(CallbackRules.ofAccount(new StandardWebhooks(new Source.Configured()),
        callback -> Ids.required(Json.object(callback.json(), "data"), "id")));
  }

  @Override
  public Exchange check(Job job) {
    return Exchange.get("/responses/" + Json.encoded(job.externalId()), reply -> OpenaiResult.looked(job, reply));
  }

  @Override
  public Optional<Exchange> cancel(Job job) {
    return Optional.of(Exchange.post("/responses/" + Json.encoded(job.externalId()) + "/cancel",
        reply -> new Step.Cancelling(Charged.UNKNOWN)));
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject error = error(reply);
    String code = Words.of(error.getValue("code"));
    String where = Json.text(error, "param") == null ? "" : Json.text(error, "param") + ": ";
    String message = where + Json.text(error, "message", reply.text(300));
    Step.Failed usual = Refusal.byStatus(reply, message);
    if (REFUSED.contains(code)) {
      // Whether a picture that was made and then withheld is charged is not documented.
      return new Step.Failed(Code.CONTENT_REFUSED, usual.message(), false, usual.httpStatus(), Charged.UNKNOWN);
    }
    if (QUOTA.contains(code) || QUOTA.contains(Words.of(error.getValue("type")))) {
      return Refusal.failed(Code.PROVIDER_QUOTA, false, reply, message);
    }
    if (reply.status() == 409) {
      return Refusal.failed(Code.PROVIDER_FAILED, retryable(reply, true), reply, message);
    }
    return new Step.Failed(usual.code(), usual.message(), retryable(reply, usual.retryable()), usual.httpStatus(), usual.charged());
  }

  /** A model without capacity for a request says so before it begins; a gateway's 503 has none of these words. */
  @Override
  public boolean tookNothing(Reply reply) {
    JsonObject error = error(reply);
    return ProviderProcessor.super.tookNothing(reply) || Json.text(error, "message") != null && Refusal.hasNoRoom(reply) || reply.status() == 503
        && (OVERLOADED.contains(Json.text(error, "code", "")) || "service_unavailable_error".equals(error.getValue("type")));
  }

  @Override
  public String retryAfter(Reply reply) {
    String told = Refusal.pause(reply, "retry_after");
    return told != null || reply.status() != 429 ? told
        : AskedPause.untilReset(reply, "x-ratelimit-remaining-%s", "x-ratelimit-reset-%s", "requests", "tokens", "images");
  }

  private static boolean retryable(Reply reply, boolean usually) {
    String told = reply.headers().get("x-should-retry");
    return told == null ? usually : told.equals("true");
  }

  private static JsonObject error(Reply reply) {
    return Json.object(reply.jsonOrEmpty(), "error");
  }
}
