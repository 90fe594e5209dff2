package dev.computeserver.provider;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Function;

/** A look at a job: the check, and what its replies ask for besides. */
final class Look {
  private static final int MOST_REQUESTS = 10;

  private final ProviderProcessor processor;
  private final Sender sender;

  Look(ProviderProcessor processor, Sender sender) {
    this.processor = processor;
    this.sender = sender;
  }

  /** Looks, and has what was seen read; fails only where {@code reading} does. */
  <T> Future<T> at(Job job, Function<Seen, Future<T>> reading) {
    return Future.succeededFuture(job).map(processor::check).compose(check -> ask(check, MOST_REQUESTS, reading));
  }

  private <T> Future<T> ask(Exchange exchange, int left, Function<Seen, Future<T>> reading) {
    return sender.send(exchange, answer -> {
      if (!(answer instanceof Sender.Replied replied)) {
        return reading.apply(new Unanswered(answer instanceof Sender.NotSent not ? not.cause() : null, Sender.wasFull(answer)));
      }
      if (!replied.reply().ok()) {
        return reading.apply(new Refused(exchange, replied.reply()));
      }
      Step step = read(exchange, replied);
      Optional<Reply> refusal = HiddenRefusal.in(replied.reply(), step);
      if (refusal.isPresent() || step == null) {
        return reading.apply(refusal.<Seen>map(reply -> new Refused(exchange, reply)).orElseGet(() -> new Unreadable(replied.reply())));
      }
      return step instanceof Step.Then then && left > 1 ? ask(then.exchange(), left - 1, reading) : reading.apply(new Told(step, replied.reply()));
    });
  }

  /** Null where the reply is not what the provider's API says. */
  private Step read(Exchange exchange, Sender.Replied replied) {
    try {
      return replied.read(exchange);
    } catch (RuntimeException unreadable) {
      QueueVerticle.LOG.debug("Unreadable reply about a job: {}", sender.redact(String.valueOf(unreadable.getMessage())));
      return null;
    }
  }

  /** What a look has seen. */
  sealed interface Seen {
  }

  /**
   * No whole reply came, or there was no memory for it.
   *
   * @param unsent why nothing was asked, or null
   * @param full whether it was this node that had no memory for the reply
   */
  record Unanswered(Throwable unsent, boolean full) implements Seen {
  }

  /** A reply outside 200 to 299. */
  record Refused(Exchange exchange, Reply reply) implements Seen {
    /** Whether it says no more than that the provider cannot answer now. */
    boolean isPassing() {
      int status = reply.status();
      return status == 408 || status == 425 || status == 429 || status >= 500;
    }

    /** Whether it is how the job has ended. */
    boolean isEnd(ProviderProcessor by) {
      return exchange.tellsEnd() && by.endsJob(reply);
    }
  }

  /** A reply that is not what the provider's API says. */
  record Unreadable(Reply reply) implements Seen {
  }

  /** What the last reply says of the job. */
  record Told(Step step, Reply reply) implements Seen {
  }
}
