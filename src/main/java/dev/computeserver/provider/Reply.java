package dev.computeserver.provider;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** What a provider answered, whole. */
public record Reply(int status, MultiMap headers, Buffer body) {

  public boolean ok() {
    return status >= 200 && status < 300;
  }

  /** The body as a JSON object, read as {@link Json#object} does; throws {@link io.vertx.core.json.DecodeException} where it is none. */
  public JsonObject json() {
    return Json.object(body);
  }

  /** The body as a JSON object, or an empty one where it is none. */
  public JsonObject jsonOrEmpty() {
    try {
      return json();
    } catch (RuntimeException notJson) {
      return new JsonObject();
    }
  }

  /** The same, or where the body is a list, the first object in it. */
  public JsonObject firstOrEmpty() {
    try {
      return Json.array(body).stream().filter(JsonObject.class::isInstance).map(JsonObject.class::cast).findFirst().orElseGet(JsonObject::new);
    } catch (RuntimeException noList) {
      return jsonOrEmpty();
    }
  }

  /** The beginning of the body, for an error message. */
  public String text(int most) {
    return body.getString(0, Math.min(body.length(), most)).replaceAll("\\s+", " ").trim();
  }
}
