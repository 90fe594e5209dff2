package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.BACKGROUND_REMOVAL;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.INPAINTING;
import static dev.computeserver.catalog.ProviderCapability.MODEL_3D_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.MUSIC_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SOUND_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SUPER_RESOLUTION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Stability's v2beta API: forms in, files out. Most answers are the file itself, so a lost answer is a lost file; a few
 * operations answer with an id whose result is then asked for. There is no cancel and no list.
 */
final class Stability implements ProviderProcessor {
  private static final List<String> FILES = List.of("image", "audio", "result", "model", "images", "artifacts", "base64");
  private static final List<String> REASONS = List.of("finish_reason", "finishReason");
  private static final String BLURRED = "the provider blurred the result; change the prompt or the input";

  @Override
  public ProviderType providerType() {
    return ProviderType.STABILITY;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return EnumSet.of(IMAGE_GENERATION, IMAGE_EDITING, INPAINTING, BACKGROUND_REMOVAL, SUPER_RESOLUTION, MUSIC_GENERATION, SOUND_GENERATION,
        MODEL_3D_GENERATION);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("Authorization", "Bearer ");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return InputForm.BYTES;
  }

  @Override
  public Exchange submit(Submission task) {
    StabilityInput.Form form = StabilityInput.of(task);
    Multipart parts = new Multipart().fields(form.fields());
    form.files().forEach(parts::file);
    boolean audio = form.path().startsWith("/v2beta/audio");
    String accept = audio ? "audio/*" : task.capability() == MODEL_3D_GENERATION ? "*/*" : "image/*";
    String results = audio ? "/v2beta/audio/results/" : "/v2beta/results/";
    Exchange submit = startsJob(form.path()) ? Exchange.multipart(form.path(), parts, reply -> begun(reply, results)).ofStatus()
        : Exchange.multipart(form.path(), parts, Stability::made).answering();
    return submit.header("Accept", startsJob(form.path()) ? "application/json" : accept);
  }

  private static boolean startsJob(String path) {
    return path.endsWith("/upscale/creative") || path.endsWith("-and-relight") || path.endsWith("/stable-audio/text-to-audio");
  }

  private static Step begun(Reply reply, String results) {
    String id = Ids.required(reply.json(), "id");
    return new Step.Waiting(new Job(id, new JsonObject().put("result", results + Json.encoded(id))), null);
  }

  /** The answer to a submit is the file, and the only one: without it nothing more will come. */
  private static Step made(Reply reply) {
    Step.Done file = file(reply);
    return file == null ? Refusal.empty(reply, "a file", Charged.UNKNOWN) : judged(reply, file);
  }

  @Override
  public Exchange check(Job job) {
    String result = job.link("result");
    return Exchange.get(result, reply -> looked(job, reply)).header("Accept", result.startsWith("/v2beta/audio") ? "audio/*" : "*/*").tellingEnd();
  }

  private static Step looked(Job job, Reply reply) {
    Step.Done file = reply.status() == 202 ? null : file(reply);
    if (file != null) {
      return judged(reply, file);
    }
    JsonObject json = reply.json();
    if (json.getValue("finish_reason") instanceof String) {
      return Refusal.empty(reply, "a file", Charged.UNKNOWN);
    }
    return switch (reply.status() == 202 ? Words.of(json.getValue("status")) : Words.required(json, "status")) {
      case "failed" -> AccountWords.ofJob(new Step.Failed(Code.PROVIDER_FAILED, "the generation failed: " + reply.text(300), false, reply.status(),
          Charged.NO), ErrorWords.of(reply));
      default -> new Step.Waiting(job, null);
    };
  }

  /** The file as the body, or in base64 in JSON, and what is said about it; null where the reply is JSON without one, or nothing. */
  private static Step.Done file(Reply reply) {
    String whole = Objects.requireNonNullElse(reply.headers().get("Content-Type"), "");
    if (reply.isFile()) {
      JsonObject said = new JsonObject().put("finish_reason", reply.headers().get("finish-reason")).put("seed", reply.headers().get("seed"));
      return done(List.of(Media.of(reply.body(), whole)), said);
    }
    if (reply.body().length() == 0) {
      return null;
    }
    JsonObject json = reply.json();
    String claimed = whole.contains("type=") ? whole.substring(whole.indexOf("type=") + 5).replace("\"", "").trim() : null;
    return FILES.stream().filter(name -> isFile(json.getValue(name))).map(name -> Json.entries(json, name)).filter(files -> !files.isEmpty()).findFirst()
        .map(files -> done(files.stream().map(each -> artifact(each, claimed)).toList(), json)).orElse(null);
  }

  private static boolean isFile(Object given) {
    return given instanceof String || given instanceof JsonArray || Media.isNamed(given);
  }

  /** Each of several is judged on its own. */
  private static Media artifact(Object given, String type) {
    if (given instanceof String base64) {
      return Media.ofBase64(base64, type);
    }
    return given instanceof JsonObject file && isFiltered(reason(file)) ? Media.missing(BLURRED) : Media.named(given, type);
  }

  private static String reason(JsonObject said) {
    return REASONS.stream().map(field -> Json.text(said, field)).filter(Objects::nonNull).findFirst().orElse(null);
  }

  private static boolean isFiltered(Object reason) {
    return Words.of(reason).equals("content_filtered");
  }

  private static Step.Done done(List<Media> media, JsonObject said) {
    JsonObject result = new JsonObject();
    if (reason(said) != null) {
      result.put("finish_reason", reason(said));
    }
    Double seed = Json.number(said, "seed");
    if (seed != null) {
      result.put("seed", seed.longValue());
    }
    return new Step.Done(media, result.isEmpty() ? null : result);
  }

  private static Step judged(Reply reply, Step.Done file) {
    boolean filtered = file.result() != null && isFiltered(file.result().getValue("finish_reason"))
        || file.media().stream().allMatch(each -> BLURRED.equals(each.missing()));
    return filtered ? new Step.Failed(Code.CONTENT_REFUSED, BLURRED, false, reply.status(), Charged.UNKNOWN) : file;
  }

  /** After too many requests the key is shut out for a minute, which no header says. */
  @Override
  public String retryAfter(Reply reply) {
    String said = ProviderProcessor.super.retryAfter(reply);
    return said == null && reply.status() == 429 ? "60" : said;
  }

  /** A generation that the provider itself calls failed is free, and cannot have succeeded unseen. */
  @Override
  public boolean tookNothing(Reply reply) {
    return ProviderProcessor.super.tookNothing(reply)
        || (reply.status() == 500 || reply.status() == 503) && Json.text(reply.jsonOrEmpty(), "name") != null;
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    String errors = Json.array(json, "errors").stream().map(String::valueOf).collect(Collectors.joining("; "));
    String message = errors.isEmpty() ? Json.text(json, "message", reply.text(300)) : errors;
    return switch (Words.of(json.getValue("name"))) {
      case "content_moderation", "public_figure", "copyrighted_content" -> Refusal.failed(Code.CONTENT_REFUSED, false, reply, message);
      case "internal_error" -> Refusal.failed(Code.PROVIDER_FAILED, true, reply, message);
      default -> Refusal.byStatus(reply, message);
    };
  }
}
