package dev.computeserver.outbound;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;

/** An HTTP client that connects only to the address that {@link UrlGuard} has allowed. Follows no redirect. */
public final class GuardedClient {
  private final HttpClient client;
  private final UrlGuard guard;

  /**
   * @param perHost most connections to one host
   * @param waiting most requests that wait for one; more fail at once
   */
  public GuardedClient(Vertx vertx, UrlGuard guard, int perHost, int waiting) {
    this.guard = guard;
    HttpClientOptions options = new HttpClientOptions()
        .setConnectTimeout(5_000)
        .setKeepAliveTimeout(15)
        .setDecompressionSupported(false);
    this.client = vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(perHost).setMaxWaitQueueSize(waiting));
  }

  /** A request that is ready to be sent; {@code silence} bounds the wait for a connection and each silence after it. */
  public Future<HttpClientRequest> request(HttpMethod method, String url, Duration silence) {
    return Future.succeededFuture(url).map(guard::check).compose(uri -> guard.resolve(uri).compose(address -> {
      boolean tls = "https".equalsIgnoreCase(uri.getScheme());
      int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
      RequestOptions options = new RequestOptions()
          .setMethod(method)
          .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, port)))
          .setHost(uri.getHost())
          .setPort(port)
          .setSsl(tls)
          .setURI(pathOf(uri))
          .setConnectTimeout(silence.toMillis())
          .setIdleTimeout(silence.toMillis())
          .setFollowRedirects(false);
      return client.request(options);
    }));
  }

  private static String pathOf(URI uri) {
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }

  public Future<Void> close() {
    return client.close();
  }
}
