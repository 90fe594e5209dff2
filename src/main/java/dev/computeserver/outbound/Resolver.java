package dev.computeserver.outbound;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Looks host names up for one purpose, by the name servers and the hosts file of this machine, without a thread for each. A name that
 * cannot be had is not asked for again for {@value #REFUSED_SECONDS} s; many who ask for one name at a time are one look-up.
 */
final class Resolver {
  static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long REFUSED_SECONDS = 5;
  private static final int MOST_REFUSED = 1_000;
  private static final int MOST_UNDER_WAY = 1_000;

  private final Function<String, Future<List<InetAddress>>> lookUp;
  private final Map<String, Future<List<InetAddress>>> underWay = new HashMap<>();
  private final Map<String, Long> refused = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
      return size() > MOST_REFUSED;
    }
  };

  Resolver(Vertx vertx) {
    this(name -> ask(vertx, name));
  }

  /** By what Vert.x itself uses, since its public API gives no more than a client of a single name server. */
  private static Future<List<InetAddress>> ask(Vertx vertx, String name) {
    Promise<List<InetSocketAddress>> answer = Promise.promise();
    ((VertxInternal) vertx).nameResolver().resolveAll(name, done -> answer.complete(done.result(), done.cause()));
    return answer.future().map(all -> all.stream().map(InetSocketAddress::getAddress).toList());
  }

  Resolver(Function<String, Future<List<InetAddress>>> lookUp) {
    this.lookUp = lookUp;
  }

  /** All addresses of a URL's host, at least one; fails with {@link Unreachable} where none can be had within {@link #PATIENCE}. */
  Future<List<InetAddress>> addresses(WebUrl url) {
    if (url.address() != null) {
      return Future.succeededFuture(List.of(url.address()));
    }
    String name = url.host();
    synchronized (this) {
      Future<List<InetAddress>> running = underWay.get(name);
      if (running != null) {
        return running;
      }
      Long since = refused.get(name);
      if (since != null && System.nanoTime() - since < TimeUnit.SECONDS.toNanos(REFUSED_SECONDS)) {
        return Future.failedFuture(unknown(name, null));
      }
      if (underWay.size() >= MOST_UNDER_WAY) {
        return Future.failedFuture(Unreachable.busy());
      }
      Future<List<InetAddress>> asked = Future.succeededFuture(name).compose(lookUp).timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .map(found -> {
            if (found.isEmpty()) {
              throw unknown(name, null);
            }
            return found;
          })
          .recover(failure -> Future.failedFuture(failure instanceof Unreachable ? failure : unknown(name, failure)));
      underWay.put(name, asked);
      asked.onComplete(found -> ended(name, found.succeeded()));
      return asked;
    }
  }

  private synchronized void ended(String name, boolean found) {
    underWay.remove(name);
    refused.remove(name);
    if (!found) {
      refused.put(name, System.nanoTime());
    }
  }

  private static Unreachable unknown(String name, Throwable cause) {
    return new Unreachable("the host " + name + " is unknown; check the URL", cause);
  }
}
