package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The parts of a transcript with their times, in the form that all providers' transcripts share here. */
final class Segments {
  private Segments() {
  }

  /** Of a list of {@code text} with {@code start} and {@code end}, or with both in {@code timestamp}; empty where it is none. */
  static JsonArray of(JsonObject transcript, String field) {
    JsonArray segments = new JsonArray();
    for (JsonObject part : Json.objects(transcript, field)) {
      if (part.getValue("text") instanceof String text) {
        JsonArray both = Json.array(part, "timestamp");
        segments.add(new JsonObject().put("text", text).put("start", time(part.getValue("start"), both, 0)).put("end", time(part.getValue("end"), both, 1)));
      }
    }
    return segments;
  }

  private static Number time(Object own, JsonArray both, int index) {
    Object told = own == null && both.size() > index ? both.getValue(index) : own;
    return told instanceof Number number ? number : Json.number(told);
  }
}
