package dev.computeserver.media;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Files that are text: pages and messages that stand where a file should be, and formats that are written in letters. */
final class Written {
  /** What browsers take for a page, behind blanks and comments. */
  private static final Pattern PAGE = Pattern.compile(
      "(<\\?xml[^>]*>\\s*)?<(!doctype html|html|head|body|script|iframe|title|meta|style|table|div|h1|p|a|b|br|font)[\\s>/]");
  private static final Pattern COMMENTS = Pattern.compile("<!--.*?(-->|$)\\s*", Pattern.DOTALL);
  private static final Pattern SVG = Pattern.compile("(<\\?xml[^>]*>\\s*)?(<!doctype svg[^>\\[]*(\\[[^]]*])?\\s*>\\s*)?<svg[\\s>]");
  /** Documents in XML that are known by their outermost element. */
  private static final Pattern ROOT = Pattern.compile("(<\\?xml[^>]*>\\s*)?(<!doctype[^>\\[]*(\\[[^]]*])?\\s*>\\s*)?<(\\w+:)?(collada|x3d|mpd)[\\s>]");
  private static final Map<String, String> ROOTS = Map.of("collada", "model/vnd.collada+xml", "x3d", "model/x3d+xml", "mpd", "application/dash+xml");
  private static final Map<String, String> FIRST_WORDS = Map.of("WEBVTT", "text/vtt", "#EXTM3U", "application/vnd.apple.mpegurl", "#X3D V", "model/x3d-vrml",
      "#VRML V", "model/vrml");
  private static final Pattern XML = Pattern.compile("<(\\?xml|!doctype|[a-z_])[^<]*>");
  private static final Pattern JSON = Pattern.compile("(\\{\\s*(\"|}|$)|\\[\\s*([\\[{\"\\]0-9tfn-]|$))");
  private static final Pattern SCENE = Pattern.compile("\"asset\"\\s*:");
  private static final Pattern SHAPE = Pattern.compile("(mtllib|usemtl) \\S|(v|vn|vt) +-?[0-9.]|[og] [^\\n]*\\n\\s*(v|vn|vt|g|usemtl) ");
  private static final Pattern SOLID = Pattern.compile("solid\\b[^\\n]*\\n\\s*(facet|endsolid)\\b");

  private Written() {
  }

  /** Null where it is no text. */
  static Seen seen(byte[] head) {
    String text = text(head);
    if (text == null || head.length == 0) {
      return null;
    }
    String start = text.replaceFirst("^\ufeff", "").stripLeading();
    String plain = COMMENTS.matcher(start).replaceAll("").stripLeading().toLowerCase(Locale.ROOT);
    if (SVG.matcher(plain).lookingAt()) {
      return Seen.of("image/svg+xml");
    }
    if (PAGE.matcher(plain).lookingAt()) {
      return Seen.of("text/html", "application/xhtml+xml");
    }
    Matcher root = ROOT.matcher(plain);
    if (root.lookingAt()) {
      return Seen.of(ROOTS.get(root.group(5)), "application/xml", "text/xml");
    }
    String known = FIRST_WORDS.entrySet().stream().filter(word -> start.startsWith(word.getKey())).map(Map.Entry::getValue).findFirst().orElse(null);
    if (known != null) {
      return Seen.of(known, "text/plain");
    }
    if (XML.matcher(plain).lookingAt()) {
      return new Seen("application/xml", claim -> claim.endsWith("xml") && !claim.equals("image/svg+xml"));
    }
    if (JSON.matcher(start).lookingAt()) {
      return new Seen(SCENE.matcher(start).find() ? "model/gltf+json" : "application/json",
          claim -> claim.endsWith("json") || claim.equals("text/plain"));
    }
    String type = SOLID.matcher(plain).lookingAt() ? "model/stl"
        : SHAPE.matcher(withoutRemarks(start)).lookingAt() ? "model/obj" : "text/plain";
    return new Seen(type, claim -> FileType.kind(claim) == FileType.Kind.MODEL && !claim.startsWith("model/gltf")
        || FileType.kind(claim) == FileType.Kind.TEXT && !claim.endsWith("html") && !claim.endsWith("xml"));
  }

  private static String withoutRemarks(String start) {
    String rest = start;
    while (rest.startsWith("#")) {
      int end = rest.indexOf('\n');
      rest = end < 0 ? "" : rest.substring(end + 1).stripLeading();
    }
    return rest;
  }

  /** The head in UTF-8 or UTF-16, or null where it holds what no text does. */
  private static String text(byte[] head) {
    int length = Math.min(head.length, FileType.HEAD);
    boolean wide = length > 1 && ((head[0] & 0xff) == 0xff && (head[1] & 0xff) == 0xfe || (head[0] & 0xff) == 0xfe && (head[1] & 0xff) == 0xff);
    CharsetDecoder decoder = (wide ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8).newDecoder();
    CharBuffer out = CharBuffer.allocate(length);
    // What is cut off at the end of the head is no fault.
    CoderResult read = decoder.decode(ByteBuffer.wrap(head, 0, length), out, false);
    String text = out.flip().toString();
    return read.isError() || text.chars().anyMatch(Written::isNoLetter) ? null : text;
  }

  static boolean isNoLetter(int c) {
    return c < ' ' && "\t\n\r\f\u001b".indexOf(c) < 0 || c == 0x7f;
  }
}
