package dev.computeserver.sandbox;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The body of a fal status answer. There is no failed status: what failed is COMPLETED with an error. */
final class FalStatus {

  private static final int STEPS = 28;

  private FalStatus() { }

  /** {@code outcome} is the result's answer, or null while the job is not over. */
  static JsonObject of(SandboxJob job, Instant now, boolean logs, JsonObject links, Reply outcome) {
    String word = switch (job.phase(now)) {
      case QUEUED -> "IN_QUEUE";
      case RUNNING -> "IN_PROGRESS";
      case DONE, CANCELLED -> "COMPLETED";
    };
    JsonObject status = JsonObject.of("status", word, "request_id", job.id());
    if (word.equals("IN_QUEUE")) {
      status.put("queue_position", job.place(now));
    }
    status.put("logs", logs ? logs(job, now, 0) : null);
    if (!word.equals("IN_PROGRESS")) {
      status.put("metrics", outcome == null || !job.started(now) ? new JsonObject()
          : JsonObject.of("inference_time", seconds(job)));
    }
    if (outcome != null) {
      boolean failed = outcome.status() != 200;
      status.put("error", failed ? error(outcome) : null)
          .put("error_type", failed ? outcome.headers().get("X-Fal-Error-Type") : null);
    }
    return status.mergeIn(links);
  }

  static double seconds(SandboxJob job) {
    return Math.max(0, job.endsAt().toEpochMilli() - job.startsAt().toEpochMilli()) / 1000.0;
  }

  static String error(Reply outcome) {
    Object detail = outcome.jsonBody().getValue("detail");
    return detail instanceof JsonArray list ? list.getJsonObject(0).getString("msg") : String.valueOf(detail);
  }

  /** The progress lines so far, without the first {@code skipped}. */
  static JsonArray logs(SandboxJob job, Instant now, int skipped) {
    JsonArray lines = new JsonArray();
    if (!job.started(now)) {
      return lines;
    }
    int tenths = (int) (job.progress(now) * 10);
    long run = job.endsAt().toEpochMilli() - job.startsAt().toEpochMilli();
    for (int i = skipped; i <= tenths; i++) {
      String at = job.startsAt().plusMillis(run * i / 10).truncatedTo(ChronoUnit.MILLIS).toString();
      lines.add(JsonObject.of("timestamp", at, "level", "INFO", "source", "USER", "message",
          i * 10 + "%|" + "#".repeat(i) + " ".repeat(10 - i) + "| " + STEPS * i / 10 + "/" + STEPS));
    }
    return lines;
  }
}
