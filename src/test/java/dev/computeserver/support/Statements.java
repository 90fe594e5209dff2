package dev.computeserver.support;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** What one connection asks of PostgreSQL, read by read: a statement may come in two, cut in the middle of the text that is looked for. */
public final class Statements {
  private static final int LONGEST_TEXT = 100;
  /** The message that ends what is sent together. */
  private static final String SYNC = "S\0\0\0\4";

  private String before = "";

  /** Whether the text, of at most {@value #LONGEST_TEXT} characters and perhaps null, ends in this read. */
  public boolean hold(Buffer read, String text) {
    String all = before + read.toString(StandardCharsets.ISO_8859_1);
    before = all.endsWith(SYNC) ? "" : all.substring(Math.max(0, all.length() - LONGEST_TEXT));
    return text != null && all.contains(text);
  }
}
