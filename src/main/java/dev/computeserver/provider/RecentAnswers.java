package dev.computeserver.provider;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Answers to what many ask at about the same time, such as the pages of a list of jobs in which each looks for its own: after a
 * crash a provider would be asked for the same pages by hundreds of tasks. Used on the queue's event loop only.
 */
final class RecentAnswers {
  /** Shorter than the pause between two looks of one task, so that its next look is a new one. */
  static final long FRESH_MILLIS = 400;
  private static final int MOST = 64;

  private final Vertx vertx;
  private final Map<String, Future<Sender.Answer>> answers = new HashMap<>();

  RecentAnswers(Vertx vertx) {
    this.vertx = vertx;
  }

  /** The answer that whoever asked for the same within the last {@value #FRESH_MILLIS} ms has got or will get, else a new one. */
  Future<Sender.Answer> of(Exchange exchange, Function<Exchange, Future<Sender.Answer>> ask) {
    if (exchange.method() != HttpMethod.GET) {
      return ask.apply(exchange);
    }
    Future<Sender.Answer> known = answers.get(exchange.target());
    if (known != null) {
      return known;
    }
    Future<Sender.Answer> fresh = ask.apply(exchange);
    if (answers.size() < MOST) {
      answers.put(exchange.target(), fresh);
      vertx.timer(FRESH_MILLIS, TimeUnit.MILLISECONDS).onComplete(stale -> answers.remove(exchange.target(), fresh));
    }
    return fresh;
  }
}
