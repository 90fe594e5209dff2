package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host that sends more on a kept connection than it was asked for. */
class ReusedConnectionsTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx();
  private final List<NetSocket> connections = new CopyOnWriteArrayList<>();
  private final List<Promise<Void>> closed = new CopyOnWriteArrayList<>();
  private final NetServer host = TestStore.await(vertx.createNetServer().connectHandler(this::take).listen(0, "127.0.0.1"));
  private final GuardedClient client = new GuardedClient(vertx, new UrlGuard(false, true), 1, 8, 8);
  /** Sent with the reply of each path that ends in {@code more}. */
  private volatile String more = "";

  @AfterEach
  void close() {
    TestStore.await(vertx.close());
  }

  private void take(NetSocket socket) {
    Promise<Void> end = Promise.promise();
    closed.add(end);
    connections.add(socket);
    socket.closeHandler(gone -> end.complete());
    StringBuilder head = new StringBuilder();
    socket.handler(bytes -> {
      if (head.append(bytes).toString().endsWith("\r\n\r\n")) {
        String path = head.toString().split(" ")[1];
        head.setLength(0);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path + (path.endsWith("more") ? more : ""));
      }
    });
  }

  private Future<String> fetch(String path) {
    return client.request(HttpMethod.GET, "http://127.0.0.1:" + host.actualPort() + path, LONG)
        .compose(HttpClientRequest::send).compose(HttpClientResponse::body).map(Buffer::toString);
  }

  /** One after the other on the client's loop, so that no body passes by before it is asked for. */
  private String fetched(String path) {
    Promise<String> body = Promise.promise();
    vertx.runOnContext(go -> fetch(path).onComplete(body));
    return TestStore.await(body.future());
  }

  @Test
  void aConnectionIsUsedAgain() {
    assertEquals("/1", fetched("/1"));
    assertEquals("/2", fetched("/2"));
    assertEquals(1, connections.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-More: 1\r\n", "H", "\r\n", "more of the body",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nwrong"})
  void oneOnWhichMoreCameThanTheReplyIsNot(String after) {
    more = after;
    Promise<String> first = Promise.promise();
    Promise<String> second = Promise.promise();
    vertx.runOnContext(go -> {
      fetch("/1/more").onComplete(first);
      // Waits for the only connection to the host, and would get it as soon as the first reply has ended.
      fetch("/2/more").onComplete(second);
    });
    assertEquals("/1/more", TestStore.await(first.future()));
    assertEquals("/2/more", TestStore.await(second.future()));
    assertEquals("/3", fetched("/3"));
    assertEquals(3, connections.size());
    TestStore.await(closed.get(0).future());
    TestStore.await(closed.get(1).future());
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 200 OK\r\nContent-Le", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong", "HTTP/1.1 408 Request Timeout\r\n\r\n"})
  void oneOnWhichBytesComeWhileItIsIdleIsClosed(String unasked) {
    assertEquals("/1", fetched("/1"));
    connections.get(0).write(unasked);
    TestStore.await(closed.get(0).future());
    assertEquals("/2", fetched("/2"));
    assertEquals(2, connections.size());
  }
}
