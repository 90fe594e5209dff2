package dev.computeserver.outbound;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Host names of all scripts in ASCII, as browsers turn them (UTS 46, non-transitional, RFC 3492). Java's own {@code IDN} follows
 * rules of 2003, by which some names are those of another host: {@code straße.de} would be {@code strasse.de}.
 */
final class HostNames {
  private static final String ENCODED = "xn--";
  private static final String IGNORED = "\u00ad\u034f\u180b\u180c\u180d\u200b\u2060\u2064\ufeff";

  private HostNames() {
  }

  /** The name in ASCII and small letters; what no name may contain is left in it. Empty where it can be no name. */
  static String ascii(String name) {
    boolean plain = isPlain(name);
    String[] labels = (plain ? small(name) : mapped(name)).split("\\.", -1);
    for (int i = 0; i < labels.length; i++) {
      if (labels[i].startsWith(ENCODED) ? !isEncoded(labels[i]) : !plain && !isAllowed(labels[i])) {
        return "";
      }
      labels[i] = isPlain(labels[i]) ? labels[i] : ENCODED + punycode(labels[i].codePoints().toArray());
    }
    return String.join(".", labels);
  }

  private static boolean isPlain(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static String mapped(String name) {
    return Normalizer.normalize(small(Normalizer.normalize(withoutIgnored(name), Normalizer.Form.NFKC)), Normalizer.Form.NFKC).replace('\u3002', '.');
  }

  /** Whether a label that says so stands for a name that could be written in its own script, and would become this label again. */
  private static boolean isEncoded(String label) {
    String decoded = decoded(label.substring(ENCODED.length()));
    return decoded != null && !isPlain(decoded) && isAllowed(decoded) && mapped(decoded).equals(decoded)
        && label.equals(ENCODED + punycode(decoded.codePoints().toArray()));
  }

  /** What a punycode stands for, or null where it is none. */
  private static String decoded(String code) {
    int plain = Math.max(0, code.lastIndexOf('-'));
    List<Integer> letters = new ArrayList<>(code.substring(0, plain).chars().boxed().toList());
    long letter = 0x80;
    long at = 0;
    int bias = 72;
    for (int next = plain == 0 ? 0 : plain + 1; next < code.length(); ) {
      long before = at;
      long weight = 1;
      boolean more = true;
      for (int k = 36; more; k += 36) {
        int digit = next < code.length() ? Character.digit(code.charAt(next), 36) : -1;
        if (digit < 0 || weight > Character.MAX_CODE_POINT * 100L) {
          return null;
        }
        next++;
        // Letters are the digits from 0 on, figures those after them.
        digit = digit < 10 ? digit + 26 : digit - 10;
        at += digit * weight;
        int threshold = Math.max(1, Math.min(26, k - bias));
        more = digit >= threshold;
        weight *= 36 - threshold;
      }
      int length = letters.size() + 1;
      letter += at / length;
      if (letter > Character.MAX_CODE_POINT) {
        return null;
      }
      bias = adapted((int) (at - before), length, before == 0);
      at %= length;
      letters.add((int) at, (int) letter);
      at++;
    }
    StringBuilder text = new StringBuilder();
    letters.forEach(text::appendCodePoint);
    return text.toString();
  }

  private static String withoutIgnored(String name) {
    StringBuilder out = new StringBuilder(name.length());
    name.codePoints().filter(c -> IGNORED.indexOf(c) < 0 && !(c >= 0xfe00 && c <= 0xfe0f)).forEach(out::appendCodePoint);
    return out.toString();
  }

  /** Each letter by itself: a sigma at the end of a word is none of another kind in a name. */
  private static String small(String name) {
    StringBuilder out = new StringBuilder(name.length());
    name.codePoints().map(Character::toLowerCase).forEach(out::appendCodePoint);
    return out.toString();
  }

  private static boolean isAllowed(String label) {
    boolean mark = !label.isEmpty() && switch (Character.getType(label.codePointAt(0))) {
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true;
      default -> false;
    };
    return !mark && label.codePoints().allMatch(c -> switch (Character.getType(c)) {
      case Character.CONTROL, Character.PRIVATE_USE, Character.SURROGATE, Character.UNASSIGNED, Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR, Character.SPACE_SEPARATOR -> false;
      // Joiners make words in some scripts.
      case Character.FORMAT -> c == 0x200c || c == 0x200d;
      default -> c != 0xfffd;
    });
  }

  private static String punycode(int[] letters) {
    StringBuilder out = new StringBuilder();
    for (int letter : letters) {
      if (letter < 0x80) {
        out.append((char) letter);
      }
    }
    int plain = out.length();
    if (plain > 0) {
      out.append('-');
    }
    int bias = 72;
    int delta = 0;
    int least = 0x80;
    for (int done = plain; done < letters.length; delta++, least++) {
      int next = Integer.MAX_VALUE;
      for (int letter : letters) {
        next = letter >= least ? Math.min(next, letter) : next;
      }
      delta += (next - least) * (done + 1);
      least = next;
      for (int letter : letters) {
        delta += letter < least ? 1 : 0;
        if (letter == least) {
          append(out, delta, bias);
          bias = adapted(delta, done + 1, done == plain);
          delta = 0;
          done++;
        }
      }
    }
    return out.toString();
  }

  private static void append(StringBuilder out, int delta, int bias) {
    int rest = delta;
    for (int at = 36; ; at += 36) {
      int threshold = Math.max(1, Math.min(26, at - bias));
      if (rest < threshold) {
        out.append(digit(rest));
        return;
      }
      out.append(digit(threshold + (rest - threshold) % (36 - threshold)));
      rest = (rest - threshold) / (36 - threshold);
    }
  }

  private static char digit(int value) {
    return (char) (value < 26 ? 'a' + value : '0' + value - 26);
  }

  private static int adapted(int delta, int length, boolean first) {
    int rest = first ? delta / 700 : delta / 2;
    rest += rest / length;
    int at = 0;
    while (rest > 455) {
      rest /= 35;
      at += 36;
    }
    return at + 36 * rest / (rest + 38);
  }
}
