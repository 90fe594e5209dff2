package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.async.SideLane;
import dev.computeserver.outbound.Decoding;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/**
 * Takes in the body of a reply: unpacked, no longer than what it is for, and out of the node's memory. Where that has no room, a reply
 * that can be had again is dropped, and one that is paid and cannot be waits on its connection.
 */
final class ReplyBody {
  private static final int MOST_BYTES = 64 * 1024 * 1024;
  /** More of an error tells nobody anything. */
  private static final int MOST_ERROR_BYTES = 256 * 1024;
  private static final int STEP = 64 * 1024;
  /** A piece that unfolds, or a few, takes a millisecond. */
  private static final int MOST_AT_A_TIME = 256 * 1024;
  /** What becomes of a byte of JSON: it is kept, as a text once more, and as what was in base64. */
  private static final int TEXT_COST = 3;
  /** A buffer that grows is copied. */
  private static final int GROWING_COST = 2;
  private static final long WAIT_MILLIS = 600_000;

  private final HttpClientResponse response;
  private final ByteBudget.Share room;
  private final Exchange exchange;
  private final boolean waits;
  private final Duration silence;
  private final int cost;
  private final SideLane lane;
  /** Both are null once it is over: the response may be held on to for longer, and what the body takes is given back before. */
  private Buffer body = Buffer.buffer();
  private Promise<Buffer> done = Promise.promise();
  private Decoding decoding;

  /**
   * @param room for the body, which the caller gives back
   * @param waits whether it waits for more room instead of failing
   * @param silence after which the provider is given up
   * @param lane for what unfolds to much
   */
  ReplyBody(HttpClientResponse response, ByteBudget.Share room, Exchange exchange, boolean waits, Duration silence, SideLane lane) {
    this.response = response;
    this.room = room;
    this.exchange = exchange;
    this.waits = waits;
    this.silence = silence;
    this.lane = lane;
    String type = response.getHeader(HttpHeaders.CONTENT_TYPE);
    this.cost = type == null || type.toLowerCase(Locale.ROOT).matches("(text/|application/[^;]*(json|xml)).*") ? TEXT_COST : 1;
  }

  /** The whole of it, or of an error the beginning. Fails with {@link NotTaken} where it is our own doing that it cannot be had. */
  Future<Buffer> take() {
    Future<Buffer> taken = done.future();
    response.pause();
    response.exceptionHandler(this::fail);
    response.handler(this::came);
    response.endHandler(end -> ended());
    try {
      decoding = Decoding.of(response);
      response.fetch(1);
    } catch (IOException unknown) {
      fail(unknown);
    }
    return taken;
  }

  private void came(Buffer chunk) {
    if (done != null) {
      decoding.add(chunk);
      goOn();
    }
  }

  private void goOn() {
    int before = body.length();
    try {
      for (Buffer piece = decoding.next(); piece != null; piece = decoding.next()) {
        if (!add(piece)) {
          return;
        }
        if (body.length() - before > MOST_AT_A_TIME) {
          lane.later(this::goOnLater);
          return;
        }
      }
      response.fetch(1);
    } catch (IOException malformed) {
      fail(malformed);
    }
  }

  private void goOnLater() {
    if (done != null) {
      goOn();
    }
  }

  /** False where nothing more is to be taken, now or at all. */
  private boolean add(Buffer piece) {
    boolean good = response.statusCode() < 300;
    int most = !good ? MOST_ERROR_BYTES : exchange.statusOnly() ? Exchange.MOST_STATUS_BYTES : MOST_BYTES;
    if (piece.length() > most - body.length()) {
      if (good) {
        fail(new NotTaken("the reply is longer than " + most + " bytes"));
      } else {
        body.appendBuffer(piece, 0, most - body.length());
        complete();
        response.request().reset();
      }
      return false;
    }
    long missing = (long) Math.max(cost, GROWING_COST) * (body.length() + piece.length()) - room.bytes();
    if (missing <= 0 || room.grow(Math.max(missing, Math.max(STEP, room.bytes()))) || room.grow(missing)) {
      body.appendBuffer(piece);
      return true;
    }
    if (waits) {
      // What is not read for want of room is no silence of the provider's.
      response.request().idleTimeout(WAIT_MILLIS);
      room.growInTurn(missing).onSuccess(grown -> {
        if (done != null) {
          response.request().idleTimeout(silence.toMillis());
          body.appendBuffer(piece);
          lane.later(this::goOnLater);
        }
      }).onFailure(never -> fail(new NotTaken("the reply needs more memory than node.memory_percent gives; raise it")));
    } else {
      fail(NotTaken.forNow());
    }
    return false;
  }

  private void ended() {
    if (done == null) {
      return;
    }
    try {
      decoding.end();
      complete();
    } catch (IOException brokenOff) {
      fail(brokenOff);
    }
  }

  private void complete() {
    room.shrinkTo((long) cost * body.length());
    Buffer whole = body;
    over().complete(whole);
  }

  private void fail(Throwable cause) {
    if (done != null) {
      over().fail(cause);
      response.request().reset();
    }
  }

  private Promise<Buffer> over() {
    Promise<Buffer> told = done;
    done = null;
    body = null;
    if (decoding != null) {
      decoding.close();
    }
    return told;
  }

  /** The provider has answered, and what it answered is too much for us. */
  static final class NotTaken extends RuntimeException {
    private final boolean full;

    NotTaken(String message) {
      this(message, false);
    }

    private NotTaken(String message, boolean full) {
      super(message, null, false, false);
      this.full = full;
    }

    static NotTaken forNow() {
      return new NotTaken("the node has no memory left for the reply now", true);
    }

    /** Whether there was no memory for it now. */
    boolean isFull() {
      return full;
    }
  }
}
