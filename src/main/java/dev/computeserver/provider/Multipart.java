package dev.computeserver.provider;

import io.vertx.core.buffer.Buffer;
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

  /** A file part; a null file adds nothing. */
  public Multipart file(String name, InputFile file) {
    if (file != null) {
      head(name, "; filename=\"" + file.name(name.replaceAll("\\W", "")) + "\"")
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
    return body.appendString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n");
  }
}
