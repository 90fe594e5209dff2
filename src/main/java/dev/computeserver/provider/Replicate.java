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
import static dev.computeserver.catalog.ProviderCapability.TEXT_EMBEDDING;
import static dev.computeserver.catalog.ProviderCapability.TEXT_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.callback.Source;
import dev.computeserver.callback.StandardWebhooks;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Replicate's predictions: one contract for every model. A failure is a state of the prediction; a lost submit is looked
 * for in the list of predictions, by model and input. Outputs are there for an hour.
 */
final class Replicate implements ProviderProcessor {
  private static final Pattern OFFICIAL = Pattern.compile("[^/:]+/[^/:]+");
  private static final Pattern DEPLOYMENT = Pattern.compile("deployments/[^/:]+/[^/:]+");
  /** Fields of the request itself; everything else that only Replicate knows is for the model's input. */
  private static final Set<String> OWN_FIELDS = Set.of("webhook", "webhook_events_filter");
  private static final long CLOCK_SECONDS = 60;
  /** As long as a submit may be on its way, and the clocks apart. */
  private static final long LATEST_SECONDS = 900;

  @Override
  public ProviderType providerType() {
    return ProviderType.REPLICATE;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return EnumSet.of(IMAGE_GENERATION, IMAGE_EDITING, INPAINTING, BACKGROUND_REMOVAL, SUPER_RESOLUTION, IMAGE_UNDERSTANDING, VIDEO_GENERATION,
        IMAGE_TO_VIDEO, LIP_SYNC, TEXT_GENERATION, TEXT_EMBEDDING, SPEECH_SYNTHESIS, SPEECH_RECOGNITION, MUSIC_GENERATION, SOUND_GENERATION,
        MODEL_3D_GENERATION);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("Authorization", "Bearer ");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return InputForm.UPLOAD_LARGE;
  }

  @Override
  public Exchange upload(String field, InputFile file) {
    Multipart parts = new Multipart().file("content", file).json("metadata", new JsonObject());
    return Exchange.multipart("/files", parts, reply -> new Step.Uploaded(Json.required(Json.object(reply.json(), "urls"), "get")));
  }

  @Override
  public Exchange submit(Submission task) {
    JsonObject body = new JsonObject();
    if (!OFFICIAL.matcher(task.model()).matches() && !DEPLOYMENT.matcher(task.model()).matches()) {
      body.put("version", task.model());
    }
    body.put("input", input(task));
    if (reaches(task.callbackUrl())) {
      body.put("webhook", task.callbackUrl()).put("webhook_events_filter", new JsonArray().add("completed"));
    }
    task.options().forEach(option -> {
      if (OWN_FIELDS.contains(option.getKey())) {
        body.put(option.getKey(), option.getValue());
      }
    });
    return Exchange.post(path(task.model()), body, reply -> accepted(task, reply.json()));
  }

  private static String path(String model) {
    if (OFFICIAL.matcher(model).matches()) {
      return "/models/" + model + "/predictions";
    }
    return DEPLOYMENT.matcher(model).matches() ? "/" + model + "/predictions" : "/predictions";
  }

  /** The model's input; options may be given for it directly or, as in the request, below {@code input}. */
  private static JsonObject input(Submission task) {
    JsonObject input = ReplicateInput.of(task);
    task.options().forEach(option -> {
      if (option.getKey().equals("input") && option.getValue() instanceof JsonObject more) {
        input.mergeIn(more, true);
      } else if (!OWN_FIELDS.contains(option.getKey())) {
        input.put(option.getKey(), option.getValue());
      }
    });
    return input;
  }

  /** Replicate refuses webhooks that are not https; what stands in for it on this machine may be told over http. */
  private static boolean reaches(String callback) {
    return callback != null && callback.matches("https://.*|http://(localhost|127\\.0\\.0\\.1|\\[::1])[:/].*");
  }

  /** However far the reply says it is: all is read from a look at the prediction, which can be repeated. */
  private static Step accepted(Submission task, JsonObject json) {
    return new Step.Waiting(job(task, Ids.required(json, "id")), null);
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    Source secret = new Source.AskedFor("/webhooks/default/secret", "key");
    return Optional.of(CallbackRules.signed(new StandardWebhooks(secret), (capability, model, callback) ->
        new Job(Ids.required(callback.json(), "id"), new JsonObject().put("capability", capability.word()))));
  }

  private static Job job(Submission task, String id) {
    JsonObject data = new JsonObject().put("capability", task.capability().word());
    if (!task.input().getBoolean("timestamps", true)) {
      data.put("timestamps", "no");
    }
    return new Job(id, data.put("files", task.input().fieldNames().stream().filter(field -> field.endsWith("_url"))
        .map(field -> "input." + field).sorted().collect(Collectors.joining(" or "))));
  }

  @Override
  public Exchange check(Job job) {
    return Exchange.get("/predictions/" + Json.encoded(job.externalId()), reply -> ReplicateResult.of(job, reply.json()));
  }

  @Override
  public Optional<Exchange> cancel(Job job) {
    return Optional.of(Exchange.post("/predictions/" + Json.encoded(job.externalId()) + "/cancel", Replicate::cancelling));
  }

  /** The time run until the stop is paid; what was stopped before it began is not. */
  private static Step cancelling(Reply reply) {
    return new Step.Cancelling(switch (Words.of(reply.json().getValue("status"))) {
      case "aborted" -> Charged.NO;
      case "canceled", "starting", "processing" -> Charged.YES;
      default -> Charged.UNKNOWN;
    });
  }

  @Override
  public Optional<Exchange> find(Submission task, Instant sentAt) {
    JsonObject input = input(task);
    String query = "?created_after=" + Json.encoded(sentAt.minusSeconds(CLOCK_SECONDS).toString())
        + "&created_before=" + Json.encoded(sentAt.plusSeconds(LATEST_SECONDS).toString());
    return Optional.of(Exchange.get("/predictions" + query, reply -> found(task, input, sentAt, reply.json())));
  }

  /** A hundred on a page; those of the same model and input, nearest to the submit's time first. */
  private static Step found(Submission task, JsonObject input, Instant sentAt, JsonObject page) {
    List<Job> likely = Json.objects(page, "results").stream().filter(each -> Ids.in(each, "id") != null)
        .filter(each -> sameModel(task.model(), each) && each.getValue("input") instanceof JsonObject sent && sameInput(input, sent))
        .sorted(Comparator.comparing(each -> Duration.between(sentAt, Json.time(each, "created_at", sentAt)).abs()))
        .map(each -> job(task, Ids.required(each, "id")))
        .toList();
    String next = Json.text(page, "next", "");
    return Step.Found.of(likely, next.isEmpty() ? null : Exchange.get(next, reply -> found(task, input, sentAt, reply.json())));
  }

  private static boolean sameModel(String asked, JsonObject prediction) {
    if (DEPLOYMENT.matcher(asked).matches()) {
      return asked.endsWith("/" + prediction.getValue("deployment"));
    }
    int colon = asked.indexOf(':');
    if (colon < 0 && !asked.contains("/")) {
      return asked.equals(prediction.getValue("version"));
    }
    boolean version = colon < 0 || asked.substring(colon + 1).equals(prediction.getValue("version"));
    return version && asked.substring(0, colon < 0 ? asked.length() : colon).equals(prediction.getValue("model"));
  }

  /** Files that went inline may be kept elsewhere by now, so of them only the field is compared. */
  private static boolean sameInput(JsonObject ours, JsonObject theirs) {
    return withoutFiles(ours, ours).equals(withoutFiles(theirs, ours));
  }

  private static JsonObject withoutFiles(JsonObject input, JsonObject ours) {
    JsonObject plain = input.copy();
    ours.forEach(field -> {
      Object value = field.getValue() instanceof JsonArray list && !list.isEmpty() ? list.getValue(0) : field.getValue();
      if (value instanceof String text && text.startsWith("data:") && plain.containsKey(field.getKey())) {
        plain.put(field.getKey(), "a file");
      }
    });
    return plain;
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    Object said = json.getValue("detail", json.getValue("title"));
    String message = said == null ? reply.text(300) : said.toString();
    List<JsonObject> faults = Json.objects(json, "invalid_fields");
    if (!faults.isEmpty()) {
      message = faults.stream().map(Replicate::fault).collect(Collectors.joining("; "));
    }
    if (reply.status() == 404 || reply.status() == 422 && message.contains("version")) {
      message += " (is the model's id right? one that is not official needs its version, as owner/name:version)";
    }
    return ReplicateResult.refusesContent(message) && reply.status() < 429
        ? Refusal.failed(Code.CONTENT_REFUSED, false, reply, message) : Refusal.byStatus(reply, message);
  }

  private static String fault(JsonObject fault) {
    String field = Json.text(fault, "field", "");
    return (field.isEmpty() ? "" : field + ": ") + Json.text(fault, "description", Json.text(fault, "type", "is wrong"));
  }
}
