package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The sandbox server: speaks the providers' protocols on 127.0.0.1. One instance only: its state is one loop's. */
public final class SandboxVerticle extends VerticleBase {

  /** One line per provider whose protocol the sandbox speaks. */
  private static final List<Function<Workbench, ProviderSide>> SIDES = List.of(
      FalSandbox::new, OpenaiSandbox::new, AnthropicSandbox::new, IdeogramSandbox::new, StabilitySandbox::new,
      BlackForestLabsSandbox::new, ComfySandbox::new, ElevenLabsSandbox::new, GoogleSandbox::new, HuggingFaceSandbox::new,
      ReplicateSandbox::new, RunwaySandbox::new, LumaSandbox::new);

  /** Room for 64 MiB in base64 and the rest of a body. */
  private static final long MAX_BODY = 90L << 20;

  private final int wantedPort;
  private final KeptPort kept;
  private final InstantSource clock;
  private final int maxJobs;
  private volatile int port;
  private volatile Set<ProviderType> played = Set.of();

  /** {@code port} 0 takes the one that it had before, as {@code portFile} tells, or any free one. */
  public SandboxVerticle(int port, Path portFile) {
    this(port, new KeptPort(portFile), InstantSource.system(), SandboxJobs.MAX_JOBS);
  }

  /** Jobs go by the given clock, so that tests need not wait; the port is any free one. */
  SandboxVerticle(InstantSource clock, int maxJobs) {
    this(0, KeptPort.NONE, clock, maxJobs);
  }

  private SandboxVerticle(int port, KeptPort kept, InstantSource clock, int maxJobs) {
    this.wantedPort = port;
    this.kept = kept;
    this.clock = clock;
    this.maxJobs = maxJobs;
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
        : kept.read(vertx).compose(before -> listen(router, before).recover(taken -> listen(router, 0)));
    return server.compose(listening -> {
      port = listening.actualPort();
      furnish(router);
      return kept.write(vertx, port);
    });
  }

  private Future<HttpServer> listen(Router router, int at) {
    return vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(at)
        .setCompressionSupported(false).setIdleTimeout(600).setMaxFormAttributeSize(1 << 20)).requestHandler(router).listen();
  }

  private void furnish(Router router) {
    WorkerExecutor worker = vertx.createSharedWorkerExecutor("sandbox", 1);
    HttpClient client = vertx.createHttpClient(new HttpClientOptions(),
        new PoolOptions().setHttp1MaxSize(64).setMaxWaitQueueSize(1_000));
    FaultCounts faults = new FaultCounts();
    SandboxJobs jobs = new SandboxJobs(clock, faults, maxJobs);
    Map<ProviderType, ProviderSide> sides = new EnumMap<>(ProviderType.class);
    FileShelf files = new FileShelf(new Shop(new Inputs(client), worker), jobs, worker, sides);
    Callbacks callbacks = new Callbacks(client, jobs);
    Beat beat = new Beat();
    beat.add(callbacks::runOnce);
    vertx.setPeriodic(Beat.EVERY_MS, tick -> beat.runOnce());
    Workbench bench = new Workbench(vertx, worker, origin(), jobs, faults, files, callbacks, beat);

    router.route().handler(Form.reader(MAX_BODY, BodyHandler.create(false).setBodyLimit(MAX_BODY)));
    files.mount(router);
    new JobsReport(jobs, callbacks).mount(router);
    for (Function<Workbench, ProviderSide> make : SIDES) {
      ProviderSide side = make.apply(bench);
      sides.put(side.provider(), side);
      Router paths = Router.router(vertx);
      side.mount(paths);
      router.route("/" + side.provider().word() + "/*").subRouter(paths);
    }
    played = Set.copyOf(sides.keySet());
  }
}
