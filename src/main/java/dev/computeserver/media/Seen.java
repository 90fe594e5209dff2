package dev.computeserver.media;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What the first bytes of a file say that it is.
 *
 * @param type the most likely
 * @param others what it may be as well
 */
record Seen(String type, Predicate<String> others) {
  private static final int FEWEST_FRAMES = 3;
  private static final List<Signature> SIGNATURES = List.of(
      new Signature("\u0089PNG\r\n\u001a\n", "image/png", "image/apng"), new Signature("\u00ff\u00d8\u00ff", "image/jpeg"),
      new Signature("GIF87a", "image/gif"), new Signature("GIF89a", "image/gif"),
      new Signature("II*\0", "image/tiff", "image/x-adobe-dng"), new Signature("MM\0*", "image/tiff", "image/x-adobe-dng"),
      new Signature("II+\0", "image/tiff"), new Signature("MM\0+", "image/tiff"),
      new Signature("\0\0\u0001\0", "image/x-icon", "image/vnd.microsoft.icon"), new Signature("8BPS", "image/vnd.adobe.photoshop"),
      new Signature("v/1\u0001", "image/x-exr", "image/aces"), new Signature("#?RADIANCE", "image/vnd.radiance"),
      new Signature("\u00ff\n", "image/jxl"), new Signature("\0\0\0\fJXL ", "image/jxl"), new Signature("\0\0\0\fjP  ", "image/jp2", "image/jpx"),
      new Signature("fLaC", "audio/flac"), new Signature("MThd", "audio/midi"), new Signature("#!AMR", "audio/amr", "audio/amr-wb"),
      new Signature("caff", "audio/x-caf"), new Signature("APETAGEX", "audio/mpeg", "audio/ape"), new Signature("ADIF", "audio/aac"), new Signature(".snd", "audio/basic"),
      new Signature("FLV\u0001", "video/x-flv"), new Signature("\0\0\u0001\u00ba", "video/mpeg"), new Signature("\0\0\u0001\u00b3", "video/mpeg"),
      new Signature("0&\u00b2u\u008ef\u00cf\u0011", "video/x-ms-asf", "video/x-ms-wmv", "audio/x-ms-wma"),
      new Signature("glTF", "model/gltf-binary"), new Signature("PXR-USDC", "model/vnd.usd"),
      new Signature("ply\n", "model/ply"), new Signature("ply\r", "model/ply"), new Signature("#usda ", "model/vnd.usda"),
      new Signature("%PDF-", "application/pdf"), new Signature("\u001f\u008b", "application/gzip", "application/x-gzip", "application/x-tar"),
      new Signature("(\u00b5/\u00fd", "application/zstd"), new Signature("7z\u00bc\u00af'\u001c", "application/x-7z-compressed"),
      new Signature("Rar!\u001a\u0007", "application/vnd.rar"));

  /** Behind the end of what was printed before, or, in a picture for old programs, behind a table of where it begins. */
  private static final Pattern POSTSCRIPT = Pattern.compile("\u0004?%!PS|\u00c5\u00d0\u00d3\u00c6");

  /** Null where they say nothing. */
  static Seen of(byte[] head) {
    String text = new String(head, 0, Math.min(head.length, FileType.HEAD), StandardCharsets.ISO_8859_1);
    for (Signature signature : SIGNATURES) {
      if (text.startsWith(signature.start)) {
        return of(signature.type, signature.others);
      }
    }
    Seen binary = text.startsWith("RIFF") || text.startsWith("RIFX") || text.startsWith("RF64") || text.startsWith("FORM") ? chunks(text)
        : text.startsWith("PK\u0003\u0004") ? archive(text) : text.startsWith("BM") ? bitmap(text)
        : POSTSCRIPT.matcher(text).lookingAt() ? postscript(text) : Containers.seen(text, head);
    if (binary == null) {
      binary = sound(text, head);
    }
    return binary == null ? Written.seen(head) : binary;
  }

  static Seen of(String type, String... others) {
    return new Seen(type, Set.of(others)::contains);
  }

  /** The same, but no claim of another kind fits. */
  Seen of(FileType.Kind kind) {
    return new Seen(type, claim -> FileType.kind(claim) == kind && others.test(claim));
  }

  boolean mayBe(String claim) {
    return claim.equals(type) || others.test(claim);
  }

  private static Seen chunks(String text) {
    return switch (text.substring(Math.min(8, text.length()), Math.min(12, text.length()))) {
      case "WEBP" -> of("image/webp");
      case "WAVE" -> of("audio/wav");
      case "AVI " -> of("video/x-msvideo");
      case "AIFF", "AIFC" -> of("audio/aiff");
      default -> null;
    };
  }

  /** Many formats are archives; which one, only the names inside tell. */
  private static Seen archive(String text) {
    int length = text.length() < 30 ? 0 : text.charAt(26) | text.charAt(27) << 8;
    String first = text.substring(Math.min(30, text.length()), Math.min(30 + length, text.length()));
    return first.matches("(?i).*\\.usd[azc]?") ? of("model/vnd.usdz+zip")
        : new Seen("application/zip", claim -> claim.endsWith("+zip") || claim.equals("model/3mf") || FileType.kind(claim) == FileType.Kind.OTHER);
  }

  private static Seen bitmap(String text) {
    boolean plausible = text.length() >= 18 && text.startsWith("\0\0\0\0", 6) && text.startsWith("\0\0", 16)
        && Set.of(12, 40, 52, 56, 64, 108, 124).contains(text.charAt(14) | text.charAt(15) << 8);
    return plausible ? of("image/bmp") : null;
  }

  /** A picture to stand in a page, or pages. */
  private static Seen postscript(String text) {
    return text.startsWith("\u00c5") || text.split("[\r\n]", 2)[0].contains("EPSF") ? of("image/x-eps", "image/eps", "application/eps", "application/x-eps")
        : of("application/postscript");
  }

  private static Seen sound(String text, byte[] head) {
    if (text.startsWith("ID3")) {
      return of("audio/mpeg", "audio/aac", "audio/flac", "audio/aiff");
    }
    int first = head.length > 2 ? (head[0] & 0xff) << 8 | head[1] & 0xff : 0;
    if ((first & 0xfff6) == 0xfff0) {
      return of("audio/aac");
    }
    return isMpegFrame(head, 0) ? of("audio/mpeg") : null;
  }

  private static boolean isMpegFrame(byte[] head, int at) {
    if (at + 2 >= head.length) {
      return false;
    }
    int first = (head[at] & 0xff) << 8 | head[at + 1] & 0xff;
    boolean layers23 = (first & 0xffe6) == 0xffe2 || (first & 0xffe6) == 0xffe4;
    return layers23 && (first & 0x0018) != 0x0008 && (head[at + 2] & 0xf0) != 0xf0 && (head[at + 2] & 0x0c) != 0x0c;
  }

  /** Players find the first frame of an MP3 wherever it is; bytes that happen to look like one hardly repeat. */
  static boolean isSoundBehindJunk(byte[] head) {
    Map<Integer, Integer> alike = new HashMap<>();
    for (int at = 0; at + 2 < head.length; at++) {
      if (isMpegFrame(head, at) && alike.merge((head[at + 1] & 0xff) << 8 | head[at + 2] & 0x0c, 1, Integer::sum) >= FEWEST_FRAMES) {
        return true;
      }
    }
    return false;
  }

  private record Signature(String start, String type, String... others) {
  }
}
