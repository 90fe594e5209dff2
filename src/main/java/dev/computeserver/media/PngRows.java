package dev.computeserver.media;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Writes a PNG row by row, so that only its file is in memory and not its pixels, which Java's own writer wants whole. */
final class PngRows implements AutoCloseable {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int COLOURS = 2;
  private static final int COLOURS_AND_ALPHA = 6;

  private final ByteBuffer head;
  private final ByteArrayOutputStream pixels = new ByteArrayOutputStream();
  private final Deflater deflater = new Deflater();
  private final DeflaterOutputStream rows = new DeflaterOutputStream(pixels, deflater);

  /** @param alpha whether a pixel is red, green, blue and alpha, a byte each, or without alpha */
  PngRows(int width, int height, boolean alpha) {
    head = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) 8).put((byte) (alpha ? COLOURS_AND_ALPHA : COLOURS));
  }

  void add(byte[] row) throws IOException {
    rows.write(0);
    rows.write(row);
  }

  /** The whole file. */
  byte[] end() throws IOException {
    rows.finish();
    ByteArrayOutputStream file = new ByteArrayOutputStream(pixels.size() + 100);
    file.write(SIGNATURE);
    chunk(file, "IHDR", head.array());
    chunk(file, "IDAT", pixels.toByteArray());
    chunk(file, "IEND", new byte[0]);
    return file.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream file, String name, byte[] data) throws IOException {
    byte[] type = name.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(type);
    sum.update(data);
    file.write(ByteBuffer.allocate(4).putInt(data.length).array());
    file.write(type);
    file.write(data);
    file.write(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }

  @Override
  public void close() {
    deflater.end();
  }
}
