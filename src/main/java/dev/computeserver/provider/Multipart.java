package dev.computeserver.provider;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/** A {@code multipart/form-data} body (RFC 7578) being made. */
public final class Multipart {
  private final String boundary = "part-" + UUID.randomUUID();
  private final Buffer body = Buffer.buffer();

  /** A text part; a null value adds nothing. */
  public Multipart text(String name, Object value) {
    if (value != null) {
      head(name, "").appendString("\r\n" + value + "\r\n");
    }
    return this;
  }

  /**
   * The fields as parts: a text, number or boolean as text, an object as JSON, a list as one part for each of its elements.
   */
  public Multipart fields(JsonObject fields) {
    fields.forEach(field -> {
      if (field.getValue() instanceof JsonArray list) {
        list.forEach(value -> field(field.getKey(), value));
      } else {
        field(field.getKey(), field.getValue());
      }
    });
    return this;
  }

  private void field(String name, Object value) {
    if (value instanceof JsonObject json) {
      json(name, json);
    } else {
      text(name, value);
    }
  }

  /** A JSON part. */
  public Multipart json(String name, JsonObject value) {
    head(name, "").appendString("Content-Type: application/json\r\n\r\n" + value.encode() + "\r\n");
    return this;
  }

  /** A file part, whose file is called after the part; a null file adds nothing. */
  public Multipart file(String name, InputFile file) {
    return file == null ? this : file(name, file, file.name(name.replaceAll("\\W", "")));
  }

  /** A file part with a file name; a null file adds nothing. */
  public Multipart file(String name, InputFile file, String fileName) {
    if (file != null) {
      head(name, "; filename=\"" + escaped(fileName) + "\"")
          .appendString("Content-Type: " + file.contentType() + "\r\n\r\n")
          .appendBuffer(file.bytes())
          .appendString("\r\n");
    }
    return this;
  }

  String contentType() {
    return "multipart/form-data; boundary=" + boundary;
  }

  Buffer end() {
    return body.copy().appendString("--" + boundary + "--\r\n");
  }

  private Buffer head(String name, String more) {
    return body.appendString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + escaped(name) + "\"" + more + "\r\n");
  }

  private static String escaped(String name) {
    return name.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
  }
}
