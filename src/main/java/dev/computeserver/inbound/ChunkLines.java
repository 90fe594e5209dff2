package dev.computeserver.inbound;

import io.netty.buffer.ByteBuf;

/** Follows the sizes of a chunked body's chunks, to find what Netty takes for one and another reader would not. Line ends it looks at itself. */
final class ChunkLines {
  private static final int LINE_END = 2;

  private enum At { SIZE, EXTENSION, DATA, TRAILERS }

  private At at = At.SIZE;
  private int digits;
  private long left;

  /** Whether there is such a thing in the bytes that have been read next. */
  boolean isOdd(ByteBuf in, int from, int to) {
    for (int i = from; i < to && at != At.TRAILERS; i++) {
      byte next = in.getByte(i);
      if (at == At.DATA) {
        long data = Math.min(left, to - i);
        left -= data;
        i += (int) data - 1;
        at = left == 0 ? At.SIZE : At.DATA;
      } else if (next == '\n') {
        begin();
      } else if (at == At.SIZE && !belongsInSize(next)) {
        return true;
      }
    }
    return false;
  }

  private void begin() {
    at = left == 0 ? At.TRAILERS : At.DATA;
    left += LINE_END;
    digits = 0;
  }

  /** Hexadecimal digits, and what may end them. */
  private boolean belongsInSize(byte next) {
    int digit = Character.digit(next, 16);
    if (digit >= 0) {
      digits++;
      left = Math.min(Integer.MAX_VALUE, left * 16 + digit);
      return true;
    }
    at = At.EXTENSION;
    return digits > 0 && "\t \r;".indexOf(next) >= 0;
  }
}
