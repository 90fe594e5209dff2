package dev.computeserver.task;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Makes what providers say fit to be stored and told, so that no fact that cannot be costs a paid result. What is deeper than
 * {@value #MOST_LEVELS} levels and what is no number of JSON becomes null; U+0000, which PostgreSQL takes in no text, and halves of
 * characters become U+FFFD. All else stays as it is, and what is fit already is not copied.
 */
final class Storable {
  static final int MOST_LEVELS = 64;
  /** A document of ours has what a provider says this deep inside, such as the result of a job whose files are being fetched. */
  private static final int LEVELS_AROUND = 4;
  /** Of what a version before has stored; to write it down again must not take more of the stack than there is, however views nest it. */
  private static final int MOST_LEVELS_READ = 256;
  private static final int MOST_FACT = 2_000;
  private static final char UNKNOWN = '\uFFFD';

  private Storable() {
  }

  /** What a provider says; null stays null. */
  static JsonObject of(JsonObject said) {
    return fit(said, MOST_LEVELS);
  }

  /** A document of ours with what a provider says in it; null stays null. */
  static JsonObject document(JsonObject ours) {
    return fit(ours, MOST_LEVELS + LEVELS_AROUND);
  }

  /** The same of what is told often and kept for long: long texts are cut, and facts that go beyond {@code most} bytes are left out. */
  static JsonObject small(JsonObject said, long most) {
    JsonObject small = new JsonObject();
    long room = most;
    for (Map.Entry<String, Object> fact : of(said)) {
      Object value = fact.getValue() instanceof String text ? text(text, MOST_FACT) : fact.getValue();
      long weight = Weight.of(fact.getKey()) + Weight.of(value);
      if (weight <= room) {
        small.put(fact.getKey(), value);
        room -= weight;
      }
    }
    return small;
  }

  /** What was stored as an object, by whichever version. Throws {@link DecodeException} where it is none. */
  static JsonObject read(String stored) {
    JsonObject read = new JsonObject(stored);
    return isWithin(read, MOST_LEVELS_READ) ? read : (JsonObject) fitting(read, MOST_LEVELS_READ);
  }

  /** A text without what cannot be stored, of no more than {@code most} characters and an ellipsis; null stays null. */
  static String text(String text, int most) {
    if (text == null || text.length() <= most) {
      return text(text);
    }
    int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return text(text.substring(0, end)) + "…";
  }

  private static String text(String text) {
    int at = text == null ? -1 : firstUnfit(text, 0);
    if (at < 0) {
      return text;
    }
    StringBuilder fit = new StringBuilder(text);
    for (; at >= 0; at = firstUnfit(fit, at + 1)) {
      fit.setCharAt(at, UNKNOWN);
    }
    return fit.toString();
  }

  private static int firstUnfit(CharSequence text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (c == '\0' || Character.isSurrogate(c)) {
        return i;
      }
    }
    return -1;
  }

  private static JsonObject fit(JsonObject json, int levels) {
    return json == null || isFit(json, levels) ? json : (JsonObject) fitting(json, levels);
  }

  private static boolean isFit(Object value, int levels) {
    if (value instanceof String text) {
      return firstUnfit(text, 0) < 0;
    }
    if (value instanceof Number number) {
      return Double.isFinite(number.doubleValue());
    }
    Map<?, ?> fields = fields(value);
    if (fields != null) {
      for (Object name : fields.keySet()) {
        if (!isFit(name, 0)) {
          return false;
        }
      }
    }
    Collection<?> inside = inside(value);
    if (inside == null) {
      return true;
    }
    // A loop, since a stream takes several frames of the stack for each level.
    for (Object each : inside) {
      if (levels == 0 || !isFit(each, levels - 1)) {
        return false;
      }
    }
    return levels > 0;
  }

  private static boolean isWithin(Object value, int levels) {
    Collection<?> inside = inside(value);
    if (inside == null) {
      return true;
    }
    for (Object each : inside) {
      if (levels == 0 || !isWithin(each, levels - 1)) {
        return false;
      }
    }
    return levels > 0;
  }

  /** The same value with all of it made fit. */
  private static Object fitting(Object value, int levels) {
    if (value instanceof String text) {
      return text(text);
    }
    if (value instanceof Number number) {
      return Double.isFinite(number.doubleValue()) ? number : null;
    }
    Map<?, ?> fields = fields(value);
    List<?> items = items(value);
    if (fields == null && items == null) {
      return value;
    }
    if (levels == 0) {
      return null;
    }
    if (items != null) {
      JsonArray array = new JsonArray();
      for (Object each : items) {
        array.add(fitting(each, levels - 1));
      }
      return array;
    }
    JsonObject object = new JsonObject();
    for (Map.Entry<?, ?> each : fields.entrySet()) {
      object.put(text((String) each.getKey()), fitting(each.getValue(), levels - 1));
    }
    return object;
  }

  private static Collection<?> inside(Object value) {
    Map<?, ?> fields = fields(value);
    return fields == null ? items(value) : fields.values();
  }

  private static Map<?, ?> fields(Object value) {
    return value instanceof JsonObject object ? object.getMap() : value instanceof Map<?, ?> map ? map : null;
  }

  private static List<?> items(Object value) {
    return value instanceof JsonArray array ? array.getList() : value instanceof List<?> list ? list : null;
  }
}
