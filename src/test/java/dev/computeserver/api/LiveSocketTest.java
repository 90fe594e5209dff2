package dev.computeserver.api;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
import io.vertx.core.http.WebSocket;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a socket tells when it is dropped: whoever comes back with it has lost nothing of any subscription. */
class LiveSocketTest {
  private static final long HAD = 50;
  private static final long NEWEST = 100;

  private final Vertx vertx = Vertx.vertx();
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
      new LiveSocket(vertx, socket, log, hub).serve(() -> { });
      made.complete(hub);
    }).listen(0, "127.0.0.1"));
    WebSocket client = await(vertx.createWebSocketClient().connect(server.actualPort(), "127.0.0.1", "/"));
    client.textMessageHandler(text -> told.accept(new JsonObject(text)));
    await(client.writeTextMessage("{\"subscribe\":{}}"));
    told.await(1);
    await(made.future()).happened(List.of(new TaskEvent(NEWEST, 1, "queued", UUID.randomUUID(), TaskStatus.QUEUED, "default", ProviderType.LUMA,
        ProviderCapability.IMAGE_GENERATION, 0, null, null)));
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
}
