package dev.computeserver.outbound;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;

/**
 * Takes the replies on a client's connection as HTTP allows them, since a reply that is lost may hold a paid job. Interim replies such as
 * {@code 102 Processing} are passed over: Vert.x knows two of them and takes any other for the reply itself, so that the true one would
 * break the connection. A {@code Content-Length} that is said twice is one where both are the same.
 */
public final class ReplyFraming extends ChannelInboundHandlerAdapter {
  /** Bytes of headers that a reply may have: gateways add cookies and policies of several KB. */
  static final int MOST_HEADERS = 64 * 1024;

  private static final int SWITCHING = 101;
  /** Before one reply; a server that sends no more than such has none. */
  private static final int MOST_INTERIM = 1_000;

  private int passed;
  private boolean passing;

  private ReplyFraming() {
  }

  /** To be called before the first request is sent. */
  public static void install(HttpConnection connection) {
    ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
    pipeline.replace("codec", "codec", new HttpClientCodec(
        new HttpDecoderConfig().setMaxHeaderSize(MOST_HEADERS).setValidateHeaders(false).setAllowDuplicateContentLengths(true), false, false));
    pipeline.addBefore("handler", "interim", new ReplyFraming());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (message instanceof HttpResponse response) {
      passing = response.status().codeClass() == HttpStatusClass.INFORMATIONAL && response.status().code() != SWITCHING
          && response.decoderResult().isSuccess();
      passed = passing ? passed + 1 : 0;
      if (passed > MOST_INTERIM) {
        ReferenceCountUtil.release(message);
        throw new IOException("more than " + MOST_INTERIM + " interim replies and none that is whole");
      }
    }
    if (!passing || !(message instanceof HttpObject)) {
      context.fireChannelRead(message);
      return;
    }
    passing = !(message instanceof LastHttpContent);
    ReferenceCountUtil.release(message);
  }
}
