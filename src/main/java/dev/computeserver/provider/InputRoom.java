package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The part of the node's memory that the files of one submission take until it is sent. Used on the queue's event loop only. */
final class InputRoom {
  /** A file, its base64 or its part of a form, and the request that carries it. */
  private static final int COPIES = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final ByteBudget memory;
  private final BooleanSupplier wanted;
  private ByteBudget.Share share;
  private long held;

  /** @param wanted whether it is still worth waiting for room */
  InputRoom(Vertx vertx, ByteBudget memory, BooleanSupplier wanted) {
    this.vertx = vertx;
    this.memory = memory;
    this.wanted = wanted;
  }

  /** Done when there is room for one more file of so many bytes; fails with {@link Unwanted} where nobody waits for it any more. */
  Future<Void> forFile(long bytes) {
    return inAll(held + COPIES * bytes);
  }

  /** The file is there, and stays. */
  void keep(long bytes) {
    held += COPIES * bytes;
    share.shrinkTo(held);
  }

  /** Done when there is room for what is needed for a moment besides the files; {@link #keep} ends it. */
  Future<Void> forMoment(long bytes) {
    return inAll(held + bytes);
  }

  /** The most that may be asked for a moment. */
  long most() {
    return memory.total() / 2;
  }

  /** Whatever needs more than there ever is gets all of it, alone. */
  private Future<Void> inAll(long bytes) {
    long needed = Math.min(bytes, memory.total());
    if (share == null) {
      return first(needed);
    }
    return needed <= share.bytes() ? Future.succeededFuture() : share.growInTurn(needed - share.bytes());
  }

  private Future<Void> first(long bytes) {
    return memory.take(vertx, bytes, PATIENCE).<Void>map(taken -> {
      share = taken;
      return null;
    }).recover(exhausted -> wanted.getAsBoolean() ? vertx.timer(PATIENCE.toMillis() / 10, TimeUnit.MILLISECONDS).compose(again -> first(bytes))
        : Future.failedFuture(new Unwanted()));
  }

  void close() {
    if (share != null) {
      share.close();
    }
  }

  /** The attempt has ended, or goes on elsewhere, while it waited for room. */
  static final class Unwanted extends RuntimeException {
    Unwanted() {
      super("nobody waits for the input any more", null, false, false);
    }
  }
}
