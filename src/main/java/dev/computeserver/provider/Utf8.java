package dev.computeserver.provider;

import dev.computeserver.media.FileType;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts that came in other letters than UTF-8, which is what all readers read. */
final class Utf8 {
  private static final Pattern CHARSET = Pattern.compile("(?i);\\s*charset\\s*=\\s*[\"']?([\\w.:+-]{2,40})");

  private Utf8() {
  }

  /**
   * A body in UTF-8 where it is a text in other letters, as a mark at its beginning shows, or else as its header says and its bytes do not
   * belie; otherwise as it came.
   *
   * @param contentType as the header tells it, or null
   */
  static Buffer of(Buffer body, String contentType) {
    Charset marked = byMark(body);
    Charset charset = marked == null ? declared(contentType, body) : marked;
    if (charset == null || charset.equals(StandardCharsets.UTF_8)) {
      return body;
    }
    byte[] bytes = body.getBytes();
    String read = marked == null && !isWide(body) && decoded(bytes, StandardCharsets.UTF_8) != null ? null : decoded(bytes, charset);
    return read == null ? body : Buffer.buffer(read);
  }

  /** Of a text whose first letter is a plain one, as all documents begin: in other files the same bytes may stand for anything. */
  private static Charset byMark(Buffer body) {
    if (body.length() < 4 || body.length() % 2 != 0) {
      return null;
    }
    int mark = body.getUnsignedShort(0);
    int next = body.getUnsignedShort(2);
    boolean low = mark == 0xfffe && next > 0xff && (next & 0xff) == 0;
    boolean high = mark == 0xfeff && next > 0 && next <= 0xff;
    return low || high ? StandardCharsets.UTF_16 : mark == 0 && next == 0xfeff || mark == 0xfffe && next == 0 ? Charset.forName("UTF-32") : null;
  }

  private static Charset declared(String contentType, Buffer body) {
    Matcher name = CHARSET.matcher(contentType == null ? "" : contentType);
    if (!name.find() || FileType.kind(contentType) != FileType.Kind.TEXT) {
      return null;
    }
    try {
      Charset charset = Charset.forName(name.group(1));
      // Without a mark the name alone means the higher byte first, and many mean the other by it.
      return charset.equals(StandardCharsets.UTF_16) && isWide(body) && body.getByte(0) != 0 ? StandardCharsets.UTF_16LE : charset;
    } catch (IllegalArgumentException unknown) {
      return null;
    }
  }

  /** Whether a plain letter at its beginning takes more than one byte, which is UTF-8, too, but nothing that anybody means. */
  private static boolean isWide(Buffer body) {
    return body.length() > 1 && (body.getByte(0) == 0 || body.getByte(1) == 0);
  }

  /** Null where the bytes are nothing in that charset. */
  private static String decoded(byte[] bytes, Charset charset) {
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException other) {
      return null;
    }
  }
}
