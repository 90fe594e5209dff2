package dev.computeserver.task;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** About how many bytes JSON takes as text, without making the text. */
final class Weight {
  /** A number with its comma, or quotes and colon around a name. */
  private static final int SHORT = 8;

  private Weight() {
  }

  static long of(Object json) {
    if (json instanceof CharSequence text) {
      return SHORT + text.length();
    }
    if (json instanceof JsonObject object) {
      return of(object.getMap());
    }
    if (json instanceof JsonArray array) {
      return of(array.getList());
    }
    long sum = SHORT;
    if (json instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> each : map.entrySet()) {
        sum += of(each.getKey()) + of(each.getValue());
      }
    } else if (json instanceof List<?> list) {
      for (Object each : list) {
        sum += of(each);
      }
    }
    return sum;
  }
}
