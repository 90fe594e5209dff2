package dev.computeserver.sandbox;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Error bodies and headers as fal sends them. */
final class FalErrors {

  private FalErrors() { }

  /** An error of the model, or of its input: a list of details. */
  static Reply model(int status, List<String> where, String message, String type, boolean retryable) {
    JsonObject detail = JsonObject.of("loc", new JsonArray(where), "msg", message, "type", type,
        "url", "https://docs.fal.ai/errors#" + type, "ctx", new JsonObject());
    return Reply.json(status, JsonObject.of("detail", JsonArray.of(detail)))
        .with("X-Fal-Error-Type", type).with("X-Fal-Retryable", String.valueOf(retryable));
  }

  /** An error of fal's own machinery. */
  static Reply machinery(int status, String message, String type, boolean retryable) {
    return Reply.json(status, JsonObject.of("detail", message, "error_type", type))
        .with("X-Fal-Error-Type", type).with("X-Fal-Retryable", String.valueOf(retryable));
  }

  static Reply plain(int status, String message) {
    return Reply.json(status, JsonObject.of("detail", message));
  }

  static Reply missing(String field) {
    return model(422, List.of("body", field), "Field required", "missing", false);
  }

  static Reply unusable(Unusable e, String field) {
    List<String> where = List.of("body", field);
    return switch (e.why()) {
      case DOWNLOAD -> model(422, where, "Failed to download the file: " + e.getMessage(),
          "file_download_error", false);
      case TOO_LARGE -> model(422, where, e.getMessage(), "file_too_large", false);
      case PICTURE_TOO_LARGE -> model(422, where, e.getMessage(), "image_too_large", false);
      case NO_PICTURE -> model(422, where, e.getMessage(), "image_load_error", false);
      case NO_SOUND -> model(422, where, e.getMessage(), "unsupported_audio_format", false);
      case NO_VIDEO -> model(422, where, e.getMessage(), "unsupported_video_format", false);
    };
  }

  static Reply badWish(Wish.BadWish e) {
    List<String> where = e.field().isEmpty() ? List.of("body", "sandbox") : List.of("body", "sandbox", e.field());
    String name = String.join(".", where.subList(1, where.size()));
    return model(422, where, name + " " + e.getMessage(), "value_error", false);
  }

  /** The answer to a submission that a fault refuses. */
  static Reply refused(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> unauthorized();
      case SUBMIT_402 -> plain(402, "User is locked. Reason: Exhausted balance. Top up your balance.");
      case SUBMIT_422 -> missing("prompt");
      case SUBMIT_429 -> busy("Too many requests");
      case SUBMIT_503 -> machinery(503, "No runner available", "runner_scheduling_failure", true);
      default -> machinery(500, "Internal Server Error", "internal_error", true);
    };
  }

  static Reply unauthorized() {
    return plain(401, "Authentication is required to access this application.");
  }

  static Reply busy(String message) {
    return plain(429, message).with("Retry-After", "1").with("X-Fal-Retryable", "true");
  }
}
