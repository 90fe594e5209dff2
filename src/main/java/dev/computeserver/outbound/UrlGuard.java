package dev.computeserver.outbound;

import java.net.InetAddress;
import java.util.function.Predicate;

/**
 * Says which URLs the server may call: http or https, and no address of this machine or of a private network unless the config
 * allows it. Looks no name up: what a name leads to is judged when it is connected to.
 */
public final class UrlGuard {
  private final boolean allowPrivate;
  private final boolean allowLoopback;
  private final String loopbackHint;
  private final Predicate<WebUrl> ours;

  /** For what clients give: inputs and webhooks. */
  public UrlGuard(boolean allowPrivate, boolean allowLoopback) {
    this(allowPrivate, allowLoopback, ", which guard.allow_loopback does not allow", url -> false);
  }

  private UrlGuard(boolean allowPrivate, boolean allowLoopback, String loopbackHint, Predicate<WebUrl> ours) {
    this.allowPrivate = allowPrivate;
    this.allowLoopback = allowLoopback;
    this.loopbackHint = loopbackHint;
    this.ours = ours;
  }

  /**
   * For the links in a provider's replies: only one that runs on this machine itself may lead to this machine, whatever clients
   * may do.
   */
  public UrlGuard forProvider(String baseUrl) {
    return new UrlGuard(allowPrivate, isLoopback(baseUrl), ", where only providers on this machine keep anything", ours);
  }

  /** The same for one who may also call what this predicate knows as the server's own, wherever that is. */
  public UrlGuard with(Predicate<WebUrl> own) {
    return new UrlGuard(allowPrivate, allowLoopback, loopbackHint, own);
  }

  private static boolean isLoopback(String baseUrl) {
    try {
      WebUrl url = WebUrl.of(baseUrl);
      return url.address() == null ? url.host().matches("(.+\\.)?localhost\\.?") : Reach.of(url.address()) == Reach.LOOPBACK;
    } catch (RefusedUrl odd) {
      return false;
    }
  }

  /** The URL, where its form and, as far as it is written in it, its address are allowed; else {@link RefusedUrl}, which says why. */
  public WebUrl check(String text) {
    WebUrl url = WebUrl.of(text);
    if (url.address() != null) {
      check(url, url.address());
    }
    return url;
  }

  /** Throws {@link RefusedUrl} where the URL must not be called at this address. */
  void check(WebUrl url, InetAddress address) {
    Reach reach = Reach.of(address);
    boolean allowed = reach == Reach.PUBLIC || reach == Reach.LOOPBACK && allowLoopback || reach == Reach.PRIVATE && allowPrivate;
    if (!allowed && !ours.test(url)) {
      throw new RefusedUrl(reach == Reach.LOOPBACK ? "the URL leads to a loopback address" + loopbackHint
          : "the URL leads to a private or reserved address, which guard.allow_private does not allow");
    }
  }

  /** A URL that the server does not call; the message says why. */
  public static final class RefusedUrl extends RuntimeException {
    public RefusedUrl(String message) {
      super(message, null, false, false);
    }
  }
}
