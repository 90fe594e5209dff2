package dev.computeserver.api;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is wrong with a body that is no JSON, and where, in words of ours: the parser's own are about its classes and options. */
final class JsonFault {
  private static final int MOST_LETTERS = 40;
  private static final int MOST_BACK = 2_000;
  private static final List<Told> TOLD = List.of(
      new Told("Unrecognized token '(.*?)'.*", "%s is no value; texts need double quotes"),
      new Told("Non-standard token '(.*?)'.*", "%s is no value in JSON"),
      new Told("Unexpected close marker '(.)'.*", "%s closes what is not open"),
      new Told("Unrecognized character escape.*|.*hex-digit for character escape.*", "what follows the backslash is no escape"),
      new Told(".*CTRL-CHAR.*", "a control character must not stand there; within a text it is escaped, as \\n"),
      new Told("Invalid numeric value.*|.*(?:in numeric value|Decimal point|Exponent).*", "a number is malformed"),
      new Told("Unexpected character \\('(.)' .*", "%s must not stand there"));
  private static final String LIMITS = String.format(Locale.ROOT,
      "a text may have %,d characters, a number %,d and a name %,d; give big inputs as URLs", StreamReadConstraints.DEFAULT_MAX_STRING_LEN,
      StreamReadConstraints.DEFAULT_MAX_NUM_LEN, StreamReadConstraints.DEFAULT_MAX_NAME_LEN);

  private JsonFault() {
  }

  /** @param pointer the innermost place that had begun */
  static Problem of(JsonProcessingException malformed, byte[] body, String pointer) {
    JsonLocation at = malformed.getLocation();
    int offset = at == null || at.getByteOffset() < 0 ? body.length : (int) Math.min(at.getByteOffset(), body.length);
    if (malformed instanceof StreamConstraintsException) {
      return at(offset, body, pointer, "goes beyond a bound", LIMITS);
    }
    if (malformed instanceof JsonEOFException) {
      return at(offset, body, pointer, "is not JSON", "it breaks off");
    }
    for (Told each : TOLD) {
      Matcher matcher = each.said.matcher(String.valueOf(malformed.getOriginalMessage()));
      if (matcher.matches()) {
        String token = matcher.groupCount() == 0 ? "" : matcher.group(1);
        return at(begin(token, offset, body), body, pointer, "is not JSON", String.format(each.words, shortened(token)));
      }
    }
    return at(offset, body, pointer, "is not JSON", "what stands there is none");
  }

  /** Of a token the parser tells where it ends, or what follows. */
  private static int begin(String token, int offset, byte[] body) {
    int from = Math.max(0, offset - MOST_BACK);
    int to = Math.min(body.length, offset + 1);
    String before = new String(body, from, to - from, StandardCharsets.ISO_8859_1);
    int found = before.lastIndexOf(new String(token.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    return token.isEmpty() || found < 0 ? offset : from + found;
  }

  /** A name that stands twice in an object. */
  static Problem twice(String name, JsonLocation at, byte[] body, String pointer) {
    return at((int) at.getByteOffset(), body, pointer, "cannot be read", "\"" + shortened(name) + "\" stands there twice");
  }

  /** Bytes that are none of UTF-8. */
  static Problem notUtf8(int offset, byte[] body) {
    return at(offset, body, "", "is not JSON in UTF-8", "a byte there begins no character");
  }

  private static Problem at(int offset, byte[] body, String pointer, String fault, String what) {
    int line = 1;
    int begin = 0;
    for (int i = 0; i < offset; i++) {
      if (body[i] == '\n' || body[i] == '\r' && (i + 1 == body.length || body[i + 1] != '\n')) {
        line++;
        begin = i + 1;
      }
    }
    String before = new String(body, begin, offset - begin, StandardCharsets.UTF_8);
    String inside = pointer.isEmpty() ? "" : ", in " + RequestFaults.shortened(pointer);
    int column = before.codePointCount(0, before.length()) + 1;
    return Problem.unreadable("the body " + fault + " at line " + line + ", column " + column + inside + ": " + what);
  }

  private static String shortened(String text) {
    return text.length() <= MOST_LETTERS ? text : text.substring(0, MOST_LETTERS) + "…";
  }

  /** A sentence of the parser, and ours for it. */
  private record Told(Pattern said, String words) {
    Told(String said, String words) {
      this(Pattern.compile(said, Pattern.DOTALL), words);
    }
  }
}
