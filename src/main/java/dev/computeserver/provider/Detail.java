package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An error as servers made with FastAPI tell it: {@code detail} is a text, or a list of faults with their places in the request.
 *
 * @param text for people
 * @param type of the first fault, or null
 */
record Detail(String text, String type) {
  private static final int MOST_FAULTS = 3;
  private static final int LONGEST = 600;

  /** Where there is no {@code detail} its text is {@code otherwise}. */
  static Detail of(JsonObject error, String otherwise) {
    Object detail = error.getValue("detail");
    List<JsonObject> faults = Json.objects(error, "detail");
    if (faults.isEmpty()) {
      return new Detail(detail == null ? otherwise : cut(detail.toString()), null);
    }
    String text = faults.stream().limit(MOST_FAULTS).map(Detail::told).collect(Collectors.joining("; "));
    return new Detail(cut(text), Json.text(faults.get(0), "type"));
  }

  /** The field at fault, as far as it is told, and what is wrong with it. */
  private static String told(JsonObject fault) {
    List<String> place = new ArrayList<>();
    for (Object step : Json.array(fault, "loc")) {
      if (step != null && !step.equals("body")) {
        place.add(step.toString());
      }
    }
    return (place.isEmpty() ? "" : String.join(".", place) + ": ") + Json.text(fault, "msg", Json.text(fault, "type", "is wrong"));
  }

  private static String cut(String text) {
    return text.substring(0, Math.min(text.length(), LONGEST));
  }
}
