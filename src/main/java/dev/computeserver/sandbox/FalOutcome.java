package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** What the result URL of a job that is over answers: the model's own status code and body. */
final class FalOutcome {

  /** What the outcome needs to know of the input; small, where the input may be big. */
  private record Plan(FalModel model, String missing, int files, String prompt, long seed, boolean inline,
                      boolean chunks) { }

  private final Workbench bench;

  FalOutcome(Workbench bench) {
    this.bench = bench;
  }

  Future<Reply> of(SandboxJob job) {
    if (job.reply() != null) {
      return Future.succeededFuture(job.reply());
    }
    Reply told = told(job);
    Future<Reply> outcome = told != null ? Future.succeededFuture(told)
        : bench.read(job, input -> plan(job, input)).compose(plan -> made(job, plan));
    return outcome.map(job::keep).recover(e -> e instanceof Turns.Full
        ? Future.succeededFuture(FalErrors.machinery(503, e.getMessage(), "runner_scheduling_failure", true))
        : Future.failedFuture(e));
  }

  /** The outcome that does not depend on the input, or null. */
  private Reply told(SandboxJob job) {
    if (job.fact("start_timeout") != null && job.phase(bench.jobs().now()) == SandboxJob.Phase.DONE) {
      return FalErrors.machinery(504, "Request timed out", "request_timeout", false)
          .with("X-Fal-Request-Timeout-Type", "user");
    }
    if (job.phase(bench.jobs().now()) == SandboxJob.Phase.CANCELLED) {
      return FalErrors.machinery(499, "Request was cancelled", "client_cancelled", false);
    }
    Fault fault = job.fault();
    if (fault == Fault.FAILS) {
      return FalErrors.model(500, List.of("body"), "Internal server error", "internal_server_error", true);
    }
    if (fault == Fault.REFUSED) {
      return FalErrors.model(422, List.of("body", "prompt"),
          "The content could not be processed because it was flagged by a content checker.", "content_policy_violation",
          false);
    }
    return fault == Fault.INVALID ? FalErrors.missing("prompt") : null;
  }

  private static Plan plan(SandboxJob job, JsonObject input) {
    FalModel model = FalModel.of(job.model()).orElseThrow();
    String missing = model.missing(input).orElse(null);
    int files = missing == null ? FalOrders.of(job, input).size() : 0;
    String chunks = FalOrders.text(input, "chunk_level", "segment");
    return new Plan(model, missing, files, FalOrders.text(input, "prompt", ""), FalOrders.seed(job, input),
        Boolean.TRUE.equals(input.getValue("sync_mode")), !chunks.equals("none"));
  }

  private Future<Reply> made(SandboxJob job, Plan plan) {
    if (plan.missing() != null) {
      return Future.succeededFuture(FalErrors.missing(plan.missing()));
    }
    List<Future<Made>> files = new ArrayList<>();
    for (int i = 0; i < plan.files(); i++) {
      files.add(bench.files().get(job, i));
    }
    return Future.all(files).map(all -> Reply.json(200, body(job, plan, all.list())).with("X-Fal-Billable-Units", "1"))
        .recover(e -> e instanceof Unusable bad ? Future.succeededFuture(FalErrors.unusable(bad,
            FalOrders.sourceFields(plan.model().capability()).get(bad.source()))) : Future.failedFuture(e));
  }

  private JsonObject body(SandboxJob job, Plan plan, List<Made> made) {
    ProviderCapability what = plan.model().capability();
    Made first = made.get(0);
    return switch (what) {
      case IMAGE_GENERATION, IMAGE_EDITING, INPAINTING -> images(job, plan, made);
      case BACKGROUND_REMOVAL -> JsonObject.of("image", file(job, plan, 0, first));
      case SUPER_RESOLUTION -> JsonObject.of("image", file(job, plan, 0, first), "seed", plan.seed());
      case VIDEO_GENERATION, IMAGE_TO_VIDEO, LIP_SYNC -> JsonObject.of("video", file(job, plan, 0, first));
      case SPEECH_SYNTHESIS, MUSIC_GENERATION, SOUND_GENERATION -> JsonObject.of("audio", file(job, plan, 0, first));
      case MODEL_3D_GENERATION -> JsonObject.of("model_mesh", file(job, plan, 0, first));
      case IMAGE_UNDERSTANDING -> JsonObject.of("output", first.text(), "finish_reason", "stop",
          "usage_info", JsonObject.of("output_tokens", first.text().length() / 4));
      case SPEECH_RECOGNITION -> transcript(first, plan.chunks());
      default -> JsonObject.of("output", first.text(), "partial", false,
          "usage", JsonObject.of("prompt_tokens", plan.prompt().length() / 4, "completion_tokens",
              first.text().length() / 4, "total_tokens", (plan.prompt().length() + first.text().length()) / 4));
    };
  }

  private JsonObject images(SandboxJob job, Plan plan, List<Made> made) {
    JsonArray images = new JsonArray();
    JsonArray unsafe = new JsonArray();
    for (int i = 0; i < made.size(); i++) {
      images.add(file(job, plan, i, made.get(i)));
      unsafe.add(job.fault() == Fault.NSFW);
    }
    return JsonObject.of("images", images, "timings", JsonObject.of("inference", FalStatus.seconds(job)),
        "seed", plan.seed(), "has_nsfw_concepts", unsafe, "prompt", plan.prompt());
  }

  private static JsonObject transcript(Made made, boolean chunks) {
    JsonArray parts = new JsonArray();
    if (chunks) {
      parts.add(JsonObject.of("timestamp", JsonArray.of(0.0, made.seconds()), "text", made.text()));
    }
    return JsonObject.of("text", made.text(), "chunks", parts, "inferred_languages", JsonArray.of("en"),
        "diarization_segments", new JsonArray());
  }

  private JsonObject file(SandboxJob job, Plan plan, int index, Made made) {
    String url = plan.inline()
        ? "data:" + made.contentType() + ";base64," + Base64.getEncoder().encodeToString(made.bytes())
        : bench.origin() + FileShelf.path(job, index, made);
    JsonObject file = JsonObject.of("url", url, "content_type", made.contentType(),
        "file_name", index + "." + made.ending(), "file_size", made.bytes().length);
    boolean image = made.contentType().startsWith("image/");
    return image ? file.put("width", made.width()).put("height", made.height()) : file;
  }
}
