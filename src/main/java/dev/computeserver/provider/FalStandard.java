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

import dev.computeserver.callback.Ed25519Lines;
import dev.computeserver.callback.Source;
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
import java.time.OffsetDateTime;
import java.util.Comparator;
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
  private static final long LIST_SLACK_SECONDS = 20;
  private static final Set<String> REFUSED_TYPES = Set.of("content_policy_violation", "no_media_generated");
  private static final Set<String> RETRYABLE_TYPES = Set.of("internal_server_error", "generation_timeout", "downstream_service_error",
      "downstream_service_unavailable", "request_timeout", "startup_timeout", "runner_scheduling_failure", "runner_connection_timeout",
      "runner_disconnected", "runner_connection_refused", "runner_connection_error", "runner_incomplete_response", "runner_server_error",
      "internal_error");
  private static final Set<ProviderCapability> TEXTS = EnumSet.of(IMAGE_UNDERSTANDING, TEXT_GENERATION, SPEECH_RECOGNITION);
  /** An account without money is forbidden to do anything, too. */
  private static final Pattern BALANCE = Pattern.compile("(?i)balance|locked");
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
    return baseUrl.equals("https://queue.fal.run") ? Map.of("platform", "https://api.fal.ai", "rest", "https://rest.fal.ai") : Map.of();
  }

  @Override
  public Exchange submit(Submission task) {
    String callback = task.callbackUrl() == null ? ""
        : "?fal_webhook=" + encoded(task.callbackUrl());
    JsonObject body = FalInput.of(task).mergeIn(task.options());
    return Exchange.post("/" + task.model() + callback, body, reply -> accepted(task, reply));
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
    // Their clock may be behind ours. Rounded, so that tasks of about the same time ask for the same pages.
    Instant start = Instant.ofEpochSecond(sentAt.minusSeconds(LIST_SLACK_SECONDS).getEpochSecond() / LIST_SLACK_SECONDS * LIST_SLACK_SECONDS);
    String query = "?endpoint_id=" + encoded(task.model()) + "&start=" + encoded(start.toString()) + "&limit=100&expand=payloads";
    return Optional.of(list(task, body, sentAt, query, ""));
  }

  private static Exchange list(Submission task, JsonObject body, Instant sentAt, String query, String page) {
    return Exchange.get("platform:/v1/models/requests/by-endpoint" + query + page, reply -> {
      JsonObject list = reply.json();
      boolean more = list.getValue("next_cursor") instanceof String next && !next.isEmpty();
      return Step.Found.of(likely(task, list, body, sentAt),
          more ? list(task, body, sentAt, query, "&cursor=" + encoded(list.getString("next_cursor"))) : null);
    });
  }

  /** The requests with our input, those first whose time is nearest to that of the submit. */
  private static List<Job> likely(Submission task, JsonObject list, JsonObject body, Instant sentAt) {
    return list.getJsonArray("items", new JsonArray()).stream().map(JsonObject.class::cast)
        .filter(item -> body.equals(item.getValue("json_input")))
        .sorted(Comparator.comparing(item -> Duration.between(sentAt, sentAt(item, sentAt)).abs()))
        .map(item -> jobOf(task.capability(), task.model(), required(item, "request_id")))
        .toList();
  }

  private static Instant sentAt(JsonObject item, Instant unknown) {
    return item.getValue("sent_at") instanceof String at && at.matches("\\d{4}-\\d{2}-\\d{2}T[\\d:.]+(Z|[+-]\\d{2}:\\d{2})")
        ? OffsetDateTime.parse(at).toInstant() : unknown;
  }

  /** The one place where links are built, since nothing else has them; they name owner and app only. */
  private static Job jobOf(ProviderCapability capability, String model, String id) {
    String[] parts = model.split("/");
    int keep = parts[0].equals("workflows") || parts[0].equals("comfy") ? 3 : 2;
    String request = "/" + String.join("/", List.of(parts).subList(0, Math.min(keep, parts.length))) + "/requests/" + id;
    return new Job(id, links(capability, request + "/status", request, request + "/cancel"));
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    Source.Published keys = new Source.Published("rest:/.well-known/jwks.json");
    return Optional.of(CallbackRules.signed(new Ed25519Lines("X-Fal-Webhook-", "Request-Id", keys),
        (capability, model, callback) -> jobOf(capability, model, required(callback.json(), "request_id"))));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static Step accepted(Submission task, Reply reply) {
    JsonObject json = reply.json();
    JsonObject links = links(task.capability(), required(json, "status_url"), required(json, "response_url"), required(json, "cancel_url"));
    return new Step.Waiting(new Job(required(json, "request_id"), links), place(json));
  }

  private static JsonObject links(ProviderCapability capability, String status, String response, String cancel) {
    JsonObject links = new JsonObject().put("status", status).put("response", response).put("cancel", cancel);
    return TEXTS.contains(capability) ? links : links.put("gives", "file");
  }

  private static Step status(Job job, JsonObject json) {
    return switch (required(json, "status")) {
      case "COMPLETED" -> new Step.Then(Exchange.get(job.link("response"), reply -> FalResult.of(reply, job.link("gives") != null)).tellingEnd());
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

  private static Step cancelling(Reply reply) {
    return new Step.Cancelling("OK".equals(reply.json().getString("status")) ? Charged.NO : Charged.UNKNOWN);
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    Object detail = json.getValue("detail");
    String type = json.getValue("error_type") instanceof String given ? given : reply.headers().get("X-Fal-Error-Type");
    String message = detail == null ? reply.text(300) : detail.toString();
    if (detail instanceof JsonArray faults && !faults.isEmpty() && faults.getValue(0) instanceof JsonObject fault) {
      type = fault.getString("type", type);
      message = FalInput.field(fault.getValue("loc") instanceof JsonArray place ? place : null) + fault.getString("msg", "");
    }
    if (reply.status() == 403 && BALANCE.matcher(message).find()) {
      return Refusal.failed(Code.PROVIDER_QUOTA, false, reply, message);
    }
    Step.Failed usual = Refusal.byStatus(reply, message);
    return ofType(type == null ? "" : type, usual, reply);
  }

  /** A runner may have worked before a 422; of a few types, and not of none, it is known that it has not. */
  private static Step.Failed ofType(String type, Step.Failed usual, Reply reply) {
    Charged charged = reply.status() == 422 && !type.startsWith("value_error") && !type.equals("missing") ? Charged.UNKNOWN : Charged.NO;
    if (REFUSED_TYPES.contains(type)) {
      return new Step.Failed(Code.CONTENT_REFUSED, usual.message(), false, reply.status(), charged);
    }
    String told = reply.headers().get("X-Fal-Retryable") == null ? reply.headers().get("X-Fal-Needs-Retry") : reply.headers().get("X-Fal-Retryable");
    boolean ours = "user".equals(reply.headers().get("X-Fal-Request-Timeout-Type"));
    boolean passing = RETRYABLE_TYPES.contains(type);
    boolean retryable = !ours && (told == null ? passing || usual.retryable() : told.matches("true|1"));
    boolean theirs = passing || retryable && usual.code() == Code.INVALID_INPUT;
    Code code = !theirs ? usual.code() : type.endsWith("timeout") ? Code.PROVIDER_TIMEOUT : Code.PROVIDER_FAILED;
    return new Step.Failed(code, usual.message(), retryable, reply.status(), charged);
  }

  private static String required(JsonObject json, String field) {
    String value = json.getString(field);
    if (value == null || value.isEmpty()) {
      throw new MissingField(field);
    }
    return value;
  }
}
