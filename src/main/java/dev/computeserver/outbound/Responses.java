package dev.computeserver.outbound;

import io.vertx.core.http.HttpClientResponse;

/** What all do with a response that is not read to its end. */
public final class Responses {
  private Responses() {
  }

  /**
   * Gives a response up, at whatever point: its connection is closed, or used again where all of it has come. What has come and was not
   * taken is taken off the connection, which would otherwise not be read for its next user.
   */
  public static void drop(HttpClientResponse response) {
    response.request().reset();
    response.resume();
  }
}
