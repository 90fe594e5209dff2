package dev.computeserver.provider;

import dev.computeserver.config.Secret;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The Luma Agents API: one path for all kinds of work. It has no list, no cancel and no callbacks. */
final class LumaAgents {
  static final String HOST = "agents";
  static final String PUBLIC = "https://agents.lumalabs.ai/v1";
  /** How its keys begin, and those of the older API do not. */
  static final String KEY = "luma-api-";
  private static final Pattern OWN = Pattern.compile("(?i)https?://agents\\..*");
  private static final String MODELS = "uni-.*|ray-(flash-)?([3-9]|[1-9][0-9]).*";
  private static final Set<String> WRONG = Set.of("image_too_large", "unsupported_format", "corrupt_input", "invalid_request");
  private static final Set<String> PASSING = Set.of("generation_failed", "output_not_found");

  private LumaAgents() {
  }

  /** Whether a model is one of this API's; the older API's own have lower numbers. */
  static boolean serves(String model) {
    return model.matches(MODELS);
  }

  /** Whether it is this API that the key opens, or the base URL leads to. */
  static boolean isOpen(String baseUrl, Secret key) {
    return key.reveal().startsWith(KEY) || OWN.matcher(baseUrl).matches();
  }

  static boolean has(Job job) {
    return HOST.equals(job.link("api"));
  }

  static Exchange submit(Submission task) {
    JsonObject body = LumaAgentsInput.of(task).mergeIn(task.options(), true);
    return Exchange.post(HOST + ":/generations", body, reply -> {
      Job job = Luma.job(reply.json(), task.attempt());
      job.data().put("api", HOST);
      return new Step.Waiting(job, null);
    });
  }

  static Exchange check(Job job) {
    return Exchange.get(HOST + ":/generations/" + Json.encoded(job.externalId()), reply -> state(job, reply)).ofStatus();
  }

  private static Step state(Job job, Reply reply) {
    JsonObject generation = reply.json();
    String state = Words.required(generation, "state", "status");
    return switch (state) {
      case "completed" -> done(generation, reply);
      case "failed" -> failed(Json.text(generation, "failure_code", "no code"), Json.text(generation, "failure_reason"));
      case "queued" -> new Step.Waiting(job, null);
      default -> new Step.Waiting(job, new JsonObject().put("message", state));
    };
  }

  private static Step done(JsonObject generation, Reply reply) {
    List<Media> media = Media.all(generation.getValue("output"), null);
    return media.isEmpty() ? Refusal.empty(reply, "a file", Charged.UNKNOWN) : new Step.Done(media, null);
  }

  /** What a failure costs is not said, but for what was not begun. */
  private static Step.Failed failed(String told, String reason) {
    String word = Words.of(told);
    Code code = WRONG.contains(word) ? Code.INVALID_INPUT : switch (word) {
      case "content_moderated" -> Code.CONTENT_REFUSED;
      case "budget_exhausted" -> Code.PROVIDER_QUOTA;
      case "rate_limited" -> Code.PROVIDER_RATE_LIMITED;
      default -> Code.PROVIDER_FAILED;
    };
    return AccountWords.ofJob(new Step.Failed(code, "the generation failed (" + told + "): " + Luma.told(reason), PASSING.contains(word), null,
        Charged.UNKNOWN), word + " " + reason);
  }
}
