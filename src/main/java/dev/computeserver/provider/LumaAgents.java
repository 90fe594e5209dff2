package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;

/** The Luma Agents API: one path for all kinds of work. It has no list, no cancel and no callbacks. */
final class LumaAgents {
  static final String HOST = "agents";
  private static final String MODELS = "uni-.*|ray-(flash-)?([3-9]|[1-9][0-9]).*";
  private static final Set<String> WRONG = Set.of("image_too_large", "unsupported_format", "corrupt_input", "invalid_request");
  private static final Set<String> PASSING = Set.of("generation_failed", "output_not_found", "rate_limited");

  private LumaAgents() {
  }

  /** Whether a model is one of this API's; the older API's own have lower numbers. */
  static boolean serves(String model) {
    return model.matches(MODELS);
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
    return Exchange.get(HOST + ":/generations/" + Luma.encoded(job.externalId()), reply -> state(job, reply.json()));
  }

  private static Step state(Job job, JsonObject generation) {
    String state = generation.getString("state");
    if (state == null) {
      throw new MissingField("state");
    }
    return switch (state) {
      case "completed" -> done(generation.getJsonArray("output"));
      case "failed" -> failed(generation.getString("failure_code"), generation.getString("failure_reason"));
      case "queued" -> new Step.Waiting(job, null);
      default -> new Step.Waiting(job, new JsonObject().put("message", state));
    };
  }

  private static Step done(JsonArray output) {
    List<Media> media = output == null ? List.of() : output.stream().map(each -> ((JsonObject) each).getString("url"))
        .map(url -> Media.at(url, null)).toList();
    if (media.isEmpty() || media.stream().anyMatch(each -> each.url() == null)) {
      throw new MissingField("output.url");
    }
    return new Step.Done(media, null);
  }

  /** What a failure costs is not said. */
  private static Step.Failed failed(String word, String reason) {
    String known = word == null ? "no code" : word;
    Code code = WRONG.contains(known) ? Code.INVALID_INPUT : switch (known) {
      case "content_moderated" -> Code.CONTENT_REFUSED;
      case "budget_exhausted" -> Code.PROVIDER_QUOTA;
      case "rate_limited" -> Code.PROVIDER_RATE_LIMITED;
      default -> Code.PROVIDER_FAILED;
    };
    return new Step.Failed(code, "the generation failed (" + known + "): " + Luma.told(reason), PASSING.contains(known), null, Charged.UNKNOWN);
  }
}
