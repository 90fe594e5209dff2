package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.BACKGROUND_REMOVAL;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_UNDERSTANDING;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;
import static dev.computeserver.catalog.ProviderCapability.TEXT_EMBEDDING;
import static dev.computeserver.catalog.ProviderCapability.TEXT_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Hugging Face's router: chat has one form, everything else is passed to a backend in the backend's own form. Which backend
 * has a model, and under what name, is looked up at the Hub first; a model given as {@code backend:id} needs no look-up.
 * Nothing can be cancelled or found again.
 */
final class HuggingFace implements ProviderProcessor {
  private static final FalStandard FAL = new FalStandard();
  private static final Pattern REFUSAL = Pattern.compile("(?i)content_policy|content policy|content checker|nsfw|moderation");
  private static final Pattern LOADING = Pattern.compile("(?i)is (currently |still )?loading");
  private static final Set<ProviderCapability> CHAT = EnumSet.of(TEXT_GENERATION, IMAGE_UNDERSTANDING);

  @Override
  public ProviderType providerType() {
    return ProviderType.HUGGINGFACE;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return EnumSet.of(TEXT_GENERATION, IMAGE_UNDERSTANDING, TEXT_EMBEDDING, IMAGE_GENERATION, IMAGE_EDITING, BACKGROUND_REMOVAL,
        VIDEO_GENERATION, IMAGE_TO_VIDEO, SPEECH_RECOGNITION, SPEECH_SYNTHESIS);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("Authorization", "Bearer ");
  }

  @Override
  public Map<String, String> otherHosts(String baseUrl) {
    return baseUrl.equals("https://router.huggingface.co") ? Map.of("hub", "https://huggingface.co") : Map.of();
  }

  @Override
  public Optional<Exchange> lookUp(ProviderCapability capability, String model) {
    return CHAT.contains(capability) || HuggingFaceModel.isResolved(model) ? Optional.empty()
        : Optional.of(Exchange.get("hub:/api/models/" + model + "?expand%5B%5D=inferenceProviderMapping",
            reply -> new Step.Uploaded(HuggingFaceModel.choose(capability, model, reply.json()))));
  }

  @Override
  public Optional<String> usualName(ProviderCapability capability, String model) {
    return HuggingFaceModel.usual(capability, model);
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    boolean raw = capability == SPEECH_RECOGNITION && (model.startsWith("hf-inference:") || model.startsWith("together:"));
    boolean link = CHAT.contains(capability) || model.startsWith("fal-ai:") && capability != SPEECH_RECOGNITION;
    return raw ? InputForm.BYTES : link ? InputForm.AS_GIVEN : InputForm.DATA_URI;
  }

  @Override
  public Exchange submit(Submission task) {
    if (Boolean.TRUE.equals(task.options().getValue("stream"))) {
      throw InvalidInput.option("stream", "must not be true at huggingface: an answer is taken whole; leave it out");
    }
    if (CHAT.contains(task.capability())) {
      JsonObject body = chat(task).mergeIn(task.options());
      boolean limited = body.getValue("max_tokens") != null || body.getValue("max_completion_tokens") != null;
      return Exchange.post("/v1/chat/completions", body, reply -> HuggingFaceAnswer.chat(reply, limited)).answering();
    }
    HuggingFaceModel model = HuggingFaceModel.of(task.model());
    return switch (model.backend()) {
      case "hf-inference" -> HuggingFaceInput.own(task, model.id());
      case "fal-ai" -> HuggingFaceInput.fal(task, model.id());
      case "replicate" -> HuggingFaceInput.replicate(task, model.id());
      default -> HuggingFaceInput.together(task, model.id());
    };
  }

  private static JsonObject chat(Submission task) {
    Asked asked = new Asked(task.input(), task.model());
    JsonArray messages = asked.messages();
    if (task.capability() == IMAGE_UNDERSTANDING) {
      messages = new JsonArray().add(new JsonObject().put("role", "user").put("content", new JsonArray()
          .add(new JsonObject().put("type", "text").put("text", task.input().getString("prompt")))
          .add(new JsonObject().put("type", "image_url").put("image_url", new JsonObject().put("url", task.input().getString("image_url"))))));
    }
    JsonObject body = new JsonObject().put("model", task.model()).put("messages", messages);
    asked.copy("max_tokens", body, "max_tokens").copy("temperature", body, "temperature");
    return body;
  }

  @Override
  public Exchange check(Job job) {
    String path = job.link("path");
    return switch (job.link("backend")) {
      case "fal-ai" -> Exchange.get(path + "/status?_subdomain=queue", reply -> HuggingFaceAnswer.falStatus(job, reply.json())).ofStatus();
      case "replicate" -> Exchange.get(path, reply -> HuggingFaceAnswer.prediction(reply, job.link("text") != null, job));
      default -> Exchange.get(path, reply -> HuggingFaceAnswer.togetherVideo(job, reply)).ofStatus();
    };
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    if (json.getValue("detail") instanceof JsonArray) {
      // Only fal tells its errors as a list.
      return FAL.refused(reply);
    }
    JsonObject told = Json.object(json, "error");
    String word = told.getValue("code") + " " + told.getValue("type");
    String message = Json.text(told, "message", Json.text(json, "error", Json.text(json, "detail", Json.text(json, "message", reply.text(300)))));
    Step.Failed usual = Refusal.byStatus(reply, message);
    return isRefusal(word + " " + message) && reply.status() < 500 ? Refusal.failed(Code.CONTENT_REFUSED, false, reply, message) : usual;
  }

  /** Only fal's results are asked for like this. */
  @Override
  public boolean endsJob(Reply reply) {
    return FAL.endsJob(reply);
  }

  /** Each backend says in words of its own that it does not like a content. */
  static boolean isRefusal(String told) {
    return REFUSAL.matcher(told).find();
  }

  /** Nothing has begun while a model is being loaded, or where its backend has no room for the request. */
  @Override
  public boolean tookNothing(Reply reply) {
    boolean busy = reply.status() == 503 || reply.status() == 529;
    return ProviderProcessor.super.tookNothing(reply) || Refusal.hasNoRoom(reply)
        || busy && (reply.jsonOrEmpty().containsKey("estimated_time") || LOADING.matcher(reply.text(500)).find());
  }

  /** The time that a model still needs to be loaded is as long as it is useless to ask again. */
  @Override
  public String retryAfter(Reply reply) {
    return Refusal.pause(reply, "estimated_time");
  }
}
