package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One of the answers that Google gives to a request, each of which ends for a reason of its own.
 *
 * @param end why it ended, in the provider's word
 * @param message what the provider says of that, or null
 * @param parts what it is made of, without thoughts
 */
record GoogleCandidate(String end, String message, List<JsonObject> parts) {
  static final GoogleCandidate NONE = new GoogleCandidate("STOP", null, List.of());
  private static final Set<String> GOOD_ENDS = Set.of("STOP", "MAX_TOKENS", "FINISH_REASON_UNSPECIFIED");
  private static final List<String> FILES = List.of("inlineData", "fileData");
  private static final Pattern CAPITAL = Pattern.compile("(?=[A-Z])");

  /** Those of a reply, which may come in several pieces. */
  static List<GoogleCandidate> of(List<JsonObject> pieces) {
    Map<Integer, GoogleCandidate> byIndex = new TreeMap<>();
    for (JsonObject piece : pieces) {
      List<JsonObject> candidates = candidates(piece);
      for (int i = 0; i < candidates.size(); i++) {
        Integer told = candidates.size() == 1 ? Json.whole(candidates.get(i), "index") : (Integer) i;
        byIndex.merge(told == null ? i : told, read(candidates.get(i)), GoogleCandidate::and);
      }
    }
    return List.copyOf(byIndex.values());
  }

  /** Of a piece in which pictures are predicted, as by Google's older picture models, each is an answer. */
  private static List<JsonObject> candidates(JsonObject piece) {
    return piece.getValue("candidates") != null ? Json.objects(piece, "candidates") : Json.objects(piece, "predictions").stream().map(prediction ->
        new JsonObject().put("content", new JsonObject().put("parts", new JsonObject().put("inlineData", new JsonObject()
            .put("data", prediction.getValue("bytesBase64Encoded")).put("mimeType", word(prediction, "mimeType")))))).toList();
  }

  private static GoogleCandidate read(JsonObject candidate) {
    List<JsonObject> parts = Json.objects(candidate, "content").stream().flatMap(content -> parts(content, "parts").stream())
        .filter(part -> !Words.isTrue(part.getValue("thought"))).toList();
    return new GoogleCandidate(word(candidate, "finishReason"), word(candidate, "finishMessage"), parts);
  }

  private GoogleCandidate and(GoogleCandidate more) {
    List<JsonObject> all = new ArrayList<>(parts);
    all.addAll(more.parts);
    return new GoogleCandidate(more.end == null ? end : more.end, more.message == null ? message : more.message, all);
  }

  /** What a list holds, or stands in its place; a bare text is a part, too. */
  static List<JsonObject> parts(JsonObject holder, String field) {
    return Json.entries(holder, field).stream()
        .map(part -> part instanceof String text ? new JsonObject().put("type", "text").put("text", text) : part)
        .filter(JsonObject.class::isInstance).map(JsonObject.class::cast).toList();
  }

  /** A field of Google's, whose servers and proxies write {@code inlineData} or {@code inline_data}. */
  static Object told(JsonObject json, String name) {
    Object told = json.getValue(name);
    return told == null ? json.getValue(CAPITAL.matcher(name).replaceAll("_").toLowerCase(Locale.ROOT)) : told;
  }

  /** A text of such a field, or null. */
  static String word(JsonObject json, String name) {
    return told(json, name) instanceof String text ? text : null;
  }

  /** An object of such a field, or an empty one. */
  static JsonObject object(JsonObject json, String name) {
    return told(json, name) instanceof JsonObject object ? object : new JsonObject();
  }

  @Override
  public String end() {
    return Objects.requireNonNullElse(end, "STOP");
  }

  /** Whether it tells why it has ended; of several pieces the last one does. */
  boolean hasEnded() {
    return end != null;
  }

  boolean endedWell() {
    return GOOD_ENDS.contains(end().toUpperCase(Locale.ROOT));
  }

  String text() {
    return parts.stream().map(part -> Json.text(part, "text", "")).collect(Collectors.joining());
  }

  /** The files among its parts, some of which may be empty. */
  List<JsonObject> files() {
    return parts.stream().flatMap(part -> FILES.stream().filter(field -> told(part, field) != null).limit(1).map(field -> object(part, field))).toList();
  }

  /** @param words whether a text is the result, which no picture stands for */
  boolean holds(boolean words) {
    return words ? !text().isEmpty() : !files().isEmpty();
  }
}
