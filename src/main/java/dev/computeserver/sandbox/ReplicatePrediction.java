package dev.computeserver.sandbox;

import dev.computeserver.sandbox.SandboxJob.Phase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** A prediction as Replicate shows it, everywhere alike: in replies, lists and webhooks. */
final class ReplicatePrediction {

  private static final int STEPS = 50;

  private final Workbench bench;
  private final String base;

  ReplicatePrediction(Workbench bench, String base) {
    this.bench = bench;
    this.base = base;
  }

  Future<JsonObject> of(SandboxJob job) {
    return bench.read(job, body -> body.getJsonObject("input")).compose(input -> {
      JsonObject prediction = began(job, input);
      Instant now = bench.jobs().now();
      if (!job.over(now)) {
        return Future.succeededFuture(prediction);
      }
      prediction.put("completed_at", time(job.endsAt()));
      if (job.phase(now) == Phase.CANCELLED) {
        return Future.succeededFuture(prediction.put("status", "canceled"));
      }
      String error = error(job.fault());
      return error != null ? Future.succeededFuture(failed(prediction, error))
          : made(job).map(made -> succeeded(job, prediction, made)).recover(e -> e instanceof Unusable
              ? Future.succeededFuture(failed(prediction, "Failed to read an input: " + e.getMessage())) : Future.failedFuture(e));
    });
  }

  private JsonObject began(SandboxJob job, JsonObject input) {
    Instant now = bench.jobs().now();
    boolean started = job.started(now);
    String link = base + "/predictions/" + job.id();
    JsonObject prediction = JsonObject.of("id", job.id(), "model", job.model(), "version", job.fact("version"), "input", input,
        "logs", started ? logs(job, input) : "", "output", null, "data_removed", false, "error", null, "source", "api");
    prediction.put("status", started ? "processing" : "starting").put("created_at", time(job.acceptedAt()))
        .put("urls", JsonObject.of("web", "https://replicate.com/p/" + job.id(), "get", link, "cancel", link + "/cancel"));
    return started ? prediction.put("started_at", time(job.startsAt())) : prediction;
  }

  private String logs(SandboxJob job, JsonObject input) {
    int percent = (int) (job.progress(bench.jobs().now()) * 100);
    return "Using seed: " + FalOrders.seed(job, input) + "\n  0%|          | 0/" + STEPS + " [00:00<?, ?it/s]\r" + percent + "%|"
        + "#".repeat(percent / 10) + " ".repeat(10 - percent / 10) + "| " + STEPS * percent / 100 + "/" + STEPS + " [00:01<00:01, 24.00it/s]\n";
  }

  private static String error(Fault fault) {
    return fault == null ? null : switch (fault) {
      case FAILS -> "CUDA out of memory";
      case REFUSED -> "The input or output was flagged as sensitive. Please try again with different inputs. (E005)";
      case NSFW -> "NSFW content detected. Try running it again, or try a different prompt.";
      case INVALID -> "Prediction failed: the input is invalid";
      default -> null;
    };
  }

  private static JsonObject failed(JsonObject prediction, String error) {
    return prediction.put("status", "failed").put("error", error);
  }

  private Future<List<Made>> made(SandboxJob job) {
    return bench.read(job, body -> ReplicateModel.named(job.model()).orders(job, body.getJsonObject("input")).size()).compose(count -> {
      List<Future<Made>> files = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        files.add(bench.files().get(job, i));
      }
      return Future.all(files).map(all -> all.list());
    });
  }

  private JsonObject succeeded(SandboxJob job, JsonObject prediction, List<Made> made) {
    double seconds = FalStatus.seconds(job);
    return prediction.put("status", "succeeded").put("output", output(job, made))
        .put("metrics", JsonObject.of("predict_time", seconds, "total_time", seconds));
  }

  private Object output(SandboxJob job, List<Made> made) {
    ReplicateModel model = ReplicateModel.named(job.model());
    JsonArray links = new JsonArray();
    for (int i = 0; i < made.size(); i++) {
      links.add(bench.origin() + FileShelf.path(job, i, made.get(i)));
    }
    return switch (model.capability()) {
      case TEXT_GENERATION, IMAGE_UNDERSTANDING -> new JsonArray(List.of((Object[]) made.get(0).text().split("(?<= )")));
      case TEXT_EMBEDDING -> new JsonArray(made.stream().map(each -> JsonObject.of("embedding", new JsonArray(each.text()))).toList());
      case SPEECH_RECOGNITION -> JsonObject.of("transcription", made.get(0).text(), "detected_language", "english", "segments",
          JsonArray.of(JsonObject.of("id", 0, "start", 0.0, "end", made.get(0).seconds(), "text", made.get(0).text())), "translation", null,
          "srt_file", null, "txt_file", null);
      case MODEL_3D_GENERATION -> JsonObject.of("model_file", links.getString(0), "color_video", null, "gaussian_ply", null);
      default -> model.list() ? links : links.getString(0);
    };
  }

  private static String time(Instant at) {
    return at.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
