package dev.computeserver.outbound;

import java.text.Normalizer;

/**
 * Host names of all scripts in ASCII, as browsers turn them (UTS 46, non-transitional, RFC 3492). Java's own {@code IDN} follows
 * rules of 2003, by which some names are those of another host: {@code straße.de} would be {@code strasse.de}.
 */
final class HostNames {
  private static final String IGNORED = "\u00ad\u034f\u180b\u180c\u180d\u200b\u2060\u2064\ufeff";

  private HostNames() {
  }

  /** The name in ASCII and small letters; what no name may contain is left in it, or is an empty text. */
  static String ascii(String name) {
    if (name.chars().allMatch(c -> c < 0x80)) {
      return small(name);
    }
    String mapped = Normalizer.normalize(small(Normalizer.normalize(withoutIgnored(name), Normalizer.Form.NFKC)), Normalizer.Form.NFKC)
        .replace('\u3002', '.');
    String[] labels = mapped.split("\\.", -1);
    for (int i = 0; i < labels.length; i++) {
      if (!isAllowed(labels[i])) {
        return "";
      }
      labels[i] = labels[i].chars().allMatch(c -> c < 0x80) ? labels[i] : "xn--" + punycode(labels[i].codePoints().toArray());
    }
    return String.join(".", labels);
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
