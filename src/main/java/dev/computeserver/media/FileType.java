package dev.computeserver.media;

import java.util.Locale;
import java.util.Set;

/**
 * Tells what a file is by its first bytes, since what is claimed of it is not always so. Where the bytes leave a choice, as in
 * containers that hold sound or pictures, a claim among what they may be wins.
 */
public final class FileType {
  /** As many bytes as are looked at. */
  public static final int HEAD = 4096;
  /** What nothing is known of. */
  public static final String UNKNOWN = "application/octet-stream";

  private static final Set<String> NO_CLAIMS = Set.of(UNKNOWN, "binary/octet-stream", "application/x-binary", "application/unknown", "*/*");

  /** Formats that no file of which lacks its signature. */
  private static final Set<String> SIGNED = Set.of("image/png", "image/apng", "image/jpeg", "image/jpg", "image/gif", "image/webp", "image/avif",
      "image/heic", "image/heif", "image/tiff", "video/mp4", "video/x-m4v", "video/quicktime", "video/webm", "video/x-matroska", "video/x-msvideo",
      "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave", "audio/mpeg", "audio/mp3", "audio/flac", "audio/x-flac", "audio/ogg", "audio/aac",
      "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/webm", "model/gltf-binary");
  private static final Set<String> MP3 = Set.of("audio/mpeg", "audio/mp3");

  private FileType() {
  }

  /** What a file is good for. */
  public enum Kind {
    IMAGE, VIDEO, AUDIO,
    /** A scene or shape in three dimensions. */
    MODEL,
    /** Anything to be read, pages and JSON included. */
    TEXT,
    /** An archive or document, known to be none of the others. */
    OTHER,
    UNKNOWN
  }

  /** The media type of a file that begins with {@code head}, which is claimed to be {@code claimed}, or nothing where that is null. */
  public static String of(byte[] head, String claimed) {
    String claim = plain(claimed);
    Seen seen = Seen.of(head);
    if (seen != null) {
      return claim != null && seen.mayBe(claim) ? claim : seen.type();
    }
    return claim == null || head.length > 0 && kind(claim) == Kind.TEXT ? UNKNOWN : claim;
  }

  /** Whether a file that begins with {@code head} may be of the claimed type: its bytes say so, or at least nothing else. */
  public static boolean fits(byte[] head, String claimed) {
    String claim = plain(claimed);
    return claim != null && of(head, claim).equals(claim);
  }

  /** Whether a file that begins with {@code head} is falsely called {@code type}: each file of that type shows what it is, and this shows nothing. */
  public static boolean isFalse(byte[] head, String type) {
    String claim = plain(type);
    return claim != null && SIGNED.contains(claim) && Seen.of(head) == null && !(MP3.contains(claim) && Seen.isSoundBehindJunk(head));
  }

  /** Whether bytes stand in {@code head} that no text holds, in whatever letters. */
  public static boolean isBinary(byte[] head) {
    for (byte each : head) {
      if (Written.isNoLetter(each & 0xff)) {
        return true;
      }
    }
    return false;
  }

  /** What a file that begins with {@code head} is good for, by its bytes alone where they tell, else by the claim. */
  public static Kind kind(byte[] head, String claimed) {
    return kind(of(head, claimed));
  }

  /** What files of a media type are good for. */
  public static Kind kind(String type) {
    String plain = plain(type);
    if (plain == null) {
      return Kind.UNKNOWN;
    }
    return switch (plain.substring(0, plain.indexOf('/'))) {
      case "image" -> Kind.IMAGE;
      case "video" -> Kind.VIDEO;
      case "audio" -> Kind.AUDIO;
      case "model" -> Kind.MODEL;
      case "text" -> Kind.TEXT;
      case "application" -> plain.matches("application/(json|xml|javascript|x-ndjson|yaml|vnd\\.apple\\.mpegurl|x-mpegurl)|.*\\+(json|xml)") ? Kind.TEXT
          : plain.equals("application/ogg") ? Kind.AUDIO : Kind.OTHER;
      default -> Kind.UNKNOWN;
    };
  }

  private static String plain(String type) {
    String plain = type == null ? "" : type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    return plain.matches("[a-z0-9.+-]+/[a-z0-9.+-]+") && !NO_CLAIMS.contains(plain) ? plain : null;
  }
}
