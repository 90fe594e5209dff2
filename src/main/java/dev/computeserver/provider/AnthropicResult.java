package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads Anthropic's messages: whole, as a stream of events, or as a line of a batch's results. */
final class AnthropicResult {
  private AnthropicResult() {
  }

  static Step answer(Reply reply) {
    String body = reply.body().toString();
    boolean stream = body.startsWith("event:") || body.startsWith("data:") || body.startsWith(":");
    return stream ? streamed(body, reply) : message(reply.json(), reply);
  }

  private static Step message(JsonObject json, Reply reply) {
    String text = objects(json.getValue("content")).filter(block -> "text".equals(block.getValue("type")))
        .map(block -> block.getString("text", "")).collect(Collectors.joining());
    String reason = json.getValue("stop_reason") instanceof String given ? given : null;
    if (!(json.getValue("content") instanceof JsonArray)) {
      throw new MissingField("content");
    }
    if ("refusal".equals(reason)) {
      JsonObject details = json.getValue("stop_details") instanceof JsonObject given ? given : new JsonObject();
      Object why = details.getValue("explanation", details.getValue("category"));
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider refused to answer: " + (why == null ? "no reason given" : why), false,
          reply.status(), Charged.UNKNOWN);
    }
    if (text.isEmpty() && "max_tokens".equals(reason)) {
      return new Step.Failed(Code.INVALID_INPUT, "no text was made within input.max_tokens; raise it", false, reply.status(), Charged.YES);
    }
    List<JsonObject> calls = objects(json.getValue("content")).filter(block -> "tool_use".equals(block.getValue("type"))).toList();
    if (text.isEmpty() && calls.isEmpty()) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the provider's answer holds no text", false, reply.status(), Charged.YES);
    }
    JsonObject result = new JsonObject().put("text", text);
    if (!calls.isEmpty()) {
      result.put("tool_calls", new JsonArray(calls));
    }
    if (reason != null) {
      result.put("finish_reason", reason);
    }
    if (json.getValue("usage") instanceof JsonObject usage) {
      result.put("usage", usage);
    }
    return new Step.Done(List.of(), result);
  }

  /** The events put together to the message that they tell; an error may come after the 200. */
  private static Step streamed(String body, Reply reply) {
    StringBuilder text = new StringBuilder();
    StringBuilder arguments = new StringBuilder();
    List<JsonObject> calls = new ArrayList<>();
    JsonObject usage = new JsonObject();
    JsonObject end = new JsonObject();
    boolean whole = false;
    for (String line : body.split("\r?\n")) {
      JsonObject event = line.startsWith("data:") ? new JsonObject(line.substring(5)) : new JsonObject();
      switch (event.getString("type", "")) {
        case "message_start" -> usage.mergeIn(object(object(event, "message"), "usage"));
        case "content_block_start" -> begin(object(event, "content_block"), text, calls);
        case "content_block_delta" -> {
          text.append(object(event, "delta").getString("text", ""));
          arguments.append(object(event, "delta").getString("partial_json", ""));
        }
        case "content_block_stop" -> endCall(calls, arguments);
        case "message_delta" -> {
          end.mergeIn(object(event, "delta"));
          usage.mergeIn(object(event, "usage"));
        }
        case "message_stop" -> whole = true;
        case "error" -> {
          return failed(object(event, "error"), reply, Charged.UNKNOWN);
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
    text.append(block.getString("text", ""));
    if ("tool_use".equals(block.getValue("type"))) {
      calls.add(block.copy());
    }
  }

  /** What a tool is called with comes in pieces of one JSON object. */
  private static void endCall(List<JsonObject> calls, StringBuilder arguments) {
    if (!arguments.isEmpty() && !calls.isEmpty()) {
      calls.get(calls.size() - 1).put("input", new JsonObject(arguments.toString()));
    }
    arguments.setLength(0);
  }

  private static Step.Failed failed(JsonObject error, Reply reply, Charged charged) {
    String type = error.getString("type", "");
    String message = "the provider failed (" + type + "): " + error.getString("message", "no reason given");
    Code code = switch (type) {
      case "invalid_request_error", "not_found_error", "request_too_large" -> Code.INVALID_INPUT;
      case "authentication_error", "permission_error" -> Code.PROVIDER_AUTH;
      case "billing_error" -> Code.PROVIDER_QUOTA;
      case "rate_limit_error" -> Code.PROVIDER_RATE_LIMITED;
      case "timeout_error" -> Code.PROVIDER_TIMEOUT;
      case "overloaded_error" -> Code.PROVIDER_UNAVAILABLE;
      default -> Code.PROVIDER_FAILED;
    };
    boolean retryable = code == Code.PROVIDER_RATE_LIMITED || code == Code.PROVIDER_TIMEOUT || code == Code.PROVIDER_UNAVAILABLE
        || type.equals("api_error");
    return new Step.Failed(code, message, retryable, reply.status(), charged);
  }

  /** Our message's line in the results of a batch; only what succeeded is charged. */
  static Step ofBatch(Reply reply, String ours) {
    JsonObject line = reply.body().toString().lines().filter(each -> !each.isBlank()).map(JsonObject::new)
        .filter(each -> ours.equals(each.getValue("custom_id"))).findFirst().orElse(null);
    if (line == null) {
      return new Step.Failed(Code.SUBMISSION_UNKNOWN, "the batch that was found is not the one that was lost; look for it in your account there",
          false, reply.status(), Charged.UNKNOWN);
    }
    JsonObject result = object(line, "result");
    return switch (required(result, "type")) {
      case "succeeded" -> message(object(result, "message"), reply);
      case "errored" -> failed(object(object(result, "error"), "error"), reply, Charged.NO);
      case "expired" -> new Step.Failed(Code.PROVIDER_TIMEOUT, "the batch was not done within a day", true, reply.status(), Charged.NO);
      default -> new Step.Failed(Code.PROVIDER_FAILED, "the batch was " + result.getString("type") + " at the provider", false, reply.status(),
          Charged.NO);
    };
  }

  static Stream<JsonObject> objects(Object array) {
    return array instanceof JsonArray list ? list.stream().filter(JsonObject.class::isInstance).map(JsonObject.class::cast) : Stream.empty();
  }

  private static JsonObject object(JsonObject json, String field) {
    return json.getValue(field) instanceof JsonObject object ? object : new JsonObject();
  }

  static String required(JsonObject json, String field) {
    if (json.getValue(field) instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw new MissingField(field);
  }
}
