package dev.computeserver.provider;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Puts the events of a streamed message together to the message that they tell. */
final class AnthropicStream {
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder arguments = new StringBuilder();
  private final List<JsonObject> calls = new ArrayList<>();
  private final JsonObject usage = new JsonObject();
  private final JsonObject end = new JsonObject();
  private JsonObject error;
  private boolean begun;
  private boolean whole;

  AnthropicStream(List<JsonObject> events) {
    events.forEach(this::take);
  }

  private void take(JsonObject event) {
    JsonObject delta = Json.object(event, "delta");
    switch (Json.text(event, "type", "")) {
      case "message_start" -> {
        begun = true;
        usage.mergeIn(Json.object(Json.object(event, "message"), "usage"));
      }
      case "content_block_start" -> begin(Json.object(event, "content_block"));
      case "content_block_delta" -> {
        text.append(Json.text(delta, "text", ""));
        arguments.append(Json.text(delta, "partial_json", ""));
      }
      case "content_block_stop" -> endCall();
      case "message_delta" -> {
        end.mergeIn(delta);
        usage.mergeIn(Json.object(event, "usage"));
      }
      case "message_stop" -> whole = true;
      case "error" -> error = Json.object(event, "error");
      default -> { }
    }
  }

  private void begin(JsonObject block) {
    text.append(Json.text(block, "text", ""));
    if ("tool_use".equals(block.getValue("type"))) {
      calls.add(block.copy());
    }
  }

  /** What a tool is called with comes in pieces of one JSON object; one that is cut, as it is by {@code max_tokens}, is told as it came. */
  private void endCall() {
    if (!arguments.isEmpty() && !calls.isEmpty()) {
      JsonObject call = calls.get(calls.size() - 1);
      try {
        call.put("input", Json.object(Buffer.buffer(arguments.toString())));
      } catch (DecodeException cut) {
        call.put("partial_input", arguments.toString());
      }
    }
    arguments.setLength(0);
  }

  /** What may come after the 200; null where none has. */
  JsonObject error() {
    return error;
  }

  /** Whether the model had begun. */
  boolean hasBegun() {
    return begun;
  }

  /** Throws {@link MissingField} where the stream has broken off: nothing follows the reason why a message has ended. */
  JsonObject message() {
    if (!whole && Json.text(end, "stop_reason") == null) {
      throw new MissingField("message_stop");
    }
    endCall();
    JsonArray content = new JsonArray().add(new JsonObject().put("type", "text").put("text", text.toString())).addAll(new JsonArray(calls));
    return end.copy().put("content", content).put("usage", usage);
  }
}
