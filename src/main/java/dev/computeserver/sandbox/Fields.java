package dev.computeserver.sandbox;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Which fields a provider's endpoint knows and what they may hold; {@code sandbox} is known everywhere. */
final class Fields {

  static final Predicate<Object> TEXT = value -> value instanceof String;
  static final Predicate<Object> FILLED = value -> value instanceof String text && !text.isEmpty();
  static final Predicate<Object> BOOLEAN = value -> value instanceof Boolean;
  static final Predicate<Object> OBJECT = value -> value instanceof JsonObject;
  static final Predicate<Object> LIST = value -> value instanceof JsonArray;
  /** A file part of a form. */
  static final Predicate<Object> FILE = value -> true;

  /** What is wrong with a field. */
  enum Wrong { MISSING, UNKNOWN, INVALID }

  record Flaw(String field, Wrong wrong) { }

  private record Rule(boolean needed, boolean file, Predicate<Object> holds) { }

  private final Map<String, Rule> rules = new LinkedHashMap<>();

  Fields needs(String name, Predicate<Object> holds) {
    rules.put(name, new Rule(true, holds == FILE, holds));
    return this;
  }

  Fields may(String name, Predicate<Object> holds) {
    rules.put(name, new Rule(false, holds == FILE, holds));
    return this;
  }

  static Predicate<Object> oneOf(String... words) {
    return value -> value instanceof String && Set.of(words).contains(value);
  }

  static Predicate<Object> matching(String pattern) {
    return value -> value instanceof String text && text.matches(pattern);
  }

  static Predicate<Object> whole(long least, long most) {
    return value -> (value instanceof Integer || value instanceof Long)
        && ((Number) value).longValue() >= least && ((Number) value).longValue() <= most;
  }

  static Predicate<Object> number(double least, double most) {
    return value -> value instanceof Number number && number.doubleValue() >= least && number.doubleValue() <= most;
  }

  /** The first flaw of a JSON body. */
  Optional<Flaw> check(JsonObject body) {
    return check(body, Set.of(), false);
  }

  /** The first flaw of a form, whose numbers and booleans are texts. */
  Optional<Flaw> check(Form form) {
    JsonObject all = form.texts().copy();
    form.files().forEach((name, file) -> all.put(name, "data:"));
    return check(all, form.files().keySet(), true);
  }

  private Optional<Flaw> check(JsonObject body, Set<String> files, boolean form) {
    for (String name : body.fieldNames()) {
      if (!rules.containsKey(name) && !name.equals("sandbox")) {
        return Optional.of(new Flaw(name, Wrong.UNKNOWN));
      }
    }
    for (Map.Entry<String, Rule> each : rules.entrySet()) {
      Object value = body.getValue(each.getKey());
      Rule rule = each.getValue();
      if (value == null) {
        if (rule.needed()) {
          return Optional.of(new Flaw(each.getKey(), Wrong.MISSING));
        }
      } else if (form && rule.file() != files.contains(each.getKey())
          || !(form ? List.of(value, meant(value)).stream().anyMatch(rule.holds()) : rule.holds().test(value))) {
        return Optional.of(new Flaw(each.getKey(), Wrong.INVALID));
      }
    }
    return Optional.empty();
  }

  /** What the text of a form's part stands for. */
  private static Object meant(Object value) {
    if (!(value instanceof String text)) {
      return value;
    }
    if (text.matches("-?\\d{1,18}")) {
      return Long.parseLong(text);
    }
    if (text.matches("-?\\d{1,9}\\.\\d{1,9}")) {
      return Double.parseDouble(text);
    }
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    if (text.startsWith("{")) {
      try {
        return new JsonObject(text);
      } catch (RuntimeException notJson) {
        return text;
      }
    }
    return text;
  }
}
