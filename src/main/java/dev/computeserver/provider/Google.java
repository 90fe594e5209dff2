package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_UNDERSTANDING;
import static dev.computeserver.catalog.ProviderCapability.MUSIC_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;
import static dev.computeserver.catalog.ProviderCapability.TEXT_EMBEDDING;
import static dev.computeserver.catalog.ProviderCapability.TEXT_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.callback.Source;
import dev.computeserver.callback.TokenForUrl;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Google's Gemini API: texts, pictures, speech and embeddings are one request each; videos, music and transcripts are
 * interactions in the background. A lost submit cannot be found, since interactions are not listed.
 */
final class Google implements ProviderProcessor {
  private static final String V = "/v1beta";
  private static final String INTERACTIONS = V + "/interactions";
  private static final Pattern WRONG_KEY = Pattern.compile("api key not valid|api_key_invalid|api key expired");
  /** What a pause of seconds does not mend: a quota of a day, or money. */
  private static final Pattern USED_UP = Pattern.compile("perday|quota_exceeded|depleted");
  private static final Pattern NO_ROOM = Pattern.compile("(?i)\"UNAVAILABLE\"|\"service_unavailable\"|overloaded|high demand");

  @Override
  public ProviderType providerType() {
    return ProviderType.GOOGLE;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return EnumSet.of(TEXT_GENERATION, IMAGE_UNDERSTANDING, IMAGE_GENERATION, IMAGE_EDITING, VIDEO_GENERATION, IMAGE_TO_VIDEO, TEXT_EMBEDDING,
        SPEECH_SYNTHESIS, SPEECH_RECOGNITION, MUSIC_GENERATION);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("x-goog-api-key", "");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return InputForm.BYTES;
  }

  @Override
  public Exchange submit(Submission task) {
    return switch (task.capability()) {
      case TEXT_EMBEDDING -> embed(task);
      case VIDEO_GENERATION, IMAGE_TO_VIDEO, MUSIC_GENERATION, SPEECH_RECOGNITION -> interact(task);
      default -> Exchange.post(model(task) + ":generateContent", GoogleInput.content(task).mergeIn(task.options(), true),
          reply -> GoogleAnswer.content(reply, task)).answering();
    };
  }

  private static Exchange embed(Submission task) {
    boolean one = task.input().getString("text") != null;
    JsonObject body = one ? GoogleInput.embedding(task, task.input().getString("text")).mergeIn(task.options(), true) : GoogleInput.embeddings(task);
    return Exchange.post(model(task) + (one ? ":embedContent" : ":batchEmbedContents"), body,
        reply -> GoogleAnswer.vectors(reply, one ? 1 : body.getJsonArray("requests").size())).answering();
  }

  private static Exchange interact(Submission task) {
    JsonObject body = GoogleInput.interaction(task);
    if (task.callbackUrl() != null) {
      body.put("webhook_config", new JsonObject().put("uris", new JsonArray().add(task.callbackUrl()))
          .put("user_metadata", new JsonObject().put("task_id", task.taskId().toString())));
    }
    return Exchange.post(INTERACTIONS, body.mergeIn(task.options(), true), reply -> accepted(task, reply));
  }

  private static Step accepted(Submission task, Reply reply) {
    JsonObject json = reply.newest("interaction");
    Job job = jobOf(task.capability(), json);
    // Whatever it says of success is read from a look at the job, which can be repeated; a failure is final at once.
    Step step = Words.of(json.getValue("status")).equals("failed") ? GoogleAnswer.interaction(job, reply) : null;
    return step instanceof Step.Failed ? step : new Step.Waiting(job, null);
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    return Optional.of(CallbackRules.signed(new TokenForUrl("Webhook-Signature", new Source.Published("/.well-known/jwks.json")),
        (capability, model, callback) -> jobOf(capability, Json.object(callback.json(), "data"))));
  }

  private static Job jobOf(ProviderCapability capability, JsonObject json) {
    // A resource of Google's may be called by its name alone.
    return new Job(Ids.required(json, "id", "name").replaceFirst("^/?interactions/", ""), new JsonObject().put("capability", capability.word()));
  }

  @Override
  public Exchange check(Job job) {
    return Exchange.get(INTERACTIONS + "/" + Json.encoded(job.externalId()), reply -> GoogleAnswer.interaction(job, reply));
  }

  @Override
  public Optional<Exchange> cancel(Job job) {
    return Optional.of(Exchange.post(INTERACTIONS + "/" + Json.encoded(job.externalId()) + "/cancel",
        reply -> new Step.Cancelling(Charged.UNKNOWN)));
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject error = error(reply);
    String message = Json.text(error, "message", reply.text(300));
    String all = error.encode().toLowerCase(Locale.ROOT);
    boolean precondition = "FAILED_PRECONDITION".equals(error.getValue("status")) || "failed_precondition".equals(error.getValue("code"));
    if (GoogleAnswer.aboutContent(String.valueOf(error.getValue("code")))) {
      return Refusal.failed(Code.CONTENT_REFUSED, false, reply, message);
    }
    return switch (reply.status()) {
      case 400 -> precondition ? Refusal.failed(all.contains("billing") ? Code.PROVIDER_QUOTA : Code.PROVIDER_AUTH, false, reply, message)
          : WRONG_KEY.matcher(all).find() ? Refusal.failed(Code.PROVIDER_AUTH, false, reply, message) : Refusal.byStatus(reply, message);
      case 409 -> Refusal.failed(Code.PROVIDER_UNAVAILABLE, true, reply, message);
      // The limit of a minute is told as a quota that is exceeded, too.
      case 429 -> USED_UP.matcher(all).find() ? Refusal.failed(Code.PROVIDER_QUOTA, false, reply, ofWhat(all) + message)
          : Refusal.failed(Code.PROVIDER_RATE_LIMITED, true, reply, message);
      default -> Refusal.byStatus(reply, message);
    };
  }

  /** Most quotas count each model by itself, which the message need not say. */
  private static String ofWhat(String error) {
    return error.contains("permodel") ? "of this model: " : "";
  }

  /**
   * A model without room for a request says so before it begins. What generateContent calls an internal error is over and not charged, as
   * Google's page on billing says; an interaction may run on all the same.
   */
  @Override
  public boolean tookNothing(Exchange submit, Reply reply) {
    JsonObject error = error(reply);
    boolean noRoom = reply.status() == 503 && NO_ROOM.matcher(error.encode()).find();
    boolean over = reply.status() == 500 && "INTERNAL".equals(error.getValue("status")) && !submit.target().equals(INTERACTIONS);
    return tookNothing(reply) || noRoom || over;
  }

  /** Google puts the pause into the body, such as {@code "retryDelay":"37s"}. */
  @Override
  public String retryAfter(Reply reply) {
    return Json.objects(error(reply), "details").stream().map(each -> AskedPause.until(reply, Json.text(each, "retryDelay")))
        .filter(Objects::nonNull).findFirst().map(pause -> String.valueOf(pause.plusMillis(999).toSeconds()))
        .orElseGet(() -> ProviderProcessor.super.retryAfter(reply));
  }

  private static JsonObject error(Reply reply) {
    return Json.object(reply.jsonOrEmpty(), "error");
  }

  private static String model(Submission task) {
    return V + "/models/" + task.model();
  }

  static Step.Done done(List<Media> media, JsonObject result) {
    return new Step.Done(media, result.isEmpty() ? null : result);
  }
}
