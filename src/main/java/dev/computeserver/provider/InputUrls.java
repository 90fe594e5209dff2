package dev.computeserver.provider;

import dev.computeserver.media.DataUri;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.outbound.WebUrl;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;

/** The links in a task's input, which clients write in all the ways that browsers read. */
final class InputUrls {

  private InputUrls() {
  }

  /** The fields that lead to a file. */
  static List<String> fields(JsonObject input) {
    return input.fieldNames().stream().filter(name -> name.endsWith("_url") && input.getValue(name) instanceof String).toList();
  }

  /** The input with its links in the one form that every program reads alike. What is no link at all stays as it is, to be refused later. */
  static JsonObject plain(JsonObject input) {
    JsonObject plain = new JsonObject(new LinkedHashMap<>(input.getMap()));
    fields(input).forEach(field -> plain.put(field, plain(input.getString(field))));
    return plain;
  }

  private static String plain(String given) {
    if (DataUri.is(given)) {
      return given.startsWith("data:") ? given : "data:" + given.substring(given.indexOf(':') + 1);
    }
    try {
      return WebUrl.of(given).toString();
    } catch (UrlGuard.RefusedUrl none) {
      return given;
    }
  }
}
