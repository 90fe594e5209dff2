package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of {@code /v1/live} that keeps what it is told, in order. */
final class LiveClient implements AutoCloseable {
  private final BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
  /** Held, since a client that nothing refers to any more is closed with all its sockets. */
  private final WebSocketClient client;
  private final WebSocket socket;

  LiveClient(TestNode node) {
    client = node.vertx.createWebSocketClient();
    socket = TestStore.await(client.connect(
        new WebSocketConnectOptions().setHost("127.0.0.1").setPort(node.port()).setURI("/v1/live")));
    socket.textMessageHandler(text -> messages.add(new JsonObject(text)));
  }

  static JsonObject subscribe(JsonObject wanted) {
    return new JsonObject().put("subscribe", wanted);
  }

  static JsonObject unsubscribe(JsonObject wanted) {
    return new JsonObject().put("unsubscribe", wanted);
  }

  static JsonObject tasks(String... ids) {
    return new JsonObject().put("task_ids", new JsonArray(List.of(ids)));
  }

  static boolean terminal(JsonObject event) {
    return List.of("task.completed", "task.failed", "task.cancelled").contains(event.getString("type", ""));
  }

  LiveClient send(JsonObject message) {
    return sendText(message.encode());
  }

  LiveClient sendText(String message) {
    TestStore.await(socket.writeTextMessage(message));
    return this;
  }

  /** Sends all without waiting in between, as a hurried client does. */
  LiveClient sendAtOnce(JsonObject... all) {
    for (JsonObject message : all) {
      socket.writeTextMessage(message.encode());
    }
    return this;
  }

  /** The next message, events and answers alike. */
  JsonObject next() throws InterruptedException {
    JsonObject message = messages.poll(20, TimeUnit.SECONDS);
    assertNotNull(message, "no message within 20 s");
    return message;
  }

  /** The events of a task up to its end. */
  List<JsonObject> untilEnd(String task) throws InterruptedException {
    List<JsonObject> events = new ArrayList<>();
    while (events.isEmpty() || !terminal(events.get(events.size() - 1))) {
      JsonObject message = next();
      if (task.equals(message.getString("task_id"))) {
        events.add(message);
      }
    }
    return events;
  }

  /** All messages until the server has answered a last request, which proves that nothing else was under way. */
  List<JsonObject> flush() throws InterruptedException {
    List<JsonObject> before = new ArrayList<>();
    send(unsubscribe(new JsonObject().put("provider", "comfyui")));
    JsonObject message = next();
    while (!message.containsKey("unsubscribed")) {
      before.add(message);
      message = next();
    }
    return before;
  }

  @Override
  public void close() {
    TestStore.await(socket.close());
  }
}
