package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Conversations for models that take one text: as Llama 3 has learned to read them, or as plain words. */
final class WrittenChat {
  private static final String BEGIN = "<|begin_of_text|>";
  private static final String ANSWER = "<|start_header_id|>assistant<|end_header_id|>\n\n";
  /** Llama 3's form of a single prompt, which the provider puts in. */
  static final String LLAMA_3 = BEGIN + turn("user", "{prompt}") + ANSWER;

  private WrittenChat() {
  }

  static String llama3(JsonArray messages) {
    return all(messages).map(message -> turn(message.getString("role"), message.getString("content"))).collect(Collectors.joining("", BEGIN, ANSWER));
  }

  private static String turn(String role, String content) {
    return "<|start_header_id|>" + role + "<|end_header_id|>\n\n" + content + "<|eot_id|>";
  }

  /** What was said, without the instructions; with the roles where several have spoken. */
  static String plain(JsonArray messages) {
    boolean several = all(messages).filter(message -> !instructs(message)).count() > 1;
    return all(messages).filter(message -> !instructs(message))
        .map(message -> several ? message.getString("role") + ": " + message.getString("content") : message.getString("content"))
        .collect(Collectors.joining("\n\n"));
  }

  /** The instructions, or null. */
  static String instructions(JsonArray messages) {
    String all = all(messages).filter(WrittenChat::instructs).map(message -> message.getString("content")).collect(Collectors.joining("\n\n"));
    return all.isEmpty() ? null : all;
  }

  private static boolean instructs(JsonObject message) {
    return "system".equals(message.getString("role"));
  }

  private static Stream<JsonObject> all(JsonArray messages) {
    return messages.stream().map(JsonObject.class::cast);
  }
}
