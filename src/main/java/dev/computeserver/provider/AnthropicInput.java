package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The input of a message as Anthropic names it. */
final class AnthropicInput {
  /** Anthropic wants a bound; this one lets an ordinary answer end by itself. */
  private static final int USUAL_TOKENS = 8_192;
  private static final Set<String> PICTURES = Set.of("image/png", "image/jpeg", "image/gif", "image/webp");
  private static final List<String> SAMPLING = List.of("temperature", "top_p", "top_k");

  private AnthropicInput() {
  }

  static JsonObject message(Submission task) {
    JsonObject in = task.input();
    int most = in.getInteger("max_tokens", USUAL_TOKENS);
    JsonObject out = new JsonObject().put("model", task.model()).put("max_tokens", most);
    if (task.files().containsKey("image_url")) {
      out.put("messages", new JsonArray().add(question(in, task.file("image_url"))));
    } else {
      conversation(in, out);
    }
    if (in.containsKey("temperature")) {
      if (in.getDouble("temperature") > 1) {
        throw InvalidInput.input("temperature", "must be from 0 to 1 at anthropic");
      }
      out.put("temperature", in.getValue("temperature"));
    }
    // A long answer without a stream is cut off by whatever stands between.
    return most > USUAL_TOKENS ? out.put("stream", true) : out;
  }

  /** Whether a body has a parameter that only the older version of the API takes. */
  static boolean samples(JsonObject body) {
    return SAMPLING.stream().anyMatch(body::containsKey);
  }

  /** The picture stands before the question about it. */
  private static JsonObject question(JsonObject in, InputFile picture) {
    if (!PICTURES.contains(picture.contentType())) {
      throw InvalidInput.input("image_url", "must be a PNG, JPEG, GIF or WebP picture");
    }
    JsonObject source = new JsonObject().put("type", "base64").put("media_type", picture.contentType()).put("data", picture.base64());
    return new JsonObject().put("role", "user").put("content", new JsonArray()
        .add(new JsonObject().put("type", "image").put("source", source))
        .add(new JsonObject().put("type", "text").put("text", in.getString("prompt"))));
  }

  /** Instructions stand apart from the messages, whichever way the client gave them. */
  private static void conversation(JsonObject in, JsonObject out) {
    JsonArray given = in.getJsonArray("messages", new JsonArray().add(new JsonObject().put("role", "user").put("content", in.getString("prompt"))));
    List<JsonObject> messages = given.stream().map(JsonObject.class::cast).toList();
    String system = Stream.concat(Stream.ofNullable(in.getString("system")),
        messages.stream().filter(AnthropicInput::isSystem).map(each -> each.getString("content"))).collect(Collectors.joining("\n\n"));
    List<JsonObject> said = messages.stream().filter(each -> !isSystem(each)).toList();
    if (said.isEmpty()) {
      throw InvalidInput.input("messages", "must hold a message of the role user");
    }
    if (!system.isEmpty()) {
      out.put("system", system);
    }
    out.put("messages", new JsonArray(said));
  }

  private static boolean isSystem(JsonObject message) {
    return "system".equals(message.getString("role"));
  }
}
