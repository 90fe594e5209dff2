package dev.computeserver.api;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;

/** Work whose time goes by the size of what it reads: at once where that is little, else beside the event loop, which others wait for. */
final class Large {
  /** What has this size is read and checked in a few milliseconds, whatever is in it. */
  static final int BYTES = 64 * 1024;

  private Large() {
  }

  static <T> Future<T> read(Vertx vertx, int size, Callable<T> work) {
    if (size > BYTES) {
      return vertx.executeBlocking(work, false);
    }
    try {
      return Future.succeededFuture(work.call());
    } catch (Exception failed) {
      return Future.failedFuture(failed);
    }
  }
}
