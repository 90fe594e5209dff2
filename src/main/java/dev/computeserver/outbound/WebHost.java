package dev.computeserver.outbound;

import dev.computeserver.outbound.UrlGuard.RefusedUrl;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The host of a URL as browsers read it: names of all scripts, numbers in all forms of an IPv4 address.
 *
 * @param name in ASCII, in its shortest form
 * @param address null where it is a name that must be looked up
 */
record WebHost(String name, InetAddress address) {
  private static final String FORBIDDEN = " #/:<>?@[\\]^|%";

  static WebHost of(String text) {
    if (text.isEmpty()) {
      throw new RefusedUrl("the URL names no host");
    }
    if (text.startsWith("[")) {
      return v6(text);
    }
    String name = HostNames.ascii(decoded(text));
    if (name.isEmpty() || name.chars().anyMatch(c -> c <= ' ' || c >= 0x7f || FORBIDDEN.indexOf(c) >= 0)) {
      throw new RefusedUrl("the URL is malformed: no host is called " + text);
    }
    return endsInNumber(name) ? v4(name) : new WebHost(name, null);
  }

  private static String decoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < raw.length; i++) {
      int high = raw[i] == '%' && i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
      int low = high < 0 ? -1 : Character.digit(raw[i + 2], 16);
      out.write(low < 0 ? raw[i] : high << 4 | low);
      i += low < 0 ? 0 : 2;
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static boolean endsInNumber(String name) {
    String[] parts = parts(name);
    String last = parts[parts.length - 1];
    return last.matches("[0-9]+|0x[0-9a-f]*");
  }

  /** Its labels, without the dot that may stand at the end. */
  private static String[] parts(String name) {
    return (name.length() > 1 && name.endsWith(".") ? name.substring(0, name.length() - 1) : name).split("\\.", -1);
  }

  /** Up to four numbers, decimal, octal or hexadecimal, of which the last fills what is left of the address. */
  private static WebHost v4(String name) {
    String[] parts = parts(name);
    long address = 0;
    for (int i = 0; i < parts.length; i++) {
      boolean last = i == parts.length - 1;
      long number = number(parts[i]);
      long most = last ? 1L << 8 * Math.max(0, 5 - parts.length) : 256;
      if (parts.length > 4 || number < 0 || number >= most) {
        throw new RefusedUrl("the URL's address " + name + " is malformed");
      }
      address |= last ? number : number << 8 * (3 - i);
    }
    byte[] bytes = {(byte) (address >> 24), (byte) (address >> 16), (byte) (address >> 8), (byte) address};
    InetAddress found = address(bytes);
    return new WebHost(found.getHostAddress(), found);
  }

  private static long number(String part) {
    int radix = part.startsWith("0x") ? 16 : part.length() > 1 && part.startsWith("0") ? 8 : 10;
    String digits = radix == 16 ? part.substring(2) : part;
    if (part.isEmpty() || !digits.matches("[0-9a-f]*")) {
      return -1;
    }
    String significant = digits.replaceFirst("^0+", "");
    try {
      return significant.isEmpty() ? 0 : significant.length() > 11 ? -1 : Long.parseLong(significant, radix);
    } catch (NumberFormatException odd) {
      return -1;
    }
  }

  private static WebHost v6(String text) {
    String inside = text.endsWith("]") ? text.substring(1, text.length() - 1) : "";
    // A zone is refused, too: it names an interface of this machine.
    if (!inside.matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
      throw new RefusedUrl("the URL's address " + text + " is malformed");
    }
    try {
      InetAddress found = InetAddress.getByName(inside);
      byte[] bytes = found.getAddress();
      byte[] whole = bytes.length == 16 ? bytes : mapped(bytes);
      return new WebHost("[" + shortest(whole) + "]", found);
    } catch (UnknownHostException malformed) {
      throw new RefusedUrl("the URL's address " + text + " is malformed");
    }
  }

  private static byte[] mapped(byte[] v4) {
    byte[] whole = new byte[16];
    Arrays.fill(whole, 10, 12, (byte) 0xff);
    System.arraycopy(v4, 0, whole, 12, 4);
    return whole;
  }

  /** Eight numbers, of which the first longest run of zeros is left out. */
  private static String shortest(byte[] bytes) {
    String[] numbers = new String[8];
    for (int i = 0; i < 8; i++) {
      numbers[i] = Integer.toHexString((bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff);
    }
    int from = 0;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && numbers[end].equals("0")) {
        end++;
      }
      if (end - i > length) {
        from = i;
        length = end - i;
      }
    }
    return length == 1 ? String.join(":", numbers) : String.join(":", Arrays.copyOf(numbers, from)) + "::"
        + String.join(":", Arrays.copyOfRange(numbers, from + length, 8));
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
