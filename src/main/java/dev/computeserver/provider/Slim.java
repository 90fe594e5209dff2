package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A JSON object cut down to what takes little time to look at. Fields with short values come first; of the others as much is left as there is
 * room for, and no more than {@value #MOST_LEVELS} levels.
 */
final class Slim {
  /** Of names; each value counts as one, and a long text, which is looked through at most, as one for so many of its letters. */
  private static final int MOST_LETTERS = 64 * 1024;
  private static final int LETTERS_AT_A_TIME = 64;
  private static final int MOST_LEVELS = 64;
  private static final int SHORT = 1_000;

  private final JsonObject json = new JsonObject();
  private final Set<String> cut = new HashSet<>();
  private int left = MOST_LETTERS;
  private boolean whole = true;

  Slim(JsonObject from) {
    add(from, true);
    add(from, false);
  }

  private static boolean isShort(Map.Entry<String, Object> field) {
    Object value = field.getValue();
    return field.getKey().length() <= SHORT && !(value instanceof JsonObject || value instanceof JsonArray || value instanceof CharSequence text && text.length() > SHORT);
  }

  /** What is left of it; a copy. */
  JsonObject json() {
    return json;
  }

  /** Whether something is lacking of a field. */
  boolean isCut(String field) {
    return cut.contains(field);
  }

  private void add(JsonObject from, boolean isShort) {
    for (Map.Entry<String, Object> field : from) {
      if (isShort(field) == isShort) {
        whole = true;
        left -= 1 + field.getKey().length();
        if (left > 0) {
          json.put(field.getKey(), begin(field.getValue(), 2));
        }
        if (left <= 0 || !whole) {
          cut.add(field.getKey());
        }
      }
    }
  }

  private Object begin(Object value, int level) {
    if (value instanceof CharSequence text) {
      int most = (int) Math.min(text.length(), (long) left * LETTERS_AT_A_TIME);
      left -= 1 + text.length() / LETTERS_AT_A_TIME;
      whole &= most == text.length();
      return text.subSequence(0, most).toString();
    }
    left--;
    if (level > MOST_LEVELS) {
      whole &= !(value instanceof JsonObject || value instanceof JsonArray);
      return value instanceof JsonObject ? new JsonObject() : value instanceof JsonArray ? new JsonArray() : value;
    }
    return value instanceof JsonArray list ? list(list, level) : value instanceof JsonObject object ? object(object, level) : value;
  }

  private JsonArray list(JsonArray list, int level) {
    JsonArray begun = new JsonArray();
    for (int i = 0; i < list.size() && left > 0; i++) {
      begun.add(begin(list.getValue(i), level + 1));
    }
    whole &= begun.size() == list.size();
    return begun;
  }

  private JsonObject object(JsonObject object, int level) {
    JsonObject begun = new JsonObject();
    for (Map.Entry<String, Object> field : object) {
      left -= 1 + field.getKey().length();
      if (left <= 0) {
        break;
      }
      begun.put(field.getKey(), begin(field.getValue(), level + 1));
    }
    whole &= begun.size() == object.size();
    return begun;
  }
}
