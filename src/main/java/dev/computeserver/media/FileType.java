package dev.computeserver.media;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Tells what a file is by its first bytes, since what a provider claims of it is not always so. */
public final class FileType {
  /** As many bytes as {@link #of} looks at. */
  public static final int HEAD = 32;

  private FileType() {
  }

  /** The media type of a file that begins with {@code head}, or {@code claimed}, or {@code application/octet-stream}. */
  public static String of(byte[] head, String claimed) {
    String seen = seen(head, new String(head, 0, Math.min(head.length, HEAD), StandardCharsets.ISO_8859_1));
    if (seen != null) {
      return seen;
    }
    String plain = claimed == null ? "" : claimed.split(";")[0].trim().toLowerCase(Locale.ROOT);
    return plain.matches("[a-z0-9.+-]+/[a-z0-9.+-]+") ? plain : "application/octet-stream";
  }

  private static String seen(byte[] head, String text) {
    // A page instead of a file is an error page, whatever the provider calls it.
    if (text.stripLeading().toLowerCase(Locale.ROOT).matches("(?s)<(!doctype )?html.*")) {
      return "text/html";
    }
    if (text.startsWith("\u0089PNG\r\n\u001a\n")) {
      return "image/png";
    }
    if (text.startsWith("\u00ff\u00d8\u00ff")) {
      return "image/jpeg";
    }
    if (text.startsWith("GIF8")) {
      return "image/gif";
    }
    if (text.startsWith("RIFF") && text.length() >= 12) {
      return switch (text.substring(8, 12)) {
        case "WEBP" -> "image/webp";
        case "WAVE" -> "audio/wav";
        case "AVI " -> "video/x-msvideo";
        default -> null;
      };
    }
    if (text.length() >= 12 && text.startsWith("ftyp", 4)) {
      return text.startsWith("avif", 8) ? "image/avif" : text.startsWith("M4A", 8) ? "audio/mp4"
          : text.startsWith("qt", 8) ? "video/quicktime" : "video/mp4";
    }
    if (text.startsWith("\u001aE\u00df\u00a3")) {
      return "video/webm";
    }
    if (text.startsWith("glTF")) {
      return "model/gltf-binary";
    }
    if (text.startsWith("OggS")) {
      return "audio/ogg";
    }
    if (text.startsWith("fLaC")) {
      return "audio/flac";
    }
    boolean mp3 = text.startsWith("ID3") || head.length > 2 && (head[0] & 0xff) == 0xff && (head[1] & 0xe6) == 0xe2;
    return mp3 ? "audio/mpeg" : null;
  }
}
