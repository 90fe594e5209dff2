package dev.computeserver.outbound;

import dev.computeserver.outbound.UrlGuard.RefusedUrl;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An http or https URL as browsers read it, by the rules of the WHATWG's URL Standard. What is judged, what is connected to and
 * what is sent is this one reading. The fragment is dropped; a user name or password is refused.
 *
 * @param scheme {@code http} or {@code https}
 * @param host as it stands in a {@code Host} header: a name in ASCII, an IPv4 address, or an IPv6 address in brackets
 * @param address the host where it is an address, or null where it is a name
 * @param port the one that is connected to
 * @param path with a slash at its beginning, percent-encoded
 * @param query without its question mark, percent-encoded, or null
 */
public record WebUrl(String scheme, String host, InetAddress address, int port, String path, String query) {
  private static final int MOST_LETTERS = 4_096;
  private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*):(.*)", Pattern.DOTALL);
  private static final String PATH_ESCAPED = " \"#<>?^`{}";
  private static final String QUERY_ESCAPED = " \"#<>'";

  /** Throws {@link RefusedUrl}, which says why, for what is no such URL. */
  public static WebUrl of(String text) {
    return read(text, null);
  }

  /** Where a link on the page of this URL leads. */
  public WebUrl resolve(String place) {
    return read(place, this);
  }

  private static WebUrl read(String text, WebUrl base) {
    if (text == null || text.length() > MOST_LETTERS) {
      throw new RefusedUrl("the URL is longer than " + MOST_LETTERS + " characters");
    }
    String plain = trimmed(text);
    Matcher absolute = SCHEME.matcher(plain);
    if (!absolute.matches()) {
      if (base == null) {
        throw new RefusedUrl("the URL must begin with https:// or http://");
      }
      return base.relative(plain);
    }
    String scheme = absolute.group(1).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new RefusedUrl("the URL must begin with https:// or http://");
    }
    String rest = absolute.group(2);
    return base != null && scheme.equals(base.scheme) && !rest.startsWith("//") ? base.relative(rest) : withHost(scheme, rest);
  }

  /** Without what browsers take away before they read: blanks and controls around it, tabs and line breaks anywhere. */
  private static String trimmed(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && text.charAt(from) <= ' ') {
      from++;
    }
    while (to > from && text.charAt(to - 1) <= ' ') {
      to--;
    }
    StringBuilder plain = new StringBuilder(to - from);
    text.substring(from, to).chars().filter(c -> c != '\t' && c != '\n' && c != '\r').forEach(c -> plain.append((char) c));
    return plain.toString();
  }

  private WebUrl relative(String rest) {
    if (rest.length() > 1 && isSlash(rest.charAt(0)) && isSlash(rest.charAt(1))) {
      return withHost(scheme, rest);
    }
    int end = firstOf(rest, "?#", 0);
    String given = rest.substring(0, end);
    if (given.isEmpty()) {
      return new WebUrl(scheme, host, address, port, path, end < rest.length() && rest.charAt(end) == '?' ? query(rest, end) : query);
    }
    String whole = isSlash(given.charAt(0)) ? given : path.substring(0, path.lastIndexOf('/') + 1) + given;
    return new WebUrl(scheme, host, address, port, path(whole), query(rest, end));
  }

  private static WebUrl withHost(String scheme, String rest) {
    int from = 0;
    while (from < rest.length() && isSlash(rest.charAt(from))) {
      from++;
    }
    int end = firstOf(rest, "/\\?#", from);
    String authority = rest.substring(from, end);
    if (authority.indexOf('@') >= 0) {
      throw new RefusedUrl("the URL must not carry a user name or password");
    }
    int colon = authority.indexOf(':', authority.lastIndexOf(']') + 1);
    WebHost host = WebHost.of(colon < 0 ? authority : authority.substring(0, colon));
    int port = port(scheme, colon < 0 ? "" : authority.substring(colon + 1));
    int endOfPath = firstOf(rest, "?#", end);
    return new WebUrl(scheme, host.name(), host.address(), port, path(rest.substring(end, endOfPath)), query(rest, endOfPath));
  }

  private static int port(String scheme, String digits) {
    if (digits.isEmpty()) {
      return usualPort(scheme);
    }
    String number = digits.matches("[0-9]+") ? digits.replaceFirst("^0+(?=.)", "") : "";
    if (number.isEmpty() || number.length() > 5 || Integer.parseInt(number) > 65_535 || number.equals("0")) {
      throw new RefusedUrl("the URL's port must be from 1 to 65535");
    }
    return Integer.parseInt(number);
  }

  private static int usualPort(String scheme) {
    return scheme.equals("https") ? 443 : 80;
  }

  private static String path(String given) {
    List<String> parts = new ArrayList<>();
    String[] all = given.substring(given.isEmpty() || !isSlash(given.charAt(0)) ? 0 : 1).split("[/\\\\]", -1);
    for (int i = 0; i < all.length; i++) {
      String dots = all[i].toLowerCase(Locale.ROOT).replace("%2e", ".");
      boolean up = dots.equals("..");
      if (up && !parts.isEmpty()) {
        parts.remove(parts.size() - 1);
      }
      if (!up && !dots.equals(".")) {
        parts.add(escaped(all[i], PATH_ESCAPED));
      } else if (i == all.length - 1) {
        parts.add("");
      }
    }
    return "/" + String.join("/", parts);
  }

  private static String query(String rest, int questionMark) {
    return questionMark >= rest.length() || rest.charAt(questionMark) != '?' ? null
        : escaped(rest.substring(questionMark + 1, firstOf(rest, "#", questionMark)), QUERY_ESCAPED);
  }

  /** Percent-encoded in UTF-8; what is encoded already stays so. */
  private static String escaped(String text, String special) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().forEach(c -> {
      if (c > ' ' && c < 0x7f && special.indexOf(c) < 0) {
        out.append((char) c);
      } else {
        // Half a pair of surrogates stands for no character.
        String whole = c >= 0xd800 && c <= 0xdfff ? "\ufffd" : Character.toString(c);
        for (byte each : whole.getBytes(StandardCharsets.UTF_8)) {
          out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(each));
        }
      }
    });
    return out.toString();
  }

  private static int firstOf(String text, String any, int from) {
    int at = from;
    while (at < text.length() && any.indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return at;
  }

  private static boolean isSlash(char c) {
    return c == '/' || c == '\\';
  }

  public boolean tls() {
    return scheme.equals("https");
  }

  /** Scheme, host, and port where it is not the usual one. */
  public String origin() {
    return scheme + "://" + host + (port == usualPort(scheme) ? "" : ":" + port);
  }

  /** What is asked for at the host: path and query. */
  public String target() {
    return query == null ? path : path + "?" + query;
  }

  /** The URL in the form that every program reads alike. */
  @Override
  public String toString() {
    return origin() + target();
  }
}
