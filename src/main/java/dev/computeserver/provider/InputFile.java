package dev.computeserver.provider;

import io.vertx.core.buffer.Buffer;
import java.util.Base64;

/**
 * The file behind an {@code *_url}, fetched.
 *
 * @param contentType told from its bytes
 */
public record InputFile(Buffer bytes, String contentType) {

  public String base64() {
    return Base64.getEncoder().encodeToString(bytes.getBytes());
  }

  public String dataUri() {
    return "data:" + contentType + ";base64," + base64();
  }

  /** A file name with an ending that fits the type, for multipart parts. */
  public String name(String stem) {
    String ending = switch (contentType) {
      case "image/jpeg" -> "jpg";
      case "audio/mpeg" -> "mp3";
      case "video/quicktime" -> "mov";
      case "model/gltf-binary" -> "glb";
      default -> contentType.substring(contentType.indexOf('/') + 1).replaceAll("^x-|[^a-z0-9].*", "");
    };
    return stem + "." + ending;
  }
}
