package dev.computeserver.api;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.live.LiveHub;
import dev.computeserver.live.Subscription;
import dev.computeserver.task.EventId;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** One client of {@code /v1/live}: its subscriptions, each gapless, over one socket. */
final class LiveSocket {
  private static final int MOST_SUBSCRIPTIONS = 100;
  private static final int MOST_MESSAGE = 256 * 1024;
  private static final int MOST_READ_ON_LOOP = 4 * 1024;
  /** A name of a task in a subscription, with its places among the watchers and in the message that is kept. */
  private static final long BYTES_A_TASK = 512;
  private static final long BYTES_A_SUBSCRIPTION = 1_024;
  private static final long PING_MILLIS = 40_000;
  /** Of a message that comes in several frames, from the first to the last. */
  private static final long LONGEST_MESSAGE_MILLIS = 10_000;
  private static final int MOST_SILENT = 2;
  private static final long FIRST_BRAKE_MILLIS = 10;
  private static final long LONGEST_BRAKE_MILLIS = 2_000;
  private static final long NO_TIMER = -1;
  private static final short NOT_TEXT = 1003;
  private static final short NOT_UTF8 = 1007;
  private static final short TOO_LONG = 1009;
  private static final short TOO_SLOW = 4008;
  private static final short TRY_AGAIN = 1013;

  private final Vertx vertx;
  private final ServerWebSocket socket;
  private final EventLog log;
  private final LiveHub hub;
  private final ByteBudget memory;
  private final Duration patience;
  private final Map<JsonObject, Held> subscriptions = new HashMap<>();
  private final Reader reader = new Reader();
  private Buffer message = Buffer.buffer();
  /** What a message takes that is unfinished or long, until it has been answered; or null. */
  private ByteBudget.Share share;
  private long unfinished = NO_TIMER;
  private long newest;
  /** Pings since the last pong. */
  private int silent;
  private boolean dropped;
  /** Messages in a row. */
  private int refusals;

  /**
   * @param memory for what subscriptions keep, and messages until they are answered
   * @param patience for a client that does not read
   */
  LiveSocket(Vertx vertx, ServerWebSocket socket, EventLog log, LiveHub hub, ByteBudget memory, Duration patience) {
    this.vertx = vertx;
    this.socket = socket;
    this.log = log;
    this.hub = hub;
    this.memory = memory;
    this.patience = patience;
  }

  /** @param gone run once the connection has ended, however it did */
  void serve(Runnable gone) {
    long pings = vertx.setPeriodic(PING_MILLIS, tick -> ping());
    socket.frameHandler(this::frame);
    socket.pongHandler(pong -> silent = 0);
    socket.closeHandler(closed -> {
      vertx.cancelTimer(pings);
      close();
      gone.run();
    });
    socket.exceptionHandler(broken -> {
      if (broken instanceof CorruptedWebSocketFrameException odd) {
        drop((short) odd.closeStatus().code(), odd.closeStatus().reasonText());
      } else {
        close();
      }
    });
  }

  /** Put together here, since what is no UTF-8 or too long must end the connection with the code that says so. */
  private void frame(WebSocketFrame frame) {
    if (frame.isBinary()) {
      drop(NOT_TEXT, "messages are texts in JSON");
    } else if (!dropped && (frame.isText() || frame.isContinuation())) {
      if (message.length() + frame.binaryData().length() > MOST_MESSAGE) {
        drop(TOO_LONG, "a message has at most " + MOST_MESSAGE + " bytes");
        return;
      }
      int length = message.length() + frame.binaryData().length();
      if ((!frame.isFinal() || length > MOST_READ_ON_LOOP) && !takes(length)) {
        drop(TRY_AGAIN, "this node has no memory for the message now; come back with since");
        return;
      }
      message.appendBuffer(frame.binaryData());
      if (frame.isFinal()) {
        Buffer whole = message;
        message = Buffer.buffer();
        endTimer();
        heard(whole);
      } else if (unfinished == NO_TIMER) {
        unfinished = vertx.setTimer(LONGEST_MESSAGE_MILLIS, late -> drop(TOO_SLOW, "a message took more than " + LONGEST_MESSAGE_MILLIS / 1_000
            + " s; come back with since"));
      }
    }
  }

  private boolean takes(int bytes) {
    if (share != null) {
      return share.grow(bytes - share.bytes());
    }
    share = memory.tryTake(bytes).orElse(null);
    return share != null;
  }

  private void letGo() {
    message = Buffer.buffer();
    endTimer();
    if (share != null) {
      share.close();
      share = null;
    }
  }

  private void endTimer() {
    vertx.cancelTimer(unfinished);
    unfinished = NO_TIMER;
  }

  private void heard(Buffer whole) {
    socket.pause();
    Future<LiveMessage> read = whole.length() > MOST_READ_ON_LOOP ? hub.readers().executeBlocking(() -> LiveMessage.of(whole), false)
        : Future.succeededFuture(whole).map(LiveMessage::of);
    read.onComplete(message -> hub.lane().later(() -> {
      if (!isGone()) {
        answered(message).onComplete(done -> letGo()).eventually(this::room).eventually(this::brake).onComplete(done -> goOn());
      }
    }), unreadable -> {
      if (unreadable instanceof LiveMessage.NotUtf8) {
        drop(NOT_UTF8, "the message is not UTF-8");
      } else {
        letGo();
        refuse(unreadable instanceof Problem problem ? problem.getMessage() : "the message cannot be read");
        brake().onComplete(done -> goOn());
      }
    });
  }

  /** Whoever sends what is refused, again and again, is heard less and less often. */
  private Future<?> brake() {
    return refusals == 0 ? Future.succeededFuture()
        : vertx.timer(Math.min(LONGEST_BRAKE_MILLIS, FIRST_BRAKE_MILLIS << Math.min(refusals, 10)), TimeUnit.MILLISECONDS);
  }

  /** Without these the server would cut who only listens; who answers none of them is not there any more. */
  private void ping() {
    if (++silent > MOST_SILENT) {
      drop(TRY_AGAIN, "no answer to a ping; come back with since");
    } else if (!dropped && !socket.isClosed()) {
      socket.writePing(Buffer.buffer("?"));
    }
  }

  private void close() {
    letGo();
    subscriptions.values().forEach(Held::close);
    subscriptions.clear();
  }

  /**
   * A client that hurries, or does not read what it asked for, waits at its own end. One that was dropped is not heard any more, so that
   * the server's idle timeout ends a connection on which not even the farewell can be written.
   */
  private void goOn() {
    if (!dropped && !socket.isClosed()) {
      socket.resume();
    }
  }

  private Future<Void> room() {
    return reader.full() ? reader.drained() : Future.succeededFuture();
  }

  /** Done, or failed, when the store is no longer asked for it. */
  private Future<?> answered(LiveMessage message) {
    try {
      Future<?> begun = message.wanted() == null ? unsubscribe(message.key()) : subscribe(message);
      refusals = 0;
      return begun;
    } catch (Problem problem) {
      refuse(problem.getMessage());
      return Future.succeededFuture();
    }
  }

  private void refuse(String why) {
    refusals++;
    socket.writeTextMessage(new JsonObject().put("error", why).encode());
  }

  private Future<?> unsubscribe(JsonObject key) {
    Held gone = subscriptions.remove(key);
    if (gone != null) {
      gone.close();
    }
    socket.writeTextMessage(new JsonObject().put("unsubscribed", key).encode());
    return Future.succeededFuture();
  }

  private Future<?> subscribe(LiveMessage message) {
    JsonObject key = message.key();
    EventLog.Wanted wanted = message.wanted();
    String since = message.since();
    if (subscriptions.containsKey(key)) {
      throw Problem.of(409, "Subscribed", "there is such a subscription on this socket already; unsubscribe it first");
    }
    if (subscriptions.size() >= MOST_SUBSCRIPTIONS) {
      throw Problem.of(429, "Too many", "a socket may have " + MOST_SUBSCRIPTIONS + " subscriptions");
    }
    OptionalLong after = since == null ? OptionalLong.empty() : EventId.parse(since);
    if (since != null && after.isEmpty()) {
      throw Problem.of(422, "Invalid", "since is not an event id");
    }
    Held held = new Held(key, after.orElse(hub.end()), memory.tryTake(BYTES_A_SUBSCRIPTION + BYTES_A_TASK * wanted.tasks().size())
        .orElseThrow(() -> Problem.of(503, "Full", "this node has no memory for more subscriptions now; name fewer tasks, or come back later")));
    subscriptions.put(key, held);
    if (since == null) {
      return begin(held, wanted, true, hub.end(), false);
    }
    return log.reaches(after.getAsLong())
        .onFailure(out -> drop(TRY_AGAIN, "history cannot be read now; come back with since"))
        .compose(reaches -> begin(held, wanted, reaches, reaches ? after.getAsLong() : hub.end(), reaches));
  }

  /** Answers, then history from {@code after} or the present state, then what happens. */
  private Future<?> begin(Held held, EventLog.Wanted wanted, boolean recovered, long position, boolean fromHistory) {
    if (isGone()) {
      return Future.succeededFuture();
    }
    socket.writeTextMessage(new JsonObject().put("subscribed", held.key).put("recovered", recovered).encode());
    if (fromHistory || wanted.tasks().isEmpty() && recovered) {
      held.open = Subscription.open(hub, wanted, reader, position);
      return Future.succeededFuture();
    }
    return present(wanted, position).onComplete(events -> {
      if (!isGone()) {
        events.forEach(reader::send);
        held.open = Subscription.open(hub, wanted, reader, position);
      }
    }, out -> drop(TRY_AGAIN, "the store cannot be read now; come back"));
  }

  /** The client has gone, or was dropped. */
  private boolean isGone() {
    return dropped || socket.isClosed();
  }

  /** The newest event of each wanted task, oldest first; of the unfinished tasks where no task is named. */
  private Future<List<TaskEvent>> present(EventLog.Wanted wanted, long until) {
    return hub.snapshot(() -> log.newest(wanted, until, LiveMessage.MOST_TASKS));
  }

  private void drop(short code, String why) {
    if (dropped || socket.isClosed()) {
      return;
    }
    dropped = true;
    socket.pause();
    JsonObject last = new JsonObject().put("error", why);
    long resume = subscriptions.values().stream().mapToLong(Held::reached).min().orElse(newest);
    if (resume > 0) {
      last.put("resume_since", EventId.text(resume));
    }
    socket.writeTextMessage(last.encode());
    socket.close(code, why);
    close();
  }

  /** A subscription from the moment it is asked for; {@code open} is null until the store has answered. */
  private static final class Held {
    private final JsonObject key;
    private final long since;
    private final ByteBudget.Share share;
    private Subscription open;

    Held(JsonObject key, long since, ByteBudget.Share share) {
      this.key = key;
      this.since = since;
      this.share = share;
    }

    /** Before it was all that the client was sent, or said that it has. */
    long reached() {
      return open == null ? since : open.reached();
    }

    void close() {
      share.close();
      if (open != null) {
        open.close();
      }
    }
  }

  /** The socket as the place where events go. */
  private final class Reader implements Subscription.Reader {
    private Future<Void> draining;

    @Override
    public void send(TaskEvent event) {
      if (socket.isClosed()) {
        return;
      }
      newest = Math.max(newest, event.id());
      socket.writeTextMessage(event.toJson().encode());
    }

    @Override
    public boolean full() {
      return !socket.isClosed() && socket.writeQueueFull();
    }

    @Override
    public Future<Void> drained() {
      if (draining == null || draining.isComplete()) {
        Promise<Void> drained = Promise.promise();
        long timer = vertx.setTimer(patience.toMillis(), late -> {
          if (drained.tryFail("the client reads too slowly")) {
            drop(TOO_SLOW, "too slow; come back with since");
          }
        });
        socket.drainHandler(room -> drained.tryComplete());
        draining = drained.future().onComplete(done -> vertx.cancelTimer(timer));
      }
      return draining;
    }

    @Override
    public void failed(Throwable cause) {
      drop(TRY_AGAIN, "history cannot be read now; come back with since");
    }
  }
}
