package dev.computeserver.support;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Stands between a client and a server on loopback, and does to their bytes what a bad network does:
 * <pre>
 * healed     forwards
 * cut        ends every connection, and each new one at once
 * held       keeps the connections and what was sent, forwards nothing
 * delayed    forwards later
 * abandoned  what is connected hears nothing any more and is never told, as behind a failover; who connects anew is served
 * </pre>
 */
public final class ByteProxy implements AutoCloseable {
  /** Each connection that was ended because the proxy was cut. */
  public final Signals<String> refused = new Signals<>();

  private final Vertx vertx;
  private final String host;
  private final NetServer server;
  private final NetClient client;
  private final URI target;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;
  private volatile long delayMillis;
  private volatile Promise<Void> gate = opened();
  private volatile Marked marked;

  private ByteProxy(Vertx vertx, String uri, String host) {
    this.vertx = vertx;
    this.host = host;
    target = URI.create(uri);
    client = vertx.createNetClient();
    server = TestStore.await(vertx.createNetServer().connectHandler(this::connected).listen(0, host));
  }

  /** A proxy before the server that a URI such as {@code postgresql://user:password@host:port/database} names. */
  public static ByteProxy before(Vertx vertx, String uri) {
    return new ByteProxy(vertx, uri, "127.0.0.1");
  }

  /** The same, listening on another address of this machine. */
  public static ByteProxy before(Vertx vertx, String uri, String host) {
    return new ByteProxy(vertx, uri, host);
  }

  /** The server's URI with the proxy's host and port. */
  public String uri() {
    return target.toString().replace(target.getHost() + ":" + target.getPort(), host + ":" + server.actualPort());
  }

  public void cut() {
    cut = true;
    links.forEach(Link::close);
  }

  public void hold() {
    gate = Promise.promise();
  }

  public void abandon() {
    links.forEach(link -> link.abandoned = true);
  }

  public void delay(Duration each) {
    delayMillis = each.toMillis();
  }

  public void heal() {
    cut = false;
    delayMillis = 0;
    gate.tryComplete();
  }

  /**
   * The next request in which {@code text} stands reaches the server, and its connection ends in place of the first byte of the
   * answer. Done when that has happened.
   */
  public Future<Void> loseAnswerTo(String text) {
    Marked next = new Marked(text, Promise.promise());
    marked = next;
    return next.lost.future();
  }

  private void connected(NetSocket from) {
    if (cut) {
      from.close();
      refused.accept("refused");
      return;
    }
    from.pause();
    client.connect(target.getPort(), target.getHost()).onComplete(to -> new Link(from, to).open(), failure -> from.close());
  }

  private static Promise<Void> opened() {
    Promise<Void> open = Promise.promise();
    open.complete();
    return open;
  }

  @Override
  public void close() {
    links.forEach(Link::close);
    TestStore.await(Future.join(server.close(), client.close()));
  }

  private record Marked(String text, Promise<Void> lost) {
  }

  /** One client's connection; its handlers run on one event loop. */
  private final class Link {
    private final NetSocket from;
    private final NetSocket to;
    private Future<?> requests = Future.succeededFuture();
    private Future<?> answers = Future.succeededFuture();
    private final Statements statements = new Statements();
    private Marked losing;
    private volatile boolean abandoned;

    Link(NetSocket from, NetSocket to) {
      this.from = from;
      this.to = to;
    }

    void open() {
      links.add(this);
      from.handler(this::request);
      to.handler(this::answer);
      from.closeHandler(gone -> close());
      to.closeHandler(gone -> close());
      from.resume();
      if (cut) {
        close();
      }
    }

    private void request(Buffer bytes) {
      Marked wanted = marked;
      if (statements.hold(bytes, wanted == null ? null : wanted.text)) {
        marked = null;
        losing = wanted;
      }
      requests = later(requests, to, bytes);
    }

    private void answer(Buffer bytes) {
      if (losing == null) {
        answers = later(answers, from, bytes);
      } else {
        // Told first: the client may learn of the cut before this goes on.
        losing.lost.tryComplete();
        close();
      }
    }

    /** Sends what came after what came before it, not sooner than the delay and the gate allow. */
    private Future<?> later(Future<?> before, NetSocket where, Buffer bytes) {
      long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMillis);
      return before
          .compose(sent -> gate.future())
          .compose(open -> {
            long left = TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime());
            return left > 0 ? vertx.timer(left, TimeUnit.MILLISECONDS) : Future.succeededFuture();
          })
          .compose(now -> {
            // Not awaited: a socket that is closed meanwhile must not stop the close of its other side.
            if (!abandoned) {
              where.write(bytes);
            }
            return Future.succeededFuture();
          });
    }

    void close() {
      links.remove(this);
      from.close();
      to.close();
    }
  }
}
