package dev.computeserver.provider;

import dev.computeserver.media.AnyBase64;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A file that a provider made: still there behind a link, or already here; or what stands in its place where the provider's
 * result names one and gives none.
 *
 * @param url where to fetch it, or null where it is here
 * @param content the file itself, or null where it is to be fetched
 * @param contentType as the provider says, or null
 * @param width pixels as the provider says, or null
 * @param height likewise
 * @param authorized whether the link is the provider's own and wants the key
 * @param missing why it cannot be had, or null
 */
public record Media(String url, Buffer content, String contentType, Integer width, Integer height, boolean authorized, String missing) {
  private static final Pattern BLANKS = Pattern.compile("\\s+");
  /** Whole, or without its host; what is in base64 may begin with a slash, too, but holds no other mark. */
  private static final Pattern LINK = Pattern.compile("(?i)\\s*((https?|data):|/[\\w+/=]*+[^\\w\\s+/=]\\S*+\\s*$)");
  /** The shortest text that may be a file in base64. */
  private static final int FEWEST_LETTERS = 64;
  /** Where an object holds a file, or a link to it. */
  private static final List<String> CONTENTS = List.of("b64_json", "b64", "base64", "bytesBase64Encoded", "file_data", "audio_base64", "data");
  private static final List<String> LINKS = List.of("url", "uri", "sample", "image_url", "video_url", "audio_url", "file_url", "content_url", "fileUri", "file_uri", "href",
      "image", "video", "audio");
  private static final List<String> TYPES = List.of("content_type", "mime_type", "mimeType");

  /** Behind a public link. */
  public static Media at(String url, String contentType) {
    return new Media(url, null, contentType, null, null, false, null);
  }

  /** Behind a link of the provider's own origin that wants the key. */
  public static Media atAuthorized(String url, String contentType) {
    return new Media(url, null, contentType, null, null, true, null);
  }

  /** Here: the body of a reply. */
  public static Media of(Buffer content, String contentType) {
    return new Media(null, content, contentType, null, null, false, null);
  }

  /** Named by the provider's result, which gives neither a link nor content. */
  public static Media missing(String why) {
    return new Media(null, null, null, null, null, false, why);
  }

  /** Here in base64, in lines or as a data URI, too; missing where that is empty or no base64. */
  public static Media ofBase64(String base64, String contentType) {
    if (base64 != null && base64.regionMatches(true, 0, "data:", 0, 5)) {
      return from(base64, contentType);
    }
    try {
      byte[] content = base64 == null ? new byte[0] : AnyBase64.decode(inOneLine(base64));
      return content.length == 0 ? missing("the provider gave an empty file") : of(Buffer.buffer(content), contentType);
    } catch (IllegalArgumentException malformed) {
      return missing("the provider gave a file in malformed base64");
    }
  }

  private static String inOneLine(String base64) {
    return base64.indexOf('\n') < 0 && base64.indexOf('\r') < 0 && base64.indexOf(' ') < 0 ? base64 : BLANKS.matcher(base64).replaceAll("");
  }

  /** A link or a data URI, as some providers give one or the other; missing where it is neither. */
  public static Media from(Object urlOrData, String contentType) {
    if (!(urlOrData instanceof String given) || given.isBlank()) {
      return missing("the provider gave no link to the file");
    }
    if (!given.regionMatches(true, 0, "data:", 0, 5)) {
      return at(given.strip(), contentType);
    }
    int comma = given.indexOf(',');
    if (comma < 0) {
      return missing("the provider gave a malformed data URI");
    }
    String type = given.substring(5, comma).split(";")[0];
    return ofBase64(given.substring(comma + 1), type.isEmpty() ? contentType : type);
  }

  /**
   * A file as results name it: a link, a data URI, or an object that holds one of these or the content, with its type and size. Of
   * several the content is taken, where it is good.
   *
   * @param contentType where the object tells none
   */
  static Media named(Object given, String contentType) {
    if (given instanceof String text) {
      return isLink(text) || text.length() < FEWEST_LETTERS ? from(isLink(text) ? text : null, contentType) : ofBase64(text, contentType);
    }
    if (!(given instanceof JsonObject file)) {
      return from(null, contentType);
    }
    String type = TYPES.stream().map(field -> Json.text(file, field)).filter(Objects::nonNull).findFirst().orElse(contentType);
    Media best = ways(file, type).filter(way -> !way.isMissing()).findFirst().or(() -> ways(file, type).findFirst()).orElseGet(() -> from(null, type));
    Integer wide = Json.whole(file, "width");
    Integer high = Json.whole(file, "height");
    return wide == null && high == null ? best : best.sized(wide, high);
  }

  private static Stream<Media> ways(JsonObject file, String type) {
    Stream<Media> contents = CONTENTS.stream().map(file::getValue).filter(String.class::isInstance).map(String.class::cast)
        .map(content -> isLink(content) ? from(content, type) : ofBase64(content, type));
    return Stream.concat(contents, LINKS.stream().map(file::getValue).filter(Objects::nonNull).map(link -> named(link, type)));
  }

  static boolean isLink(String text) {
    return LINK.matcher(text).lookingAt();
  }

  /** Those of a list, of which each keeps its place; or the one that stands in the list's place. */
  static List<Media> all(Object given, String contentType) {
    return given instanceof JsonArray list ? list.stream().map(each -> named(each, contentType)).toList()
        : isNamed(given) ? List.of(named(given, contentType)) : List.of();
  }

  /** Those of the first of some fields that names any, or what stands as a file by itself; empty where there is none. */
  static List<Media> in(JsonObject json, String contentType, String... fields) {
    Media itself = named(json, contentType);
    return Stream.of(fields).map(field -> all(json.getValue(field), contentType)).filter(files -> !files.isEmpty()).findFirst()
        .orElse(itself.isMissing() ? List.of() : List.of(itself));
  }

  /** Whether a value names a file, be it one that cannot be had. */
  static boolean isNamed(Object given) {
    return given instanceof JsonObject file ? Stream.concat(CONTENTS.stream(), LINKS.stream()).anyMatch(file::containsKey)
        : given instanceof String text && isLink(text);
  }

  public Media sized(Integer pixelsWide, Integer pixelsHigh) {
    return new Media(url, content, contentType, pixelsWide, pixelsHigh, authorized, missing);
  }

  boolean here() {
    return content != null;
  }

  boolean isMissing() {
    return missing != null;
  }

  JsonObject toJson() {
    return JsonObject.mapFrom(this);
  }
}
