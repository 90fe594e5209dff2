package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.http.HttpClientRequest;
import java.util.concurrent.TimeUnit;

/**
 * A connection that is there for an exchange, on which nothing has been sent, and memory for what will be answered. Whoever has one
 * sends on it soon or drops it. A submit takes its line before its intent is stored, so that tasks which wait for a connection or for
 * memory are not yet in doubt.
 */
final class Line {
  /** Servers close what is silent for some seconds, and a submit on a connection that is just being closed is lost. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final HttpClientRequest request;
  private final ByteBudget.Share room;
  private final ProviderCapability capability;
  private final long openedAt = System.nanoTime();
  private boolean broken;
  private boolean sent;

  Line(HttpClientRequest request, ByteBudget.Share room, ProviderCapability capability) {
    this.request = request;
    this.room = room;
    this.capability = capability;
    request.exceptionHandler(closed -> broken = true);
  }

  /** Whether it is still good to send on. */
  boolean isFresh() {
    return !broken && System.nanoTime() - openedAt < FRESH_NANOS;
  }

  /** Whether the other side has closed it. */
  boolean isBroken() {
    return broken;
  }

  /** Gives connection and memory back where nothing has been sent. */
  void drop() {
    if (!sent) {
      request.reset();
      room.close();
    }
  }

  /** The request to be sent; from now on the memory is the reply's. */
  HttpClientRequest take() {
    sent = true;
    return request;
  }

  ByteBudget.Share room() {
    return room;
  }

  ProviderCapability capability() {
    return capability;
  }
}
