package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A transcript's words as segments: one for each sentence of one speaker. */
final class Sentences {
  private final JsonArray segments = new JsonArray();
  private final StringBuilder text = new StringBuilder();
  private String speaker;
  private Double start;
  private Double end;

  private Sentences() {
  }

  /**
   * {@code words} hold {@code text}, {@code start}, {@code end}, {@code speaker_id}; {@code type} spacing is what stands between. A word
   * without its times is a part of its sentence, too.
   */
  static JsonArray of(JsonArray words) {
    Sentences sentences = new Sentences();
    words.stream().filter(JsonObject.class::isInstance).map(JsonObject.class::cast).forEach(sentences::add);
    sentences.close();
    return sentences.segments;
  }

  private void add(JsonObject word) {
    if ("spacing".equals(word.getValue("type"))) {
      text.append(text.isEmpty() ? "" : Json.text(word, "text", " "));
      return;
    }
    String says = Json.text(word, "speaker_id");
    if (!text.isEmpty() && says != null && speaker != null && !says.equals(speaker)) {
      close();
    }
    speaker = says == null ? speaker : says;
    start = start == null ? Json.number(word, "start") : start;
    end = Json.number(word, "end") == null ? end : Json.number(word, "end");
    String said = Json.text(word, "text", "");
    text.append(said);
    if (said.matches("(?s).*[.!?…。！？]")) {
      close();
    }
  }

  private void close() {
    if (!text.toString().isBlank()) {
      JsonObject segment = new JsonObject().put("text", text.toString().strip());
      if (start != null) {
        segment.put("start", start);
      }
      segments.add(end == null ? segment : segment.put("end", end));
    }
    text.setLength(0);
    speaker = null;
    start = null;
    end = null;
  }
}
