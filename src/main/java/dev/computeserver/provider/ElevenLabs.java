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
import dev.computeserver.callback.TimedHmac;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * ElevenLabs: speech, sounds, music and transcripts are one request each, answered with the sound or the text itself;
 * pictures and videos are flows, which are looked at until they have ended. Nothing can be cancelled.
 */
final class ElevenLabs implements ProviderProcessor {
  /** What its clock may be behind ours. */
  private static final long CLOCK_SECONDS = 10;
  private static final Set<String> AUTH = Set.of("invalid_api_key", "missing_api_key", "insufficient_permissions", "needs_authorization");
  private static final Set<String> QUOTA = Set.of("quota_exceeded", "insufficient_credits", "paid_plan_required", "charging_failed");
  private static final Set<String> CONTENT = Set.of("moderated", "bad_prompt", "bad_composition_plan", "content_policy_violation",
      "content_against_policy");
  private static final Set<String> WRONG = Set.of("invalid_parameters", "feature_not_available", "voice_access_denied", "model_access_denied");
  private static final Set<String> PASSING = Set.of("timeout", "model_error", "dependency_failed", "internal_error");

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
      case SPEECH_SYNTHESIS -> sound("/v1/text-to-speech/" + encoded(ElevenLabsInput.voice(task)), ElevenLabsInput.speech(task), task);
      case SOUND_GENERATION -> sound("/v1/sound-generation", ElevenLabsInput.sound(task), task);
      case MUSIC_GENERATION -> sound("/v1/music", ElevenLabsInput.music(task), task);
      case SPEECH_RECOGNITION -> Exchange.multipart("/v1/speech-to-text", ElevenLabsInput.transcript(task), ElevenLabs::transcript);
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
    String query = "?output_format=" + encoded(format) + (logging == null ? "" : "&enable_logging=" + encoded(logging.toString()));
    String note = ElevenLabsInput.hearsLanguage(task) ? task.model() + " hears the language in the text: input.language was not sent" : null;
    return Exchange.post(path + query, body.mergeIn(options), reply -> heard(reply, ElevenLabsInput.contentType(format), note))
        .header("Accept", "*/*");
  }

  private static Exchange flow(String kind, JsonObject body, Submission task) {
    return Exchange.post("/v1/flows/" + kind, body.mergeIn(task.options()),
        reply -> new Step.Waiting(jobOf(kind, reply.json()), null));
  }

  private static Step heard(Reply reply, String type, String note) {
    String told = reply.headers().get("Content-Type");
    if (reply.body().length() == 0 || told != null && (told.startsWith("text/") || told.startsWith("application/json"))) {
      throw new MissingField("audio");
    }
    String cost = reply.headers().get("character-cost");
    JsonObject result = new JsonObject();
    if (cost != null && cost.matches("\\d{1,9}")) {
      result.put("usage", new JsonObject().put("characters", Integer.parseInt(cost)));
    }
    if (note != null) {
      result.put("note", note);
    }
    return new Step.Done(List.of(Media.of(reply.body(), type)), result.isEmpty() ? null : result);
  }

  private static Step transcript(Reply reply) {
    JsonObject json = reply.json();
    // Sound with a transcript for each channel comes as a list of them.
    List<JsonObject> parts = json.getValue("transcripts") instanceof JsonArray channels
        ? channels.stream().map(JsonObject.class::cast).toList() : List.of(json);
    JsonArray segments = new JsonArray();
    parts.forEach(part -> segments.addAll(Sentences.of(part.getValue("words") instanceof JsonArray words ? words : new JsonArray())));
    JsonObject result = new JsonObject().put("text", parts.stream().map(ElevenLabs::text).collect(Collectors.joining("\n")))
        .put("segments", segments);
    parts.stream().map(part -> part.getString("language_code")).filter(Objects::nonNull).findFirst()
        .ifPresent(code -> result.put("language", code));
    return new Step.Done(List.of(), result);
  }

  /** Silence has an empty text, which is not the same as none. */
  private static String text(JsonObject transcript) {
    return Optional.ofNullable(transcript.getString("text")).orElseThrow(() -> new MissingField("text"));
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    return Optional.of(CallbackRules.signed(new TimedHmac("ElevenLabs-Signature", Duration.ofMinutes(30), new Source.Configured()),
        (capability, model, callback) -> jobOf(kind(capability), callback.json().getJsonObject("data"))));
  }

  private static Job jobOf(String kind, JsonObject json) {
    return new Job(required(json, "id"), new JsonObject().put("kind", kind));
  }

  private static String kind(ProviderCapability capability) {
    return switch (capability) {
      case IMAGE_GENERATION, IMAGE_EDITING, INPAINTING -> "image";
      case VIDEO_GENERATION, IMAGE_TO_VIDEO -> "video";
      default -> throw new IllegalArgumentException(capability.word() + " is no job at elevenlabs");
    };
  }

  @Override
  public Exchange check(Job job) {
    if (job.link("kind").equals("history")) {
      return Exchange.get("/v1/history/" + encoded(job.externalId()) + "/audio", reply -> heard(reply, job.link("content_type"), null))
          .header("Accept", "*/*");
    }
    return Exchange.get("/v1/flows/" + job.link("kind") + "/" + encoded(job.externalId()), reply -> status(job, reply));
  }

  private static Step status(Job job, Reply reply) {
    JsonObject json = reply.json();
    return switch (required(json, "status")) {
      case "completed" -> new Step.Done(List.of(Media.at(required(json, "content_url"), json.getString("content_mime_type"))), null);
      case "failed" -> failed(text(json, "failure_reason", ""), text(json, "error_message", "no reason is given"), reply);
      default -> new Step.Waiting(job, null);
    };
  }

  private static Step.Failed failed(String reason, String message, Reply reply) {
    Code code = CONTENT.contains(reason) ? Code.CONTENT_REFUSED : QUOTA.contains(reason) ? Code.PROVIDER_QUOTA
        : reason.equals("invalid_parameters") ? Code.INVALID_INPUT : reason.equals("timeout") ? Code.PROVIDER_TIMEOUT : Code.PROVIDER_FAILED;
    // Failed generations are not charged, as the provider says.
    return new Step.Failed(code, "the generation failed (" + reason + "): " + message, PASSING.contains(reason), reply.status(), Charged.NO);
  }

  /** Speech alone leaves a trace that can be told from others: the history holds text, voice and model. */
  @Override
  public Optional<Exchange> find(Submission task, Instant sentAt) {
    if (task.capability() != SPEECH_SYNTHESIS) {
      return Optional.empty();
    }
    String query = "?page_size=100&source=TTS&date_after_unix=" + sentAt.minusSeconds(CLOCK_SECONDS).getEpochSecond() + "&model_id=" + encoded(task.model());
    return Optional.of(Exchange.get("/v1/history" + query, reply -> found(task, reply.json())));
  }

  private static Step found(Submission task, JsonObject list) {
    if (!(list.getValue("history") instanceof JsonArray history)) {
      throw new MissingField("history");
    }
    String type = ElevenLabsInput.contentType(ElevenLabsInput.format(task));
    List<Job> alike = history.stream().map(JsonObject.class::cast)
        .filter(item -> task.input().getString("text").equals(item.getString("text")))
        .filter(item -> ElevenLabsInput.voice(task).equals(item.getString("voice_id"))
            && task.model().equals(text(item, "model_id", task.model())))
        .map(item -> new Job(required(item, "history_item_id"), new JsonObject().put("kind", "history")
            .put("content_type", text(item, "content_type", type))))
        .toList();
    // Speech that was answered at once has left no id with its task, so of several nobody can tell whose they are.
    return alike.isEmpty() ? new Step.NotFound() : new Step.Found(alike, null, true);
  }

  @Override
  public Step.Failed refused(Reply reply) {
    Object detail = reply.jsonOrEmpty().getValue("detail");
    String message = reply.text(300);
    String word = "";
    if (detail instanceof JsonObject told) {
      message = text(told, "message", message);
      word = text(told, "code", text(told, "status", ""));
    } else if (detail instanceof JsonArray faults && !faults.isEmpty() && faults.getValue(0) instanceof JsonObject fault) {
      message = FalInput.field(fault.getValue("loc") instanceof JsonArray place ? place : null) + text(fault, "msg", "");
    }
    Step.Failed usual = Refusal.byStatus(reply, message);
    Code code = AUTH.contains(word) ? Code.PROVIDER_AUTH : QUOTA.contains(word) ? Code.PROVIDER_QUOTA
        : CONTENT.contains(word) ? Code.CONTENT_REFUSED : WRONG.contains(word) ? Code.INVALID_INPUT : usual.code();
    boolean later = reply.status() == 409 && word.equals("already_running");
    return Refusal.failed(later ? Code.PROVIDER_UNAVAILABLE : code, later || code == usual.code() && usual.retryable(), reply, message);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A field of a reply, where an empty one stands as null. */
  private static String text(JsonObject json, String field, String otherwise) {
    return json.getValue(field) instanceof String text ? text : otherwise;
  }

  private static String required(JsonObject json, String field) {
    String value = json.getString(field);
    if (value == null || value.isEmpty()) {
      throw new MissingField(field);
    }
    return value;
  }
}
