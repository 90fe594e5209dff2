package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.INPAINTING;
import static dev.computeserver.catalog.ProviderCapability.MUSIC_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SOUND_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.callback.Source;
import dev.computeserver.callback.Hmac;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * ElevenLabs: speech, sounds, music and transcripts are one request each, answered with the sound or the text itself;
 * pictures and videos are flows, which are looked at until they have ended. Nothing can be cancelled.
 */
final class ElevenLabs implements ProviderProcessor {
  /** What its clock may be behind ours. */
  private static final long CLOCK_SECONDS = 10;
  static final Set<String> AUTH = Set.of("invalid_api_key", "missing_api_key", "insufficient_permissions", "needs_authorization");
  static final Set<String> QUOTA = Set.of("quota_exceeded", "insufficient_credits", "paid_plan_required", "charging_failed");
  static final Set<String> CONTENT = Set.of("moderated", "bad_prompt", "bad_composition_plan", "content_policy_violation",
      "content_against_policy");
  static final Set<String> BUSY = Set.of("rate_limit_exceeded", "concurrent_limit_exceeded", "too_many_concurrent_requests", "system_busy");
  private static final Set<String> WRONG = Set.of("invalid_parameters", "feature_not_available", "voice_access_denied", "model_access_denied");

  @Override
  public ProviderType providerType() {
    return ProviderType.ELEVENLABS;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return EnumSet.of(SPEECH_SYNTHESIS, SPEECH_RECOGNITION, SOUND_GENERATION, MUSIC_GENERATION, IMAGE_GENERATION, IMAGE_EDITING, INPAINTING,
        VIDEO_GENERATION, IMAGE_TO_VIDEO);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("xi-api-key", "");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return field.equals("mask_url") ? InputForm.BYTES.as(InputForm.Mask.TRANSPARENT_REPAINTED) : InputForm.BYTES;
  }

  @Override
  public Exchange submit(Submission task) {
    return switch (task.capability()) {
      case SPEECH_SYNTHESIS -> sound("/v1/text-to-speech/" + Json.encoded(ElevenLabsInput.voice(task)), ElevenLabsInput.speech(task), task);
      case SOUND_GENERATION -> sound("/v1/sound-generation", ElevenLabsInput.sound(task), task);
      case MUSIC_GENERATION -> sound("/v1/music", ElevenLabsInput.music(task), task);
      case SPEECH_RECOGNITION -> Exchange.multipart("/v1/speech-to-text", ElevenLabsInput.transcript(task), ElevenLabsResult::transcript).answering();
      case IMAGE_GENERATION, IMAGE_EDITING, INPAINTING -> flow("image", ElevenLabsInput.image(task), task);
      default -> flow("video", ElevenLabsInput.video(task), task);
    };
  }

  /** Of the options some belong to the query, the rest to the body. */
  private static Exchange sound(String path, JsonObject body, Submission task) {
    String format = ElevenLabsInput.format(task);
    JsonObject options = task.options().copy();
    options.remove("output_format");
    Object logging = options.remove("enable_logging");
    String query = "?output_format=" + Json.encoded(format) + (logging == null ? "" : "&enable_logging=" + Json.encoded(logging.toString()));
    String note = ElevenLabsInput.hearsLanguage(task) ? task.model() + " hears the language in the text: input.language was not sent" : null;
    return Exchange.post(path + query, body.mergeIn(options), reply -> ElevenLabsResult.heard(reply, ElevenLabsInput.contentType(format), note))
        .header("Accept", "*/*");
  }

  private static Exchange flow(String kind, JsonObject body, Submission task) {
    if (task.callbackUrl() != null) {
      // To the address that the account's owner has given; none can be named here.
      body.put("webhook", new JsonObject().put("type", "all"));
    }
    return Exchange.post("/v1/flows/" + kind, body.mergeIn(task.options()), reply -> new Step.Waiting(jobOf(kind, reply.json()), null)).ofStatus();
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    return Optional.of(CallbackRules.ofAccount(new Hmac("ElevenLabs-Signature", new Source.Configured()).prefixed("v0=").timedInside(Duration.ofMinutes(30)),
        callback -> Ids.required(Json.object(callback.json(), "data"), "id", "flow_id")));
  }

  private static Job jobOf(String kind, JsonObject json) {
    return new Job(Ids.required(json, "id", "flow_id"), new JsonObject().put("kind", kind));
  }

  @Override
  public Exchange check(Job job) {
    if (job.link("kind").equals("history")) {
      return Exchange.get("/v1/history/" + Json.encoded(job.externalId()) + "/audio", reply -> ElevenLabsResult.kept(reply, job.link("content_type")))
          .header("Accept", "*/*");
    }
    return Exchange.get("/v1/flows/" + job.link("kind") + "/" + Json.encoded(job.externalId()), reply -> ElevenLabsResult.looked(job, reply)).ofStatus();
  }

  /** Speech alone leaves a trace that can be told from others: the history holds text, voice and model. */
  @Override
  public Optional<Exchange> find(Submission task, Instant sentAt) {
    if (task.capability() != SPEECH_SYNTHESIS) {
      return Optional.empty();
    }
    String query = "?page_size=100&source=TTS&date_after_unix=" + sentAt.minusSeconds(CLOCK_SECONDS).getEpochSecond() + "&model_id="
        + Json.encoded(task.model());
    return Optional.of(Exchange.get("/v1/history" + query, reply -> ElevenLabsResult.found(task, reply.json())));
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    String word = word(json);
    String message = message(json, reply);
    Step.Failed usual = Refusal.byStatus(reply, message);
    Code code = AUTH.contains(word) ? Code.PROVIDER_AUTH : QUOTA.contains(word) ? Code.PROVIDER_QUOTA : BUSY.contains(word) ? Code.PROVIDER_RATE_LIMITED
        : CONTENT.contains(word) ? Code.CONTENT_REFUSED : WRONG.contains(word) ? Code.INVALID_INPUT : usual.code();
    boolean later = reply.status() == 409 && word.equals("already_running");
    return Refusal.failed(later ? Code.PROVIDER_UNAVAILABLE : code, later || BUSY.contains(word) || code == usual.code() && usual.retryable(), reply,
        message);
  }

  private static String word(JsonObject json) {
    JsonObject detail = Json.object(json, "detail");
    return Words.of(Json.text(detail, "code", Json.text(detail, "status")));
  }

  private static String message(JsonObject json, Reply reply) {
    JsonObject detail = Json.object(json, "detail");
    String field = Json.text(detail, "param") == null ? "" : Json.text(detail, "param") + ": ";
    return detail.isEmpty() ? Detail.of(json, reply.text(300)).text() : field + Json.text(detail, "message", reply.text(300));
  }

  /** Who is turned away for want of room has not begun, under whichever status. */
  @Override
  public boolean tookNothing(Reply reply) {
    return ProviderProcessor.super.tookNothing(reply) || BUSY.contains(word(reply.jsonOrEmpty()));
  }
}
