package dev.computeserver.sandbox;

import java.nio.charset.StandardCharsets;

/** A made thing: bytes with their true type; width and height of pictures and videos, seconds of sound, else 0. */
record Made(byte[] bytes, String contentType, int width, int height, double seconds) {

  static Made text(String text, double seconds) {
    return new Made(text.getBytes(StandardCharsets.UTF_8), "text/plain; charset=utf-8", 0, 0, seconds);
  }

  String text() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The usual ending of file names of this type, without a dot. */
  String ending() {
    return switch (contentType) {
      case "image/png" -> "png";
      case "image/jpeg" -> "jpeg";
      case "audio/wav" -> "wav";
      case "video/mp4" -> "mp4";
      case "model/gltf-binary" -> "glb";
      default -> "txt";
    };
  }
}
