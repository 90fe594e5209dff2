package dev.computeserver.api;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.async.ByteBudget.Share;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Sends answers piece by piece, each within a share of the memory that is meant for them, which it keeps until its last byte is on its way.
 * Who takes nothing for too long is cut off, and at once where others need the memory. Used on one event loop only.
 */
final class Outgoing {
  /** A shorter answer goes as it is: the network's own buffers take it. */
  private static final int SMALL = 4 * 1024;
  private static final int PIECE = 64 * 1024;
  private static final long TICK_MILLIS = 1_000;
  private static final long LONGEST_SILENCE = TimeUnit.SECONDS.toNanos(30);
  /** An ordinary reader has taken a piece by then. */
  private static final long SILENCE_WHERE_NEEDED = TimeUnit.SECONDS.toNanos(1);
  private static final String KEY = Outgoing.class.getName();

  private final ByteBudget memory;
  private final Set<Answer> unsent = new HashSet<>();

  Outgoing(Vertx vertx, ByteBudget memory) {
    this.memory = memory;
    vertx.setPeriodic(TICK_MILLIS, tick -> silentFor(LONGEST_SILENCE).forEach(Answer::cut));
  }

  /** A handler before all that answer. */
  void serve(RoutingContext context) {
    context.put(KEY, this);
    context.next();
  }

  /** Ends the response of {@code context}; fails with a {@link Problem} where there is no memory for the answer, of which nothing was sent then. */
  static Future<Void> end(RoutingContext context, Buffer body) {
    Outgoing outgoing = context.get(KEY);
    if (outgoing == null || body.length() <= SMALL || context.request().method() == HttpMethod.HEAD) {
      return context.response().end(body);
    }
    return outgoing.send(context.response(), body);
  }

  private Future<Void> send(HttpServerResponse response, Buffer body) {
    // One that is longer than all there is goes alone.
    long bytes = Math.min(body.length(), memory.total());
    Optional<Share> share = memory.tryTake(bytes);
    List<Answer> silent = silentFor(SILENCE_WHERE_NEEDED);
    for (int i = 0; share.isEmpty() && i < silent.size(); i++) {
      silent.get(i).cut();
      share = memory.tryTake(bytes);
    }
    return share.map(taken -> new Answer(response, body, taken).begin())
        .orElseGet(() -> Future.failedFuture(Problem.unavailable("there is no memory for this answer now; send the request again later")));
  }

  /** The longest first. */
  private List<Answer> silentFor(long nanos) {
    long now = System.nanoTime();
    return unsent.stream().filter(answer -> now - answer.taken > nanos).sorted(Comparator.comparingLong(answer -> answer.taken)).toList();
  }

  /** One answer on its way. */
  private final class Answer {
    private final HttpServerResponse response;
    private final Buffer body;
    private final Share share;
    private final Promise<Void> sent = Promise.promise();
    private int from;
    /** When something was taken last. */
    private long taken = System.nanoTime();

    Answer(HttpServerResponse response, Buffer body, Share share) {
      this.response = response;
      this.body = body;
      this.share = share;
    }

    Future<Void> begin() {
      unsent.add(this);
      response.putHeader(HttpHeaders.CONTENT_LENGTH, String.valueOf(body.length()));
      response.exceptionHandler(sent::tryFail);
      response.closeHandler(gone -> sent.tryFail(new IOException("the client is gone")));
      next();
      return sent.future().onComplete(any -> {
        unsent.remove(this);
        share.close();
      });
    }

    private void next() {
      taken = System.nanoTime();
      int to = Math.min(body.length(), from + PIECE);
      Buffer piece = body.slice(from, to);
      from = to;
      (to == body.length() ? response.end(piece) : response.write(piece)).onComplete(gone -> {
        if (to == body.length()) {
          sent.tryComplete();
        } else {
          next();
        }
      }, sent::tryFail);
    }

    private void cut() {
      sent.tryFail(new IOException("the client takes nothing"));
      response.reset();
    }
  }
}
