package dev.computeserver.sandbox;

import dev.computeserver.sandbox.Fields.Flaw;
import dev.computeserver.sandbox.Fields.Wrong;
import io.vertx.core.json.JsonObject;

/** Error bodies as OpenAI sends them. */
final class OpenaiErrors implements FrontDesk.Words {

  private static final String INVALID = "invalid_request_error";

  static Reply error(int status, String message, String type, String param, String code) {
    return Reply.json(status, JsonObject.of("error", JsonObject.of("message", message, "type", type, "param", param, "code", code)))
        .with("x-request-id", "req_sandbox");
  }

  static Reply unauthorized() {
    return error(401, "Incorrect API key provided.", INVALID, null, "invalid_api_key");
  }

  static Reply notFound(String what) {
    return error(404, what, INVALID, null, null);
  }

  @Override
  public Reply broken(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> unauthorized();
      case SUBMIT_402 -> error(429, "You have run out of credits.", "insufficient_quota", null, "credit_balance_exhausted");
      case SUBMIT_422, INVALID -> error(400, "Invalid value.", INVALID, "prompt", "invalid_value");
      case SUBMIT_429 -> error(429, "Rate limit reached.", "requests", null, "rate_limit_exceeded").with("Retry-After", "1");
      case SUBMIT_503 -> error(503, "The server is overloaded.", "service_unavailable_error", null, "server_is_overloaded");
      case REFUSED -> error(400, "Your request was rejected by the safety system. safety_violations=[violence].",
          "image_generation_user_error", null, "moderation_blocked");
      default -> error(500, "The server had an error while processing your request.", "server_error", null, null);
    };
  }

  @Override
  public Reply flawed(Flaw flaw) {
    return switch (flaw.wrong()) {
      case MISSING -> error(400, "Missing required parameter: '" + flaw.field() + "'.", INVALID, flaw.field(), "missing_required_parameter");
      case UNKNOWN -> error(400, "Unknown parameter: '" + flaw.field() + "'.", INVALID, flaw.field(), "unknown_parameter");
      case INVALID -> error(400, "Invalid value for '" + flaw.field() + "'.", INVALID, flaw.field(), "invalid_value");
    };
  }

  @Override
  public Reply unreadable(String why) {
    return error(400, "We could not parse the body of your request: " + why, INVALID, null, null);
  }

  @Override
  public Reply unusable(Unusable e, SandboxJob job) {
    return error(400, e.getMessage(), INVALID, e.source() == 0 ? "image" : "mask", "invalid_image_file");
  }

  static Flaw invalid(String field) {
    return new Flaw(field, Wrong.INVALID);
  }
}
