package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads Anthropic's messages: whole, as a stream of events, or as a line of a batch's results. */
final class AnthropicResult {
  private static final Map<String, Code> FAILURES = Map.of("invalid_request_error", Code.INVALID_INPUT, "not_found_error", Code.INVALID_INPUT,
      "request_too_large", Code.INVALID_INPUT, "authentication_error", Code.PROVIDER_AUTH, "permission_error", Code.PROVIDER_AUTH,
      "billing_error", Code.PROVIDER_QUOTA, "rate_limit_error", Code.PROVIDER_RATE_LIMITED, "timeout_error", Code.PROVIDER_TIMEOUT,
      "overloaded_error", Code.PROVIDER_UNAVAILABLE);
  private static final Set<String> PASSING = Set.of("rate_limit_error", "timeout_error", "overloaded_error", "api_error");

  private AnthropicResult() {
  }

  static Step answer(Reply reply) {
    String body = reply.body().toString();
    boolean stream = body.startsWith("event:") || body.startsWith("data:") || body.startsWith(":");
    return stream ? streamed(body, reply) : message(reply.json(), reply);
  }

  private static Step message(JsonObject json, Reply reply) {
    String text = json.getValue("content") instanceof String bare ? bare : Json.objects(json, "content").stream()
        .filter(block -> "text".equals(block.getValue("type"))).map(block -> Json.text(block, "text", "")).collect(Collectors.joining());
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

  /** The events put together to the message that they tell; an error may come after the 200. */
  private static Step streamed(String body, Reply reply) {
    StringBuilder text = new StringBuilder();
    StringBuilder arguments = new StringBuilder();
    List<JsonObject> calls = new ArrayList<>();
    JsonObject usage = new JsonObject();
    JsonObject end = new JsonObject();
    boolean begun = false;
    boolean whole = false;
    for (String line : body.split("\r?\n")) {
      JsonObject event = line.startsWith("data:") ? Json.object(Buffer.buffer(line.substring(5))) : new JsonObject();
      JsonObject delta = Json.object(event, "delta");
      switch (Json.text(event, "type", "")) {
        case "message_start" -> {
          begun = true;
          usage.mergeIn(Json.object(Json.object(event, "message"), "usage"));
        }
        case "content_block_start" -> begin(Json.object(event, "content_block"), text, calls);
        case "content_block_delta" -> {
          text.append(Json.text(delta, "text", ""));
          arguments.append(Json.text(delta, "partial_json", ""));
        }
        case "content_block_stop" -> endCall(calls, arguments);
        case "message_delta" -> {
          end.mergeIn(delta);
          usage.mergeIn(Json.object(event, "usage"));
        }
        case "message_stop" -> whole = true;
        case "error" -> {
          return failed(Json.object(event, "error"), reply, begun ? Charged.UNKNOWN : Charged.NO);
        }
        default -> { }
      }
    }
    if (!whole) {
      throw new MissingField("message_stop");
    }
    JsonArray content = new JsonArray().add(new JsonObject().put("type", "text").put("text", text.toString())).addAll(new JsonArray(calls));
    return message(end.put("content", content).put("usage", usage), reply);
  }

  private static void begin(JsonObject block, StringBuilder text, List<JsonObject> calls) {
    text.append(Json.text(block, "text", ""));
    if ("tool_use".equals(block.getValue("type"))) {
      calls.add(block.copy());
    }
  }

  /** What a tool is called with comes in pieces of one JSON object. */
  private static void endCall(List<JsonObject> calls, StringBuilder arguments) {
    if (!arguments.isEmpty() && !calls.isEmpty()) {
      calls.get(calls.size() - 1).put("input", Json.object(Buffer.buffer(arguments.toString())));
    }
    arguments.setLength(0);
  }

  private static Step.Failed failed(JsonObject error, Reply reply, Charged charged) {
    String type = Json.text(error, "type", "");
    String message = "the provider failed (" + type + "): " + Json.text(error, "message", "no reason given");
    return new Step.Failed(FAILURES.getOrDefault(type, Code.PROVIDER_FAILED), message, PASSING.contains(type), reply.status(), charged);
  }

  /** Our message's line in the results of a batch; only what succeeded is charged. Other lines are nobody's business here. */
  static Step ofBatch(Reply reply, String ours) {
    JsonObject line = reply.body().toString().lines().filter(each -> each.contains(ours)).map(each -> Json.object(Buffer.buffer(each)))
        .filter(each -> ours.equals(each.getValue("custom_id"))).findFirst().orElse(null);
    if (line == null) {
      return new Step.Failed(Code.SUBMISSION_UNKNOWN, "the batch that was found is not the one that was lost; look for it in your account there",
          false, reply.status(), Charged.UNKNOWN);
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
}
