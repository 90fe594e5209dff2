package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuardedClientTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx();
  private final List<HttpServerRequest> seen = new CopyOnWriteArrayList<>();
  private final HttpServer host = TestStore.await(vertx.createHttpServer().requestHandler(this::take).listen(0, "127.0.0.1"));

  @AfterEach
  void close() {
    TestStore.await(vertx.close());
  }

  private void take(HttpServerRequest request) {
    seen.add(request);
    if (!request.path().equals("/hang")) {
      request.response().end("here");
    }
  }

  private static InetAddress ip(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private GuardedClient client(UrlGuard guard, int most, int waiting, String... addresses) {
    Resolver resolver = new Resolver(name -> Future.succeededFuture(List.of(addresses).stream().map(GuardedClientTest::ip).toList()));
    return new GuardedClient(vertx, guard, resolver, 4, most, waiting);
  }

  private String url(String path) {
    return "http://a_name.example:" + host.actualPort() + path;
  }

  private static HttpClientResponse sent(GuardedClient client, String url) {
    return TestStore.await(client.request(HttpMethod.GET, url, LONG).compose(HttpClientRequest::send));
  }

  /** Asks for the body before it sends: on another thread than the client's, a body could pass by before it is asked for. */
  private static String body(HttpClientRequest request) {
    Future<Buffer> body = request.response().compose(HttpClientResponse::body);
    request.send();
    return TestStore.await(body).toString();
  }

  @Test
  void triesTheAddressesOfANameInTurnAndSendsTheNameAsWritten() {
    GuardedClient client = client(new UrlGuard(false, true), 4, 0, "127.0.0.3", "127.0.0.2", "127.0.0.1");
    assertEquals(200, sent(client, url("/狐 a?b#c")).statusCode());
    assertEquals("/%E7%8B%90%20a?b", seen.get(0).uri());
    assertEquals("a_name.example:" + host.actualPort(), seen.get(0).getHeader("Host"));
    assertEquals("127.0.0.1", seen.get(0).localAddress().hostAddress());
  }

  @Test
  void connectsToAllowedAddressesOnly() {
    GuardedClient client = client(new UrlGuard(false, true), 4, 0, "10.0.0.1", "fd00::1", "127.0.0.1");
    assertEquals(200, sent(client, url("/")).statusCode());
    GuardedClient remote = client.guardedBy(new UrlGuard(false, true).forProvider("https://api.example.com"));
    assertThrows(UrlGuard.RefusedUrl.class, () -> TestStore.await(remote.request(HttpMethod.GET, url("/"), LONG)));
    assertEquals(1, seen.size());
  }

  @Test
  void saysThatNobodyIsThere() {
    GuardedClient client = client(new UrlGuard(false, true), 4, 0, "127.0.0.2", "127.0.0.3");
    Unreachable told = assertThrows(Unreachable.class, () -> sent(client, url("/")));
    assertEquals("the host a_name.example cannot be connected to", told.getMessage());
    assertFalse(told.isBusy());
    Unreachable noTls = assertThrows(Unreachable.class, () -> sent(client(new UrlGuard(false, true), 4, 0, "127.0.0.1"), url("/").replace("http:", "https:")));
    assertTrue(noTls.getMessage().contains("TLS"), noTls.getMessage());
  }

  @Test
  void lessThanAllAreServedAtOnceAndTheRestInTurn() throws Exception {
    GuardedClient client = client(new UrlGuard(false, true), 2, 1, "127.0.0.1");
    HttpClientRequest unsent = TestStore.await(client.request(HttpMethod.GET, url("/"), LONG));
    HttpClientRequest hanging = TestStore.await(client.request(HttpMethod.GET, url("/hang"), LONG));
    hanging.send();
    Future<HttpClientRequest> third = client.request(HttpMethod.GET, url("/third"), LONG);
    Unreachable busy = assertInstanceOf(Unreachable.class, client.request(HttpMethod.GET, url("/"), LONG).cause());
    assertTrue(busy.isBusy());
    assertFalse(third.isComplete());
    unsent.reset();
    assertEquals("here", body(TestStore.await(third)));
    HttpClientRequest next = TestStore.await(client.request(HttpMethod.GET, url("/"), LONG));
    Future<HttpClientRequest> late = client.request(HttpMethod.GET, url("/"), Duration.ofMillis(20));
    assertTrue(assertThrows(Unreachable.class, () -> TestStore.await(late)).isBusy());
    hanging.reset();
    next.reset();
    for (int i = 0; i < 20; i++) {
      assertEquals("here", body(TestStore.await(client.request(HttpMethod.GET, url("/"), LONG))), "each turn is given back");
    }
  }
}
