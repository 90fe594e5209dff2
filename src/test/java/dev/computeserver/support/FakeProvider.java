package dev.computeserver.support;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A provider on loopback whose replies a script chooses, and a second origin beside it where providers keep their files.
 * What comes to either is remembered.
 */
public final class FakeProvider implements AutoCloseable {

  /** Answers a request whose body has been read, or leaves it hanging. */
  public interface Behaviour {
    void answer(HttpServerRequest request);
  }

  /**
   * A request as it came.
   *
   * @param elsewhere whether it came to the second origin
   * @param headers by name in small letters
   */
  public record Seen(boolean elsewhere, String method, String uri, Map<String, String> headers, Buffer body) {
    public String path() {
      int query = uri.indexOf('?');
      return query < 0 ? uri : uri.substring(0, query);
    }
  }

  private final Vertx vertx;
  private final Function<Seen, Behaviour> script;
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
  private final HttpServer elsewhere;
  private HttpServer own;

  /** {@code script} chooses the answer to each request, on an event loop. */
  public FakeProvider(Vertx vertx, Function<Seen, Behaviour> script) {
    this.vertx = vertx;
    this.script = script;
    own = listen(TestServers.freePort(), false);
    elsewhere = listen(0, true);
  }

  private HttpServer listen(int port, boolean second) {
    return TestStore.await(vertx.createHttpServer().connectionHandler(this::opened).requestHandler(request -> take(request, second))
        .listen(port, "127.0.0.1"));
  }

  private void opened(HttpConnection connection) {
    connections.add(connection);
    connection.closeHandler(closed -> connections.remove(connection));
  }

  /** Closes all connections, and with them what hangs. */
  public void cutAll() {
    connections.forEach(connection -> TestStore.await(connection.close()));
  }

  public String baseUrl() {
    return "http://127.0.0.1:" + own.actualPort();
  }

  /** The second origin, for files. */
  public String elsewhere() {
    return "http://127.0.0.1:" + elsewhere.actualPort();
  }

  /** All that came so far, in order. */
  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  /** Does {@code work} while nobody listens on the provider's port. */
  public void whileClosed(Runnable work) {
    int port = own.actualPort();
    TestStore.await(own.close());
    try {
      work.run();
    } finally {
      own = listen(port, false);
    }
  }

  private void take(HttpServerRequest request, boolean second) {
    request.body().onSuccess(body -> {
      Map<String, String> headers = new HashMap<>();
      request.headers().forEach(header -> headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
      Seen came = new Seen(second, request.method().name(), request.uri(), headers, body);
      seen.add(came);
      script.apply(came).answer(request);
    });
  }

  /** A whole reply. */
  public static Behaviour reply(int status, String contentType, Buffer body, String... headers) {
    return request -> {
      request.response().setStatusCode(status).putHeader("Content-Type", contentType);
      for (int i = 0; i < headers.length; i += 2) {
        request.response().putHeader(headers[i], headers[i + 1]);
      }
      request.response().end(body);
    };
  }

  /** A whole reply in JSON, or what should be JSON. */
  public static Behaviour reply(int status, String body, String... headers) {
    return reply(status, "application/json", Buffer.buffer(body), headers);
  }

  /** Exactly these bytes, in Latin 1, and the end of the connection. */
  public static Behaviour raw(String bytes) {
    return request -> {
      Channel channel = ((ConnectionBase) request.connection()).channel();
      channel.pipeline().firstContext().writeAndFlush(Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1)).addListener(written -> channel.close());
    };
  }

  /** The connection ends before the first byte of a reply. */
  public static Behaviour cut() {
    return request -> request.connection().close();
  }

  /** A reply that breaks off in its middle. */
  public static Behaviour cutInTheMiddle() {
    return request -> request.response().putHeader("Content-Length", "1000").putHeader("Content-Type", "application/json")
        .write("{\"status\":").onComplete(written -> request.connection().close());
  }

  /** No reply at all. */
  public static Behaviour hang() {
    return request -> { };
  }

  @Override
  public void close() {
    TestStore.await(own.close());
    TestStore.await(elsewhere.close());
  }
}
