package dev.computeserver.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** One subscription to the events of all tasks at {@code /v1/live}, which tells who waits for a task that it ended. */
final class Live {

  /** How a task ended, and when its event arrived here, in microseconds since 1970. */
  record Ended(String taskId, boolean completed, long atMicros) { }

  private static final int MAX_MESSAGE_BYTES = 1 << 20;
  private static final long RECONNECT_MILLIS = 200;

  private final Vertx vertx;
  private final int port;
  private final WebSocketClient client;
  private final Map<String, Consumer<Ended>> waiting = new HashMap<>();
  private final Map<String, Ended> early = new HashMap<>();
  private String lastEventId;
  private int drops;
  private boolean closed;

  Live(Vertx vertx, int port) {
    this.vertx = vertx;
    this.port = port;
    this.client = vertx.createWebSocketClient(new WebSocketClientOptions()
        .setMaxFrameSize(MAX_MESSAGE_BYTES).setMaxMessageSize(MAX_MESSAGE_BYTES));
  }

  /** Connects and subscribes; done once the server has confirmed it. */
  Future<Void> subscribe() {
    Promise<Void> confirmed = Promise.promise();
    client.connect(port, "127.0.0.1", "/v1/live").onFailure(cause -> {
      confirmed.tryFail(cause);
      if (drops() > 0) {
        reconnect();
      }
    }).onSuccess(connected -> {
      confirmed.future().onFailure(cause -> connected.close());
      connected.textMessageHandler(text -> {
        if (text.contains("\"task_id\"")) {
          received(text);
        } else if (text.contains("\"subscribed\"")) {
          confirmed.tryComplete();
        } else {
          confirmed.tryFail("The server answered the subscription with " + text);
        }
      });
      connected.closeHandler(end -> {
        confirmed.tryFail("The server closed the subscription: " + connected.closeStatusCode() + " "
            + connected.closeReason());
        reconnect();
      });
      connected.writeTextMessage(subscription());
    });
    return confirmed.future();
  }

  /** Calls back once when the task has ended, at once when it already has. */
  void expect(String taskId, Consumer<Ended> callback) {
    Ended ended;
    synchronized (this) {
      ended = early.remove(taskId);
      if (ended == null) {
        waiting.put(taskId, callback);
      }
    }
    if (ended != null) {
      callback.accept(ended);
    }
  }

  /** How often the server dropped this subscription; nothing is missed, but the numbers suffer. */
  synchronized int drops() {
    return drops;
  }

  synchronized void close() {
    closed = true;
    client.close();
  }

  /** Reads only the events that end a task, for this client shares the cores with the server. */
  private void received(String text) {
    boolean completed = text.contains("\"task.completed\"");
    if (!completed && !text.contains("\"task.failed\"") && !text.contains("\"task.cancelled\"")) {
      return;
    }
    long at = MicroClock.now();
    JsonObject event = new JsonObject(text);
    Ended ended = new Ended(event.getString("task_id"), completed, at);
    Consumer<Ended> callback;
    synchronized (this) {
      lastEventId = event.getString("id");
      callback = waiting.remove(ended.taskId());
      if (callback == null) {
        early.put(ended.taskId(), ended);
      }
    }
    if (callback != null) {
      callback.accept(ended);
    }
  }

  private synchronized String subscription() {
    JsonObject subscribe = new JsonObject().put("subscribe", new JsonObject());
    if (lastEventId != null) {
      subscribe.getJsonObject("subscribe").put("since", lastEventId);
    }
    return subscribe.encode();
  }

  private void reconnect() {
    synchronized (this) {
      if (closed) {
        return;
      }
      drops++;
    }
    vertx.setTimer(RECONNECT_MILLIS, timer -> subscribe()
        .onFailure(cause -> System.err.println("The live subscription did not come back: " + cause.getMessage())));
  }
}
