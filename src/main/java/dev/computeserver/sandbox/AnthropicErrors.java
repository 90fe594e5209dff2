package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.Fields.FILLED;
import static dev.computeserver.sandbox.Fields.LIST;
import static dev.computeserver.sandbox.Fields.OBJECT;
import static dev.computeserver.sandbox.Fields.TEXT;
import static dev.computeserver.sandbox.Fields.number;
import static dev.computeserver.sandbox.Fields.oneOf;
import static dev.computeserver.sandbox.Fields.whole;

import dev.computeserver.sandbox.Fields.Flaw;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** What Anthropic takes for a message, and its error bodies. */
final class AnthropicErrors implements FrontDesk.Words {

  static final String SAMPLING_VERSION = "2023-06-01";
  static final Fields MESSAGE = message(new Fields());
  private static final Fields SAMPLED = message(new Fields())
      .may("temperature", number(0, 1)).may("top_p", number(0, 1)).may("top_k", whole(0, 1_000_000));

  private static Fields message(Fields fields) {
    return fields.needs("model", FILLED).needs("max_tokens", whole(1, 1_000_000)).needs("messages", AnthropicErrors::messages)
        .may("system", TEXT.or(LIST)).may("stop_sequences", LIST).may("stream", Fields.BOOLEAN).may("thinking", OBJECT)
        .may("output_config", OBJECT).may("tools", LIST).may("tool_choice", OBJECT).may("metadata", OBJECT)
        .may("service_tier", oneOf("auto", "standard_only")).may("cache_control", OBJECT).may("speed", oneOf("standard", "fast"))
        .may("inference_geo", TEXT);
  }

  /** The fields of a message at a version of the API. */
  static Fields message(String version) {
    return SAMPLING_VERSION.equals(version) ? SAMPLED : MESSAGE;
  }

  private static boolean messages(Object value) {
    return value instanceof JsonArray list && !list.isEmpty() && list.stream().allMatch(each -> each instanceof JsonObject message
        && message.size() == 2 && oneOf("user", "assistant").test(message.getValue("role"))
        && (FILLED.test(message.getValue("content")) || message.getValue("content") instanceof JsonArray blocks && !blocks.isEmpty()
            && blocks.stream().allMatch(AnthropicErrors::block)));
  }

  private static boolean block(Object value) {
    if (!(value instanceof JsonObject block)) {
      return false;
    }
    boolean text = "text".equals(block.getValue("type")) && FILLED.test(block.getValue("text"));
    return text || "image".equals(block.getValue("type")) && block.getValue("source") instanceof JsonObject source
        && ("base64".equals(source.getValue("type")) && FILLED.test(source.getValue("data"))
            && oneOf("image/jpeg", "image/png", "image/gif", "image/webp").test(source.getValue("media_type"))
            || "url".equals(source.getValue("type")) && Fields.matching("https://.*").test(source.getValue("url")));
  }

  static Reply error(int status, String type, String message) {
    return Reply.json(status, JsonObject.of("type", "error", "error", JsonObject.of("type", type, "message", message), "request_id", "req_sandbox"))
        .with("request-id", "req_sandbox");
  }

  static Reply unauthorized() {
    return error(401, "authentication_error", "invalid x-api-key");
  }

  static Reply notFound(String what) {
    return error(404, "not_found_error", what);
  }

  @Override
  public Reply broken(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> unauthorized();
      case SUBMIT_402 -> error(402, "billing_error", "Your account is out of credits.");
      case SUBMIT_422, INVALID -> error(400, "invalid_request_error", "messages: invalid");
      case SUBMIT_429 -> error(429, "rate_limit_error", "Too many requests.").with("retry-after", "1");
      case SUBMIT_503 -> error(529, "overloaded_error", "Overloaded");
      default -> error(500, "api_error", "Internal server error");
    };
  }

  @Override
  public Reply flawed(Flaw flaw) {
    String why = switch (flaw.wrong()) {
      case MISSING -> "Field required";
      case UNKNOWN -> "Extra inputs are not permitted";
      case INVALID -> "Input should be valid";
    };
    return error(400, "invalid_request_error", flaw.field() + ": " + why);
  }

  static Optional<Flaw> check(JsonObject message, String version) {
    return message(version).check(message);
  }

  @Override
  public Reply unreadable(String why) {
    return error(400, "invalid_request_error", why);
  }

  @Override
  public Reply unusable(Unusable e, SandboxJob job) {
    return error(400, "invalid_request_error", "messages.0.content.0.image.source: " + e.getMessage());
  }
}
