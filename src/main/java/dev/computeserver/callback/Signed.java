package dev.computeserver.callback;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;

/**
 * A callback as it came.
 *
 * @param path of the URL that it came to, which holds our own token
 * @param body its bytes as they were sent; null where it is too long to be read
 */
public record Signed(String path, MultiMap headers, Buffer body) {

  /** A header, or null. */
  String header(String name) {
    return headers.get(name);
  }
}
