package dev.computeserver.outbound;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Says which URLs the server may call: http or https, and no address of a private network unless the config allows it. */
public final class UrlGuard {
  private static final int MAX_URL = 4_096;
  private static final int MAX_KNOWN = 1_000;
  private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final boolean allowPrivate;
  private final boolean allowLoopback;
  private final WorkerExecutor resolver;
  private final Map<String, Known> known = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
      return size() > MAX_KNOWN;
    }
  };

  public UrlGuard(Vertx vertx, boolean allowPrivate, boolean allowLoopback) {
    this.allowPrivate = allowPrivate;
    this.allowLoopback = allowLoopback;
    this.resolver = vertx.createSharedWorkerExecutor("resolve", 4);
  }

  /** The URL, where its form and, as far as it is written in it, its address are allowed. Looks no name up. */
  public URI check(String url) {
    URI uri = parse(url);
    String host = uri.getHost();
    if (isLiteral(host)) {
      checkAddress(literal(host));
    }
    return uri;
  }

  /** An address of the URL's host that may be connected to; fails with {@link RefusedUrl} where none is allowed. */
  Future<InetAddress> resolve(URI uri) {
    String host = uri.getHost();
    if (isLiteral(host)) {
      return Future.succeededFuture(literal(host)).map(this::checkAddress);
    }
    synchronized (known) {
      Known before = known.get(host);
      if (before != null && System.nanoTime() - before.since < KNOWN_NANOS) {
        return Future.succeededFuture(before.address).map(this::checkAddress);
      }
    }
    return resolver.executeBlocking(() -> InetAddress.getByName(host), false).map(address -> {
      synchronized (known) {
        known.put(host, new Known(address, System.nanoTime()));
      }
      return checkAddress(address);
    }).recover(failure -> Future.failedFuture(failure instanceof UnknownHostException
        ? new RefusedUrl("the host " + host + " is unknown; check the URL") : failure));
  }

  private InetAddress checkAddress(InetAddress address) {
    if (address.isLoopbackAddress()) {
      if (!allowLoopback && !allowPrivate) {
        throw new RefusedUrl("the URL leads to a loopback address, which guard.allow_loopback does not allow");
      }
    } else if (isPrivate(address) && !allowPrivate) {
      throw new RefusedUrl("the URL leads to a private or reserved address, which guard.allow_private does not allow");
    }
    return address;
  }

  private static boolean isPrivate(InetAddress address) {
    byte[] bytes = address.getAddress();
    int first = bytes[0] & 0xff;
    int second = bytes[1] & 0xff;
    if (address.isAnyLocalAddress() || address.isLinkLocalAddress() || address.isSiteLocalAddress() || address.isMulticastAddress()) {
      return true;
    }
    if (address instanceof Inet6Address) {
      // Unique local addresses, and forms that carry an IPv4 address inside: ::/8, 6to4, Teredo.
      boolean teredo = first == 0x20 && second == 0x01 && bytes[2] == 0 && bytes[3] == 0;
      return (first & 0xfe) == 0xfc || first == 0 || first == 0x20 && second == 0x02 || teredo;
    }
    return first == 0 || first == 100 && (second & 0xc0) == 64 || first == 192 && second == 0 && bytes[2] == 0
        || first == 198 && (second & 0xfe) == 18 || first >= 240;
  }

  private static URI parse(String url) {
    if (url == null || url.length() > MAX_URL) {
      throw new RefusedUrl("the URL is longer than " + MAX_URL + " characters");
    }
    try {
      URI uri = new URI(url);
      String scheme = uri.getScheme();
      if (!"http".equalsIgnoreCase(scheme) && !"https".equalsIgnoreCase(scheme)) {
        throw new RefusedUrl("the URL must begin with https:// or http://");
      }
      if (uri.getHost() == null || uri.getHost().isEmpty()) {
        throw new RefusedUrl("the URL names no host");
      }
      if (uri.getPort() == 0 || uri.getPort() > 65_535) {
        throw new RefusedUrl("the URL's port must be from 1 to 65535");
      }
      if (uri.getUserInfo() != null) {
        throw new RefusedUrl("the URL must not carry a user name or password");
      }
      return uri;
    } catch (URISyntaxException malformed) {
      throw new RefusedUrl("the URL is malformed: " + malformed.getReason());
    }
  }

  private static boolean isLiteral(String host) {
    return host.startsWith("[") || host.chars().allMatch(c -> c == '.' || c >= '0' && c <= '9');
  }

  private static InetAddress literal(String host) {
    try {
      return InetAddress.getByName(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    } catch (UnknownHostException malformed) {
      throw new RefusedUrl("the URL's address " + host + " is malformed");
    }
  }

  private record Known(InetAddress address, long since) {
  }

  /** A URL that the server does not call; the message says why. */
  public static final class RefusedUrl extends RuntimeException {
    RefusedUrl(String message) {
      super(message, null, false, false);
    }
  }
}
