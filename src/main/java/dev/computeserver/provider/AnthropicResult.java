package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads Anthropic's messages: whole, as a stream of events, or as a line of a batch's results. */
final class AnthropicResult {
  private static final Map<String, Code> FAILURES = Map.of("invalid_request_error", Code.INVALID_INPUT, "not_found_error", Code.INVALID_INPUT,
      "request_too_large", Code.INVALID_INPUT, "authentication_error", Code.PROVIDER_AUTH, "permission_error", Code.PROVIDER_AUTH,
      "billing_error", Code.PROVIDER_QUOTA, "rate_limit_error", Code.PROVIDER_RATE_LIMITED, "timeout_error", Code.PROVIDER_TIMEOUT,
      "overloaded_error", Code.PROVIDER_UNAVAILABLE);
  private static final Set<String> PASSING = Set.of("rate_limit_error", "timeout_error", "overloaded_error", "api_error");

  private static final Pattern OVER_LINES = Pattern.compile("(?m)(?<=^\\})\\s*$");

  private AnthropicResult() {
  }

  static Step answer(Reply reply) {
    List<JsonObject> told = reply.objects();
    boolean alone = told.size() == 1 && told.get(0).containsKey("content");
    return (told.size() > 1 || reply.isEvents()) && !alone ? streamed(told, reply) : message(alone ? told.get(0) : reply.json(), reply);
  }

  private static Step message(JsonObject json, Reply reply) {
    String text = json.getValue("content") instanceof String bare ? bare : Json.objects(json, "content").stream()
        .filter(block -> "text".equals(Json.text(block, "type", "text"))).map(block -> Json.text(block, "text", "")).collect(Collectors.joining());
    String reason = Json.text(json, "stop_reason", "");
    if (Words.of(reason).equals("refusal")) {
      JsonObject details = Json.object(json, "stop_details");
      String why = Json.text(details, "explanation", Json.text(details, "category", "no reason given"));
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider refused to answer: " + why, false, reply.status(), Charged.UNKNOWN);
    }
    List<JsonObject> calls = Json.objects(json, "content").stream().filter(block -> "tool_use".equals(block.getValue("type"))).toList();
    if (text.isEmpty() && calls.isEmpty()) {
      return reason.equals("max_tokens")
          ? new Step.Failed(Code.INVALID_INPUT, "no text was made within input.max_tokens; raise it", false, reply.status(), Charged.YES)
          : Refusal.empty(reply, "a text", Charged.YES);
    }
    JsonObject result = new JsonObject().put("text", text);
    if (!calls.isEmpty()) {
      result.put("tool_calls", new JsonArray(calls));
    }
    if (!reason.isEmpty()) {
      result.put("finish_reason", reason);
    }
    JsonObject usage = Json.object(json, "usage");
    return new Step.Done(List.of(), usage.isEmpty() ? result : result.put("usage", usage));
  }

  private static Step streamed(List<JsonObject> events, Reply reply) {
    AnthropicStream stream = new AnthropicStream(events);
    return stream.error() == null ? message(stream.message(), reply)
        : failed(stream.error(), reply, stream.hasBegun() ? Charged.UNKNOWN : Charged.NO);
  }

  private static Step.Failed failed(JsonObject error, Reply reply, Charged charged) {
    String type = Json.text(error, "type", "");
    String message = "the provider failed (" + type + "): " + Json.text(error, "message", "no reason given");
    // An empty account is told as a request that is wrong.
    boolean empty = type.equals("invalid_request_error") && Anthropic.OVERDRAWN.matcher(ErrorWords.in(error)).find();
    return new Step.Failed(empty ? Code.PROVIDER_QUOTA : FAILURES.getOrDefault(type, Code.PROVIDER_FAILED), message, PASSING.contains(type), reply.status(), charged);
  }

  /**
   * Our message's line in the results of a batch; only what succeeded is charged. Other lines are nobody's business here. Where ours is not
   * among them it may be late.
   */
  static Step ofBatch(Reply reply, String ours) {
    JsonObject line = lines(reply).filter(each -> ours.equals(each.getValue("custom_id"))).findFirst().orElse(null);
    if (line == null) {
      return Step.Failed.empty("the results of the batch do not hold message " + ours, reply.status(), Charged.UNKNOWN);
    }
    JsonObject result = Json.object(line, "result");
    String end = Words.required(result, "type");
    return switch (end) {
      case "succeeded" -> message(Json.object(result, "message"), reply);
      case "errored" -> failed(Json.object(Json.object(result, "error"), "error"), reply, Charged.NO);
      case "expired" -> new Step.Failed(Code.PROVIDER_TIMEOUT, "the batch was not done within a day", true, reply.status(), Charged.NO);
      case "canceled" -> new Step.Failed(Code.PROVIDER_FAILED, "the batch was cancelled at the provider", false, reply.status(), Charged.NO);
      default -> new Step.Failed(Code.PROVIDER_FAILED, "the batch ended as " + end + " at the provider", false, reply.status(), Charged.UNKNOWN);
    };
  }

  /** The same of a batch that was found, and may be another's: then its results name the messages of others only. */
  static Step ofFoundBatch(Reply reply, String ours) {
    List<Object> named = lines(reply).map(each -> each.getValue("custom_id")).filter(Objects::nonNull).toList();
    boolean others = !named.isEmpty() && !named.contains(ours);
    return others ? new Step.Failed(Code.SUBMISSION_UNKNOWN, "the batch that was found is not the one that was lost; look for it in your account there",
        false, reply.status(), Charged.UNKNOWN) : ofBatch(reply, ours);
  }

  /** One to a line; or over several, of which only the last begins with the brace that ends it. */
  private static Stream<JsonObject> lines(Reply reply) {
    String body = reply.body().toString();
    return Stream.concat(body.lines(), OVER_LINES.splitAsStream(body)).map(AnthropicResult::objectOrEmpty);
  }

  private static JsonObject objectOrEmpty(String line) {
    try {
      return Json.object(Buffer.buffer(line));
    } catch (RuntimeException broken) {
      return new JsonObject();
    }
  }
}
