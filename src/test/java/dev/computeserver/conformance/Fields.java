package dev.computeserver.conformance;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Changes single fields of JSON documents. A path is a list of names and numbers; a name may hold {@code ${id}}, which stands for any. */
final class Fields {
  private static final int MOST_ITEMS = 2;

  private Fields() {
  }

  /** To everything in a document, outer ones first; of lists to the first two items. */
  static List<List<Object>> paths(JsonObject json) {
    List<List<Object>> paths = new ArrayList<>();
    walk(json, List.of(), paths);
    return paths;
  }

  private static void walk(Object value, List<Object> path, List<List<Object>> paths) {
    if (!path.isEmpty()) {
      paths.add(path);
    }
    if (value instanceof JsonObject object) {
      object.fieldNames().forEach(name -> walk(object.getValue(name), below(path, name), paths));
    } else if (value instanceof JsonArray array) {
      for (int i = 0; i < Math.min(MOST_ITEMS, array.size()); i++) {
        walk(array.getValue(i), below(path, i), paths);
      }
    }
  }

  private static List<Object> below(List<Object> path, Object step) {
    List<Object> longer = new ArrayList<>(path);
    longer.add(step);
    return longer;
  }

  /** The document with another value there; the text {@code NaN} stands for that number. */
  static Buffer put(Buffer json, List<Object> path, Object value) {
    JsonObject document = json.toJsonObject();
    Object holder = holder(document, path);
    Object last = path.get(path.size() - 1);
    if (holder instanceof JsonObject object) {
      object.put(nameIn(object, last), value);
    } else if (holder instanceof JsonArray array) {
      array.set((Integer) last, value);
    }
    return Buffer.buffer("NaN".equals(value) ? document.encode().replace("\"NaN\"", "NaN") : document.encode());
  }

  static Buffer remove(Buffer json, List<Object> path) {
    JsonObject document = json.toJsonObject();
    Object holder = holder(document, path);
    Object last = path.get(path.size() - 1);
    if (holder instanceof JsonObject object) {
      object.remove(nameIn(object, last));
    } else if (holder instanceof JsonArray array) {
      array.remove((int) (Integer) last);
    }
    return document.toBuffer();
  }

  private static Object holder(JsonObject document, List<Object> path) {
    Object at = document;
    for (Object step : path.subList(0, path.size() - 1)) {
      at = at instanceof JsonArray array ? array.getValue((Integer) step) : ((JsonObject) at).getValue(nameIn((JsonObject) at, step));
    }
    return at;
  }

  private static String nameIn(JsonObject object, Object name) {
    return name.equals("${id}") ? object.fieldNames().iterator().next() : (String) name;
  }
}
