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
import java.util.stream.Stream;

/**
 * Undoes the {@code Content-Encoding} of a response, little by little: a few bytes may unfold to a thousand times as many, and whoever
 * takes them can stop after each piece. What is not encoded passes as it is.
 */
public final class Decoding implements AutoCloseable {
  /** What to send as {@code Accept-Encoding} where a packed answer is welcome. */
  public static final String ACCEPTED = "gzip";

  private static final int MOST_CODINGS = 3;
  /** Unfolds to half a megabyte at most. */
  private static final int STEP = 512;

  private final JdkZlibDecoder decoder;
  /** Null where nothing is encoded. */
  private final EmbeddedChannel channel;
  /** Undoes what was done before this; null where nothing was. Each unfolds by little, since what unfolds twice does so a million times. */
  private final Decoding inner;
  private Buffer pending = Buffer.buffer();
  private int at;
  private boolean begun;

  private Decoding(JdkZlibDecoder decoder, Decoding inner) {
    this.decoder = decoder;
    this.inner = inner;
    this.channel = decoder == null ? null : new EmbeddedChannel(decoder);
  }

  /** Of a response whose body has not been read; fails where it is encoded in a way that we do not know and have not asked for. */
  public static Decoding of(HttpClientResponse response) throws IOException {
    return of(String.join(",", response.headers().getAll(HttpHeaders.CONTENT_ENCODING)));
  }

  static Decoding of(String codings) throws IOException {
    List<String> done = Stream.of(codings.toLowerCase(Locale.ROOT).split(",")).map(String::trim)
        .filter(coding -> !coding.isEmpty() && !coding.equals("identity")).toList();
    if (done.size() > MOST_CODINGS) {
      throw new IOException("it is packed more than " + MOST_CODINGS + " times");
    }
    Decoding all = null;
    for (String coding : done) {
      all = new Decoding(decoder(coding), all);
    }
    return all == null ? new Decoding(null, null) : all;
  }

  private static JdkZlibDecoder decoder(String coding) throws IOException {
    return switch (coding) {
      case "gzip", "x-gzip" -> new JdkZlibDecoder(ZlibWrapper.GZIP, 0);
      case "deflate", "x-deflate" -> new JdkZlibDecoder(ZlibWrapper.ZLIB_OR_NONE, 0);
      default -> throw new IOException("it is packed as " + coding.substring(0, Math.min(coding.length(), 40)) + ", which was not asked for");
    };
  }

  /** The next bytes as they came; those before have been taken by {@link #next} to their end. */
  public void add(Buffer encoded) {
    pending = encoded;
    at = 0;
    begun |= encoded.length() > 0;
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
    if (channel == null) {
      Buffer all = at < pending.length() ? pending : null;
      at = pending.length();
      return all;
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

  private static Buffer copied(ByteBuf piece) {
    byte[] bytes = new byte[piece.readableBytes()];
    piece.readBytes(bytes).release();
    return Buffer.buffer(bytes);
  }

  /** Fails where the bytes broke off; to be called after the last was taken. */
  public void end() throws IOException {
    if (begun && decoder != null && !decoder.isClosed()) {
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
