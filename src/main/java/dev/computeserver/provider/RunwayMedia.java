package dev.computeserver.provider;

import java.util.regex.Pattern;

/** In which forms Runway takes a file: a link that it follows, a data URI or the URI of an upload. */
final class RunwayMedia {
  /** Characters of a data URI. */
  static final int MOST_INLINE = 5 * 1024 * 1024;

  /** Of an upload, in bytes. */
  private static final int SHORTEST_UPLOAD = 512;
  private static final int LONGEST_LINK = 2_048;
  /** A host by its name, in which the last label is no number. */
  private static final Pattern LINK = Pattern.compile("https://([A-Za-z0-9_-]+\\.)+[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*(:\\d+)?([/?#].*)?");
  private static final Pattern PICTURE = Pattern.compile("data:image/(jpeg|jpg|png|webp);base64,");
  private static final Pattern USABLE = Pattern.compile("image/(jpeg|png|webp)|video/.+|audio/.+");
  private static final Pattern VIDEO = Pattern.compile("data:video/[a-z0-9.+-]+;base64,");

  private RunwayMedia() {
  }

  static boolean followed(String link) {
    return link.length() <= LONGEST_LINK && LINK.matcher(link).matches();
  }

  /** A file that is to be uploaded; of which of these kinds a model wants it tells the submit. */
  static void check(String field, InputFile file) {
    if (!USABLE.matcher(file.contentType()).matches()) {
      throw InvalidInput.input(field, "must be a JPEG, PNG or WebP picture, a video or a sound for runway, not " + file.contentType());
    }
    if (file.bytes().length() < SHORTEST_UPLOAD) {
      throw InvalidInput.input(field, "must be a file of " + SHORTEST_UPLOAD + " bytes or more where it is uploaded to runway; it has " + file.bytes().length()
          + "; send it as a data URI");
    }
  }

  static String picture(String field, String given) {
    return checked(field, given, PICTURE, "a JPEG, PNG or WebP picture");
  }

  static String video(String field, String given) {
    return checked(field, given, VIDEO, "a video");
  }

  private static String checked(String field, String given, Pattern inline, String kind) {
    if (!given.startsWith("data:")) {
      return given;
    }
    if (!inline.matcher(given.substring(0, Math.min(100, given.length()))).lookingAt()) {
      throw InvalidInput.input(field, "must be " + kind + ": a link, or a data URI in base64");
    }
    if (given.length() > MOST_INLINE) {
      throw InvalidInput.input(field, "must be at most 5 MB in base64, or a link");
    }
    return given;
  }
}
