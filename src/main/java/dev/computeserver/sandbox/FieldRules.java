package dev.computeserver.sandbox;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The fields that a request may have, written as {@code name:type} with spaces between; {@code name*} is required. Types:
 * {@code text}, {@code file}, {@code flag}, {@code list}, {@code object}, {@code any}, {@code 0..1} for a number, {@code #0..9} for a whole one and
 * {@code a|b} for a choice. In a form all values are texts.
 */
final class FieldRules {

  /** What is wrong with a field. */
  record Wrong(String field, String type, String message) { }

  private record Rule(String type, boolean required) { }

  private static final int MOST_TEXT = 10_000;

  private final Map<String, Rule> rules = new LinkedHashMap<>();

  private FieldRules() { }

  static FieldRules of(String... specs) {
    FieldRules fields = new FieldRules();
    for (String spec : String.join(" ", specs).trim().split("\\s+")) {
      int colon = spec.indexOf(':');
      String name = spec.substring(0, colon);
      fields.rules.put(name.replace("*", ""), new Rule(spec.substring(colon + 1), name.endsWith("*")));
    }
    return fields;
  }

  /** The first fault of a request's fields; {@code sandbox} is always allowed. Numbers may not be texts where it is JSON. */
  Optional<Wrong> wrong(JsonObject given, boolean json) {
    for (Map.Entry<String, Rule> each : rules.entrySet()) {
      Object value = given.getValue(each.getKey());
      if (each.getValue().required() && (value == null || value.equals(""))) {
        return Optional.of(new Wrong(each.getKey(), "missing", "is required"));
      }
    }
    for (String name : given.fieldNames()) {
      Rule rule = rules.get(name);
      if (rule == null && !name.equals("sandbox")) {
        return Optional.of(new Wrong(name, "extra_forbidden", "is unknown"));
      }
      if (rule != null && given.getValue(name) != null && !fits(rule.type(), given.getValue(name), json)) {
        return Optional.of(new Wrong(name, "value_error", "must be " + rule.type()));
      }
    }
    return Optional.empty();
  }

  private static boolean fits(String type, Object value, boolean json) {
    return switch (type) {
      case "any" -> true;
      case "text" -> value instanceof String text && text.length() <= MOST_TEXT;
      case "list" -> value instanceof JsonArray;
      case "object" -> value instanceof JsonObject;
      case "file" -> value instanceof String text && !text.isEmpty();
      case "flag" -> value instanceof Boolean || !json && ("true".equals(value) || "false".equals(value));
      default -> type.contains("..") ? (!json || value instanceof Number) && within(type, String.valueOf(value))
          : (value instanceof String != (json && type.matches("[0-9|]+"))) && Arrays.asList(type.split("\\|")).contains(String.valueOf(value));
    };
  }

  private static boolean within(String type, String text) {
    boolean whole = type.startsWith("#");
    if (!text.matches(whole ? "-?\\d{1,18}" : "-?\\d{1,18}(\\.\\d{1,18})?(E-?\\d+)?")) {
      return false;
    }
    String[] bounds = type.replace("#", "").split("\\.\\.");
    double number = Double.parseDouble(text);
    return number >= Double.parseDouble(bounds[0]) && number <= Double.parseDouble(bounds[1]);
  }
}
