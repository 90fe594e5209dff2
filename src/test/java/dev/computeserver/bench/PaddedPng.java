package dev.computeserver.bench;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Makes a valid PNG of an exact size in bytes: a small picture, and an ancillary chunk that fills the rest. */
final class PaddedPng {

  static final int SIDE = 64;
  private static final int END_CHUNK_BYTES = 12;
  private static final int CHUNK_FRAME_BYTES = 12;

  private PaddedPng() {
  }

  /** A {@value #SIDE} pixel wide square of {@code bytes} bytes in all, which must be at least 8,192. */
  static byte[] ofBytes(int bytes) {
    byte[] picture = picture();
    int padding = bytes - picture.length - CHUNK_FRAME_BYTES;
    if (padding < 0) {
      throw new IllegalArgumentException("A padded PNG needs at least " + (bytes - padding) + " bytes, not " + bytes);
    }
    int end = picture.length - END_CHUNK_BYTES;
    return ByteBuffer.allocate(bytes)
        .put(picture, 0, end)
        .put(chunk("paDd", new byte[padding]))
        .put(picture, end, END_CHUNK_BYTES)
        .array();
  }

  private static byte[] picture() {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        image.setRGB(x, y, x * 4 << 16 | y * 4 << 8 | 128);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.setUseCache(false);
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] chunk(String type, byte[] data) {
    Arrays.fill(data, (byte) 0x55);
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    return ByteBuffer.allocate(CHUNK_FRAME_BYTES + data.length)
        .putInt(data.length).put(name).put(data).putInt((int) crc.getValue())
        .array();
  }
}
