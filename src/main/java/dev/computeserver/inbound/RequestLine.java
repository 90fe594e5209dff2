package dev.computeserver.inbound;

/** Follows the bytes of a request line, of which other readers take other blanks than Netty for the end of the target, or none. */
final class RequestLine {
  private static final int BLANKS = 2;

  private boolean begun;
  private boolean ended;
  private int blanks;
  private int last;

  /** Whether the next byte may stand where it does: three words in ASCII with one blank between them; empty lines before are passed over. */
  boolean takes(int next) {
    if (ended) {
      return true;
    }
    if (next == '\r' || next == '\n') {
      ended = begun && next == '\n';
      return true;
    }
    blanks += next == ' ' ? 1 : 0;
    boolean inPlace = next != ' ' || begun && last != ' ' && blanks <= BLANKS;
    begun = true;
    last = next;
    return inPlace && next > 0 && next != '\t';
  }
}
