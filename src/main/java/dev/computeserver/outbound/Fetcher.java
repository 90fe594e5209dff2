package dev.computeserver.outbound;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Fetches small files whole: over a few redirects, unfolded where they come packed, with a bound on their size and on the time that
 * they may take.
 */
public final class Fetcher {
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final long WHOLE_MILLIS = 120_000;
  /** Room that is asked for where nobody says how long a file is. */
  private static final int FIRST_BYTES = 64 * 1024;

  private final GuardedClient client;
  private final WorkerExecutor workers;
  private final int mostBytes;

  /** @param workers unfold what comes packed */
  public Fetcher(GuardedClient client, WorkerExecutor workers, int mostBytes) {
    this.client = client;
    this.workers = workers;
    this.mostBytes = mostBytes;
  }

  /**
   * The file behind a URL; fails with {@link BadLink} where there is none, and with what {@code room} throws.
   *
   * @param room is told how many bytes the file takes, before it takes them, and again where they turn out to be more; throws where
   *     there is no room for them. Called on event loops and workers
   */
  public Future<Fetched> fetch(String url, LongConsumer room) {
    return fetch(url, room, Redirect.MOST).recover(failure -> Future.failedFuture(failure instanceof UrlGuard.RefusedUrl
        || failure instanceof Unreachable reached && !reached.isBusy() ? new BadLink(failure.getMessage()) : failure));
  }

  private Future<Fetched> fetch(String url, LongConsumer room, int redirects) {
    return client.request(HttpMethod.GET, url, SILENCE).compose(request -> request.putHeader("Accept-Encoding", Packed.ACCEPTED).send()
        .recover(lost -> Future.failedFuture(new BadLink("the host does not answer as it should")))
        .compose(response -> answered(response, room, redirects))
        .timeout(WHOLE_MILLIS, TimeUnit.MILLISECONDS)
        .onFailure(failure -> request.reset()));
  }

  private Future<Fetched> answered(HttpClientResponse response, LongConsumer room, int redirects) {
    Optional<String> next = Redirect.of(response);
    if (next.isPresent()) {
      return redirects > 0 ? fetch(next.get(), room, redirects - 1)
          : Future.failedFuture(new BadLink("the link leads on more than " + Redirect.MOST + " times"));
    }
    if (response.statusCode() != 200) {
      return Future.failedFuture(new BadLink("the link answered " + response.statusCode()));
    }
    Packed packed = Packed.of(response.getHeader("Content-Encoding"));
    String type = response.getHeader("Content-Type");
    return whole(response, room).compose(body -> packed == Packed.NOT ? Future.succeededFuture(body)
        : workers.executeBlocking(() -> packed.unfold(body, mostBytes, bytes -> room.accept(body.length() + bytes)), false))
        .map(bytes -> new Fetched(bytes, type));
  }

  private Future<Buffer> whole(HttpClientResponse response, LongConsumer room) {
    Promise<Buffer> promise = Promise.promise();
    Body body = new Body(room, promise);
    if (!body.expects(length(response))) {
      return promise.future();
    }
    response.handler(body::take);
    response.exceptionHandler(broken -> promise.tryFail(new BadLink("the host does not answer as it should")));
    response.endHandler(end -> promise.tryComplete(body.bytes));
    return promise.future();
  }

  private static long length(HttpClientResponse response) {
    String length = response.getHeader("Content-Length");
    return length != null && length.matches("[0-9]{1,18}") ? Long.parseLong(length) : FIRST_BYTES;
  }

  /** What has come. */
  private final class Body {
    private final LongConsumer room;
    private final Promise<Buffer> promise;
    private final Buffer bytes = Buffer.buffer();
    private long roomFor;

    Body(LongConsumer room, Promise<Buffer> promise) {
      this.room = room;
      this.promise = promise;
    }

    boolean expects(long length) {
      if (length > mostBytes) {
        promise.tryFail(BadLink.tooLong(mostBytes));
        return false;
      }
      try {
        roomFor = Math.max(length, FIRST_BYTES);
        room.accept(roomFor);
        return true;
      } catch (RuntimeException none) {
        promise.tryFail(none);
        return false;
      }
    }

    void take(Buffer chunk) {
      long length = bytes.length() + (long) chunk.length();
      if (!promise.future().isComplete() && (length <= roomFor || expects(length > mostBytes ? length : Math.min(mostBytes, 2 * length)))) {
        bytes.appendBuffer(chunk);
      }
    }
  }

  /**
   * A file.
   *
   * @param claimedType what its host says that it is, or null
   */
  public record Fetched(Buffer bytes, String claimedType) {
  }

  /** What is behind a link cannot be taken; the message says why. */
  public static final class BadLink extends RuntimeException {
    BadLink(String message) {
      super(message, null, false, false);
    }

    static BadLink tooLong(int mostBytes) {
      return new BadLink("the file is longer than " + mostBytes + " bytes");
    }
  }
}
