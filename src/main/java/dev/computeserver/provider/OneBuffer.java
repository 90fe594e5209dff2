package dev.computeserver.provider;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** What is in memory already, as a paused stream, in pieces and no faster than it is taken. */
final class OneBuffer implements ReadStream<Buffer> {
  private static final int PIECE = 64 * 1024;

  private final Buffer content;
  private Handler<Buffer> handler;
  private Handler<Void> end;
  private boolean paused = true;
  private boolean running;
  private boolean over;
  private int at;

  OneBuffer(Buffer content) {
    this.content = content;
  }

  @Override
  public ReadStream<Buffer> resume() {
    paused = false;
    if (running) {
      return this;
    }
    running = true;
    while (!paused && at < content.length()) {
      int from = at;
      at = Math.min(content.length(), at + PIECE);
      handler.handle(content.slice(from, at));
    }
    running = false;
    if (!paused && !over) {
      over = true;
      end.handle(null);
    }
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    paused = true;
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    return resume();
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
}
