package dev.computeserver.provider;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Base64;

/**
 * A file that a provider made: still there behind a link, or already here.
 *
 * @param url where to fetch it, or null where it is here
 * @param content the file itself, or null where it is to be fetched
 * @param contentType as the provider says, or null
 * @param width pixels as the provider says, or null
 * @param height likewise
 * @param authorized whether the link is the provider's own and wants the key
 */
public record Media(String url, Buffer content, String contentType, Integer width, Integer height, boolean authorized) {

  /** Behind a public link. */
  public static Media at(String url, String contentType) {
    return new Media(url, null, contentType, null, null, false);
  }

  /** Behind a link of the provider's own origin that wants the key. */
  public static Media atAuthorized(String url, String contentType) {
    return new Media(url, null, contentType, null, null, true);
  }

  /** Here: the body of a reply. */
  public static Media of(Buffer content, String contentType) {
    return new Media(null, content, contentType, null, null, false);
  }

  /** Here in base64; throws {@link IllegalArgumentException} where it is none. */
  public static Media ofBase64(String base64, String contentType) {
    return of(Buffer.buffer(Base64.getDecoder().decode(base64)), contentType);
  }

  /** A link or a data URI, as some providers give one or the other. */
  public static Media from(String urlOrData, String contentType) {
    if (!urlOrData.startsWith("data:")) {
      return at(urlOrData, contentType);
    }
    int comma = urlOrData.indexOf(',');
    String type = urlOrData.substring(5, comma).split(";")[0];
    return ofBase64(urlOrData.substring(comma + 1), type.isEmpty() ? contentType : type);
  }

  public Media sized(Integer pixelsWide, Integer pixelsHigh) {
    return new Media(url, content, contentType, pixelsWide, pixelsHigh, authorized);
  }

  boolean here() {
    return content != null;
  }

  JsonObject toJson() {
    return JsonObject.mapFrom(this);
  }
}
