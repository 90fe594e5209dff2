package dev.computeserver.outbound;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Fetches small files whole: over a few redirects, unfolded where they come packed, with a bound on their size and on the time that
 * they may take. To be used on an event loop.
 */
public final class Fetcher {
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final long WHOLE_MILLIS = 120_000;
  /** Room that is asked for where nobody says how long a file is. */
  private static final int FIRST_BYTES = 64 * 1024;

  private final Vertx vertx;
  private final GuardedClient client;
  private final int mostBytes;

  public Fetcher(Vertx vertx, GuardedClient client, int mostBytes) {
    this.vertx = vertx;
    this.client = client;
    this.mostBytes = mostBytes;
  }

  /** The file behind a URL; fails with {@link BadLink} where there is none, and with what the room fails with. */
  public Future<Fetched> fetch(String url, Room room) {
    return fetch(url, room, Redirect.MOST).recover(failure -> {
      if (failure instanceof Waits waits) {
        return waits.room.compose(there -> fetch(url, room));
      }
      return Future.failedFuture(failure instanceof UrlGuard.RefusedUrl ? new BadLink(failure.getMessage())
          : failure instanceof Unreachable reached && !reached.isBusy() ? BadLink.notNow(failure.getMessage(), null) : failure);
    });
  }

  private Future<Fetched> fetch(String url, Room room, int redirects) {
    return client.request(HttpMethod.GET, url, SILENCE).compose(request -> request.putHeader("Accept-Encoding", Decoding.ACCEPTED).send()
        .recover(lost -> Future.failedFuture(BadLink.broken()))
        .compose(response -> answered(response, room, redirects))
        .timeout(WHOLE_MILLIS, TimeUnit.MILLISECONDS)
        .recover(failure -> {
          request.reset();
          return Future.failedFuture(failure instanceof TimeoutException ? BadLink.broken() : failure);
        }));
  }

  private Future<Fetched> answered(HttpClientResponse response, Room room, int redirects) {
    Optional<String> next = Redirect.of(response);
    if (next.isPresent()) {
      return redirects > 0 ? fetch(next.get(), room, redirects - 1)
          : Future.failedFuture(new BadLink("the link leads on more than " + Redirect.MOST + " times"));
    }
    if (!Responses.isWhole(response)) {
      return Future.failedFuture(BadLink.answered(response));
    }
    try {
      return new Body(response, Decoding.of(response), room).whole().map(bytes -> new Fetched(bytes, response.getHeader("Content-Type")));
    } catch (IOException unknownCoding) {
      return Future.failedFuture(new BadLink("the file cannot be read: " + unknownCoding.getMessage()));
    }
  }

  /** What comes of a file, a piece at a time: other work has its turn between the pieces of what unfolds to much. */
  private final class Body {
    private final HttpClientResponse response;
    private final Decoding decoding;
    private final Room room;
    private final Promise<Buffer> whole = Promise.promise();
    private Buffer bytes = Buffer.buffer();
    private long roomFor;
    private boolean unfolding;
    private boolean ended;

    Body(HttpClientResponse response, Decoding decoding, Room room) {
      this.response = response;
      this.decoding = decoding;
      this.room = room;
    }

    Future<Buffer> whole() {
      response.exceptionHandler(broken -> whole.tryFail(BadLink.broken()));
      String length = response.getHeader("Content-Length");
      if (expects(length != null && length.matches("[0-9]{1,18}") ? Long.parseLong(length) : 0)) {
        response.handler(chunk -> {
          response.pause();
          decoding.add(chunk);
          unfold();
        });
        response.endHandler(end -> {
          ended = true;
          end();
        });
      }
      // The response may be held on to for longer, and the room for what has come is given back now.
      return whole.future().onFailure(failed -> {
        bytes = Buffer.buffer();
        Responses.drop(response);
      }).onComplete(done -> decoding.close());
    }

    private void unfold() {
      if (whole.future().isComplete()) {
        return;
      }
      unfolding = true;
      try {
        Buffer piece = decoding.next();
        if (piece == null) {
          unfolding = false;
          response.resume();
          end();
        } else if (bytes.length() + (long) piece.length() <= roomFor || expects(bytes.length() + (long) piece.length())) {
          bytes.appendBuffer(piece);
          vertx.runOnContext(later -> unfold());
        }
      } catch (IOException malformed) {
        whole.tryFail(new BadLink("the file cannot be read: " + malformed.getMessage()));
      }
    }

    private void end() {
      if (!ended || unfolding) {
        return;
      }
      try {
        decoding.end();
        whole.tryComplete(bytes);
      } catch (IOException brokenOff) {
        whole.tryFail(BadLink.notNow("the file cannot be read: " + brokenOff.getMessage(), null));
      }
    }

    /** Whether there is room for so many bytes; else the file is not taken now. */
    private boolean expects(long length) {
      if (length > mostBytes) {
        whole.tryFail(BadLink.tooLong(mostBytes));
        return false;
      }
      // Twice as much as has come, so that it is not asked for at each piece.
      roomFor = bytes.length() == 0 ? Math.max(length, FIRST_BYTES) : Math.min(mostBytes, 2 * length);
      Future<Void> there = room.need(roomFor);
      if (!there.succeeded()) {
        whole.tryFail(new Waits(there));
      }
      return there.succeeded();
    }
  }

  /** Where a file is put. */
  public interface Room {
    /**
     * Is told how many bytes a file takes, before it takes them, and again where they turn out to be more. Done when they are there; no
     * connection is held while that takes time, but the file is fetched anew.
     */
    Future<Void> need(long bytes);
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
    private static final Set<Integer> LATER = Set.of(408, 425, 429);

    private final boolean tooLong;
    private final boolean passing;
    private final String retryAfter;

    BadLink(String message) {
      this(message, false, false, null);
    }

    private BadLink(String message, boolean tooLong, boolean passing, String retryAfter) {
      super(message, null, false, false);
      this.tooLong = tooLong;
      this.passing = passing;
      this.retryAfter = retryAfter;
    }

    static BadLink tooLong(int mostBytes) {
      return new BadLink("the file is longer than " + mostBytes + " bytes", true, false, null);
    }

    static BadLink notNow(String message, String retryAfter) {
      return new BadLink(message, false, true, retryAfter);
    }

    static BadLink answered(HttpClientResponse response) {
      int status = response.statusCode();
      String message = "the link answered " + status;
      return status >= 500 || LATER.contains(status) ? notNow(message, RetryAfter.in(response.headers())) : new BadLink(message);
    }

    /** Whether there is a file, of more bytes than are taken. */
    public boolean isTooLong() {
      return tooLong;
    }

    /** Whether it is for the state of the link's server, so that the file may be there later. */
    public boolean isPassing() {
      return passing;
    }

    /** For how long the server asks to be left alone, as {@link RetryAfter} reads it, or null. */
    public String retryAfter() {
      return retryAfter;
    }

    static BadLink broken() {
      return notNow("the host does not answer as it should", null);
    }
  }

  /** There is no room yet. */
  private static final class Waits extends RuntimeException {
    private final transient Future<Void> room;

    Waits(Future<Void> room) {
      super(null, null, false, false);
      this.room = room;
    }
  }
}
