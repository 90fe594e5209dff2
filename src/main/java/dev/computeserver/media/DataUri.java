package dev.computeserver.media;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/**
 * A file in a URL of its own, {@code data:image/png;base64,…}, as browsers read it.
 *
 * @param type as claimed, such as {@code image/png}; may be empty
 * @param base64 whether the data is in base64, else in percent-encoding
 * @param data where it begins in the text
 */
public record DataUri(String text, String type, boolean base64, int data) {
  private static final String SCHEME = "data:";
  /** What is not data by itself, or written otherwise than most programs read it. */
  private static final String ODD = "%#-_ \t\n\f\r";

  public static boolean is(String url) {
    return SCHEME.regionMatches(true, 0, url.stripLeading(), 0, SCHEME.length());
  }

  /** Throws {@link Malformed} where it has no comma. */
  public static DataUri of(String url) {
    String text = url.strip();
    int comma = text.indexOf(',');
    if (!is(text) || comma < 0) {
      throw new Malformed("must be a data URI such as data:image/png;base64,…");
    }
    String head = text.substring(SCHEME.length(), comma).replaceAll("\\s", "");
    boolean base64 = head.toLowerCase(Locale.ROOT).endsWith(";base64");
    return new DataUri(text, base64 ? head.substring(0, head.length() - ";base64".length()) : head, base64, comma + 1);
  }

  /** Whether the first comma, at which browsers begin the data, stands within a quoted parameter, where whoever wrote it meant no such thing. */
  public boolean isCutInQuotes() {
    return text.substring(0, data).chars().filter(c -> c == '"').count() % 2 == 1;
  }

  /** As many bytes as the data may at most be. */
  public long mostBytes() {
    long letters = text.length() - data;
    return base64 ? letters / 4 * 3 + 3 : letters;
  }

  /** Its first bytes, at least so many where there are; throws {@link Malformed} where these cannot be read. */
  public byte[] head(int bytes) {
    int letters = base64 ? (bytes + 2) / 3 * 4 : 3 * bytes;
    String start = text.substring(data, Math.min(text.length(), data + letters));
    // What is not written plainly may be any length.
    boolean whole = start.length() == text.length() - data || start.chars().anyMatch(c -> c <= ' ' || c == '%' || c == '#');
    return whole ? bytes() : base64 ? ofBase64(start) : ofPercents(start);
  }

  /** All of its bytes; throws {@link Malformed} where these cannot be read. Costs time by the length. */
  public byte[] bytes() {
    int fragment = text.indexOf('#', data);
    String all = text.substring(data, fragment < 0 ? text.length() : fragment);
    return base64 ? ofBase64(isPlain() ? all : plain(all)) : ofPercents(all);
  }

  /** The same data under another type, in the form that every program reads; the very text where it is that already. */
  public String as(String otherType) {
    String head = SCHEME + otherType + ";base64,";
    boolean same = base64 && data == head.length() && text.startsWith(head) && isPlain();
    return same ? text : head + (base64 && isPlain() ? text.substring(data) : Base64.getEncoder().encodeToString(bytes()));
  }

  private boolean isPlain() {
    return ODD.chars().noneMatch(odd -> text.indexOf(odd, data) >= 0);
  }

  private static String plain(String letters) {
    String whole = letters.indexOf('%') < 0 ? letters : new String(ofPercents(letters), StandardCharsets.ISO_8859_1);
    return whole.replaceAll("[ \\t\\n\\f\\r]", "");
  }

  private static byte[] ofBase64(String letters) {
    try {
      return AnyBase64.decode(letters);
    } catch (IllegalArgumentException malformed) {
      throw new Malformed("is not valid base64");
    }
  }

  private static byte[] ofPercents(String letters) {
    byte[] raw = letters.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(raw.length);
    for (int i = 0; i < raw.length; i++) {
      int high = raw[i] == '%' && i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
      int low = high < 0 ? -1 : Character.digit(raw[i + 2], 16);
      out.write(low < 0 ? raw[i] : high << 4 | low);
      i += low < 0 ? 0 : 2;
    }
    return out.toByteArray();
  }

  /** It cannot be read; the message says what it must be. */
  public static final class Malformed extends RuntimeException {
    Malformed(String message) {
      super(message, null, false, false);
    }
  }
}
