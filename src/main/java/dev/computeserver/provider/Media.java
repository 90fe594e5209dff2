package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;

/**
 * A file that a provider made and that is still there.
 *
 * @param url where to fetch it
 * @param contentType as the provider says, or null
 * @param width pixels as the provider says, or null
 * @param height likewise
 */
public record Media(String url, String contentType, Integer width, Integer height) {

  public static Media of(String url) {
    return new Media(url, null, null, null);
  }

  JsonObject toJson() {
    return JsonObject.mapFrom(this);
  }
}
