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
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.time.Duration;
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
  private static final String READ = KEY + ".read";
  private static final String TURN = KEY + ".turn";
  private static final List<String> HELD = List.of(READ, TURN);
  /** What is not longer needs no share of its own to be read. */
  private static final long SMALL_READ = 64 * 1024;
  /** As it comes from the database, as text, as values and as the answer's bytes; twice that, so that big ones take turns. */
  private static final int COPIES = 8;
  private static final Duration READ_PATIENCE = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final ByteBudget memory;
  private final ByteBudget reads;
  private final ByteBudget turns;
  private final Set<Answer> unsent = new HashSet<>();

  /**
   * @param memory for answers on their way
   * @param reads for what is read to make one
   * @param turns one for each that may be read and made at a time, where it is big
   */
  Outgoing(Vertx vertx, ByteBudget memory, ByteBudget reads, ByteBudget turns) {
    this.vertx = vertx;
    this.memory = memory;
    this.reads = reads;
    this.turns = turns;
    vertx.setPeriodic(TICK_MILLIS, tick -> silentFor(LONGEST_SILENCE).forEach(Answer::cut));
  }

  /** A handler before all that answer. */
  void serve(RoutingContext context) {
    context.put(KEY, this);
    context.next();
  }

  /** So many that big answers, however many are asked for, leave half of the processors to all else. */
  static ByteBudget turns() {
    return new ByteBudget(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  }

  /** Done when it is the turn of an answer for which so many bytes are read, and there is memory for it; it has both until it is on its way. */
  static Future<Void> room(RoutingContext context, long bytes) {
    Outgoing outgoing = context.get(KEY);
    return outgoing == null || bytes <= SMALL_READ ? Future.succeededFuture() : outgoing.roomFor(context, bytes);
  }

  private Future<Void> roomFor(RoutingContext context, long bytes) {
    return turns.take(vertx, 1, READ_PATIENCE).compose(turn -> {
      context.put(TURN, turn);
      return context.response().closed() ? Future.failedFuture(new IOException("the client is gone"))
          : reads.take(vertx, Math.min(reads.total(), COPIES * bytes), READ_PATIENCE);
    }).<Void>map(share -> {
      context.put(READ, share);
      return null;
    }).recover(none -> {
      letGo(context);
      return Future.failedFuture(none instanceof ByteBudget.Exhausted ? noMemory() : none);
    });
  }

  /** The answer's bytes; of a big one they are made beside the event loop. */
  static Future<Buffer> encoded(RoutingContext context, JsonObject body) {
    return context.get(READ) == null ? Future.succeededFuture(body.toBuffer()) : context.vertx().executeBlocking(body::toBuffer);
  }

  /** Gives back what was read for an answer: it is on its way, or nobody waits for it any more. */
  static void letGo(RoutingContext context) {
    for (String key : HELD) {
      Share share = context.remove(key);
      if (share != null) {
        share.close();
      }
    }
  }

  private static Problem noMemory() {
    return Problem.unavailable("there is no memory for this answer now; send the request again later");
  }

  /** Ends the response of {@code context}; fails with a {@link Problem} where there is no memory for the answer, of which nothing was sent then. */
  static Future<Void> end(RoutingContext context, Buffer body) {
    Outgoing outgoing = context.get(KEY);
    letGo(context);
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
        .orElseGet(() -> Future.failedFuture(noMemory()));
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
