package dev.computeserver.media;

import dev.computeserver.catalog.MediaKind;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells whether what was sent as a result can be one, by its first and last bytes: an error in JSON, a page or a text is no picture,
 * whatever it is called, and half a picture is none. What the bytes do not tell is believed.
 */
public final class FileCheck {
  /** Pictures that may move. */
  private static final Set<String> MOVING = Set.of("image/gif", "image/webp", "image/apng", "image/avif", "image/avif-sequence");
  private static final Set<FileType.Kind> MEDIA = EnumSet.of(FileType.Kind.IMAGE, FileType.Kind.VIDEO, FileType.Kind.AUDIO);
  private static final Set<String> PLAYLISTS = Set.of("application/vnd.apple.mpegurl", "application/dash+xml");
  private static final Set<String> PAGES = Set.of("application/pdf", "application/postscript");
  private static final int MOST_TOLD = 100;

  private final MediaKind wanted;
  private final boolean alone;

  /**
   * @param wanted what the task asks for; empty where anything will do
   * @param alone whether it is the only file of its task, and so nothing that stands beside another
   */
  public FileCheck(Optional<MediaKind> wanted, boolean alone) {
    this.wanted = wanted.orElse(null);
    this.alone = alone;
  }

  /**
   * What a file is.
   *
   * @param claims what it is said to be, the more trustworthy first
   */
  public Finding of(FileEnds file, List<String> claims) {
    Finding begun = of(file.head(), claims);
    return begun.fit() != Fit.NO_FILE && file.breaksOff() ? noFile("it breaks off after " + file.length() + " bytes") : begun;
  }

  private Finding of(byte[] head, List<String> claims) {
    if (head.length == 0) {
      return noFile("it is empty");
    }
    String claim = claims.stream().filter(each -> FileType.fits(head, each)).filter(each -> wanted == null || FileType.kind(each) != FileType.Kind.TEXT)
        .findFirst().orElse(null);
    String type = named(FileType.of(head, claim));
    FileType.Kind kind = FileType.kind(type);
    if (FileType.kind(FileType.of(head, null)) == FileType.Kind.TEXT && (wanted != null || type.endsWith("html"))) {
      String text = FileType.of(head, null);
      return noFile("it is " + text + (PLAYLISTS.contains(text) ? ", a playlist that links to the parts" : "") + ", not " + wanted() + ": " + beginning(head));
    }
    if (FileType.isFalse(head, type)) {
      return noFile("it is called " + type + " and is none");
    }
    if (wanted == null || fits(kind, type, claims)) {
      return new Finding(type, Fit.RIGHT, null);
    }
    String why = "it is " + type + ", not " + wanted();
    return alone ? noFile(why) : new Finding(type, Fit.OTHER_KIND, why);
  }

  private boolean fits(FileType.Kind kind, String type, List<String> claims) {
    return switch (kind) {
      case UNKNOWN -> true;
      // Many files, or one for a program of its own, come as an archive, but are not called a film then.
      case OTHER -> !PAGES.contains(type) && (wanted == MediaKind.MODEL || claims.stream().map(FileType::kind).noneMatch(MEDIA::contains));
      default -> kind.name().equals(wanted.name()) || wanted == MediaKind.VIDEO && MOVING.contains(type);
    };
  }

  /** Containers hold sound or films alike, and not all tell. */
  private String named(String type) {
    return wanted == MediaKind.AUDIO && (type.equals("video/mp4") || type.equals("video/webm") || type.equals("video/ogg"))
        ? type.replace("video", "audio") : type;
  }

  private String wanted() {
    return wanted == null ? "a file" : switch (wanted) {
      case IMAGE -> "an image";
      case VIDEO -> "a video";
      case AUDIO -> "audio";
      case MODEL -> "a 3D model";
    };
  }

  private static String beginning(byte[] head) {
    String text = new String(head, StandardCharsets.UTF_8).replaceAll("\\s+", " ").trim();
    return text.substring(0, Math.min(text.length(), MOST_TOLD));
  }

  private static Finding noFile(String why) {
    return new Finding(null, Fit.NO_FILE, why);
  }

  /** How a file fits what was asked for. */
  public enum Fit {
    RIGHT,
    /** A file of another kind, which may stand beside the right one: a preview, a track. */
    OTHER_KIND, NO_FILE
  }

  /**
   * What a file is.
   *
   * @param contentType what it is to be served as; null where it is no file
   * @param why it is not right, or null
   */
  public record Finding(String contentType, Fit fit, String why) {
  }
}
