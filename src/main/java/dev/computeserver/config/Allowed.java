package dev.computeserver.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.StringJoiner;

/** Says in words what a schema allows. */
final class Allowed {
  private Allowed() {}

  /** What is wrong with a value and what is right; secrets, and what may hold one, are not shown. */
  static String problem(JsonNode schema, JsonNode value) {
    return "is " + shown(schema, value) + ", must be " + values(schema);
  }

  /** The allowed values of a setting, such as "a whole number from 0 to 65535". */
  static String values(JsonNode schema) {
    if (schema.has("enum")) {
      var words = new StringJoiner(", ", "one of ", "");
      schema.get("enum").forEach(word -> words.add(word.asText()));
      return words.toString();
    }
    return switch (schema.path("type").asText()) {
      case "integer" -> "a whole number from " + schema.path("minimum").asText() + " to "
          + schema.path("maximum").asText();
      case "boolean" -> "true or false";
      case "array" -> list(schema);
      case "object" -> "a group of settings";
      default -> schema.has("pattern") ? "text of the form " + schema.get("pattern").asText()
          : schema.path("minLength").asInt() > 0 ? "text that is not empty" : "text";
    };
  }

  private static String list(JsonNode schema) {
    int least = schema.path("minItems").asInt(0);
    return "a list of " + (least > 0 ? "at least " + least : "any number of")
        + (schema.has("maxItems") ? " and at most " + schema.get("maxItems").asInt() : "")
        + (schema.path("uniqueItems").asBoolean() ? " different" : "") + " entries, each "
        + values(schema.path("items"));
  }

  private static String shown(JsonNode schema, JsonNode value) {
    boolean secret = schema.path("writeOnly").asBoolean() || schema.path("items").path("writeOnly").asBoolean();
    String text = value.isValueNode() ? value.asText() : value.toString();
    if (secret || text.contains("@")) {
      return "a value that is not shown here";
    }
    if (value.isObject()) {
      return "a group of settings";
    }
    return text.isEmpty() ? "empty" : "\"" + (text.length() > 80 ? text.substring(0, 80) + "..." : text) + "\"";
  }
}
