package dev.computeserver.api;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.live.LiveHub;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.EventId;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskStatus;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a socket is dropped: whoever comes back with what it tells has lost nothing of any subscription. */
class LiveSocketTest {
  private static final long HAD = 50;
  private static final long NEWEST = 100;
  /** Of 39 kB each, their answers fill every buffer between the server and a client that does not read. */
  private static final int MANY = 1_000;

  private final Vertx vertx = Vertx.vertx();
  /** Held, since a client that nothing refers to any more is closed with all its sockets. */
  private final WebSocketClient clients = vertx.createWebSocketClient();
  private final TestStore db = new TestStore(vertx);
  private final TestStore out = new TestStore(vertx);
  private final Signals<JsonObject> told = new Signals<>();

  @AfterEach
  void close() {
    db.close();
    TestServers.drop(out.uri);
    await(vertx.close());
  }

  /** A client that watches all, and has been sent an event; the hub's store is out. */
  private WebSocket watcher(EventLog log) {
    await(out.database.close());
    Promise<LiveHub> made = Promise.promise();
    HttpServer server = await(vertx.createHttpServer().webSocketHandler(socket -> {
      LiveHub hub = new LiveHub(vertx.getOrCreateContext(), out.log);
      hub.began(HAD);
      new LiveSocket(vertx, socket, log, hub, new ByteBudget(1 << 20), Duration.ofSeconds(20)).serve(() -> { });
      made.complete(hub);
    }).listen(0, "127.0.0.1"));
    WebSocket client = await(clients.connect(server.actualPort(), "127.0.0.1", "/"));
    client.textMessageHandler(text -> told.accept(new JsonObject(text)));
    await(client.writeTextMessage("{\"subscribe\":{}}"));
    told.await(1);
    await(made.future()).happened(List.of(new TaskEvent(NEWEST, 1, "queued", UUID.randomUUID(), TaskStatus.QUEUED.word(), "default", ProviderType.LUMA.word(),
        false, ProviderCapability.IMAGE_GENERATION.word(), 0, null, null)));
    told.await(2);
    return client;
  }

  private String resumeSince(WebSocket client) {
    await(client.writeTextMessage("{\"subscribe\":{\"provider\":\"luma\",\"since\":\"" + EventId.text(HAD) + "\"}}"));
    List<JsonObject> all = told.await(messages -> messages.get(messages.size() - 1).getString("error") != null);
    return all.get(all.size() - 1).getString("resume_since");
  }

  @Test
  void aSubscriptionThatStillReadsHistoryIsResumedWhereItCameTo() {
    assertEquals(EventId.text(HAD), resumeSince(watcher(db.log)));
  }

  @Test
  void aSubscriptionThatHasNotBegunIsResumedWhereItWasToBegin() {
    assertEquals(EventId.text(HAD), resumeSince(watcher(out.log)));
  }

  /** The socket, which also tells by which code it is closed. */
  private static ServerWebSocket telling(ServerWebSocket socket, Promise<Short> code) {
    return (ServerWebSocket) Proxy.newProxyInstance(ServerWebSocket.class.getClassLoader(), new Class<?>[] {ServerWebSocket.class},
        (proxy, method, arguments) -> {
          if (method.getName().equals("close")) {
            code.complete((Short) arguments[0]);
          }
          return method.invoke(socket, arguments);
        });
  }

  @Test
  void aClientThatAsksAndAsksAndDoesNotReadIsDropped() {
    Promise<Short> code = Promise.promise();
    HttpServer server = await(vertx.createHttpServer(new HttpServerOptions().setWebSocketClosingTimeout(0)).webSocketHandler(socket -> {
      LiveHub hub = new LiveHub(vertx.getOrCreateContext(), db.log);
      new LiveSocket(vertx, telling(socket, code), db.log, hub, new ByteBudget(1 << 20), Duration.ofMillis(100)).serve(() -> { });
    }).listen(0, "127.0.0.1"));
    WebSocket client = await(clients.connect(server.actualPort(), "127.0.0.1", "/"));
    client.pause();
    JsonArray ids = new JsonArray(Collections.nCopies(1_000, UUID.randomUUID().toString()));
    String asked = new JsonObject().put("unsubscribe", new JsonObject().put("task_ids", ids)).encode();
    for (int i = 0; i < MANY; i++) {
      client.writeTextMessage(asked);
    }
    short given = await(code.future());
    client.resume();
    assertEquals(4008, given);
  }
}
