package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.BACKGROUND_REMOVAL;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_UNDERSTANDING;
import static dev.computeserver.catalog.ProviderCapability.INPAINTING;
import static dev.computeserver.catalog.ProviderCapability.LIP_SYNC;
import static dev.computeserver.catalog.ProviderCapability.MODEL_3D_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.MUSIC_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SOUND_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;
import static dev.computeserver.catalog.ProviderCapability.SUPER_RESOLUTION;
import static dev.computeserver.catalog.ProviderCapability.TEXT_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * fal.ai's queue: submit, watch, fetch. Its links name only owner and app, so they are kept from the submit reply and
 * never built; a failure also ends as COMPLETED, and only the result's HTTP status tells.
 */
final class FalStandard implements ProviderProcessor {
  private static final Set<String> REFUSED_TYPES = Set.of("content_policy_violation", "no_media_generated");
  private static final Set<String> RETRYABLE_TYPES = Set.of("internal_server_error", "generation_timeout", "downstream_service_error",
      "downstream_service_unavailable", "request_timeout", "startup_timeout", "runner_scheduling_failure", "runner_connection_timeout",
      "runner_disconnected", "runner_connection_refused", "runner_connection_error", "runner_incomplete_response", "runner_server_error",
      "internal_error");
  private static final Pattern PERCENT = Pattern.compile("(\\d{1,3})%\\|");

  @Override
  public ProviderType providerType() {
    return ProviderType.FAL_STANDARD;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return EnumSet.of(IMAGE_GENERATION, IMAGE_EDITING, INPAINTING, BACKGROUND_REMOVAL, SUPER_RESOLUTION, IMAGE_UNDERSTANDING, VIDEO_GENERATION,
        IMAGE_TO_VIDEO, LIP_SYNC, TEXT_GENERATION, SPEECH_SYNTHESIS, SPEECH_RECOGNITION, MUSIC_GENERATION, SOUND_GENERATION, MODEL_3D_GENERATION);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("Authorization", "Key ");
  }

  @Override
  public Map<String, String> otherHosts(String baseUrl) {
    return baseUrl.equals("https://queue.fal.run") ? Map.of("platform", "https://api.fal.ai") : Map.of();
  }

  @Override
  public Exchange submit(Submission task) {
    String callback = task.callbackUrl() == null ? ""
        : "?fal_webhook=" + encoded(task.callbackUrl());
    JsonObject body = FalInput.of(task).mergeIn(task.options());
    return Exchange.post("/" + task.model() + callback, body, FalStandard::accepted);
  }

  @Override
  public Exchange check(Job job) {
    return Exchange.get(job.link("status") + "?logs=1", reply -> status(job, reply.json()));
  }

  @Override
  public Optional<Exchange> cancel(Job job) {
    return Optional.of(Exchange.put(job.link("cancel"), FalStandard::cancelling));
  }

  /** Lists the model's requests of that time; those that have not begun may be missing, so it pays to ask again. */
  @Override
  public Optional<Exchange> find(Submission task, Instant sentAt) {
    JsonObject body = FalInput.of(task).mergeIn(task.options());
    String query = "?endpoint_id=" + encoded(task.model()) + "&start=" + encoded(sentAt.minusSeconds(60).toString()) + "&limit=100&expand=payloads";
    return Optional.of(Exchange.get("platform:/v1/models/requests/by-endpoint" + query, reply -> found(task.model(), body, reply.json())));
  }

  private static Step found(String model, JsonObject body, JsonObject list) {
    for (Object each : list.getJsonArray("items", new JsonArray())) {
      JsonObject item = (JsonObject) each;
      if (body.equals(item.getJsonObject("json_input"))) {
        String id = required(item, "request_id");
        // The one place where links are built, since nothing else has them; they name owner and app only.
        String[] parts = model.split("/");
        int keep = parts[0].equals("workflows") || parts[0].equals("comfy") ? 3 : 2;
        String request = "/" + String.join("/", List.of(parts).subList(0, Math.min(keep, parts.length))) + "/requests/" + id;
        JsonObject links = new JsonObject().put("status", request + "/status").put("response", request).put("cancel", request + "/cancel");
        return new Step.Waiting(new Job(id, links), null);
      }
    }
    return new Step.NotFound();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static Step accepted(Reply reply) {
    JsonObject json = reply.json();
    JsonObject links = new JsonObject()
        .put("status", required(json, "status_url"))
        .put("response", required(json, "response_url"))
        .put("cancel", required(json, "cancel_url"));
    return new Step.Waiting(new Job(required(json, "request_id"), links), place(json));
  }

  private static Step status(Job job, JsonObject json) {
    return switch (required(json, "status")) {
      case "COMPLETED" -> new Step.Then(Exchange.get(job.link("response"), FalStandard::result).tellingEnd());
      case "IN_PROGRESS" -> new Step.Waiting(job, logged(json.getJsonArray("logs")));
      default -> new Step.Waiting(job, place(json));
    };
  }

  private static JsonObject place(JsonObject json) {
    Integer position = json.getInteger("queue_position");
    return position == null ? null : new JsonObject().put("queue_position", position);
  }

  /** The newest log line, and the percentage of the newest progress bar in the logs. */
  private static JsonObject logged(JsonArray logs) {
    if (logs == null || logs.isEmpty()) {
      return null;
    }
    JsonObject progress = new JsonObject();
    for (int i = logs.size() - 1; i >= 0; i--) {
      String message = logs.getJsonObject(i).getString("message", "");
      if (!progress.containsKey("message")) {
        progress.put("message", message.substring(0, Math.min(message.length(), 500)));
      }
      Matcher bar = PERCENT.matcher(message);
      if (bar.find()) {
        return progress.put("percent", Math.min(100, Integer.parseInt(bar.group(1))));
      }
    }
    return progress;
  }

  static Step result(Reply reply) {
    JsonObject json = reply.json();
    JsonArray unsafe = json.getJsonArray("has_nsfw_concepts");
    if (unsafe != null && unsafe.contains(true)) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider's safety checker blackened the result; change the prompt or the input",
          false, reply.status(), Charged.YES);
    }
    List<Media> media = new ArrayList<>();
    json.getJsonArray("images", new JsonArray()).forEach(image -> media.add(file((JsonObject) image)));
    for (String single : List.of("image", "video", "audio", "audio_file", "model_mesh", "model_glb")) {
      if (json.getValue(single) instanceof JsonObject file && file.containsKey("url")) {
        media.add(file(file));
      }
    }
    JsonObject data = data(json);
    if (media.isEmpty() && data == null) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the provider's result holds neither a file nor a text", false, reply.status(),
          Charged.YES);
    }
    return new Step.Done(media, data);
  }

  /** The result without files: texts and facts, under the names that all providers' results share. */
  private static JsonObject data(JsonObject json) {
    JsonObject data = new JsonObject();
    Object text = json.getValue("output", json.getValue("text"));
    if (text instanceof String) {
      data.put("text", text);
    }
    if (json.getValue("chunks") instanceof JsonArray chunks) {
      JsonArray segments = new JsonArray();
      for (Object each : chunks) {
        JsonObject chunk = (JsonObject) each;
        JsonArray times = chunk.getJsonArray("timestamp", new JsonArray());
        segments.add(new JsonObject().put("text", chunk.getString("text"))
            .put("start", times.size() > 0 ? times.getValue(0) : null).put("end", times.size() > 1 ? times.getValue(1) : null));
      }
      data.put("segments", segments);
    }
    if (json.getValue("inferred_languages") instanceof JsonArray languages && !languages.isEmpty()) {
      data.put("language", languages.getValue(0));
    }
    for (String fact : List.of("seed", "usage", "usage_info", "finish_reason", "reasoning")) {
      if (json.getValue(fact) != null) {
        data.put(fact.equals("usage_info") ? "usage" : fact, json.getValue(fact));
      }
    }
    return data.isEmpty() ? null : data;
  }

  private static Media file(JsonObject file) {
    return Media.from(required(file, "url"), file.getString("content_type")).sized(file.getInteger("width"), file.getInteger("height"));
  }

  private static Step cancelling(Reply reply) {
    return new Step.Cancelling("OK".equals(reply.json().getString("status")) ? Charged.NO : Charged.UNKNOWN);
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    Object detail = json.getValue("detail");
    String type = json.getString("error_type", reply.headers().get("X-Fal-Error-Type"));
    String message = detail == null ? reply.text(300) : detail.toString();
    if (detail instanceof JsonArray faults && !faults.isEmpty() && faults.getValue(0) instanceof JsonObject fault) {
      type = fault.getString("type", type);
      message = FalInput.field(fault.getJsonArray("loc")) + fault.getString("msg", "");
    }
    Step.Failed usual = Refusal.byStatus(reply, message);
    Charged charged = reply.status() == 422 && type != null && !type.startsWith("value_error") && !type.equals("missing")
        ? Charged.UNKNOWN : Charged.NO;
    if (type == null) {
      return usual;
    }
    if (REFUSED_TYPES.contains(type)) {
      return new Step.Failed(Code.CONTENT_REFUSED, usual.message(), false, reply.status(), charged);
    }
    boolean retryable = RETRYABLE_TYPES.contains(type) && !"user".equals(reply.headers().get("X-Fal-Request-Timeout-Type"));
    if (retryable) {
      Code code = type.endsWith("timeout") ? Code.PROVIDER_TIMEOUT : Code.PROVIDER_FAILED;
      return new Step.Failed(code, usual.message(), true, reply.status(), charged);
    }
    return new Step.Failed(usual.code(), usual.message(), "true".equals(reply.headers().get("X-Fal-Retryable")), reply.status(), charged);
  }

  private static String required(JsonObject json, String field) {
    String value = json.getString(field);
    if (value == null || value.isEmpty()) {
      throw new MissingField(field);
    }
    return value;
  }
}
