package dev.computeserver.inbound;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/**
 * Why a request goes no further, to be answered as {@code application/problem+json} (RFC 9457).
 *
 * @param header one more header that the status asks for, or null
 */
public record Denial(int status, String title, String detail, String header, String value) {
  private static final String RETRY_SECONDS = "2";

  static Denial of(int status, String title, String detail) {
    return new Denial(status, title, detail, null, null);
  }

  static Denial malformed(String detail) {
    return of(400, "Bad request", detail);
  }

  /** For what is good, but not now. */
  static Denial later(String detail) {
    return new Denial(503, "Not available", detail, HttpHeaders.RETRY_AFTER.toString(), RETRY_SECONDS);
  }

  Future<Void> answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      return Future.succeededFuture();
    }
    if (header != null) {
      response.putHeader(header, value);
    }
    return response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
        .end(new JsonObject().put("type", "about:blank").put("title", title).put("status", status).put("detail", detail).toBuffer());
  }
}
