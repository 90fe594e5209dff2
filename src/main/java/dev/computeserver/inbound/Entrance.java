package dev.computeserver.inbound;

import io.netty.buffer.Unpooled;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.impl.VertxConnection;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where requests come in: those that are not refused are handed on, paused where they have a body. One for each server and event loop. */
public final class Entrance {
  static final int MOST_LINE = 4 * 1024;
  static final int MOST_HEADERS = 8 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Entrance.class);
  private static final Set<HttpMethod> BODILESS = Set.of(HttpMethod.GET, HttpMethod.HEAD);
  private static final String SITE = "Sec-Fetch-Site";
  private static final String MODE = "Sec-Fetch-Mode";

  private final HttpServerOptions options;
  private final Hosts hosts;
  private final String publicUrl;
  private final String advice;
  private final int mostConnections;
  private int connections;

  /**
   * @param publicUrl another address under which its pages may be seen; empty for none
   * @param advice what to do about a host that is not known, for whoever is refused
   * @param mostConnections beyond so many a connection is closed at once
   */
  public Entrance(HttpServerOptions options, Hosts hosts, String publicUrl, String advice, int mostConnections) {
    this.options = options;
    this.hosts = hosts;
    this.publicUrl = publicUrl;
    this.advice = advice;
    this.mostConnections = mostConnections;
  }

  /** What all servers have in common. */
  public static HttpServerOptions options(String host, int port, int idleSeconds) {
    return new HttpServerOptions().setHost(host).setPort(port)
        .setIdleTimeout(idleSeconds).setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setMaxInitialLineLength(MOST_LINE).setMaxHeaderSize(MOST_HEADERS)
        // HTTP/1.1 alone: what is said here about framing, bodies and connections holds for nothing else.
        .setHttp2ClearTextEnabled(false)
        .setCompressionSupported(false);
  }

  /** Puts itself before the routes, to be called before there are any. */
  public HttpServer guard(HttpServer server, Router router) {
    router.route().handler(Entrance::endUnlessRead);
    return server.connectionHandler(this::connected).requestHandler(request -> enter(request, router));
  }

  private void connected(HttpConnection connection) {
    connections++;
    connection.closeHandler(closed -> connections--);
    connection.exceptionHandler(broken -> LOG.debug("A connection of {} broke: {}", connection.remoteAddress(), broken.getMessage()));
    StrictDecoder.install(connection, options);
    if (connections > mostConnections) {
      connection.close();
    }
  }

  private void enter(HttpServerRequest request, Router router) {
    StrictDecoder decoder = StrictDecoder.of(request.connection());
    boolean wellFormed = decoder.denial() == null;
    Denial denial = wellFormed ? judge(request) : decoder.denial();
    boolean unread = !wellFormed || hasBody(request);
    if (unread) {
      // Nobody reads a body by accident: it stays where it is until somebody asks for it.
      request.pause();
    }
    if (denial == null) {
      router.handle(request);
      return;
    }
    LOG.debug("Refused with {}: {}", denial.status(), denial.detail());
    if (unread) {
      request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    denial.answer(request).onSuccess(answered -> {
      if (unread) {
        end(request, decoder);
      }
    });
  }

  /** A body that nobody has read ends its connection: what the client still sends of it must not be taken for another request. */
  private static void endUnlessRead(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (hasBody(request)) {
      StrictDecoder decoder = StrictDecoder.of(request.connection());
      context.addHeadersEndHandler(head -> {
        if (!request.isEnded()) {
          context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
      });
      context.addEndHandler(answered -> {
        if (!request.isEnded()) {
          written(request.connection(), () -> end(request, decoder));
        }
      });
    }
    context.next();
  }

  private static void end(HttpServerRequest request, StrictDecoder decoder) {
    decoder.endSoon();
    request.resume();
  }

  /** Runs {@code then} when all that was answered on the connection has left it. */
  private static void written(HttpConnection connection, Runnable then) {
    Promise<Void> sent = Promise.promise();
    ((VertxConnection) connection).writeToChannel(Unpooled.EMPTY_BUFFER, sent);
    sent.future().onSuccess(done -> then.run());
  }

  static boolean hasBody(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || length != null && !length.matches("0+");
  }

  private Denial judge(HttpServerRequest request) {
    List<String> named = request.headers().getAll(HttpHeaders.HOST);
    if (named.isEmpty() && request.version() == HttpVersion.HTTP_1_0 && request.uri().startsWith("/health/")) {
      // Probes of old balancers name none, and no browser sends such a request.
      return null;
    }
    HostAndPort host = named.size() == 1 ? HostAndPort.parseAuthority(named.get(0), -1) : null;
    if (host == null || host.host().isEmpty()) {
      return Denial.malformed("a request has one header Host, with the name or address that it was sent to");
    }
    if (request.path() == null || !request.path().startsWith("/") || !request.uri().startsWith("/") && !isSame(request, named.get(0))) {
      return Denial.malformed("the target of a request is a path, or a URL with the host that the header Host names");
    }
    if (!hosts.allows(host, request.localAddress().hostAddress())) {
      return Denial.of(421, "Misdirected request", "this server does not go by the name in the header Host; " + advice);
    }
    if (!isOwnPage(request, named.get(0))) {
      return Denial.of(403, "Foreign origin", "the page that asks is not of this server, nor of public_url");
    }
    if (BODILESS.contains(request.method()) && hasBody(request)) {
      return Denial.malformed(request.method() + " takes no body");
    }
    return null;
  }

  private static boolean isSame(HttpServerRequest request, String host) {
    return request.uri().regionMatches(true, 0, "http://" + host, 0, 7 + host.length())
        && (request.uri().length() == 7 + host.length() || "/?".indexOf(request.uri().charAt(7 + host.length())) >= 0);
  }

  /** Any page that somebody at this machine has open could watch and cancel otherwise; only a browser tells who asks. */
  private boolean isOwnPage(HttpServerRequest request, String host) {
    List<String> origins = request.headers().getAll(HttpHeaders.ORIGIN);
    if (!origins.stream().allMatch(origin -> origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host)
        || !publicUrl.isEmpty() && (publicUrl + "/").regionMatches(true, 0, origin + "/", 0, origin.length() + 1))) {
      return false;
    }
    // A link on another site may lead here; nothing else there may make a browser ask.
    boolean followed = BODILESS.contains(request.method()) && "navigate".equalsIgnoreCase(request.getHeader(MODE));
    return !"cross-site".equalsIgnoreCase(request.getHeader(SITE)) || followed || !origins.isEmpty();
  }
}
