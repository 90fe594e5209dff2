package dev.computeserver.sandbox;

import dev.computeserver.sandbox.Fields.Flaw;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** Error bodies as Ideogram sends them. */
final class IdeogramErrors implements FrontDesk.Words {

  static Reply error(int status, String message) {
    return Reply.json(status, JsonObject.of("error", message));
  }

  static Reply unauthorized() {
    return error(401, "Unauthorized");
  }

  @Override
  public Reply broken(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> unauthorized();
      case SUBMIT_402 -> error(402, "Out of credits");
      case SUBMIT_422, INVALID -> error(400, "Invalid request");
      case SUBMIT_429 -> error(429, "Too many requests in flight");
      case SUBMIT_503 -> error(503, "Temporarily unavailable");
      case REFUSED -> error(422, "Prompt provided failed safety check due to the inclusion of prohibited content.");
      default -> error(500, "Internal server error");
    };
  }

  @Override
  public Reply flawed(Flaw flaw) {
    return error(400, "field " + flaw.field() + " is " + flaw.wrong().name().toLowerCase(Locale.ROOT));
  }

  @Override
  public Reply unreadable(String why) {
    return error(400, why);
  }

  @Override
  public Reply unusable(Unusable e, SandboxJob job) {
    return error(400, e.getMessage());
  }
}
