package dev.computeserver.media;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The first and the last bytes of a file, kept while it goes by, and its length: what tells of its kind and whether all of it is there. */
public final class FileEnds {
  /** As many of the last bytes as are looked at: programs write their own words behind a picture. */
  private static final int TAIL = 16 * 1024;
  private static final int GIF_TAIL = 64;
  /** Shorter ones, of no pixels at all, are known for lacking their end, and shown all the same. */
  private static final int SHORT_GIF = 24;

  private byte[] head = new byte[0];
  private byte[] tail = new byte[0];
  private long length;

  /** Of a file that is here whole. */
  public static FileEnds of(Buffer whole) {
    FileEnds ends = new FileEnds();
    ends.add(whole);
    return ends;
  }

  /** Is to be told of each piece in turn. */
  public void add(Buffer piece) {
    head = joined(head, piece.getBytes(0, Math.min(piece.length(), FileType.HEAD - head.length)));
    byte[] latest = piece.getBytes(Math.max(0, piece.length() - TAIL), piece.length());
    int kept = Math.min(tail.length, TAIL - latest.length);
    tail = joined(Arrays.copyOfRange(tail, tail.length - kept, tail.length), latest);
    length += piece.length();
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** Up to {@value FileType#HEAD} bytes. */
  public byte[] head() {
    return head;
  }

  /** How many bytes have gone by. */
  public long length() {
    return length;
  }

  /**
   * Whether the end is lacking of a picture in a format that says where it ends. What begins unlike its format is not judged by its end, nor is
   * a picture that others stand behind.
   */
  boolean breaksOff() {
    String begin = new String(head, StandardCharsets.ISO_8859_1);
    String end = new String(tail, StandardCharsets.ISO_8859_1);
    if (begin.startsWith("\u0089PNG\r\n\u001a\n\0\0\0\rIHDR")) {
      return !end.contains("IEND");
    }
    if (begin.startsWith("\u00ff\u00d8\u00ff")) {
      return isJpeg(begin) && !end.contains("\u00ff\u00d9");
    }
    if (begin.startsWith("GIF8") && begin.length() > SHORT_GIF) {
      return !end.substring(Math.max(0, end.length() - GIF_TAIL)).contains("\0;");
    }
    return begin.startsWith("RIFF") && begin.startsWith("WEBPVP8", 8) && length + 1 < 8 + (new Bytes(head).little(4, 4) & 0xffffffffL);
  }

  private static boolean isJpeg(String begin) {
    int next = begin.length() < 6 ? begin.length() : 4 + (begin.charAt(4) << 8 | begin.charAt(5));
    return begin.startsWith("JFIF", 6) || begin.startsWith("Exif", 6) || next < begin.length() && begin.charAt(next) == 0xff;
  }
}
