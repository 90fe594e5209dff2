package dev.computeserver.media;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Width and height of a picture in pixels, read from its head without decoding it.
 */
public record PictureSize(int width, int height) {

  /** Of a PNG, JPEG or WebP; empty for what is none or is damaged. */
  public static Optional<PictureSize> of(byte[] file) {
    try {
      String start = new String(file, 0, Math.min(file.length, 16), StandardCharsets.ISO_8859_1);
      PictureSize size = start.startsWith("\u0089PNG") ? png(file) : start.startsWith("\u00ff\u00d8") ? jpeg(file)
          : start.startsWith("RIFF") && start.startsWith("WEBP", 8) ? webp(file, start.substring(12)) : null;
      return Optional.ofNullable(size).filter(found -> found.width > 0 && found.height > 0);
    } catch (IndexOutOfBoundsException damaged) {
      return Optional.empty();
    }
  }

  private static PictureSize png(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file);
    return new PictureSize(in.getInt(16), in.getInt(20));
  }

  /** The size stands in the frame header, behind any number of other segments. */
  private static PictureSize jpeg(byte[] file) {
    int at = 2;
    while (true) {
      int marker = number(file, at + 1, 1);
      if (marker == 0xff) {
        at++;
        continue;
      }
      boolean frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
      if (frame) {
        return new PictureSize(number(file, at + 7, 2), number(file, at + 5, 2));
      }
      at += 2 + Math.max(2, number(file, at + 2, 2));
    }
  }

  private static PictureSize webp(byte[] file, String kind) {
    return switch (kind) {
      case "VP8X" -> new PictureSize(1 + little(file, 24, 3), 1 + little(file, 27, 3));
      case "VP8L" -> new PictureSize(1 + (little(file, 21, 2) & 0x3fff), 1 + (little(file, 22, 3) >> 6 & 0x3fff));
      case "VP8 " -> new PictureSize(little(file, 26, 2) & 0x3fff, little(file, 28, 2) & 0x3fff);
      default -> null;
    };
  }

  private static int number(byte[] file, int at, int bytes) {
    int number = 0;
    for (int i = 0; i < bytes; i++) {
      number = number << 8 | file[at + i] & 0xff;
    }
    return number;
  }

  private static int little(byte[] file, int at, int bytes) {
    int number = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      number = number << 8 | file[at + i] & 0xff;
    }
    return number;
  }
}
