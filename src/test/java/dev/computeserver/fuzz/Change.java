package dev.computeserver.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A small change to a JSON document, or to the bytes that it is sent as.
 *
 * @param where counted over all values of the document, or over its bytes; beyond the last it begins anew
 * @param what is done there
 * @param token the JSON that comes there, or the byte
 */
record Change(int where, What what, String token) {
  /** The kinds. */
  enum What {
    REPLACE, REMOVE, DOUBLE, WRAP, BYTE, CUT
  }

  private static final List<String> TOKENS = List.of("null", "true", "0", "-1", "1.0", "42.0", "1e400", "-1e400", "1e-400", "NaN", "Infinity",
      "123456789012345678901234567890", "0.1234567890123456789012345", "9223372036854775808", "1e999999999", "\"\"", "\" \"", "\"x\\n\"",
      "\"half \\ud83d\"", "\"\\udc00\"", "\"\\u0000\"", "\"\\ud83e\\udd8a\"", "[]", "{}", "[null]", "{\"a\":null}", "[[[[]]]]", "\"http://\"", "\"http://[::1\"",
      "\"https://a b/\"", "\"HTTPS://\\u00fc.example/{x}|y\"", "\"http://0x7f.1/\"", "\"data:\"", "\"data:image/png;base64,@@\"",
      "\"DATA:IMAGE/PNG;BASE64,AA==\"", "\"2026-99-99T00:00:00Z\"", "\"<html>\"", "\"../..\"", "\"fal_standard\"", "\"COMPLETED\"", "\"FAILED\"");

  static Change of(Random random) {
    What what = What.values()[Math.min(What.values().length - 1, random.nextInt(10) / 2 + (random.nextInt(8) == 0 ? 1 : 0))];
    String token = switch (what) {
      case BYTE -> String.valueOf(random.nextInt(256));
      case WRAP -> String.valueOf(random.nextInt(4) == 0 ? 1_200 : random.nextInt(80));
      default -> random.nextInt(30) == 0 ? "\"" + "a".repeat(70_000) + "\"" : TOKENS.get(random.nextInt(TOKENS.size()));
    };
    return new Change(random.nextInt(10_000), what, token);
  }

  private boolean isOfBytes() {
    return what == What.BYTE || what == What.CUT;
  }

  /** The document, given as maps, lists, texts, numbers and booleans, after all changes. */
  static byte[] apply(Object document, List<Change> changes) {
    StringBuilder json = new StringBuilder();
    write(document, changes.stream().filter(change -> !change.isOfBytes()).toList(), new int[] {0}, size(document), json);
    byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
    for (Change change : changes) {
      if (change.what == What.BYTE && bytes.length > 0) {
        bytes[change.where % bytes.length] = (byte) Integer.parseInt(change.token);
      } else if (change.what == What.CUT) {
        bytes = Arrays.copyOf(bytes, bytes.length == 0 ? 0 : change.where % bytes.length);
      }
    }
    return bytes;
  }

  private static int size(Object value) {
    int size = 1;
    if (value instanceof Map<?, ?> map) {
      size += map.values().stream().mapToInt(Change::size).sum();
    } else if (value instanceof List<?> list) {
      size += list.stream().mapToInt(Change::size).sum();
    }
    return size;
  }

  private static void write(Object value, List<Change> changes, int[] next, int size, StringBuilder json) {
    int here = next[0]++;
    List<Change> mine = changes.stream().filter(change -> change.where % size == here).toList();
    for (Change change : mine) {
      if (change.what == What.REPLACE) {
        next[0] += size(value) - 1;
        json.append(change.token);
        return;
      }
      if (change.what == What.WRAP) {
        json.append("[".repeat(Integer.parseInt(change.token)));
      }
    }
    if (value instanceof Map<?, ?> map) {
      object(map, changes, next, size, json);
    } else if (value instanceof List<?> list) {
      json.append('[');
      for (int i = 0; i < list.size(); i++) {
        json.append(i == 0 ? "" : ",");
        write(list.get(i), changes, next, size, json);
      }
      json.append(']');
    } else {
      json.append(value instanceof String text ? "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"" : String.valueOf(value));
    }
    mine.stream().filter(change -> change.what == What.WRAP).forEach(change -> json.append("]".repeat(Integer.parseInt(change.token))));
  }

  private static void object(Map<?, ?> map, List<Change> changes, int[] next, int size, StringBuilder json) {
    json.append('{');
    boolean first = true;
    for (Map.Entry<?, ?> field : map.entrySet()) {
      int here = next[0];
      boolean removed = changes.stream().anyMatch(change -> change.what == What.REMOVE && change.where % size == here);
      StringBuilder value = new StringBuilder();
      write(field.getValue(), changes, next, size, value);
      if (!removed) {
        json.append(first ? "" : ",").append('"').append(field.getKey()).append("\":").append(value);
        first = false;
        changes.stream().filter(change -> change.what == What.DOUBLE && change.where % size == here)
            .forEach(change -> json.append(",\"").append(field.getKey()).append("\":").append(change.token));
      }
    }
    json.append('}');
  }

  /** Each smaller set of changes, by one. */
  static List<List<Change>> smaller(List<Change> changes) {
    List<List<Change>> all = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      List<Change> fewer = new ArrayList<>(changes);
      fewer.remove(i);
      all.add(fewer);
    }
    return all;
  }

  /** An object of names and values in turn. */
  static Map<String, Object> object(Object... namesAndValues) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return object;
  }
}
