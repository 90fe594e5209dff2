package dev.computeserver.provider;

import dev.computeserver.media.FileEnds;
import dev.computeserver.outbound.Decoding;
import dev.computeserver.outbound.Responses;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;

/** The file in a response: unpacked, and no faster than it is taken. A paused stream at first. */
final class FileBody implements ReadStream<Buffer> {
  private final HttpClientResponse response;
  private final Decoding decoding;
  private final FileEnds ends;
  private Handler<Buffer> handler;
  private Handler<Void> end;
  private Handler<Throwable> failed;
  private boolean paused = true;
  private boolean running;
  private boolean asked;
  private boolean over;

  /** @param ends are told of the file as it goes by; fails where the file is packed in a way that was not asked for */
  FileBody(HttpClientResponse response, FileEnds ends) throws IOException {
    this.response = response;
    this.ends = ends;
    response.pause();
    this.decoding = Decoding.of(response);
    response.exceptionHandler(this::fail);
    response.endHandler(ended -> ended());
    response.handler(chunk -> {
      asked = false;
      decoding.add(chunk);
      goOn();
    });
  }

  private void goOn() {
    if (running) {
      return;
    }
    running = true;
    try {
      Buffer piece = paused || over ? null : decoding.next();
      while (piece != null) {
        ends.add(piece);
        handler.handle(piece);
        piece = paused || over ? null : decoding.next();
      }
    } catch (IOException malformed) {
      fail(malformed);
    } finally {
      running = false;
    }
    if (!paused && !over && !asked) {
      asked = true;
      response.fetch(1);
    }
  }

  private void ended() {
    try {
      decoding.end();
      if (!over) {
        finish();
        end.handle(null);
      }
    } catch (IOException brokenOff) {
      fail(brokenOff);
    }
  }

  private void fail(Throwable cause) {
    if (!over) {
      finish();
      Responses.drop(response);
      failed.handle(cause);
    }
  }

  private void finish() {
    over = true;
    decoding.close();
  }

  @Override
  public ReadStream<Buffer> resume() {
    paused = false;
    goOn();
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
    failed = to;
    return this;
  }
}
