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
import java.util.Locale;

/**
 * Undoes the {@code Content-Encoding} of a response, little by little: a few bytes may unfold to a thousand times as many, and whoever
 * takes them can stop after each piece. What is not encoded passes as it is.
 */
public final class Decoding implements AutoCloseable {
  /** What to send as {@code Accept-Encoding} where a packed answer is welcome. */
  public static final String ACCEPTED = "gzip";

  /** Unfolds to half a megabyte at most. */
  private static final int STEP = 512;

  private final JdkZlibDecoder decoder;
  /** Null where nothing is encoded. */
  private final EmbeddedChannel channel;
  private Buffer pending = Buffer.buffer();
  private int at;
  private boolean begun;

  private Decoding(JdkZlibDecoder decoder) {
    this.decoder = decoder;
    this.channel = decoder == null ? null : new EmbeddedChannel(decoder);
  }

  /** Of a response whose body has not been read; fails where it is encoded in a way that we do not know and have not asked for. */
  public static Decoding of(HttpClientResponse response) throws IOException {
    return of(response.getHeader(HttpHeaders.CONTENT_ENCODING));
  }

  static Decoding of(String coding) throws IOException {
    return switch (coding == null ? "identity" : coding.trim().toLowerCase(Locale.ROOT)) {
      case "identity", "" -> new Decoding(null);
      case "gzip", "x-gzip" -> new Decoding(new JdkZlibDecoder(ZlibWrapper.GZIP, 0));
      case "deflate", "x-deflate" -> new Decoding(new JdkZlibDecoder(ZlibWrapper.ZLIB_OR_NONE, 0));
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
  }

  /** Gives back what it holds, at whatever point. */
  @Override
  public void close() {
    pending = Buffer.buffer();
    if (channel != null) {
      channel.close();
      channel.releaseInbound();
    }
  }
}
