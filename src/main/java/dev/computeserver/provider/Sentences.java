package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A transcript's words as segments: one for each sentence of one speaker. */
final class Sentences {
  private final JsonArray segments = new JsonArray();
  private final StringBuilder text = new StringBuilder();
  private JsonObject first;
  private JsonObject last;

  private Sentences() {
  }

  /** {@code words} hold {@code text}, {@code start}, {@code end}, {@code speaker_id}; {@code type} spacing is what stands between. */
  static JsonArray of(JsonArray words) {
    Sentences sentences = new Sentences();
    for (Object word : words) {
      if (word instanceof JsonObject told) {
        sentences.add(told);
      }
    }
    sentences.close();
    return sentences.segments;
  }

  private void add(JsonObject word) {
    if ("spacing".equals(word.getValue("type"))) {
      text.append(first == null ? "" : Json.text(word, "text", " "));
      return;
    }
    if (first != null && !String.valueOf(first.getValue("speaker_id")).equals(String.valueOf(word.getValue("speaker_id")))) {
      close();
    }
    if (word.getValue("start") == null) {
      return;
    }
    first = first == null ? word : first;
    last = word;
    String said = Json.text(word, "text", "");
    text.append(said);
    if (said.matches(".*[.!?…。！？]")) {
      close();
    }
  }

  private void close() {
    if (first != null) {
      segments.add(new JsonObject().put("text", text.toString().strip()).put("start", first.getValue("start")).put("end", last.getValue("end")));
    }
    text.setLength(0);
    first = null;
  }
}
