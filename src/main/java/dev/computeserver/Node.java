package dev.computeserver;

import dev.computeserver.api.ApiParts;
import dev.computeserver.api.BusEdge;
import dev.computeserver.api.CallbackTokens;
import dev.computeserver.api.HttpVerticle;
import dev.computeserver.api.TaskView;
import dev.computeserver.api.ToldTasks;
import dev.computeserver.async.ByteBudget;
import dev.computeserver.async.Isolated;
import dev.computeserver.bus.Bus;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Role;
import dev.computeserver.config.Settings;
import dev.computeserver.db.Database;
import dev.computeserver.db.Faults;
import dev.computeserver.db.Migrations;
import dev.computeserver.delivery.RedisEvents;
import dev.computeserver.delivery.SharedSecret;
import dev.computeserver.delivery.WebhookSecrets;
import dev.computeserver.delivery.Webhooks;
import dev.computeserver.live.EventFeed;
import dev.computeserver.media.LocalOutputStore;
import dev.computeserver.media.OldOutputs;
import dev.computeserver.ops.Backlog;
import dev.computeserver.ops.Heartbeat;
import dev.computeserver.ops.Housekeeping;
import dev.computeserver.ops.LoopLag;
import dev.computeserver.ops.Metrics;
import dev.computeserver.ops.ProcessMeters;
import dev.computeserver.ops.Watchdog;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.provider.Decisions;
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
import dev.computeserver.task.Membership;
import dev.computeserver.task.ReportedJobs;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskStore;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.BindException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node of the server: everything that its roles need, on one Vert.x, brought up in order and down in reverse. */
public final class Node {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  /** Requests get so long to be answered after no new ones are taken. */
  private static final long CLIENTS_MILLIS = 5_000;

  /** How long a start waits for PostgreSQL. */
  private static final Duration STORE_PATIENCE = Duration.ofSeconds(20);

  private final UUID id = UUID.randomUUID();
  private final Vertx vertx;
  private final Settings settings;
  private final InstantSource clock = Clock.systemUTC();
  private final Bus bus;
  private final Database database;
  private final Membership membership;
  private final TaskStore store;
  private final Lease lease;
  private final Heartbeat heartbeat;
  private final TaskQueries queries;
  private final EventLog log;
  private final EventFeed feed;
  private final RedisEvents redis;
  private final ProcessorRegistry registry;
  private final ProviderHealth health = new ProviderHealth(clock);
  private final Metrics metrics = new Metrics();
  private final ByteBudget memory;
  private final Watchdog watchdog;
  private final Decisions decisions = new Decisions(metrics.registry());
  private final UrlGuard guard;
  private final Routes routes;
  private final TaskControl control;
  private final LocalOutputStore outputs;
  private final List<QueueVerticle> queues = new ArrayList<>();
  private final List<HttpVerticle> servers = new CopyOnWriteArrayList<>();
  private final SandboxVerticle sandbox;
  private volatile boolean draining;
  private Webhooks webhooks;
  private CallbackTokens tokens;

  private Node(Vertx vertx, Settings settings, SandboxVerticle sandbox, UrlGuard guard, ByteBudget memory, String postgresUri, String redisUri,
      Consumer<String> end) {
    this.vertx = vertx;
    this.settings = settings;
    registry = ProcessorRegistry.ofAll(settings.folder());
    this.sandbox = sandbox;
    this.guard = guard;
    this.memory = memory;
    Duration takeover = Duration.ofSeconds(settings.node().takeoverSeconds());
    watchdog = new Watchdog(takeover, end);
    bus = new Bus(vertx);
    database = Database.open(vertx, postgresUri, settings.postgres().poolSize(), settings.postgres().statementTimeoutSeconds());
    membership = new Membership(database.apart(Heartbeat.CONNECTIONS, Heartbeat.patience(takeover)), id);
    queries = new TaskQueries(database);
    log = new EventLog(database);
    feed = new EventFeed(bus, log);
    redis = new RedisEvents(redisUri, log);
    store = new TaskStore(vertx, database, id, this::announce);
    lease = new Lease(takeover);
    heartbeat = new Heartbeat(membership, name(), Duration.ofSeconds(settings.node().heartbeatSeconds()), takeover, lease);
    routes = new Routes(registry, settings, new ProviderQueueMap(settings.providers()), health);
    control = new TaskControl(store, queries, routes, bus, clock);
    outputs = new LocalOutputStore(vertx, outputFolder(), settings.outputs().maxBytes(), settings.outputs().fsync());
  }

  /**
   * Starts a node; the servers that the URIs name must be up. Fails with everything stopped again.
   *
   * @param end ends the process at once, and is told why the node is of no use any more
   */
  public static Future<Node> start(Vertx vertx, Settings settings, String postgresUri, String redisUri, Consumer<String> end) {
    UrlGuard guard = new UrlGuard(settings.guard().allowPrivate(), settings.allowsLoopback());
    ByteBudget memory = ByteBudget.ofHeap(settings.node().memoryPercent() / 100.0);
    SandboxVerticle sandbox = new SandboxVerticle(settings.sandbox().port(), settings.dataDir().resolve("sandbox.port"), guard, memory);
    return played(vertx, settings, sandbox).compose(all -> {
      Node node = new Node(vertx, all, sandbox, guard, memory, postgresUri, redisUri, end);
      sandbox.callsAlso(node.addresses()::isOurs);
      return node.up().map(node).onFailure(failure -> node.watchdog.stop()).recover(failure -> Future.join(node.database.close(), node.membership.database().close()).transform(closed -> Future.failedFuture(failure)));
    });
  }

  /** The sandbox comes first: without a key only the providers that it plays can be used. */
  private static Future<Settings> played(Vertx vertx, Settings settings, SandboxVerticle sandbox) {
    if (!settings.sandbox().enabled() || !settings.sandbox().url().isEmpty()) {
      return Future.succeededFuture(settings);
    }
    return vertx.deployVerticle(sandbox).map(deployed -> settings.playing(sandbox.played()))
        .recover(failure -> Future.failedFuture(failure instanceof BindException
            ? new IllegalStateException("sandbox.port " + settings.sandbox().port() + " is in use by another process; stop it, or set"
                + " COMPUTE_SANDBOX_PORT to a free port, or to 0 for any") : failure));
  }

  private Future<Void> up() {
    bus.know(EventFeed.FEED);
    bus.know(RouterVerticle.SUBMIT);
    bus.know(QueueVerticle.NUDGES);
    bus.know(ProviderQueueMap.addressOf(""));
    Settings.Node own = settings.node();
    watch();
    watchdog.start();
    return migrated(clock.instant().plus(STORE_PATIENCE))
        .compose(migrated -> vertx.deployVerticle(() -> new LoopLag(metrics.registry(), watchdog),
            new DeploymentOptions().setInstances(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE)))
        .compose(deployed -> secrets())
        .compose(known -> vertx.deployVerticle(redis))
        .compose(deployed -> vertx.deployVerticle(webhooks))
        .compose(deployed -> vertx.deployVerticle(new Housekeeping(database, control, new OldOutputs(vertx, outputFolder()),
            settings.tasks().retentionDays(), clock)))
        .compose(deployed -> vertx.deployVerticle(heartbeat))
        .compose(deployed -> own.roles().contains(Role.ROUTER)
            ? vertx.deployVerticle(new RouterVerticle(bus, routes, store, queries, clock)) : Future.succeededFuture())
        .compose(deployed -> own.roles().contains(Role.API) ? startApi() : Future.succeededFuture())
        .compose(deployed -> own.roles().contains(Role.WORKER) ? startQueues() : Future.succeededFuture())
        .mapEmpty();
  }

  /** Meters of what is not counted where it happens. */
  private void watch() {
    ProcessMeters.watch(metrics.registry());
    metrics.flag("compute.lease.held", "Whether this node may act as the owner of its tasks", lease::holds);
    metrics.flag("compute.redis.connected", "Whether events are published on Redis now", redis::connected);
    metrics.gauge("compute.store.waiting", "Writes of tasks that wait for a commit", store::waiting);
    metrics.gauge("compute.memory.budget.bytes", "Heap for what others send and what is made of it", memory::whole);
    metrics.gauge("compute.memory.taken.bytes", "The part of that budget which is in use", memory::taken);
    metrics.gauge("compute.memory.waiting", "Work that waits for a part of that budget", memory::waiting);
    metrics.gauge("compute.memory.refused", "How often there was no room in that budget, since the start", memory::refused);
    metrics.gauge("compute.live.subscriptions", "Open subscriptions to events", () -> servers.stream().mapToInt(HttpVerticle::subscriptions).sum());
  }

  /** The database may be starting, too. */
  private Future<Void> migrated(Instant until) {
    return Migrations.apply(vertx, database).recover(failure -> {
      if (!Faults.isOutage(failure)) {
        return Future.failedFuture(failure);
      }
      String said = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
      if (clock.instant().isAfter(until)) {
        return Future.failedFuture(new IllegalStateException(Faults.why(failure) + " (" + said + ")", failure));
      }
      LOG.warn("Waiting for the database: {} ({})", Faults.why(failure), said);
      return vertx.timer(1, TimeUnit.SECONDS).compose(again -> migrated(until));
    });
  }

  private Future<Void> secrets() {
    return SharedSecret.of(database, "callback_secret").compose(secret -> {
      tokens = new CallbackTokens(secret);
      return WebhookSecrets.of(settings.webhooks(), database, vertx, settings.dataDir());
    }).map(secrets -> {
      webhooks = new Webhooks(database, log, guard, settings.webhooks(), secrets, new ToldTasks(vertx, queries, new TaskView(queries, log), memory)::tell,
          metrics.registry(), clock);
      return null;
    });
  }

  private Future<?> startApi() {
    addresses().silent().forEach(provider -> LOG.info("Callbacks of {} are off and its jobs are only asked for, since what it signs them with is not"
        + " known; to take them set COMPUTE_PROVIDERS_{}_WEBHOOK_SECRET", provider.word(), provider.name()));
    ApiParts parts = new ApiParts(settings, bus, queries, log, feed, control, outputs, webhooks, redis, registry, health, guard,
        tokens, desks(), memory, metrics, new Backlog(queries, settings.queues().keySet(), metrics.registry()), () -> draining, clock);
    Supplier<HttpVerticle> maker = HttpVerticle.maker(parts);
    Supplier<HttpVerticle> remembered = () -> {
      HttpVerticle server = maker.get();
      servers.add(server);
      return server;
    };
    feed.tellUnannounced(never -> {
      Isolated.run("publishing on Redis", () -> redis.publishOnce(never));
      BusEdge.publish(vertx, never);
    });
    return vertx.deployVerticle(feed)
        .compose(following -> vertx.deployVerticle(remembered, new DeploymentOptions().setInstances(settings.http().instances())))
        .compose(listening -> vertx.deployVerticle(new BusEdge(parts)));
  }

  private Future<?> startQueues() {
    Desks desks = desks();
    List<Future<?>> started = new ArrayList<>();
    for (String name : settings.servedQueues()) {
      QueueVerticle queue = new QueueVerticle(name, slots(name), id, bus, registry, desks);
      queues.add(queue);
      started.add(vertx.deployVerticle(queue, new DeploymentOptions()));
    }
    return Future.all(started);
  }

  private Addresses addresses() {
    return new Addresses(settings, tokens, registry, this::port, clock);
  }

  private Desks desks() {
    Addresses addresses = addresses();
    return new Desks(settings, registry, store, lease, queries, outputs, guard, new RetryOrFailover(routes, settings.tasks()), health,
        this::baseUrl, addresses, addresses, new ReportedJobs(database), decisions, memory, metrics.registry(), clock);
  }

  /** No more than the queue's providers allow together. */
  private int slots(String queue) {
    long allowed = settings.providers().values().stream().filter(provider -> provider.queue().equals(queue))
        .mapToLong(provider -> provider.limits().maxInFlight()).sum();
    int slots = settings.queues().get(queue).slots();
    return allowed == 0 ? slots : (int) Math.min(slots, allowed);
  }

  private String baseUrl(ProviderType type) {
    return settings.usesSandbox(type) ? sandboxOrigin() + "/" + type.word() : settings.providers().get(type).baseUrl();
  }

  /** After each commit: to the feeds of all nodes, to Redis, to the bus's own subscribers, and to who waits for a webhook. */
  private void announce(TaskEvent.Batch batch) {
    Isolated.run("counting events", () -> metrics.count(batch));
    Isolated.run("telling the nodes' feeds", () -> bus.publish(EventFeed.FEED, batch));
    Isolated.run("publishing on Redis", () -> redis.publish(batch));
    Isolated.run("publishing on the event bus", () -> BusEdge.publish(vertx, batch.events()));
    webhooks.wake();
  }

  private Path outputFolder() {
    return settings.dataDir().resolve("outputs");
  }

  private String name() {
    if (!settings.node().name().isEmpty()) {
      return settings.node().name();
    }
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

  /** What was decided about submits whose reply was lost. */
  public Decisions decisions() {
    return decisions;
  }

  /** Whether something made here is the sandbox's work rather than a provider's. */
  public boolean usesSandbox() {
    return settings.providers().keySet().stream().anyMatch(settings::usesSandbox);
  }

  /** Where the sandbox of this node or the one that it shares is; empty without any. */
  public String sandboxOrigin() {
    return sandbox.port() == 0 ? settings.sandbox().url() : sandbox.origin();
  }

  /**
   * Stops in order: not ready any more, no new claims, running jobs handed over, no new requests, then everything else. So who
   * balances load is told before connections are refused; what is accepted meanwhile is stored, and run elsewhere or later.
   */
  public Future<Void> stop() {
    draining = true;
    Duration patience = Duration.ofSeconds(settings.node().drainSeconds());
    return Future.join(queues.stream().map(queue -> queue.drain(patience)).toList())
        .transform(handedOver -> Future.join(servers.stream().map(server -> server.drain(CLIENTS_MILLIS)).toList()))
        .transform(done -> heartbeat.end().timeout(2, TimeUnit.SECONDS))
        .transform(left -> {
          watchdog.stop();
          return vertx.close();
        })
        .onFailure(failure -> LOG.warn("The node did not stop cleanly", failure));
  }
}
