package dev.computeserver.outbound;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.compression.JdkZlibDecoder;
import io.netty.handler.codec.compression.ZlibWrapper;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Undoes the {@code Content-Encoding} of a response, little by little: a few bytes may unfold to a thousand times as many, and whoever
 * takes them can stop after each piece. What is not encoded passes as it is, also where the header says that it were.
 */
public final class Decoding implements AutoCloseable {
  /** What to send as {@code Accept-Encoding} where a packed answer is welcome. */
  public static final String ACCEPTED = "gzip";

  private static final int MOST_CODINGS = 3;
  private static final Set<String> GZIP = Set.of("gzip", "x-gzip");
  private static final Set<String> DEFLATE = Set.of("deflate", "x-deflate");
  /** Which exist, and which we have not asked for; whatever else the header says, as {@code utf-8}, is no coding. */
  private static final Set<String> OTHERS = Set.of("br", "zstd", "compress", "x-compress", "bzip2", "x-bzip2", "xz", "lzma", "dcb", "dcz");
  /** Unfolds to half a megabyte at most. */
  private static final int STEP = 512;

  /** Null where nothing is said to be encoded. */
  private final String coding;
  /** Null where nothing is encoded, or in a way that we do not know. */
  private final JdkZlibDecoder decoder;
  private final EmbeddedChannel channel;
  /** Undoes what was done before this; null where nothing was. Each unfolds by little, since what unfolds twice does so a million times. */
  private final Decoding inner;
  private Buffer pending = Buffer.buffer();
  private int at;
  private boolean begun;
  /** The first bytes until there are enough to tell whether they are encoded; then null. */
  private Buffer head;
  private boolean plain;

  private Decoding(String coding, Decoding inner) {
    this.coding = coding;
    this.inner = inner;
    this.decoder = decoder(coding);
    this.plain = coding == null;
    this.head = plain ? null : Buffer.buffer();
    this.channel = decoder == null ? null : new EmbeddedChannel(decoder);
  }

  /** Of a response whose body has not been read; fails where it is encoded too often. */
  public static Decoding of(HttpClientResponse response) throws IOException {
    return of(String.join(",", response.headers().getAll(HttpHeaders.CONTENT_ENCODING)));
  }

  static Decoding of(String codings) throws IOException {
    List<String> done = Stream.of(codings.toLowerCase(Locale.ROOT).split(",")).map(String::trim)
        .filter(coding -> GZIP.contains(coding) || DEFLATE.contains(coding) || OTHERS.contains(coding)).toList();
    if (done.size() > MOST_CODINGS) {
      throw new IOException("it is packed more than " + MOST_CODINGS + " times");
    }
    Decoding all = null;
    for (String coding : done) {
      all = new Decoding(coding, all);
    }
    return all == null ? new Decoding(null, null) : all;
  }

  private static JdkZlibDecoder decoder(String coding) {
    boolean known = coding != null && !OTHERS.contains(coding);
    return known ? new JdkZlibDecoder(GZIP.contains(coding) ? ZlibWrapper.GZIP : ZlibWrapper.ZLIB_OR_NONE, 0) : null;
  }

  /** The next bytes as they came; those before have been taken by {@link #next} to their end. */
  public void add(Buffer encoded) {
    begun |= encoded.length() > 0;
    at = 0;
    pending = head == null ? encoded : begun(encoded);
  }

  /** All that has come once it is enough to tell by; nothing before. */
  private Buffer begun(Buffer more) {
    Buffer all = head.appendBuffer(more);
    byte[] first = all.getBytes(0, Math.min(all.length(), PlainStart.ENOUGH));
    plain = PlainStart.is(first);
    boolean told = plain || first.length == PlainStart.ENOUGH;
    head = told ? null : all;
    return told ? all : Buffer.buffer();
  }

  /** The next piece, or null where more must be added first; fails where the bytes are not in the encoding. */
  public Buffer next() throws IOException {
    if (inner == null) {
      return unfolded();
    }
    Buffer piece = inner.next();
    while (piece == null) {
      Buffer outer = unfolded();
      if (outer == null) {
        return null;
      }
      inner.add(outer);
      piece = inner.next();
    }
    return piece;
  }

  private Buffer unfolded() throws IOException {
    if (plain) {
      Buffer all = at < pending.length() ? pending : null;
      at = pending.length();
      return all;
    }
    if (channel == null) {
      return nothing(at < pending.length());
    }
    try {
      ByteBuf piece = channel.readInbound();
      while (piece == null && at < pending.length()) {
        int end = Math.min(pending.length(), at + STEP);
        channel.writeInbound(Unpooled.wrappedBuffer(pending.getBytes(at, end)));
        at = end;
        piece = channel.readInbound();
      }
      return piece == null ? null : copied(piece);
    } catch (DecoderException malformed) {
      throw new IOException("it is not packed as it says", malformed);
    }
  }

  /** Of a coding that we do not know, until there is something that must be read. */
  private Buffer nothing(boolean more) throws IOException {
    if (more) {
      throw new IOException("it is packed as " + coding + ", which was not asked for");
    }
    return null;
  }

  private static Buffer copied(ByteBuf piece) {
    byte[] bytes = new byte[piece.readableBytes()];
    piece.readBytes(bytes).release();
    return Buffer.buffer(bytes);
  }

  /** Fails where the bytes broke off; to be called after the last was taken. */
  public void end() throws IOException {
    if (decoder == null && !plain) {
      nothing(begun);
    }
    if (begun && !plain && decoder != null && !decoder.isClosed()) {
      throw new IOException("it breaks off");
    }
    if (inner != null) {
      inner.end();
    }
  }

  /** Gives back what it holds, at whatever point. */
  @Override
  public void close() {
    pending = Buffer.buffer();
    if (channel != null) {
      channel.close();
      channel.releaseInbound();
    }
    if (inner != null) {
      inner.close();
    }
  }
}
