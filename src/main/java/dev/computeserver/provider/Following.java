package dev.computeserver.provider;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Sends an exchange and those that its replies ask for, and again what is not ready yet. */
final class Following {
  private static final long FIRST_PAUSE_MILLIS = 250;
  private static final int LONGEST_PAUSE_DOUBLINGS = 5;

  private final Vertx vertx;
  private final ProviderProcessor processor;
  private final Duration patience;
  private final Function<Exchange, Future<Sender.Answer>> ask;
  private long until;
  private int again;

  /** @param patience for what is not ready; nothing is asked for again without any */
  Following(Vertx vertx, ProviderProcessor processor, Duration patience, Function<Exchange, Future<Sender.Answer>> ask) {
    this.vertx = vertx;
    this.processor = processor;
    this.patience = patience;
    this.ask = ask;
  }

  /** The last exchange with its answer, which whoever asked reads; {@code left} are sent at most, repetitions not counted. */
  Future<Sender.Sent> from(Exchange exchange, int left) {
    return ask.apply(exchange).compose(answer -> {
      Step step = answer instanceof Sender.Replied replied && replied.reply().ok() ? read(exchange, replied) : null;
      if (step instanceof Step.Then then && left > 1) {
        return from(then.exchange(), left - 1);
      }
      return step instanceof Step.Again && isPatient() ? later(((Sender.Replied) answer).reply()).compose(waited -> from(exchange, left))
          : Future.succeededFuture(new Sender.Sent(exchange, answer));
    });
  }

  /** Null where it cannot be read; whoever asked reads it again, and says so. */
  private static Step read(Exchange exchange, Sender.Replied replied) {
    try {
      return replied.read(exchange);
    } catch (RuntimeException unreadable) {
      return null;
    }
  }

  private boolean isPatient() {
    until = again == 0 ? System.nanoTime() + patience.toNanos() : until;
    return System.nanoTime() - until < 0;
  }

  private Future<?> later(Reply reply) {
    long pause = Pauses.atLeast(FIRST_PAUSE_MILLIS << Math.min(again++, LONGEST_PAUSE_DOUBLINGS), processor.retryAfter(reply),
        Instant.now());
    return vertx.timer(pause, TimeUnit.MILLISECONDS);
  }
}
