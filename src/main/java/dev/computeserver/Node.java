package dev.computeserver;

import dev.computeserver.api.ApiParts;
import dev.computeserver.api.BusEdge;
import dev.computeserver.api.CallbackTokens;
import dev.computeserver.api.HttpVerticle;
import dev.computeserver.api.TaskView;
import dev.computeserver.bus.Bus;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Role;
import dev.computeserver.config.Settings;
import dev.computeserver.db.Database;
import dev.computeserver.db.Migrations;
import dev.computeserver.delivery.RedisEvents;
import dev.computeserver.delivery.SharedSecret;
import dev.computeserver.delivery.WebhookSecrets;
import dev.computeserver.delivery.Webhooks;
import dev.computeserver.live.EventFeed;
import dev.computeserver.media.LocalOutputStore;
import dev.computeserver.ops.Heartbeat;
import dev.computeserver.ops.Housekeeping;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.provider.Desks;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderHealth;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.provider.QueueVerticle;
import dev.computeserver.routing.RetryOrFailover;
import dev.computeserver.routing.RouterVerticle;
import dev.computeserver.routing.Routes;
import dev.computeserver.routing.TaskControl;
import dev.computeserver.sandbox.SandboxVerticle;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.Lease;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskStore;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node of the server: everything that its roles need, on one Vert.x, brought up in order and down in reverse. */
public final class Node {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final UUID id = UUID.randomUUID();
  private final Vertx vertx;
  private final Settings settings;
  private final InstantSource clock = Clock.systemUTC();
  private final Bus bus;
  private final Database database;
  private final TaskStore store;
  private final Lease lease;
  private final TaskQueries queries;
  private final EventLog log;
  private final EventFeed feed;
  private final RedisEvents redis;
  private final ProcessorRegistry registry = ProcessorRegistry.ofAll();
  private final ProviderHealth health = new ProviderHealth(clock);
  private final UrlGuard guard;
  private final Routes routes;
  private final TaskControl control;
  private final LocalOutputStore outputs;
  private final List<QueueVerticle> queues = new ArrayList<>();
  private final List<HttpVerticle> servers = new CopyOnWriteArrayList<>();
  private final SandboxVerticle sandbox;
  private Webhooks webhooks;
  private CallbackTokens tokens;

  private Node(Vertx vertx, Settings settings, SandboxVerticle sandbox, String postgresUri, String redisUri) {
    this.vertx = vertx;
    this.settings = settings;
    this.sandbox = sandbox;
    bus = new Bus(vertx);
    database = Database.open(vertx, postgresUri, settings.postgres().poolSize(), settings.postgres().statementTimeoutSeconds());
    queries = new TaskQueries(database);
    log = new EventLog(database);
    feed = new EventFeed(bus, log);
    redis = new RedisEvents(redisUri, log);
    store = new TaskStore(vertx, database, id, this::announce);
    lease = new Lease(Duration.ofSeconds(settings.node().takeoverSeconds()));
    guard = new UrlGuard(vertx, settings.guard().allowPrivate(), settings.allowsLoopback());
    routes = new Routes(registry, settings, new ProviderQueueMap(settings.providers()), health);
    control = new TaskControl(store, queries, routes, bus, clock);
    outputs = new LocalOutputStore(vertx, settings.dataDir().resolve("outputs"), settings.outputs().maxBytes(), settings.outputs().fsync());
  }

  /** Starts a node; the servers that the URIs name must be up. Fails with everything stopped again. */
  public static Future<Node> start(Vertx vertx, Settings settings, String postgresUri, String redisUri) {
    SandboxVerticle sandbox = new SandboxVerticle(settings.sandbox().port());
    return played(vertx, settings, sandbox).compose(all -> {
      Node node = new Node(vertx, all, sandbox, postgresUri, redisUri);
      return node.up().map(node).recover(failure -> node.database.close().transform(closed -> Future.failedFuture(failure)));
    });
  }

  /** The sandbox comes first: without a key only the providers that it plays can be used. */
  private static Future<Settings> played(Vertx vertx, Settings settings, SandboxVerticle sandbox) {
    return settings.sandbox().enabled() ? vertx.deployVerticle(sandbox).map(deployed -> settings.playing(sandbox.played()))
        : Future.succeededFuture(settings);
  }

  private Future<Void> up() {
    bus.know(EventFeed.FEED);
    bus.know(RouterVerticle.SUBMIT);
    bus.know(QueueVerticle.NUDGES);
    bus.know(ProviderQueueMap.addressOf(""));
    Settings.Node own = settings.node();
    return Migrations.apply(vertx, database)
        .compose(migrated -> vertx.deployVerticle(new Housekeeping(database, control, settings.tasks().retentionDays())))
        .compose(tidy -> secrets())
        .compose(known -> vertx.deployVerticle(redis))
        .compose(deployed -> vertx.deployVerticle(webhooks))
        .compose(deployed -> vertx.deployVerticle(feed))
        .compose(deployed -> vertx.deployVerticle(new Heartbeat(store, name(), Duration.ofSeconds(own.heartbeatSeconds()),
            Duration.ofSeconds(own.takeoverSeconds()), lease)))
        .compose(deployed -> own.roles().contains(Role.ROUTER)
            ? vertx.deployVerticle(new RouterVerticle(bus, routes, store, clock)) : Future.succeededFuture())
        .compose(deployed -> own.roles().contains(Role.API) ? startApi() : Future.succeededFuture())
        .compose(deployed -> own.roles().contains(Role.WORKER) ? startQueues() : Future.succeededFuture())
        .mapEmpty();
  }

  private Future<Void> secrets() {
    return SharedSecret.of(database, "callback_secret").compose(secret -> {
      tokens = new CallbackTokens(secret);
      return WebhookSecrets.of(settings.webhooks(), database);
    }).map(secrets -> {
      webhooks = new Webhooks(database, log, guard, settings.webhooks(), secrets, new TaskView(queries, log)::whole, clock);
      return null;
    });
  }

  private Future<?> startApi() {
    ApiParts parts = new ApiParts(settings, bus, queries, log, feed, control, outputs, webhooks, redis, registry, health, guard, tokens, clock);
    Supplier<HttpVerticle> maker = HttpVerticle.maker(parts);
    Supplier<HttpVerticle> remembered = () -> {
      HttpVerticle server = maker.get();
      servers.add(server);
      return server;
    };
    return vertx.deployVerticle(remembered, new DeploymentOptions().setInstances(settings.http().instances()))
        .compose(listening -> vertx.deployVerticle(new BusEdge(parts)));
  }

  private Future<?> startQueues() {
    Desks desks = new Desks(settings, registry, store, lease, queries, outputs, guard, new RetryOrFailover(routes, settings.tasks()), health,
        this::baseUrl, this::callbackUrl, this::inputLink, clock);
    List<Future<?>> started = new ArrayList<>();
    for (String name : settings.servedQueues()) {
      QueueVerticle queue = new QueueVerticle(name, slots(name), id, bus, registry, desks);
      queues.add(queue);
      started.add(vertx.deployVerticle(queue, new DeploymentOptions()));
    }
    return Future.all(started);
  }

  /** No more than the queue's providers allow together. */
  private int slots(String queue) {
    long allowed = settings.providers().values().stream().filter(provider -> provider.queue().equals(queue))
        .mapToLong(provider -> provider.limits().maxInFlight()).sum();
    int slots = settings.queues().get(queue).slots();
    return allowed == 0 ? slots : (int) Math.min(slots, allowed);
  }

  private String baseUrl(ProviderType type) {
    return settings.usesSandbox(type) ? sandbox.baseUrl(type) : settings.providers().get(type).baseUrl();
  }

  /** Where the outside reaches us; the sandbox does so in any case. */
  private String origin(boolean sandboxed) {
    String origin = settings.publicUrl();
    return origin.isEmpty() && sandboxed && !servers.isEmpty() ? "http://127.0.0.1:" + port() : origin;
  }

  private Optional<String> inputLink(UUID task, String field) {
    String origin = origin(usesSandbox());
    return origin.isEmpty() ? Optional.empty() : Optional.of(origin + tokens.inputPath(task, field, clock.instant()));
  }

  private String callbackUrl(Task task) {
    String origin = origin(settings.usesSandbox(task.state().provider()));
    return origin.isEmpty() ? null : origin + "/v1/provider-callbacks/" + task.state().provider().word() + "/" + task.id() + "/"
        + tokens.of(task.id());
  }

  /** After each commit: to the feeds of all nodes, to Redis, to the bus's own subscribers, and to who waits for a webhook. */
  private void announce(TaskEvent.Batch batch) {
    bus.publish(EventFeed.FEED, batch);
    redis.publish(batch);
    BusEdge.publish(vertx, batch);
    webhooks.wake();
  }

  private String name() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (java.net.UnknownHostException nameless) {
      return "node";
    }
  }

  /** The HTTP port that is listened on, or 0 on a node without the api role. */
  public int port() {
    return servers.isEmpty() ? 0 : servers.get(0).port();
  }

  /** Whether something made here is the sandbox's work rather than a provider's. */
  public boolean usesSandbox() {
    return settings.providers().keySet().stream().anyMatch(settings::usesSandbox);
  }

  /** Stops in order: no new requests, no new claims, running jobs handed over, then everything else. */
  public Future<Void> stop() {
    List<Future<?>> drained = new ArrayList<>();
    queues.forEach(queue -> drained.add(queue.drain(DRAIN)));
    servers.forEach(server -> drained.add(server.drain(DRAIN.toMillis() / 2)));
    return Future.join(drained).transform(done -> store.leave().timeout(2, TimeUnit.SECONDS))
        .transform(left -> vertx.close())
        .onFailure(failure -> LOG.warn("The node did not stop cleanly", failure));
  }
}
