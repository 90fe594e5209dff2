package dev.computeserver.outbound;

import dev.computeserver.outbound.Fetcher.BadLink;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/** How a body is packed on its way. */
enum Packed {
  NOT, GZIP, DEFLATE;

  static final String ACCEPTED = "gzip, deflate";
  private static final int PIECE = 64 * 1024;

  /** By the header {@code Content-Encoding}, or null; throws {@link BadLink} for what was not asked for. */
  static Packed of(String header) {
    String coding = header == null ? "" : header.trim().toLowerCase(Locale.ROOT);
    return switch (coding) {
      case "", "identity" -> NOT;
      case "gzip", "x-gzip" -> GZIP;
      case "deflate" -> DEFLATE;
      default -> throw new BadLink("the link answered in a coding that was not asked for: " + coding);
    };
  }

  /** What is inside; costs CPU: for a worker thread. {@code room} is told how many bytes it takes before it takes them. */
  Buffer unfold(Buffer body, int mostBytes, LongConsumer room) throws IOException {
    Buffer out = Buffer.buffer();
    long roomFor = 0;
    byte[] piece = new byte[PIECE];
    try (InputStream in = open(body.getBytes())) {
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        long length = out.length() + (long) read;
        if (length > mostBytes) {
          throw BadLink.tooLong(mostBytes);
        }
        if (length > roomFor) {
          roomFor = Math.min(mostBytes, Math.max(PIECE, 2 * length));
          room.accept(roomFor);
        }
        out.appendBytes(piece, 0, read);
      }
      return out;
    } catch (ZipException | EOFException broken) {
      throw new BadLink("the link answered with a damaged " + name().toLowerCase(Locale.ROOT) + " stream");
    }
  }

  private InputStream open(byte[] body) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(body);
    // Some servers leave out the two bytes of zlib, the lower half of the first of which is 8.
    boolean bare = body.length > 1 && ((body[0] & 0x0f) != 8 || ((body[0] & 0xff) << 8 | body[1] & 0xff) % 31 != 0);
    if (this == GZIP) {
      return new GZIPInputStream(in, PIECE);
    }
    Inflater inflater = new Inflater(bare);
    return new InflaterInputStream(in, inflater, PIECE) {
      @Override
      public void close() {
        inflater.end();
      }
    };
  }
}
