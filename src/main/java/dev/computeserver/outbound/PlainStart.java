package dev.computeserver.outbound;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How what a header calls packed may begin where it is not packed at all: as JSON, or as one of the usual files. */
final class PlainStart {
  /** As many bytes as are needed at most to know. */
  static final int ENOUGH = 12;

  private static final Pattern JSON = Pattern.compile("(?:\u00ef\u00bb\u00bf)?\\s*(?:\\{[\\s\"}]|\\[[\\s\\[{\"\\]\\d-]).*", Pattern.DOTALL);
  /** PNG, JPEG, GIF, PDF, ZIP, WebM, binary glTF, Ogg, FLAC, MP3 with and without a tag, TIFF, RIFF. */
  private static final List<byte[]> SIGNATURES = Stream.of("\u0089PNG", "\u00ff\u00d8\u00ff", "GIF8", "%PDF", "PK\3\4", "\u001aE\u00df\u00a3", "glTF", "OggS", "fLaC",
      "ID3", "\u00ff\u00fb", "\u00ff\u00f3", "\u00ff\u00f2", "II*\0", "MM\0*", "RIFF").map(PlainStart::bytes).toList();
  /** Of the family of MP4, behind a length. */
  private static final byte[] BOX = bytes("ftyp");

  private PlainStart() {
  }

  static boolean is(byte[] head) {
    return SIGNATURES.stream().anyMatch(signature -> begins(head, 0, signature)) || begins(head, 4, BOX)
        || JSON.matcher(new String(head, StandardCharsets.ISO_8859_1)).matches();
  }

  private static boolean begins(byte[] head, int at, byte[] with) {
    return head.length >= at + with.length && Arrays.equals(head, at, at + with.length, with, 0, with.length);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
