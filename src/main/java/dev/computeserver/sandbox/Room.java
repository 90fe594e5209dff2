package dev.computeserver.sandbox;

import dev.computeserver.async.ByteBudget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

/** The part of the node's memory that one order takes while it is made. */
final class Room implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final long most;
  private final ByteBudget.Share share;

  private Room(long most, ByteBudget.Share share) {
    this.most = most;
    this.share = share;
  }

  /** Fails where there is none within a minute. */
  static Future<Room> of(Vertx vertx, ByteBudget memory, long bytes) {
    return memory.take(vertx, Math.min(bytes, memory.total()), PATIENCE).map(share -> new Room(memory.total(), share));
  }

  /** Done when there is room for so many bytes more, or for all that there is. */
  Future<Void> more(long bytes) {
    return share.growInTurn(Math.min(bytes, most - share.bytes()));
  }

  @Override
  public void close() {
    share.close();
  }
}
