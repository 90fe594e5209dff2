package dev.computeserver.inbound;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Netty's decoder, without what it puts right or lets pass: of a request that another reader could cut off elsewhere nothing is served,
 * nor of what follows it on its connection. It also ends connections that are slow to say what they want, and those that are done with
 * while the client still sends.
 */
final class StrictDecoder extends VertxHttpRequestDecoder {
  private static final String NAME = "httpDecoder";
  private static final long HEAD_SECONDS = 20;
  /** Who is cut off while it sends does not see the answer, so what still comes is thrown away for so long. */
  private static final long LINGER_SECONDS = 5;

  private ChannelHandlerContext context;
  private Denial denial;
  private Runnable malformed = () -> { };
  private boolean discarding;
  private boolean inHead = true;
  private boolean headBegun;
  private int last;
  private RequestLine line = new RequestLine();
  /** Null where the body that comes is not chunked. */
  private ChunkLines chunks;
  private Future<?> deadline;

  private StrictDecoder(HttpServerOptions options) {
    super(options);
  }

  /** To be called before the first byte is read. */
  static void install(HttpConnection connection, HttpServerOptions options) {
    channel(connection).pipeline().replace(NAME, NAME, new StrictDecoder(options));
  }

  static StrictDecoder of(HttpConnection connection) {
    return (StrictDecoder) channel(connection).pipeline().get(NAME);
  }

  private static io.netty.channel.Channel channel(HttpConnection connection) {
    return ((ConnectionBase) connection).channel();
  }

  /** Why the connection's newest request is not served, or null. */
  Denial denial() {
    return denial;
  }

  /** {@code told} is run where the body that comes now turns out to be malformed, of which nothing more comes then. */
  void whenMalformed(Runnable told) {
    malformed = told;
    if (denial != null) {
      told.run();
    }
  }

  /** Ends the connection once the client has had time to read what it was answered; nothing that it sends is looked at any more. */
  void endSoon() {
    discarding = true;
    if (context.channel() instanceof DuplexChannel channel) {
      channel.shutdownOutput();
    }
    closeIn(LINGER_SECONDS);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) throws Exception {
    super.handlerAdded(added);
    context = added;
    closeIn(HEAD_SECONDS);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext removed) throws Exception {
    inTime();
    super.handlerRemoved0(removed);
  }

  @Override
  public void channelInactive(ChannelHandlerContext inactive) throws Exception {
    inTime();
    super.channelInactive(inactive);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext read) throws Exception {
    if (headBegun && deadline == null) {
      closeIn(HEAD_SECONDS);
    }
    super.channelReadComplete(read);
  }

  private void closeIn(long seconds) {
    inTime();
    deadline = context.executor().schedule(() -> context.close(), seconds, TimeUnit.SECONDS);
  }

  private void inTime() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  protected void decode(ChannelHandlerContext decoding, ByteBuf in, List<Object> out) throws Exception {
    if (discarding) {
      in.skipBytes(in.readableBytes());
      return;
    }
    int from = in.readerIndex();
    int before = out.size();
    headBegun = inHead;
    super.decode(decoding, in, out);
    if (inHead && denial == null) {
      denial = fault(in, from, in.readerIndex());
    } else if (chunks != null && chunks.isOdd(in, from, in.readerIndex())) {
      List<Object> decoded = out.subList(before, out.size());
      decoded.forEach(ReferenceCountUtil::release);
      decoded.clear();
      malformed();
    }
    for (Object decoded : List.copyOf(out.subList(before, out.size()))) {
      if (decoded instanceof HttpRequest request) {
        headEnds(request);
      } else if (decoded instanceof HttpContent part && !part.decoderResult().isSuccess()) {
        out.remove(part);
        part.release();
        malformed();
      } else if (decoded instanceof LastHttpContent) {
        inHead = true;
        headBegun = false;
      }
    }
  }

  /** Vert.x would close the connection without an answer. */
  private void malformed() {
    denial = Denial.malformed("the body is not framed as HTTP asks");
    discarding = true;
    malformed.run();
  }

  private void headEnds(HttpRequest request) {
    inHead = false;
    headBegun = false;
    last = 0;
    line = new RequestLine();
    chunks = HttpUtil.isTransferEncodingChunked(request) ? new ChunkLines() : null;
    inTime();
    if (denial == null) {
      denial = judge(request);
    }
    if (denial != null) {
      discarding = true;
      // So that it goes the same way as all others, to be answered by whoever answers them.
      request.setDecoderResult(DecoderResult.SUCCESS);
      request.setProtocolVersion(HttpVersion.HTTP_1_1);
    }
  }

  /** Lines that are continued have no meaning any more, and other control characters than the line ends never had any. */
  private Denial fault(ByteBuf in, int from, int to) {
    for (int i = from; i < to; i++) {
      int next = in.getByte(i);
      if (!line.takes(next)) {
        return Denial.malformed("the request line has a method, a target and a version in ASCII, with one blank between them");
      }
      if (last == '\n' && (next == ' ' || next == '\t')) {
        return Denial.malformed("a header must not be continued on the next line");
      }
      if (next >= 0 && next < ' ' && next != '\t' && next != '\r' && next != '\n' || next == 0x7f) {
        return Denial.malformed("the request line and the headers must not hold control characters");
      }
      last = next;
    }
    return null;
  }

  private static Denial judge(HttpRequest request) {
    if (!request.decoderResult().isSuccess()) {
      return unreadable(request.decoderResult().cause());
    }
    if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1) && !request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      return Denial.of(505, "HTTP version not supported", "this server speaks HTTP/1.1");
    }
    if (request.headers().contains("")) {
      return Denial.malformed("a header has no name");
    }
    List<String> codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (codings.isEmpty()) {
      return null;
    }
    if (codings.size() > 1 || request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      return Denial.malformed("Transfer-Encoding is for HTTP/1.1, once");
    }
    return codings.get(0).trim().equalsIgnoreCase("chunked") ? null
        : Denial.of(501, "Not implemented", "of transfer codings this server takes chunked, alone");
  }

  private static Denial unreadable(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return Denial.of(414, "URI too long", "the request line is longer than " + Entrance.MOST_LINE + " bytes");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return Denial.of(431, "Header fields too large", "the headers are longer than " + Entrance.MOST_HEADERS + " bytes together");
    }
    return Denial.malformed("the request line or a header is malformed");
  }

  /** Netty would take the length away here, and the request for a good one. */
  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    denial = Denial.malformed("Content-Length must not stand beside Transfer-Encoding");
    throw new IllegalArgumentException(denial.detail());
  }
}
