package dev.computeserver.provider;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** What is in memory already, as a paused stream. */
final class OneBuffer implements ReadStream<Buffer> {
  private final Buffer content;
  private Handler<Buffer> handler;
  private Handler<Void> end;
  private boolean sent;

  OneBuffer(Buffer content) {
    this.content = content;
  }

  @Override
  public ReadStream<Buffer> resume() {
    if (!sent) {
      sent = true;
      handler.handle(content);
      end.handle(null);
    }
    return this;
  }

  @Override
  public ReadStream<Buffer> handler(Handler<Buffer> to) {
    handler = to;
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(Handler<Void> to) {
    end = to;
    return this;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(Handler<Throwable> to) {
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    return resume();
  }
}
