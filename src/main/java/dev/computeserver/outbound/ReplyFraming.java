package dev.computeserver.outbound;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;

/**
 * Takes the replies on a client's connection as HTTP allows them, since a reply that is lost may hold a paid job. Interim replies such as
 * {@code 102 Processing} are passed over: Vert.x knows two of them and takes any other for the reply itself, so that the true one would
 * break the connection. A {@code Content-Length} that is said twice is one where both are the same. A connection on which anything comes
 * that no request has asked for is closed, since the next request would get it for its reply.
 */
public final class ReplyFraming extends ChannelDuplexHandler {
  /** Bytes of headers that a reply may have: gateways add cookies and policies of several KB. */
  static final int MOST_HEADERS = 64 * 1024;

  private static final int SWITCHING = 101;
  /** Before one reply; a server that sends no more than such has none. */
  private static final int MOST_INTERIM = 1_000;

  private final HttpConnection connection;
  private final Replies replies = new Replies();
  private int passed;
  private boolean passing;
  /** Null while no reply is awaited. */
  private HttpMethod asked;
  /** The end of the reply, kept until all that has come with it is seen: whoever gets it may send the next request at once. */
  private LastHttpContent end;
  private boolean closed;

  private ReplyFraming(HttpConnection connection) {
    this.connection = connection;
  }

  /** To be called before the first request is sent. */
  public static void install(HttpConnection connection) {
    ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
    ReplyFraming framing = new ReplyFraming(connection);
    pipeline.addBefore("codec", "unasked", framing.new Unasked());
    pipeline.replace("codec", "codec", new CombinedChannelDuplexHandler<>(framing.replies, new HttpRequestEncoder()));
    pipeline.addBefore("handler", "framing", framing);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise written) {
    if (message instanceof HttpRequest request) {
      asked = request.method();
    }
    context.write(message, written);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (end != null) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (message instanceof HttpResponse response) {
      begins(response);
    }
    if (passing && message instanceof HttpObject) {
      passing = !(message instanceof LastHttpContent);
      ReferenceCountUtil.release(message);
    } else if (message instanceof LastHttpContent last) {
      end = last;
      if (replies.hasMore()) {
        close();
      }
    } else {
      context.fireChannelRead(message);
    }
  }

  private void begins(HttpResponse response) throws IOException {
    passing = response.status().codeClass() == HttpStatusClass.INFORMATIONAL && response.status().code() != SWITCHING
        && response.decoderResult().isSuccess();
    passed = passing ? passed + 1 : 0;
    if (passed > MOST_INTERIM) {
      ReferenceCountUtil.release(response);
      throw new IOException("more than " + MOST_INTERIM + " interim replies and none that is whole");
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    giveEnd(context);
    context.fireChannelReadComplete();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    giveEnd(context);
    context.fireChannelInactive();
  }

  private void giveEnd(ChannelHandlerContext context) {
    if (end != null) {
      LastHttpContent last = end;
      end = null;
      asked = null;
      context.fireChannelRead(last);
    }
  }

  /** Takes the connection out of its pool before it is closed; the reply that is complete is still given. */
  private void close() {
    if (!closed) {
      closed = true;
      connection.close();
    }
  }

  /** Bytes beside a reply; half a head would else wait in the decoder for the next one. */
  private final class Unasked extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      if (asked != null && end == null) {
        context.fireChannelRead(bytes);
      } else {
        ReferenceCountUtil.release(bytes);
        close();
      }
    }
  }

  private final class Replies extends HttpResponseDecoder {
    Replies() {
      super(new HttpDecoderConfig().setMaxHeaderSize(MOST_HEADERS).setValidateHeaders(false).setAllowDuplicateContentLengths(true));
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage reply) {
      return HttpMethod.HEAD.equals(asked) || super.isContentAlwaysEmpty(reply);
    }

    /** Whether anything follows what was read last. */
    boolean hasMore() {
      return actualReadableBytes() > 0;
    }
  }
}
