package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.SOUND_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;
import static dev.computeserver.catalog.ProviderCapability.SUPER_RESOLUTION;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Runway: every request makes a task, which is looked at until it has ended. There are no callbacks, and a task whose id was
 * lost cannot be found. A task above the account's concurrency limit is kept there and started later by itself.
 */
final class Runway implements ProviderProcessor {
  private static final String VERSION = "2024-11-06";

  @Override
  public ProviderType providerType() {
    return ProviderType.RUNWAY;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return EnumSet.of(IMAGE_GENERATION, IMAGE_EDITING, SUPER_RESOLUTION, VIDEO_GENERATION, IMAGE_TO_VIDEO, SPEECH_SYNTHESIS, SOUND_GENERATION);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("Authorization", "Bearer ");
  }

  /** Uploaded is what is too long to be sent inline, or is behind a link that the provider would not follow and may be as long. */
  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    String given = input.getString(field);
    if (given.startsWith("data:")) {
      return given.length() > RunwayMedia.MOST_INLINE ? InputForm.UPLOAD : InputForm.AS_GIVEN;
    }
    return RunwayMedia.followed(given) ? InputForm.AS_GIVEN : InputForm.UPLOAD;
  }

  /** First a slot is asked for, then the file is sent to it, which is another host's and gets no key. */
  @Override
  public Exchange upload(String field, InputFile file) {
    RunwayMedia.check(field, file);
    JsonObject slot = new JsonObject().put("filename", file.name(field)).put("type", "ephemeral");
    return versioned(Exchange.post("/v1/uploads", slot, reply -> {
      JsonObject json = reply.json();
      String uri = Json.required(json, "runwayUri");
      Multipart form = new Multipart().fields(Json.object(json, "fields")).file("file", file);
      return new Step.Then(Exchange.multipart(Json.required(json, "uploadUrl"), form, stored -> new Step.Uploaded(uri)));
    }));
  }

  @Override
  public Exchange submit(Submission task) {
    JsonObject body = new JsonObject().put("model", task.model()).mergeIn(RunwayInput.of(task)).mergeIn(task.options());
    return versioned(Exchange.post("/v1/" + RunwayInput.operation(task), body,
        reply -> new Step.Waiting(new Job(Ids.required(reply.json(), "id"), noted(task)), null)));
  }

  /** What the result will say besides. */
  private static JsonObject noted(Submission task) {
    return RunwayInput.hearsLanguage(task)
        ? new JsonObject().put("note", task.model() + " hears the language in the text: input.language was not sent") : new JsonObject();
  }

  @Override
  public Exchange check(Job job) {
    return versioned(Exchange.get(path(job), reply -> state(job, reply))).ofStatus();
  }

  private static Step state(Job job, Reply reply) {
    JsonObject json = reply.json();
    return switch (Words.required(json, "status")) {
      case "succeeded" -> succeeded(job, json, reply);
      case "failed" -> failed(json);
      case "canceled" -> new Step.Failed(Code.PROVIDER_FAILED, "the task was cancelled at the provider", false, null,
          charged(json, Charged.UNKNOWN));
      case "throttled" -> new Step.Waiting(job, new JsonObject().put("message", "waits for the account's concurrency limit"));
      default -> new Step.Waiting(job, progress(Json.number(json, "progress")));
    };
  }

  private static JsonObject progress(Double part) {
    return part == null ? null : new JsonObject().put("percent", (int) Math.max(0, Math.min(100, Math.round(part * 100))));
  }

  private static Step succeeded(Job job, JsonObject json, Reply reply) {
    List<Media> media = Media.all(json.getValue("output"), null);
    if (media.isEmpty()) {
      return Refusal.empty(reply, "a file", charged(json, Charged.UNKNOWN));
    }
    Double credits = credits(json);
    JsonObject result = job.data().copy();
    if (credits != null) {
      result.put("usage", new JsonObject().put("credits", credits));
    }
    return new Step.Done(media, result.isEmpty() ? null : result);
  }

  /** What is refused for its content costs as much as what is made; else the credits tell, none where they were given back. */
  private static Step.Failed failed(JsonObject json) {
    String reason = Json.text(json, "failureCode", "").toUpperCase(Locale.ROOT);
    boolean refused = reason.startsWith("SAFETY") || reason.startsWith("INPUT_PREPROCESSING.SAFETY");
    boolean asset = reason.startsWith("ASSET");
    Charged charged = charged(json, refused ? Charged.YES : Charged.UNKNOWN);
    Code code = refused ? Code.CONTENT_REFUSED : asset ? Code.INVALID_INPUT
        : reason.startsWith("THIRD_PARTY") ? Code.PROVIDER_UNAVAILABLE : Code.PROVIDER_FAILED;
    String said = Json.text(json, "failure", "it gives no reason");
    String message = (refused ? "the provider refused the prompt, an input or what it made"
        : asset ? "the provider cannot use an input" : "the generation failed") + " (" + (reason.isEmpty() ? "without a code" : reason) + "): ";
    return AccountWords.ofJob(new Step.Failed(code, message + said.substring(0, Math.min(300, said.length())),
        !refused && !asset && charged != Charged.YES, null, charged), reason + " " + said);
  }

  private static Charged charged(JsonObject json, Charged unsaid) {
    Double credits = credits(json);
    return credits == null ? unsaid : credits > 0 ? Charged.YES : Charged.NO;
  }

  private static Double credits(JsonObject json) {
    return Json.number(Json.object(json, "cost"), "credits");
  }

  /** Ends a task; one that has ended before is deleted. What it cost may be readable for a while. */
  @Override
  public Optional<Exchange> cancel(Job job) {
    Exchange look = versioned(Exchange.get(path(job), reply -> new Step.Cancelling(charged(reply.json(), Charged.UNKNOWN)))).ofStatus();
    return Optional.of(versioned(Exchange.delete(path(job), gone -> new Step.Then(look))));
  }

  private static String path(Job job) {
    return "/v1/tasks/" + Json.encoded(job.externalId());
  }

  private static Exchange versioned(Exchange exchange) {
    return exchange.header("X-Runway-Version", VERSION);
  }

  /** Its words for load that it sheds: nothing of that kind was begun. A gateway's page, or a 504, says less. */
  @Override
  public boolean tookNothing(Reply reply) {
    return ProviderProcessor.super.tookNothing(reply)
        || (reply.status() == 502 || reply.status() == 503) && Json.text(reply.jsonOrEmpty(), "error") != null;
  }

  /** The provider documents none of these headers, but its own clients heed them. */
  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    String message = Json.text(json, "error", reply.text(300));
    List<JsonObject> issues = Json.objects(json, "issues");
    if (!issues.isEmpty()) {
      message += " " + issues.stream().map(Runway::issue).collect(Collectors.joining("; "));
    }
    Step.Failed usual = Refusal.byStatus(reply, message);
    String again = reply.headers().get("x-should-retry");
    boolean retryable = again == null ? usual.retryable() : again.equals("true");
    return new Step.Failed(usual.code(), usual.message(), retryable, usual.httpStatus(), usual.charged());
  }

  private static String issue(JsonObject issue) {
    String path = Json.array(issue, "path").stream().map(String::valueOf).collect(Collectors.joining("."));
    return (path.isEmpty() ? "body" : path) + ": " + (issue.getValue("message") == null ? issue.getValue("code") : issue.getValue("message"));
  }
}
