package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.async.SideLane;
import dev.computeserver.media.FileType;
import dev.computeserver.outbound.Decoding;
import dev.computeserver.outbound.Responses;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

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
  /** What has come in parts is put together in the end. */
  private static final int GROWING_COST = 2;
  /** Longer buffers grow by little and are copied each time. */
  private static final int MOST_IN_A_PART = 1024 * 1024;
  private static final long WAIT_MILLIS = 600_000;
  /** A reply up to this is taken off its connection as it comes, however long unpacking takes. */
  private static final int MOST_AHEAD = 256 * 1024;
  private static final int MOST_BEFORE_LAST = MOST_AHEAD / 2;

  private final HttpClientResponse response;
  private final ByteBudget.Share room;
  private final Exchange exchange;
  private final boolean waits;
  private final Duration silence;
  /** What is to become of a byte; as the header says until the first bytes do. */
  private int cost;
  private final SideLane lane;
  /** Empty and null once it is over: the response may be held on to for longer, and what the body takes is given back before. */
  private final Deque<Buffer> parts = new ArrayDeque<>(List.of(Buffer.buffer()));
  private int length;
  /** What has come and is still to be unpacked. */
  private final Deque<Buffer> ahead = new ArrayDeque<>();
  private int bytesAhead;
  private long received;
  /** Whether one piece more has been asked of the connection. */
  private boolean asked;
  /** Whether it goes on by itself, when it is its turn or when there is memory. */
  private boolean busy;
  private boolean ended;
  /** Whether it is the last that its connection carries. */
  private boolean last;
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
    this.cost = type == null || FileType.kind(type) == FileType.Kind.TEXT ? TEXT_COST : 1;
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
      ask();
    } catch (IOException unknown) {
      fail(unknown);
    }
    return taken;
  }

  private void came(Buffer chunk) {
    asked = false;
    if (done == null) {
      return;
    }
    received += chunk.length();
    if (received > MOST_BEFORE_LAST && !last) {
      last = true;
      // It may be read slowly, and while its reading pauses so would that of the next reply on the same connection.
      response.request().connection().shutdown(WAIT_MILLIS, TimeUnit.MILLISECONDS);
    }
    ahead.add(chunk);
    bytesAhead += chunk.length();
    if (!busy) {
      goOn();
    }
    ask();
  }

  private void ask() {
    if (done != null && !asked && !ended && bytesAhead < MOST_AHEAD) {
      asked = true;
      response.fetch(1);
    }
  }

  private void goOn() {
    int before = length;
    try {
      for (Buffer piece = next(); piece != null; piece = next()) {
        if (!add(piece)) {
          return;
        }
        if (length - before > MOST_AT_A_TIME) {
          later();
          return;
        }
      }
      if (ended) {
        decoding.end();
        complete();
      }
    } catch (IOException malformed) {
      fail(malformed);
    }
  }

  private Buffer next() throws IOException {
    Buffer piece = decoding.next();
    while (piece == null && !ahead.isEmpty()) {
      bytesAhead -= ahead.peek().length();
      decoding.add(ahead.poll());
      piece = decoding.next();
    }
    return piece;
  }

  private void later() {
    busy = true;
    lane.later(() -> {
      busy = false;
      if (done != null) {
        goOn();
        ask();
      }
    });
  }

  /** False where nothing more is to be taken, now or at all. */
  private boolean add(Buffer piece) {
    boolean good = response.statusCode() < 300;
    int most = !good ? MOST_ERROR_BYTES : exchange.statusOnly() ? Exchange.MOST_STATUS_BYTES : MOST_BYTES;
    if (piece.length() > most - length) {
      if (good) {
        fail(new NotTaken("the reply is longer than " + most + " bytes"));
      } else {
        append(piece.slice(0, most - length));
        complete();
        Responses.drop(response);
      }
      return false;
    }
    long missing = (long) Math.max(cost, GROWING_COST) * (length + piece.length()) - room.bytes();
    if (missing <= 0 || room.grow(Math.max(missing, Math.max(STEP, room.bytes()))) || room.grow(missing)) {
      append(piece);
      return true;
    }
    if (waits) {
      // What is not read for want of room is no silence of the provider's.
      response.request().idleTimeout(WAIT_MILLIS);
      busy = true;
      room.growInTurn(missing).onSuccess(grown -> {
        if (done != null) {
          response.request().idleTimeout(silence.toMillis());
          append(piece);
          later();
        }
      }).onFailure(never -> fail(new NotTaken("the reply needs more memory than node.memory_percent gives; raise it")));
    } else {
      fail(NotTaken.forNow());
    }
    return false;
  }

  private void append(Buffer piece) {
    if (length == 0) {
      FileType.Kind kind = FileType.kind(piece.getBytes(0, Math.min(piece.length(), FileType.HEAD)), null);
      cost = kind == FileType.Kind.UNKNOWN ? cost : kind == FileType.Kind.TEXT ? TEXT_COST : 1;
    }
    if (parts.getLast().length() > MOST_IN_A_PART) {
      parts.add(Buffer.buffer());
    }
    parts.getLast().appendBuffer(piece);
    length += piece.length();
  }

  private Buffer joined() {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    Buffer all = Buffer.buffer(length);
    parts.forEach(all::appendBuffer);
    return all;
  }

  private void ended() {
    ended = true;
    if (done != null && !busy) {
      goOn();
    }
  }

  private void complete() {
    Buffer whole = joined();
    Promise<Buffer> told = over();
    room.shrinkTo((long) cost * length);
    told.complete(whole);
  }

  private void fail(Throwable cause) {
    if (done != null) {
      over().fail(cause);
      Responses.drop(response);
    }
  }

  private Promise<Buffer> over() {
    Promise<Buffer> told = done;
    done = null;
    parts.clear();
    ahead.clear();
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
