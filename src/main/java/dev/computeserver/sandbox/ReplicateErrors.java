package dev.computeserver.sandbox;

import dev.computeserver.sandbox.FieldRules.Wrong;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Error bodies as Replicate sends them. */
final class ReplicateErrors implements Intake.Words {

  @Override
  public Reply refused(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> unauthenticated();
      case SUBMIT_402 -> problem(402, "Insufficient credit", "You have insufficient credit to run this model.");
      case SUBMIT_422 -> flawed("input", new Wrong("prompt", "missing", "is required"));
      case SUBMIT_429 -> problem(429, "Too many requests", "Request was throttled. Your rate limit resets in ~1s.");
      case SUBMIT_503 -> problem(503, "Service unavailable", "The service is unavailable.");
      default -> problem(500, "Internal server error", "An internal error occurred.");
    };
  }

  @Override
  public Reply malformed(String message) {
    return problem(400, "Bad request", message);
  }

  static Reply unauthenticated() {
    return problem(401, "Unauthenticated", "You did not pass a valid authentication token");
  }

  static Reply notFound() {
    return typed(404, JsonObject.of("detail", "The requested resource could not be found.", "status", 404));
  }

  static Reply badVersion() {
    return problem(422, "Invalid version or not permitted",
        "The specified version does not exist (or perhaps you don't have permission to use it?)");
  }

  /** {@code place} is where the field stands: empty for the request itself. */
  static Reply flawed(String place, Wrong wrong) {
    String type = switch (wrong.type()) {
      case "missing" -> "required";
      case "extra_forbidden" -> "additional_property_not_allowed";
      default -> "invalid";
    };
    String field = place.isEmpty() || wrong.field().isEmpty() ? place : place + "." + wrong.field();
    JsonObject fault = JsonObject.of("type", type, "field", field, "description", (wrong.field() + " " + wrong.message()).strip());
    return typed(422, JsonObject.of("title", "Input validation failed", "detail", "- " + fault.getString("field") + ": "
        + fault.getString("description"), "status", 422, "invalid_fields", JsonArray.of(fault)));
  }

  static Reply problem(int status, String title, String detail) {
    return typed(status, JsonObject.of("title", title, "detail", detail, "status", status));
  }

  private static Reply typed(int status, JsonObject body) {
    return Reply.json(status, body).with("Content-Type", "application/problem+json");
  }
}
