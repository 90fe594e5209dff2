package dev.computeserver.provider;

import dev.computeserver.media.FileType;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a provider answered, whole; a text is in UTF-8, however it came.
 *
 * @param status what it means
 * @param came the status that it came with, which is another one where only the words in the body tell that it is a refusal
 */
public record Reply(int status, MultiMap headers, Buffer body, int came) {

  public Reply(int status, MultiMap headers, Buffer body) {
    this(status, headers, Utf8.of(body, headers.get("Content-Type")), status);
  }

  Reply meaning(int other) {
    return new Reply(other, headers, body, came);
  }

  public boolean ok() {
    return status >= 200 && status < 300;
  }

  /**
   * The body as a JSON object, read as {@link Json#object} does, or the newest in a stream of events, which some gateways give though nobody asks
   * for it; throws {@link DecodeException} where there is none.
   */
  public JsonObject json() {
    if (!isEvents()) {
      return Json.object(body);
    }
    List<JsonObject> events = objects();
    if (events.isEmpty()) {
      throw new DecodeException("no event holds a JSON object");
    }
    return events.get(events.size() - 1);
  }

  /** The objects of a body that is a list of them, or a stream of events, or one of them alone. */
  List<JsonObject> objects() {
    return isEvents() ? EventStream.objects(body.toString()) : Json.objects(body);
  }

  /** What the newest of its objects that has such a field tells in it, as events about a job do; without any, the body itself. */
  JsonObject newest(String field) {
    return objects().stream().map(each -> Json.object(each, field)).filter(each -> !each.isEmpty()).reduce((before, next) -> next).orElseGet(this::json);
  }

  boolean isEvents() {
    return EventStream.is(new String(head(), StandardCharsets.UTF_8));
  }

  /** The body as a JSON object, or an empty one where it is none. */
  public JsonObject jsonOrEmpty() {
    try {
      return json();
    } catch (RuntimeException notJson) {
      return new JsonObject();
    }
  }

  /**
   * Whether the body is a file and no answer in words: its bytes tell, whatever the header says. What they do not tell, as those of bare
   * samples, is a file unless the header calls it words and it could be some.
   */
  boolean isFile() {
    byte[] head = head();
    if (isEvents()) {
      return false;
    }
    String type = FileType.of(head, null);
    return head.length > 0 && (type.equals(FileType.UNKNOWN) || type.equals("text/plain")
        ? FileType.isBinary(head) || FileType.kind(headers.get("Content-Type")) != FileType.Kind.TEXT : FileType.kind(type) != FileType.Kind.TEXT);
  }

  /** Whether the body looks like JSON, whatever the header says. */
  boolean isJson() {
    return FileType.of(head(), null).equals("application/json");
  }

  /** The file in a body that is JSON, or in pieces in events, or null where there is none. */
  Media fileInJson(String contentType) {
    if (isEvents()) {
      Buffer whole = EventStream.sound(objects());
      return whole.length() == 0 ? null : Media.of(whole, contentType);
    }
    JsonObject json = isJson() ? jsonOrEmpty() : new JsonObject();
    Media file = json.getValue("error") == null && json.getValue("detail") == null ? Media.named(json, contentType) : null;
    return file == null || file.isMissing() ? null : file;
  }

  private byte[] head() {
    return body.getBytes(0, Math.min(body.length(), FileType.HEAD));
  }

  /** The beginning of the body, for an error message. */
  public String text(int most) {
    return body.getString(0, Math.min(body.length(), most)).replaceAll("\\s+", " ").trim();
  }
}
