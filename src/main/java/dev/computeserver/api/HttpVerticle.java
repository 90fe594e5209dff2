package dev.computeserver.api;

import dev.computeserver.config.Settings;
import dev.computeserver.live.LiveHub;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.StaticHandler;
import java.util.HashSet;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Serves HTTP and WebSocket on one event loop; several instances share the port. */
public final class HttpVerticle extends VerticleBase {
  private static final short GOING_AWAY = 1001;
  private static final Duration SLOWEST_READER = Duration.ofSeconds(30);
  private static final List<Integer> PLAIN_ERRORS = List.of(400, 413, 415);
  private static final List<Integer> MISSED = List.of(404, 405);

  private final ApiParts parts;
  private final Schemas schemas;
  private final Set<ServerWebSocket> sockets = new HashSet<>();
  private HttpServer server;
  private volatile LiveHub hub;
  private int connections;

  private HttpVerticle(ApiParts parts, Schemas schemas) {
    this.parts = parts;
    this.schemas = schemas;
  }

  /** Makes instances that share what is costly to make. */
  public static Supplier<HttpVerticle> maker(ApiParts parts) {
    Schemas schemas = new Schemas();
    return () -> new HttpVerticle(parts, schemas);
  }

  @Override
  public Future<?> start() {
    Settings.Http http = parts.settings().http();
    hub = new LiveHub(context, parts.log());
    parts.feed().follow(hub);
    HttpServerOptions options = new HttpServerOptions()
        .setHost(http.host())
        // A negative port is any free one that the instances share.
        .setPort(http.port() == 0 ? -1 : http.port())
        .setIdleTimeout(150)
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setMaxWebSocketFrameSize(64 * 1024)
        .setMaxWebSocketMessageSize(256 * 1024)
        // Compressing costs a hundred kilobytes of memory a socket.
        .setPerMessageWebSocketCompressionSupported(false)
        .setPerFrameWebSocketCompressionSupported(false)
        .setCompressionSupported(false);
    server = vertx.createHttpServer(options)
        .requestHandler(router())
        .connectionHandler(this::connected);
    return server.listen();
  }

  /** Beyond {@code http.max_connections}, of which each instance has its share, a connection is closed at once. */
  private void connected(HttpConnection connection) {
    if (++connections * parts.settings().http().instances() > parts.settings().http().maxConnections()) {
      connection.close();
    }
    connection.closeHandler(closed -> connections--);
  }

  /** The port that is listened on; known once started. */
  public int port() {
    return server.actualPort();
  }

  /** How many subscriptions to events are open here; any thread may ask. */
  public int subscriptions() {
    LiveHub started = hub;
    return started == null ? 0 : started.subscriptions();
  }

  private Router router() {
    Router router = Router.router(vertx);
    router.route().failureHandler(context -> {
      if (context.failure() == null && MISSED.contains(context.statusCode())) {
        missed(router, context);
      } else {
        Answers.failure(context, context.failure());
      }
    });
    MISSED.forEach(status -> router.errorHandler(status, context -> missed(router, context)));
    PLAIN_ERRORS.forEach(status -> router.errorHandler(status, context -> Answers.failure(context, Answers.byStatus(status))));
    router.route("/v1/*").handler(this::ownPagesOnly);
    router.get("/v1/live").handler(this::live);
    router.post("/v1/tasks").handler(HttpVerticle::needsJson);
    router.post("/v1/tasks/batch").handler(HttpVerticle::needsJson);
    new CallbackRoutes(parts.tokens(), parts.desks().callbacks(vertx, parts.bus())).mount(router);
    router.post().handler(BodyHandler.create(false).setBodyLimit(parts.settings().http().maxBodyBytes()));
    RequestReader reader = new RequestReader(schemas, parts.settings().tasks(), parts.guard(), parts.clock());
    new OutputRoutes(parts.queries(), parts.outputs()).mount(router);
    new TaskRoutes(vertx, parts, hub, reader).mount(router);
    new CatalogRoutes(parts, schemas).mount(router);
    new HealthRoutes(parts, hub).mount(router);
    new MetricsRoutes(parts).mount(router);
    new InputRoutes(parts).mount(router);
    router.getRoutes().stream().filter(route -> route.methods() != null && route.methods().contains(HttpMethod.GET))
        .forEach(route -> route.method(HttpMethod.HEAD));
    router.route().method(HttpMethod.GET).method(HttpMethod.HEAD).handler(HttpVerticle::pageHeaders);
    router.route().method(HttpMethod.GET).method(HttpMethod.HEAD).handler(StaticHandler.create("page").setIndexPage("index.html").setCachingEnabled(true).setMaxAgeSeconds(60));
    return router;
  }

  /** The handlers of the page take any path, so a path of the API that lacks the method ends here as one that is unknown does. */
  private static void missed(Router router, RoutingContext context) {
    SortedSet<String> allowed = allowed(router, context.request().path());
    if (allowed.isEmpty() || allowed.contains(context.request().method().name())) {
      Answers.failure(context, Answers.byStatus(404));
    } else {
      context.response().putHeader(HttpHeaders.ALLOW, String.join(", ", allowed));
      Answers.failure(context, Answers.byStatus(405));
    }
  }

  private static SortedSet<String> allowed(Router router, String path) {
    return router.getRoutes().stream()
        .filter(route -> route.getPath() != null && route.methods() != null && path.matches(route.getPath().replaceAll(":\\w+", "[^/]+")))
        .flatMap(route -> route.methods().stream()).map(HttpMethod::name).collect(Collectors.toCollection(TreeSet::new));
  }

  /** Any page that somebody at this machine has open could watch and cancel otherwise; only a browser tells an origin. */
  private void ownPagesOnly(RoutingContext context) {
    String origin = context.request().getHeader(HttpHeaders.ORIGIN);
    String host = context.request().getHeader(HttpHeaders.HOST);
    boolean own = origin == null || origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host)
        || (parts.settings().publicUrl() + "/").startsWith(origin + "/");
    if (own) {
      context.next();
    } else {
      context.fail(Problem.of(403, "Foreign origin", "the page that asks is not of this server, nor of public_url"));
    }
  }

  private static void needsJson(RoutingContext context) {
    String type = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
    if (type != null && type.split(";", 2)[0].trim().equalsIgnoreCase("application/json")) {
      context.next();
    } else {
      context.fail(Answers.byStatus(415));
    }
  }

  private static void pageHeaders(RoutingContext context) {
    if (!context.request().path().startsWith("/v1/")) {
      context.response()
          .putHeader("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
              + "img-src 'self' blob: data:; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
          .putHeader("X-Content-Type-Options", "nosniff")
          .putHeader("Referrer-Policy", "no-referrer");
    }
    context.next();
  }

  private void live(RoutingContext context) {
    if (!"websocket".equalsIgnoreCase(context.request().getHeader(HttpHeaders.UPGRADE))) {
      throw Problem.of(426, "Upgrade required", "this is a WebSocket; connect with ws://");
    }
    if (sockets.size() * parts.settings().http().instances() >= parts.settings().live().maxSubscribers()) {
      throw Problem.unavailable("live.max_subscribers are connected; come back later");
    }
    context.request().toWebSocket().onComplete(socket -> {
      sockets.add(socket);
      LiveSocket live = new LiveSocket(vertx, socket, parts.log(), hub, SLOWEST_READER);
      live.serve(() -> sockets.remove(socket));
    }, refused -> Answers.failure(context, Answers.byStatus(400)));
  }

  /** Takes no new connections, lets requests end within {@code millis}, and tells sockets to come back elsewhere. */
  public Future<Void> drain(long millis) {
    Promise<Void> drained = Promise.promise();
    context.runOnContext(ignored -> {
      Set.copyOf(sockets).forEach(socket -> socket.close(GOING_AWAY, "the node goes away; come back with since"));
      server.shutdown(millis, TimeUnit.MILLISECONDS).onComplete(drained);
    });
    return drained.future();
  }
}
