package dev.computeserver.provider;

import dev.computeserver.media.FileType;
import dev.computeserver.media.FileType.Kind;
import java.util.Set;

/**
 * What a field of the input must lead to. Bytes that are known to be something else are refused, whatever is claimed of them, and so are those
 * that are nothing known where each file of the claimed type shows what it is.
 */
enum InputKind {
  PICTURE("a picture", Set.of(Kind.IMAGE)),
  SOUND("an audio file or a video", Set.of(Kind.AUDIO, Kind.VIDEO)),
  FILM("a video", Set.of(Kind.VIDEO)),
  FILE("a file", Set.of(Kind.values()));

  private final String words;
  private final Set<Kind> kinds;

  InputKind(String words, Set<Kind> kinds) {
    this.words = words;
    this.kinds = kinds;
  }

  static InputKind of(String field) {
    return switch (field) {
      case "image_url", "mask_url" -> PICTURE;
      case "audio_url" -> SOUND;
      case "video_url" -> FILM;
      default -> FILE;
    };
  }

  /**
   * The media type of a file that begins with {@code head}; throws {@link InvalidInput} where it is not what the field wants.
   *
   * @param claimed what is said of it, or null
   */
  String typeOf(String field, byte[] head, String claimed) {
    if (head.length == 0) {
      throw InvalidInput.input(field, "must be " + words + ", but there is nothing in it");
    }
    Kind kind = FileType.kind(head, null);
    if (kind != Kind.UNKNOWN && !kinds.contains(kind)) {
      throw InvalidInput.input(field, "must be " + words + ", but is " + described(FileType.of(head, null)));
    }
    if (FileType.isFalse(head, claimed)) {
      throw InvalidInput.input(field, "must be " + words + ", but is said to be " + FileType.of(head, claimed) + " and is not");
    }
    return FileType.of(head, claimed);
  }

  private static String described(String type) {
    return switch (type) {
      case "text/html" -> "a web page";
      case "text/plain" -> "text";
      case "application/json" -> "JSON";
      case "application/xml" -> "XML";
      default -> type;
    };
  }
}
