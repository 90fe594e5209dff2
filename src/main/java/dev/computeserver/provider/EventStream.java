package dev.computeserver.provider;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** Reads bodies of server-sent events, with any line ends, whatever field they begin with, and with or without blank lines between the events. */
final class EventStream {
  private static final Pattern BEGIN = Pattern.compile("\\uFEFF?\\s*+(event|data|id|retry)?:");
  private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");
  private static final String DATA = "data:";
  private static final List<String> SOUNDS = List.of("audio", "audio_base64", "delta");

  private EventStream() {
  }

  static boolean is(String body) {
    return BEGIN.matcher(body).lookingAt();
  }

  /**
   * The events that are JSON objects, in order: the others, as {@code [DONE]} at the end, tell nothing. Throws {@link DecodeException} where
   * one breaks off, since what it was to tell is lost.
   */
  static List<JsonObject> objects(String body) {
    List<JsonObject> events = new ArrayList<>();
    List<String> event = new ArrayList<>();
    for (String line : LINE_END.split(body.startsWith("\uFEFF") ? body.substring(1) : body)) {
      if (line.startsWith(DATA)) {
        event.add(line.substring(DATA.length()).strip());
      } else if (line.isBlank()) {
        events.addAll(read(event));
        event.clear();
      }
    }
    events.addAll(read(event));
    return events;
  }

  /**
   * The sound whose pieces the events hold, each in base64. Throws {@link MissingField} where one tells an error, or where the events name
   * their kinds, of which one ends it, and that is lacking.
   */
  static Buffer sound(List<JsonObject> events) {
    Buffer whole = Buffer.buffer();
    boolean ended = events.stream().noneMatch(event -> Json.text(event, "type", "").endsWith(".delta"));
    for (JsonObject event : events) {
      if (event.getValue("error") != null) {
        throw new MissingField("audio");
      }
      ended |= Json.text(event, "type", "").endsWith(".done");
      SOUNDS.stream().map(field -> Json.text(event, field)).filter(Objects::nonNull).findFirst().map(piece -> Media.ofBase64(piece, null))
          .filter(Media::here).ifPresent(piece -> whole.appendBuffer(piece.content()));
    }
    if (!ended) {
      throw new MissingField("done");
    }
    return whole;
  }

  /** One object over several lines, or one on each line. */
  private static List<JsonObject> read(List<String> lines) {
    List<JsonObject> each = lines.stream().map(EventStream::object).filter(Objects::nonNull).toList();
    long begun = lines.stream().filter(line -> line.startsWith("{")).count();
    if (each.size() == begun) {
      return each;
    }
    JsonObject whole = object(lines.get(0)) == null ? object(String.join("\n", lines)) : null;
    if (whole == null) {
      throw new DecodeException("an event that breaks off");
    }
    return List.of(whole);
  }

  /** Null where it is none. */
  private static JsonObject object(String text) {
    try {
      return text.startsWith("{") ? Json.object(Buffer.buffer(text)) : null;
    } catch (DecodeException broken) {
      return null;
    }
  }
}
