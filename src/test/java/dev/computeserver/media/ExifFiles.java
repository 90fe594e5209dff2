package dev.computeserver.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/** Gives pictures the note that they were stored lying on their side. */
public final class ExifFiles {

  private ExifFiles() {
  }

  /** Exif data with one entry. */
  static byte[] exif(int orientation) {
    return ByteBuffer.allocate(26).put("MM\0*".getBytes(StandardCharsets.ISO_8859_1)).putInt(8).putShort((short) 1)
        .putShort((short) 0x112).putShort((short) 3).putInt(1).putShort((short) orientation).array();
  }

  public static byte[] png(byte[] png, int orientation) {
    byte[] data = exif(orientation);
    byte[] named = ByteBuffer.allocate(4 + data.length).put("eXIf".getBytes(StandardCharsets.US_ASCII)).put(data).array();
    CRC32 sum = new CRC32();
    sum.update(named);
    byte[] chunk = ByteBuffer.allocate(8 + named.length).putInt(data.length).put(named).putInt((int) sum.getValue()).array();
    // Behind the signature and the first chunk.
    return inserted(png, 33, chunk);
  }

  static byte[] jpeg(byte[] jpeg, int orientation) {
    byte[] data = exif(orientation);
    byte[] segment = ByteBuffer.allocate(10 + data.length).putShort((short) 0xffe1).putShort((short) (8 + data.length))
        .put("Exif\0\0".getBytes(StandardCharsets.ISO_8859_1)).put(data).array();
    return inserted(jpeg, 2, segment);
  }

  static byte[] inserted(byte[] file, int at, byte[] part) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(Arrays.copyOf(file, at));
    out.writeBytes(part);
    out.writeBytes(Arrays.copyOfRange(file, at, file.length));
    return out.toByteArray();
  }
}
