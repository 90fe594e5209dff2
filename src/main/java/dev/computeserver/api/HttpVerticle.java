package dev.computeserver.api;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.config.Settings;
import dev.computeserver.inbound.Bodies;
import dev.computeserver.inbound.Entrance;
import dev.computeserver.inbound.Hosts;
import dev.computeserver.live.LiveHub;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Serves HTTP and WebSocket on one event loop; several instances share the port. */
public final class HttpVerticle extends VerticleBase {
  private static final short GOING_AWAY = 1001;
  private static final Duration SLOWEST_READER = Duration.ofSeconds(30);
  private static final List<Integer> PLAIN_ERRORS = List.of(400, 415);
  private static final List<Integer> MISSED = List.of(404, 405);
  private static final int IDLE_SECONDS = 150;
  /** What is JSON is in UTF-8; other parameters mean nothing. */
  private static final Pattern JSON = Pattern.compile("(?i)\\s*application/json\\s*(;(?!\\s*charset\\s*=(?!\\s*\"?utf-?8\"?\\s*(;|$)))[^;]*)*");
  private static final String SOCKET_VERSION = "13";
  private static final Pattern SOCKET_KEY = Pattern.compile("[A-Za-z0-9+/]{21}[AQgw]==");
  /** Of a request that needs none, and of whose body nothing is kept. */
  private static final int MOST_UNUSED = 16 * 1024;
  /** Of the node's memory for what others send. */
  private static final double FOR_SMALL_BODIES = 1.0 / 16;
  private static final double FOR_SUBSCRIPTIONS = 1.0 / 8;
  /** Of the heap, besides that: what clients have not taken of their answers. */
  private static final double FOR_ANSWERS = 1.0 / 16;

  private final ApiParts parts;
  private final Schemas schemas;
  private final ByteBudget small;
  private final ByteBudget subscriptions;
  private final ByteBudget answers;
  private final ByteBudget turns;
  private final Set<ServerWebSocket> sockets = new HashSet<>();
  private HttpServer server;
  private volatile LiveHub hub;

  private HttpVerticle(ApiParts parts, Schemas schemas, ByteBudget small, ByteBudget subscriptions, ByteBudget answers, ByteBudget turns) {
    this.parts = parts;
    this.schemas = schemas;
    this.small = small;
    this.subscriptions = subscriptions;
    this.answers = answers;
    this.turns = turns;
  }

  /** Makes instances that share what is costly to make, and what the node has but once. */
  public static Supplier<HttpVerticle> maker(ApiParts parts) {
    Schemas schemas = new Schemas();
    ByteBudget small = parts.memory().part(FOR_SMALL_BODIES);
    ByteBudget subscriptions = parts.memory().part(FOR_SUBSCRIPTIONS);
    ByteBudget answers = ByteBudget.ofHeap(FOR_ANSWERS);
    ByteBudget turns = Outgoing.turns();
    return () -> new HttpVerticle(parts, schemas, small, subscriptions, answers, turns);
  }

  @Override
  public Future<?> start() {
    Settings.Http http = parts.settings().http();
    hub = new LiveHub(context, parts.log());
    parts.feed().follow(hub);
    // A negative port is any free one that the instances share.
    HttpServerOptions options = Entrance.options(http.host(), http.port() == 0 ? -1 : http.port(), IDLE_SECONDS)
        .setMaxWebSocketFrameSize(256 * 1024)
        // LiveSocket puts messages together itself.
        .setMaxWebSocketMessageSize(256 * 1024)
        // Compressing costs a hundred kilobytes of memory a socket.
        .setPerMessageWebSocketCompressionSupported(false)
        .setPerFrameWebSocketCompressionSupported(false);
    int mostConnections = Math.max(1, http.maxConnections() / http.instances());
    Router router = Router.router(vertx);
    server = new Entrance(options, hosts(), parts.settings().publicUrl(), "if it is to, add it to http.hosts", mostConnections)
        .guard(vertx.createHttpServer(options), router);
    route(router);
    return server.listen();
  }

  private Hosts hosts() {
    List<String> names = new ArrayList<>(parts.settings().http().hosts());
    names.add(parts.settings().http().host());
    if (!parts.settings().publicUrl().isEmpty()) {
      names.add(URI.create(parts.settings().publicUrl()).getHost());
    }
    return new Hosts(names);
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

  private void route(Router router) {
    router.route().failureHandler(context -> {
      if (context.failure() == null && MISSED.contains(context.statusCode())) {
        missed(router, context);
      } else {
        Answers.failure(context, context.failure());
      }
    });
    MISSED.forEach(status -> router.errorHandler(status, context -> missed(router, context)));
    PLAIN_ERRORS.forEach(status -> router.errorHandler(status, context -> Answers.failure(context, Answers.byStatus(status))));
    router.route().handler(new Outgoing(vertx, answers, parts.memory(), turns)::serve);
    Bodies bodies = new Bodies(vertx, parts.memory(), small, Duration.ZERO);
    Handler<RoutingContext> whole = bodies.reader(parts.settings().http().maxBodyBytes(), "http.max_body_bytes");
    Handler<RoutingContext> unused = bodies.reader(MOST_UNUSED, "it needs none");
    router.get("/v1/live").handler(this::live);
    List.of("/v1/tasks", "/v1/tasks/batch").forEach(path -> router.post(path).handler(HttpVerticle::needsJson).handler(whole));
    List.of("/v1/tasks/:id/cancel", "/v1/tasks/:id/retry", "/v1/tasks/:id/webhooks/:delivery/redeliver").forEach(path -> router.post(path).handler(unused));
    new CallbackRoutes(parts.tokens(), parts.desks().callbacks(vertx, parts.bus()), bodies).mount(router);
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
  }

  /** The handlers of the page take any path, so a path of the API that lacks the method, or is asked for those that it has, ends here as one that is unknown does. */
  private static void missed(Router router, RoutingContext context) {
    SortedSet<String> allowed = allowed(router, context.request().path());
    if (!allowed.isEmpty() && context.request().method() == HttpMethod.OPTIONS) {
      context.response().putHeader(HttpHeaders.ALLOW, String.join(", ", allowed));
      Answers.empty(context);
    } else if (allowed.isEmpty() || allowed.contains(context.request().method().name())) {
      Answers.failure(context, Answers.byStatus(404));
    } else {
      context.response().putHeader(HttpHeaders.ALLOW, String.join(", ", allowed));
      Answers.failure(context, Answers.byStatus(405));
    }
  }

  private static SortedSet<String> allowed(Router router, String path) {
    if (path.equals("/")) {
      return new TreeSet<>(Set.of(HttpMethod.GET.name(), HttpMethod.HEAD.name()));
    }
    List<Route> routes = router.getRoutes().stream()
        .filter(route -> route.getPath() != null && route.methods() != null && path.matches(route.getPath().replaceAll(":\\w+", "[^/]+"))).toList();
    // What is named as a whole is nothing's id.
    boolean named = routes.stream().anyMatch(route -> path.equals(route.getPath()));
    return routes.stream().filter(route -> !named || path.equals(route.getPath()))
        .flatMap(route -> route.methods().stream()).map(HttpMethod::name).collect(Collectors.toCollection(TreeSet::new));
  }

  private static void needsJson(RoutingContext context) {
    List<String> types = context.request().headers().getAll(HttpHeaders.CONTENT_TYPE);
    if (types.size() == 1 && JSON.matcher(types.get(0)).matches()) {
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

  /** RFC 6455, 4.2.1: older protocols, which know no masks, are not spoken. */
  private static void checkHandshake(RoutingContext context) {
    MultiMap headers = context.request().headers();
    boolean asks = "websocket".equalsIgnoreCase(headers.get(HttpHeaders.UPGRADE));
    if (!asks || !List.of(SOCKET_VERSION).equals(headers.getAll("Sec-WebSocket-Version"))) {
      context.response().putHeader(HttpHeaders.UPGRADE, "websocket").putHeader("Sec-WebSocket-Version", SOCKET_VERSION);
      throw Problem.of(426, "Upgrade required", "this is a WebSocket of version " + SOCKET_VERSION + "; connect with ws://");
    }
    List<String> keys = headers.getAll("Sec-WebSocket-Key");
    if (keys.size() != 1 || !SOCKET_KEY.matcher(keys.get(0)).matches()
        || Stream.of(headers.get(HttpHeaders.CONNECTION).split(",")).noneMatch(word -> word.trim().equalsIgnoreCase("upgrade"))) {
      throw Problem.of(400, "Bad handshake", "a WebSocket needs Connection: Upgrade and one Sec-WebSocket-Key of 16 bytes in base64");
    }
  }

  private void live(RoutingContext context) {
    checkHandshake(context);
    if (sockets.size() * parts.settings().http().instances() >= parts.settings().live().maxSubscribers()) {
      throw Problem.unavailable("live.max_subscribers are connected; come back later");
    }
    context.request().toWebSocket().onComplete(socket -> {
      sockets.add(socket);
      LiveSocket live = new LiveSocket(vertx, socket, parts.log(), hub, subscriptions, SLOWEST_READER);
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
