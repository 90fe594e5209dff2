package dev.computeserver.sandbox;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer of a provider: status code, headers and body. */
record Reply(int status, Map<String, String> headers, Buffer body) {

  static Reply json(int status, JsonObject body) {
    return new Reply(status, Map.of("Content-Type", "application/json"), body.toBuffer());
  }

  Reply with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, Map.copyOf(more), body);
  }

  JsonObject jsonBody() {
    return new JsonObject(body);
  }

  Future<Void> send(HttpServerResponse response) {
    if (response.ended() || response.closed()) {
      return Future.succeededFuture();
    }
    headers.forEach(response::putHeader);
    return response.setStatusCode(status).end(body);
  }
}
