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
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Stability's v2beta API: forms in, files out. Most answers are the file itself, so a lost answer is a lost file; a few
 * operations answer with an id whose result is then asked for. There is no cancel and no list.
 */
final class Stability implements ProviderProcessor {

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
    return Exchange.multipart(form.path(), parts, reply -> started(reply, results))
        .header("Accept", startsJob(form.path()) ? "application/json" : accept);
  }

  private static boolean startsJob(String path) {
    return path.endsWith("/upscale/creative") || path.endsWith("-and-relight") || path.endsWith("/stable-audio/text-to-audio");
  }

  private static Step started(Reply reply, String results) {
    JsonObject json = reply.jsonOrEmpty();
    if (json.getString("id") != null && !json.containsKey("finish_reason") && !json.containsKey("errors")) {
      return new Step.Waiting(new Job(json.getString("id"), new JsonObject().put("result", results + json.getString("id"))), null);
    }
    return finished(reply);
  }

  @Override
  public Exchange check(Job job) {
    String result = job.link("result");
    return Exchange.get(result, reply -> checked(job, reply)).header("Accept", result.startsWith("/v2beta/audio") ? "audio/*" : "*/*").tellingEnd();
  }

  private static Step checked(Job job, Reply reply) {
    boolean running = reply.status() == 202 || reply.jsonOrEmpty().getString("status", "").equals("in-progress");
    return running ? new Step.Waiting(job, null) : finished(reply);
  }

  /** The file as the body, or in base64 in JSON. */
  private static Step finished(Reply reply) {
    String type = String.valueOf(reply.headers().get("Content-Type")).split(";")[0].trim();
    if (!type.equals("application/json")) {
      if (reply.body().length() == 0 || !type.matches("(image|audio|model)/.+|application/octet-stream")) {
        throw new MissingField("the file");
      }
      String seed = reply.headers().get("seed");
      Long known = seed == null || !seed.matches("\\d{1,10}") ? null : Long.valueOf(seed);
      return judged(reply, Media.of(reply.body(), type), reply.headers().get("finish-reason"), known);
    }
    JsonObject json = reply.json();
    String whole = String.valueOf(reply.headers().get("Content-Type"));
    String said = whole.contains("type=") ? whole.substring(whole.indexOf("type=") + 5).replace("\"", "").trim() : null;
    for (String name : List.of("image", "audio", "result", "model")) {
      if (json.getValue(name) instanceof String base64) {
        if (base64.isEmpty()) {
          throw new MissingField(name);
        }
        return judged(reply, Media.ofBase64(base64, said), json.getString("finish_reason"), json.getValue("seed") instanceof Number seed
            ? seed.longValue() : null);
      }
    }
    throw new MissingField("image");
  }

  private static Step judged(Reply reply, Media media, String reason, Long seed) {
    if ("CONTENT_FILTERED".equals(reason)) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider blurred the result; change the prompt or the input", false, reply.status(),
          Charged.UNKNOWN);
    }
    JsonObject result = new JsonObject();
    if (reason != null) {
      result.put("finish_reason", reason);
    }
    if (seed != null) {
      result.put("seed", seed);
    }
    return new Step.Done(List.of(media), result.isEmpty() ? null : result);
  }

  /** After too many requests the key is shut out for a minute, which no header says. */
  @Override
  public String retryAfter(Reply reply) {
    String said = reply.headers().get("Retry-After");
    return said == null && reply.status() == 429 ? "60" : said;
  }

  /** A generation that the provider itself calls failed is free, and cannot have succeeded unseen. */
  @Override
  public boolean tookNothing(Reply reply) {
    return ProviderProcessor.super.tookNothing(reply) || reply.status() == 500 && name(reply.jsonOrEmpty()).equals("internal_error");
  }

  private static String name(JsonObject json) {
    return json.getValue("name") instanceof String name ? name : "";
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    String name = name(json);
    String message = json.getValue("errors") instanceof JsonArray errors && !errors.isEmpty()
        ? errors.stream().map(String::valueOf).collect(Collectors.joining("; ")) : json.getString("message", reply.text(300));
    Code code = switch (name) {
      case "content_moderation", "public_figure", "copyrighted_content" -> Code.CONTENT_REFUSED;
      case "internal_error" -> Code.PROVIDER_FAILED;
      default -> null;
    };
    return code == null ? Refusal.byStatus(reply, message) : Refusal.failed(code, code == Code.PROVIDER_FAILED, reply, message);
  }
}
