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
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * fal.ai's queue: submit, watch, fetch. Its links name only owner and app; they are kept from the submit reply, and built where none is
 * given. A failure also ends as COMPLETED, and only the result's HTTP status tells.
 */
final class FalStandard implements ProviderProcessor {
  private static final long LIST_SLACK_SECONDS = 20;
  private static final Set<String> REFUSED_TYPES = Set.of("content_policy_violation", "no_media_generated");
  /** The type where it is the whole detail, or stands in it. */
  private static final Pattern REFUSED_WORD = Pattern.compile("(?i)content[ _-]policy[ _-]violation|no[ _-]media[ _-]generated");
  private static final Set<String> RETRYABLE_TYPES = Set.of("internal_server_error", "generation_timeout", "downstream_service_error",
      "downstream_service_unavailable", "request_timeout", "startup_timeout", "runner_scheduling_failure", "runner_connection_timeout",
      "runner_disconnected", "runner_connection_refused", "runner_connection_error", "runner_incomplete_response", "runner_server_error",
      "internal_error");
  private static final Set<ProviderCapability> TEXTS = EnumSet.of(IMAGE_UNDERSTANDING, TEXT_GENERATION, SPEECH_RECOGNITION);
  /** An account without money is forbidden to do anything, too. */
  private static final Pattern BALANCE = Pattern.compile("(?i)balance|locked");
  /** Of a job's log as many are searched for a progress bar at each look. */
  private static final int LATEST_LINES = 200;
  private static final int LONGEST_LINE = 500;
  private static final int LONG_LOGS = 64 * 1024;
  private static final Pattern EARLY = Pattern.compile("(?i)(still|currently) (\\w+ )?(in (progress|queue)|being|processing|running|queued|pending)"
      + "|not (yet )?(ready|completed?|done|finished|available yet)|\\bin[ _](progress|queue)\\b");
  private static final int CANCELLED = 499;
  private static final Pattern LINK = Pattern.compile("https?://[^\\s/]|/");
  private static final Pattern REQUEST = Pattern.compile("/requests/([^/?#]+)");
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
        : "?fal_webhook=" + Json.encoded(task.callbackUrl());
    JsonObject body = FalInput.of(task).mergeIn(task.options());
    return Exchange.post("/" + task.model() + callback, body, reply -> accepted(task, reply));
  }

  @Override
  public Exchange check(Job job) {
    String link = job.link("status");
    return job.link("quiet") == null ? Exchange.get(link + (link.indexOf('?') < 0 ? "?" : "&") + "logs=1", reply -> status(job, reply))
        : Exchange.get(link, reply -> status(job, reply)).ofStatus();
  }

  @Override
  public Optional<Exchange> cancel(Job job) {
    return Optional.ofNullable(job.link("cancel")).map(link -> Exchange.put(link, FalStandard::cancelling).ofStatus());
  }

  /** Lists the model's requests of that time; those that have not begun may be missing, so it pays to ask again. */
  @Override
  public Optional<Exchange> find(Submission task, Instant sentAt) {
    JsonObject body = FalInput.of(task).mergeIn(task.options());
    // Their clock may be behind ours. Rounded, so that tasks of about the same time ask for the same pages.
    Instant start = Instant.ofEpochSecond(sentAt.minusSeconds(LIST_SLACK_SECONDS).getEpochSecond() / LIST_SLACK_SECONDS * LIST_SLACK_SECONDS);
    String query = "?endpoint_id=" + Json.encoded(task.model()) + "&start=" + Json.encoded(start.toString()) + "&limit=100&expand=payloads";
    return Optional.of(list(task, body, sentAt, query, ""));
  }

  private static Exchange list(Submission task, JsonObject body, Instant sentAt, String query, String page) {
    return Exchange.get("platform:/v1/models/requests/by-endpoint" + query + page, reply -> {
      JsonObject list = reply.json();
      String next = Json.text(list, "next_cursor", "");
      return Step.Found.of(likely(task, list, body, sentAt),
          next.isEmpty() ? null : list(task, body, sentAt, query, "&cursor=" + Json.encoded(next)));
    });
  }

  /** The requests with our input, those first whose time is nearest to that of the submit. */
  private static List<Job> likely(Submission task, JsonObject list, JsonObject body, Instant sentAt) {
    return Json.objects(list, "items").stream()
        .filter(item -> Ids.in(item, "request_id") != null && body.equals(item.getValue("json_input")))
        .sorted(Comparator.comparing(item -> Duration.between(sentAt, Json.time(item, "sent_at", sentAt)).abs()))
        .map(item -> jobOf(task.capability(), task.model(), Ids.required(item, "request_id")))
        .toList();
  }

  private static Job jobOf(ProviderCapability capability, String model, String id) {
    String request = request(model, id);
    return new Job(id, links(capability, request + "/status", request, request + "/cancel"));
  }

  /** Where a request is looked for whose links are not known. */
  static String request(String model, String id) {
    String[] parts = model.split("/");
    int keep = parts[0].equals("workflows") || parts[0].equals("comfy") ? 3 : 2;
    return "/" + String.join("/", List.of(parts).subList(0, Math.min(keep, parts.length))) + "/requests/" + Json.encoded(id);
  }

  /** The id that a reply to a submit names, be it in a header or a link only. */
  static String requestId(Reply reply) {
    JsonObject json = reply.json();
    Matcher link = REQUEST.matcher(Stream.of("response_url", "status_url", "cancel_url").map(field -> Json.text(json, field))
        .filter(Objects::nonNull).findFirst().orElse(""));
    String elsewhere = link.find() ? link.group(1) : json.containsKey("status") ? reply.headers().get("X-Fal-Request-Id") : null;
    return elsewhere != null && Ids.in(json, "request_id") == null ? elsewhere : Ids.required(json, "request_id");
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    Source.Published keys = new Source.Published("rest:/.well-known/jwks.json");
    return Optional.of(CallbackRules.signed(new Ed25519Lines("X-Fal-Webhook-", "Request-Id", keys),
        (capability, model, callback) -> jobOf(capability, model, Ids.required(callback.json(), "request_id"))));
  }

  private static Step accepted(Submission task, Reply reply) {
    JsonObject json = reply.json();
    Job job = jobOf(task.capability(), task.model(), requestId(reply));
    for (String link : List.of("status", "response", "cancel")) {
      String told = Json.text(json, link + "_url", "");
      if (told.length() <= Job.MOST_LINK && LINK.matcher(told).lookingAt()) {
        job.data().put(link, told);
      }
    }
    return new Step.Waiting(job, place(json));
  }

  private static JsonObject links(ProviderCapability capability, String status, String response, String cancel) {
    JsonObject links = new JsonObject().put("status", status).put("response", response).put("cancel", cancel);
    return TEXTS.contains(capability) ? links : links.put("gives", "file");
  }

  /** The logs are asked for until they are long: each reply holds all of them. */
  private static Step status(Job job, Reply reply) {
    JsonObject json = reply.json();
    Job next = reply.body().length() > LONG_LOGS ? new Job(job.externalId(), job.data().copy().put("quiet", "yes")) : job;
    return switch (Words.required(json, "status")) {
      case "completed" -> new Step.Then(Exchange.get(job.link("response"), result -> FalResult.of(result, job.link("gives") != null)).tellingEnd());
      case "in_progress" -> new Step.Waiting(next, logged(Json.objects(json, "logs")));
      default -> new Step.Waiting(next, place(json));
    };
  }

  private static JsonObject place(JsonObject json) {
    Integer position = Json.whole(json, "queue_position");
    return position == null ? null : new JsonObject().put("queue_position", position);
  }

  /** The newest log line, and the percentage of the newest progress bar in the latest of them. */
  private static JsonObject logged(List<JsonObject> logs) {
    JsonObject progress = new JsonObject();
    for (int i = logs.size() - 1; i >= Math.max(0, logs.size() - LATEST_LINES) && !progress.containsKey("percent"); i--) {
      String line = Json.text(logs.get(i), "message", "");
      if (!line.isBlank() && !progress.containsKey("message")) {
        progress.put("message", line.substring(0, Math.min(line.length(), LONGEST_LINE)));
      }
      Matcher bar = PERCENT.matcher(line);
      if (bar.find()) {
        progress.put("percent", Math.min(100, Integer.parseInt(bar.group(1))));
      }
    }
    return progress.isEmpty() ? null : progress;
  }

  private static Step cancelling(Reply reply) {
    return new Step.Cancelling(Words.of(reply.json().getValue("status")).equals("ok") ? Charged.NO : Charged.UNKNOWN);
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    Detail detail = Detail.of(json, reply.text(300));
    if (reply.status() == 403 && BALANCE.matcher(detail.text()).find()) {
      return Refusal.failed(Code.PROVIDER_QUOTA, false, reply, detail.text());
    }
    Step.Failed usual = Refusal.byStatus(reply, detail.text());
    return ofType(type(reply, json, detail), usual, reply);
  }

  /** Empty where none is told. */
  private static String type(Reply reply, JsonObject json, Detail detail) {
    String type = detail.type() == null ? Json.text(json, "error_type", reply.headers().get("X-Fal-Error-Type")) : detail.type();
    Matcher refused = REFUSED_WORD.matcher(detail.text());
    return type == null && refused.find() ? Words.of(refused.group()) : Words.of(type);
  }

  /**
   * At what a model or its runner has failed bears a type, and so does a cancelled request, with 499; an error without one is a gateway's,
   * and one result may be asked for a little early.
   */
  @Override
  public boolean endsJob(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    String type = type(reply, json, Detail.of(json, ""));
    boolean early = reply.status() < 500 && type.isEmpty() && EARLY.matcher(reply.text(300)).find();
    return !early && ProviderProcessor.super.endsJob(reply) || (reply.status() == CANCELLED || reply.status() >= 500) && !type.isEmpty();
  }

  /** A runner may have worked before a 422; of a few types, and not of none, it is known that it has not. */
  private static Step.Failed ofType(String type, Step.Failed usual, Reply reply) {
    Charged charged = reply.status() == 422 && !type.startsWith("value_error") && !type.equals("missing") ? Charged.UNKNOWN : Charged.NO;
    if (REFUSED_TYPES.contains(type)) {
      return new Step.Failed(Code.CONTENT_REFUSED, usual.message(), false, usual.httpStatus(), charged);
    }
    String told = reply.headers().get("X-Fal-Retryable") == null ? reply.headers().get("X-Fal-Needs-Retry") : reply.headers().get("X-Fal-Retryable");
    boolean ours = "user".equals(reply.headers().get("X-Fal-Request-Timeout-Type"));
    boolean passing = RETRYABLE_TYPES.contains(type);
    boolean retryable = !ours && (told == null ? passing || usual.retryable() : told.matches("true|1"));
    boolean theirs = passing || retryable && usual.code() == Code.INVALID_INPUT;
    Code code = !theirs ? usual.code() : type.endsWith("timeout") ? Code.PROVIDER_TIMEOUT : Code.PROVIDER_FAILED;
    return new Step.Failed(code, usual.message(), retryable, usual.httpStatus(), charged);
  }
}
