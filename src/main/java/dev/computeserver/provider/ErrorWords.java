package dev.computeserver.provider;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What an error says of itself: its messages and codes, wherever they stand, without what it repeats of the request. */
final class ErrorWords {
  private static final List<String> FIELDS = List.of("error", "errors", "detail", "fault", "message", "msg", "title", "description", "reason", "code", "type",
      "status", "name", "error_code", "error_type");
  /** Where an error that names a place in the request does so. */
  private static final List<String> PLACES = List.of("loc", "field", "param", "pointer", "path", "issues", "invalid_fields", "node_errors", "fieldViolations");
  private static final Pattern QUOTED = Pattern.compile("(?<!\\w)(['\"`])[^'\"`]{0,2000}\\1(?!\\w)");
  private static final int MOST_LEVELS = 4;
  private static final int MOST_IN_A_LIST = 10;
  private static final int LONGEST = 1_000;

  private ErrorWords() {
  }

  static String of(Reply reply) {
    Object told;
    try {
      told = reply.isEvents() ? new JsonArray(reply.objects()) : Json.read(reply.body());
    } catch (DecodeException noJson) {
      told = reply.text(LONGEST);
    }
    return in(told);
  }

  /** The same of a part of a reply; empty where it finds fault with a place in the request: what is said there may be the request's own. */
  static String in(Object told) {
    return isPlaced(told, 0) ? "" : words(told, 0);
  }

  private static String words(Object told, int level) {
    if (told instanceof String text) {
      return QUOTED.matcher(text.substring(0, Math.min(text.length(), LONGEST))).replaceAll("");
    }
    if (told instanceof JsonArray list && level < MOST_LEVELS) {
      return list.stream().limit(MOST_IN_A_LIST).map(each -> words(each, level + 1)).collect(Collectors.joining("; "));
    }
    return told instanceof JsonObject object && level < MOST_LEVELS ? FIELDS.stream().map(object::getValue).filter(Objects::nonNull)
        .map(each -> words(each, level + 1)).filter(each -> !each.isEmpty()).collect(Collectors.joining("; ")) : "";
  }

  private static boolean isPlaced(Object told, int level) {
    if (level >= MOST_LEVELS) {
      return false;
    }
    if (told instanceof JsonArray list) {
      return list.stream().limit(MOST_IN_A_LIST).anyMatch(each -> isPlaced(each, level + 1));
    }
    // A path in words is that of the URL.
    return told instanceof JsonObject object && (PLACES.stream().anyMatch(place -> object.getValue(place) != null
        && !(place.equals("path") && object.getValue(place) instanceof String))
        || object.stream().anyMatch(each -> isPlaced(each.getValue(), level + 1)));
  }
}
