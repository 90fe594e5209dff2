package dev.computeserver.outbound;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * An HTTP client that connects only to an address that {@link UrlGuard} has allowed: the one that was judged is the one that is
 * connected to. Tries a host's addresses in turn, follows no redirect, unfolds nothing, knows no key. Each has look-ups of its own.
 */
public final class GuardedClient {
  private static final int MOST_ADDRESSES = 4;
  private static final int CONNECT_MILLIS = 5_000;

  private final UrlGuard guard;
  private final HttpClient client;
  private final Resolver resolver;
  private final Turns turns;

  /**
   * @param perHost most connections to one host
   * @param most requests at once, to all hosts; their connections are kept for 5 s after
   * @param waiting most requests that wait for their turn, or for a connection to their host; more fail at once
   */
  public GuardedClient(Vertx vertx, UrlGuard guard, int perHost, int most, int waiting) {
    this(vertx, guard, new Resolver(vertx), perHost, most, waiting);
  }

  GuardedClient(Vertx vertx, UrlGuard guard, Resolver resolver, int perHost, int most, int waiting) {
    this.guard = guard;
    this.resolver = resolver;
    this.turns = new Turns(vertx, most, waiting);
    this.client = vertx.httpClientBuilder()
        .with(new HttpClientOptions().setConnectTimeout(CONNECT_MILLIS).setKeepAliveTimeout(5).setDecompressionSupported(false))
        .with(new PoolOptions().setHttp1MaxSize(perHost).setMaxWaitQueueSize(waiting))
        .withConnectHandler(ReplyFraming::install)
        .build();
  }

  private GuardedClient(GuardedClient other, UrlGuard guard) {
    this.guard = guard;
    this.client = other.client;
    this.resolver = other.resolver;
    this.turns = other.turns;
  }

  /** The same connections and bounds under another guard. */
  public GuardedClient guardedBy(UrlGuard other) {
    return new GuardedClient(this, other);
  }

  /**
   * A request that is ready to be sent, or to be reset where it is not wanted any more; {@code silence} bounds the wait for a turn, that
   * for a connection, and each silence after. Fails with {@link UrlGuard.RefusedUrl} or {@link Unreachable}.
   */
  public Future<HttpClientRequest> request(HttpMethod method, String url, Duration silence) {
    return Future.succeededFuture(url).map(guard::check).compose(target -> turns.take(silence)
        .compose(turn -> resolver.addresses(target).map(all -> allowed(target, all)).compose(addresses -> connect(method, target, addresses, silence))
            .onFailure(failure -> turns.give())
            .onSuccess(this::giveBackAfter)));
  }

  private List<InetAddress> allowed(WebUrl target, List<InetAddress> all) {
    List<InetAddress> allowed = new ArrayList<>();
    UrlGuard.RefusedUrl last = null;
    for (InetAddress address : all) {
      try {
        guard.check(target, address);
        allowed.add(address);
      } catch (UrlGuard.RefusedUrl refused) {
        last = refused;
      }
    }
    if (allowed.isEmpty() && last != null) {
      throw last;
    }
    return allowed.subList(0, Math.min(MOST_ADDRESSES, allowed.size()));
  }

  private Future<HttpClientRequest> connect(HttpMethod method, WebUrl target, List<InetAddress> addresses, Duration silence) {
    RequestOptions options = new RequestOptions()
        .setMethod(method)
        .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(addresses.get(0), target.port())))
        .setHost(target.host())
        .setPort(target.port())
        .setSsl(target.tls())
        .setURI(target.target())
        .setConnectTimeout(silence.toMillis())
        .setIdleTimeout(silence.toMillis())
        .setFollowRedirects(false);
    return client.request(options).recover(failure -> failure instanceof IOException && addresses.size() > 1
        ? connect(method, target, addresses.subList(1, addresses.size()), silence) : Future.failedFuture(told(target, failure)));
  }

  private static Unreachable told(WebUrl target, Throwable failure) {
    if (failure instanceof ConnectionPoolTooBusyException) {
      return Unreachable.busy();
    }
    String why = failure instanceof SSLException ? "offers no connection by TLS that can be trusted" : "cannot be connected to";
    return new Unreachable("the host " + target.host() + " " + why, failure);
  }

  private void giveBackAfter(HttpClientRequest request) {
    // Whoever sends it is told by the response; without a handler each failure is an error in the log as well.
    request.exceptionHandler(told -> { });
    request.response().compose(HttpClientResponse::end).onComplete(over -> turns.give());
  }

  public Future<Void> close() {
    return client.close();
  }
}
