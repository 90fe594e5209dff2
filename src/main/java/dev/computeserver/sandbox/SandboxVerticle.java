package dev.computeserver.sandbox;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.embedded.Ports;
import dev.computeserver.inbound.Bodies;
import dev.computeserver.inbound.Entrance;
import dev.computeserver.inbound.Hosts;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.outbound.WebUrl;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** The sandbox server: speaks the providers' protocols on 127.0.0.1. One instance only: its state is one loop's. */
public final class SandboxVerticle extends VerticleBase {

  /** One line per provider whose protocol the sandbox speaks. */
  private static final List<Function<Workbench, ProviderSide>> SIDES = List.of(
      FalSandbox::new, OpenaiSandbox::new, AnthropicSandbox::new, IdeogramSandbox::new, StabilitySandbox::new,
      BlackForestLabsSandbox::new, ComfySandbox::new, ElevenLabsSandbox::new, GoogleSandbox::new, HuggingFaceSandbox::new,
      ReplicateSandbox::new, RunwaySandbox::new, LumaSandbox::new);

  /** Room for 64 MiB in base64 and the rest of a body. */
  private static final long MAX_BODY = 90L << 20;
  /** Of the node's memory for what others send: apart, since those who send here hold a part of the rest. */
  private static final double FOR_BODIES = 3.0 / 16;
  private static final double OF_THEM_SMALL = 1.0 / 8;
  /** A body waits for its turn, since a provider that has no time for it would cost the task an attempt. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int IDLE_SECONDS = 600;
  private static final int MOST_CONNECTIONS = 20_000;

  private final int wantedPort;
  private final KeptPort kept;
  private final InstantSource clock;
  private final int maxJobs;
  private final UrlGuard guard;
  private final ByteBudget memory;
  private volatile Predicate<WebUrl> nodesOwn = url -> false;
  private volatile int port;
  private volatile Set<ProviderType> played = Set.of();

  /**
   * {@code port} 0 takes the one that it had before, as {@code portFile} tells, or any free one.
   *
   * @param guard what it may call: inputs and callbacks, as the node itself
   * @param memory the node's, of which it takes what it works with
   */
  public SandboxVerticle(int port, Path portFile, UrlGuard guard, ByteBudget memory) {
    this(port, new KeptPort(portFile), InstantSource.system(), SandboxJobs.MAX_JOBS, guard, memory);
  }

  /** Jobs go by the given clock, so that tests need not wait; the port is any free one. */
  SandboxVerticle(InstantSource clock, int maxJobs) {
    this(0, KeptPort.NONE, clock, maxJobs, new UrlGuard(false, true), ByteBudget.ofHeap(0.25));
  }

  private SandboxVerticle(int port, KeptPort kept, InstantSource clock, int maxJobs, UrlGuard guard, ByteBudget memory) {
    this.wantedPort = port;
    this.kept = kept;
    this.clock = clock;
    this.maxJobs = maxJobs;
    this.guard = guard;
    this.memory = memory;
  }

  /** It may call these too, whatever the guard says: the addresses that the node gives to providers. */
  public void callsAlso(Predicate<WebUrl> own) {
    nodesOwn = own;
  }

  /** The port it listens on; 0 before it is deployed. */
  public int port() {
    return port;
  }

  /** Where it listens, such as {@code http://127.0.0.1:4711}; a provider's base URL is this, a slash and its name. */
  public String origin() {
    return "http://127.0.0.1:" + port;
  }

  /** The providers whose protocols it speaks; none before it is deployed. */
  public Set<ProviderType> played() {
    return played;
  }

  @Override
  public Future<?> start() {
    // First the port, then the routes: links in answers carry the port.
    Router router = Router.router(vertx);
    Future<HttpServer> server = wantedPort > 0 ? listen(router, wantedPort)
        : kept.read(vertx).compose(before -> before == 0 ? Future.failedFuture("none is kept") : listen(router, before))
            .recover(taken -> vertx.executeBlocking(Ports::free).compose(free -> listen(router, free)));
    return server.compose(listening -> {
      port = listening.actualPort();
      furnish(router);
      return kept.write(vertx, port);
    });
  }

  /** Only this machine's own programs reach it, and of pages those that it has itself. */
  private Future<HttpServer> listen(Router router, int at) {
    HttpServerOptions options = Entrance.options("127.0.0.1", at, IDLE_SECONDS);
    return new Entrance(options, new Hosts(Set.of()), "", "it is for its own machine alone, as 127.0.0.1", MOST_CONNECTIONS)
        .guard(vertx.createHttpServer(options), router).listen();
  }

  private void furnish(Router router) {
    WorkerExecutor worker = vertx.createSharedWorkerExecutor("sandbox", 1);
    UrlGuard own = guard.with(url -> url.origin().equals(origin()) && url.path().startsWith("/files/") || nodesOwn.test(url));
    GuardedClient client = new GuardedClient(vertx, own, 64, 128, 1_000);
    FaultCounts faults = new FaultCounts();
    SandboxJobs jobs = new SandboxJobs(clock, faults, maxJobs);
    Map<ProviderType, ProviderSide> sides = new EnumMap<>(ProviderType.class);
    FileShelf files = new FileShelf(new Shop(vertx, new Inputs(vertx, client), worker, memory), jobs, worker, sides);
    Callbacks callbacks = new Callbacks(own, client, jobs);
    Beat beat = new Beat();
    beat.add(callbacks::runOnce);
    vertx.setPeriodic(Beat.EVERY_MS, tick -> beat.runOnce());
    Workbench bench = new Workbench(vertx, worker, origin(), jobs, faults, files, callbacks, beat);

    ByteBudget bodies = memory.part(FOR_BODIES);
    Handler<RoutingContext> body = new Bodies(vertx, bodies, bodies.part(OF_THEM_SMALL), PATIENCE).reader(MAX_BODY, "all that the sandbox takes");
    Handler<RoutingContext> form = Form.reader(worker);
    files.mount(router);
    new JobsReport(jobs, callbacks).mount(router);
    for (Function<Workbench, ProviderSide> make : SIDES) {
      ProviderSide side = make.apply(bench);
      sides.put(side.provider(), side);
      Router paths = Router.router(vertx);
      side.mount(paths);
      String all = "/" + side.provider().word() + "/*";
      router.route(all).handler(body).handler(form);
      router.route(all).subRouter(paths);
    }
    played = Set.copyOf(sides.keySet());
  }
}
