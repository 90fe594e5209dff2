package dev.computeserver.sandbox;

import dev.computeserver.async.ByteBudget;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.Optional;

/**
 * Lets a body be read once the node's memory has room for it and for what is made of it, which its sender waits for outside; until its
 * request is answered. Where nobody says how long it is, it may be short only.
 */
final class BodyRoom implements Handler<RoutingContext> {
  /** Room for 64 MiB in base64 and the rest of a body. */
  private static final long MAX_BODY = 90L << 20;
  private static final long MAX_UNKNOWN = 8L << 20;
  /** The body, and its fields. */
  private static final int COPIES = 2;

  private final ByteBudget memory;
  private final Handler<RoutingContext> known = Form.reader(MAX_BODY, BodyHandler.create(false).setBodyLimit(MAX_BODY));
  private final Handler<RoutingContext> unknown = Form.reader(MAX_UNKNOWN, BodyHandler.create(false).setBodyLimit(MAX_UNKNOWN));

  BodyRoom(ByteBudget memory) {
    this.memory = memory;
  }

  @Override
  public void handle(RoutingContext ctx) {
    HttpServerRequest request = ctx.request();
    String length = request.getHeader("Content-Length");
    boolean chunked = request.getHeader("Transfer-Encoding") != null;
    long bytes = chunked ? MAX_UNKNOWN : length == null ? 0 : length.matches("[0-9]{1,9}") ? Long.parseLong(length) : MAX_BODY + 1;
    if (bytes > MAX_BODY) {
      refuse(ctx, 413);
      return;
    }
    Optional<ByteBudget.Share> share = memory.tryTake(Math.min(COPIES * bytes, memory.total() / 2));
    if (share.isEmpty()) {
      refuse(ctx, 429);
      return;
    }
    ctx.addEndHandler(answered -> share.get().close());
    (chunked ? unknown : known).handle(ctx);
  }

  /** With the end of the connection, since its body is not read. */
  private static void refuse(RoutingContext ctx, int status) {
    ctx.response().setStatusCode(status).putHeader("Retry-After", "1").putHeader("Connection", "close").end();
  }
}
