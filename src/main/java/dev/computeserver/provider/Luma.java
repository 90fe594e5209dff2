package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Secret;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Luma's Dream Machine API: submit, look, fetch; a lost submit is found in the account's list. It cannot cancel: deleting a
 * generation is not said to stop it. Models of the newer {@link LumaAgents} go to that API,
 * which has keys of its own; so whose models there are is decided by the key.
 */
final class Luma implements ProviderProcessor {
  private static final String PUBLIC = "https://api.lumalabs.ai/dream-machine/v1";
  private static final Pattern REFUSED = Pattern.compile("moderat|blacklist");
  private static final Pattern UNREADABLE = Pattern.compile("\\b(read|access|fetch|download)\\b.*(frame|image|input)");
  private static final Pattern NOT_TAKEN_IN = Pattern.compile("(?i)\\bingest");

  @Override
  public ProviderType providerType() {
    return ProviderType.LUMA;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return EnumSet.of(IMAGE_GENERATION, IMAGE_EDITING, VIDEO_GENERATION, IMAGE_TO_VIDEO);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("Authorization", "Bearer ");
  }

  @Override
  public Map<String, String> otherHosts(String baseUrl) {
    return baseUrl.equals(PUBLIC) ? Map.of(LumaAgents.HOST, LumaAgents.PUBLIC) : Map.of();
  }

  @Override
  public Optional<String> closed(String model, String baseUrl, Secret key) {
    boolean agents = LumaAgents.isOpen(baseUrl, key);
    return LumaAgents.serves(model) == agents ? Optional.empty() : Optional.of(agents
        ? model + " is one of luma's Dream Machine API, and LUMAAI_API_KEY or the base URL is of the Luma Agents API; it needs a Dream Machine key and " + PUBLIC
        : model + " is one of the Luma Agents API, and LUMAAI_API_KEY is of luma's Dream Machine API; it needs a key that begins with "
            + LumaAgents.KEY + ", or " + LumaAgents.PUBLIC + " as base URL");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return LumaAgents.serves(model) ? InputForm.AS_GIVEN : InputForm.LINK;
  }

  @Override
  public Exchange submit(Submission task) {
    if (LumaAgents.serves(task.model())) {
      return LumaAgents.submit(task);
    }
    boolean image = task.capability() == IMAGE_GENERATION || task.capability() == IMAGE_EDITING;
    return Exchange.post(image ? "/generations/image" : "/generations/video", body(task),
        reply -> new Step.Waiting(job(reply.json(), task.attempt()), null));
  }

  private static JsonObject body(Submission task) {
    JsonObject body = LumaInput.of(task);
    if (task.callbackUrl() != null) {
      // The list of generations tells it again, and each attempt has one of its own.
      body.put("callback_url", task.callbackUrl());
    }
    return body.mergeIn(task.options(), true);
  }

  /** The job of a generation; the attempt tells later whether this was the first. */
  static Job job(JsonObject generation, int attempt) {
    return new Job(Ids.required(generation, "id"), new JsonObject().put("attempt", attempt));
  }

  @Override
  public Optional<CallbackRules> callbacks() {
    return Optional.of(CallbackRules.unsigned((capability, model, callback) -> job(callback.json(), 1)));
  }

  @Override
  public Optional<Exchange> find(Submission task, Instant sentAt) {
    return LumaAgents.serves(task.model()) ? Optional.empty() : Optional.of(new LumaSearch(task, body(task), sentAt).page(0));
  }

  @Override
  public Exchange check(Job job) {
    return LumaAgents.has(job) ? LumaAgents.check(job)
        : Exchange.get("/generations/" + Json.encoded(job.externalId()), reply -> state(job, reply)).ofStatus();
  }

  private static Step state(Job job, Reply reply) {
    JsonObject generation = reply.json();
    String state = Words.required(generation, "state", "status");
    return switch (state) {
      case "completed" -> done(generation, reply);
      case "failed" -> failed(job, Json.text(generation, "failure_reason"));
      case "queued" -> new Step.Waiting(job, null);
      default -> new Step.Waiting(job, new JsonObject().put("message", state));
    };
  }

  /** The one output; a video of the progress may stand beside it. */
  private static Step done(JsonObject generation, Reply reply) {
    JsonObject assets = Json.object(generation, "assets");
    return Stream.of("video", "image").flatMap(field -> Json.entries(assets, field).stream()).map(each -> Media.named(each, null))
        .filter(file -> !file.isMissing()).findFirst().<Step>map(made -> new Step.Done(List.of(made), null))
        .orElseGet(() -> Refusal.empty(reply, "a video or an image", Charged.UNKNOWN));
  }

  /** The reason is free text, and what a failure costs is not said; so what may pass is tried once more only. */
  private static Step.Failed failed(Job job, String reason) {
    String text = told(reason);
    String plain = text.toLowerCase(Locale.ROOT);
    if (REFUSED.matcher(plain).find()) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider refused the prompt or an input: " + text, false, null, Charged.UNKNOWN);
    }
    if (UNREADABLE.matcher(plain).find()) {
      return new Step.Failed(Code.INVALID_INPUT, "input.image_url could not be read by the provider; give a public link to a picture: " + text,
          false, null, Charged.UNKNOWN);
    }
    boolean first = job.data().getInteger("attempt", 1) == 1;
    return AccountWords.ofJob(new Step.Failed(Code.PROVIDER_FAILED, "the generation failed: " + text, first, null, Charged.UNKNOWN), text);
  }

  /** A provider's own words, for a message. */
  static String told(String reason) {
    return reason == null ? "no reason is given" : reason.substring(0, Math.min(300, reason.length()));
  }

  @Override
  public Step.Failed refused(Reply reply) {
    String message = Detail.of(reply.jsonOrEmpty(), reply.text(300)).text();
    Step.Failed usual = Refusal.byStatus(reply, message);
    Code code = usual.code();
    if (code == Code.INVALID_INPUT || code == Code.PROVIDER_AUTH) {
      String plain = message.toLowerCase(Locale.ROOT);
      code = REFUSED.matcher(plain).find() ? Code.CONTENT_REFUSED
          : reply.status() == 409 ? Code.PROVIDER_UNAVAILABLE : code;
    }
    boolean retryable = usual.retryable() || code == Code.PROVIDER_UNAVAILABLE;
    String advice = reply.headers().get("x-should-retry");
    return Refusal.failed(code, advice == null ? retryable : advice.equals("true"), reply, message);
  }

  /** The newer API names a service of its own that it needs before it begins, and that it has not. */
  @Override
  public boolean tookNothing(Reply reply) {
    return ProviderProcessor.super.tookNothing(reply) || Refusal.hasNoRoom(reply)
        || reply.status() == 503 && NOT_TAKEN_IN.matcher(Detail.of(reply.jsonOrEmpty(), "").text()).find();
  }
}
