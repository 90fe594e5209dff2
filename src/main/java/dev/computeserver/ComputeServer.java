package dev.computeserver;

import dev.computeserver.config.InvalidSettings;
import dev.computeserver.config.Settings;
import dev.computeserver.embedded.DataFolder;
import dev.computeserver.embedded.PostgresServer;
import dev.computeserver.embedded.RedisServer;
import dev.computeserver.embedded.SharedServers;
import dev.computeserver.embedded.StartFailed;
import dev.computeserver.ops.OutOfMemory;
import io.vertx.core.Vertx;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process: settings, embedded servers where none are named, Vert.x, the node; and down in reverse on SIGTERM. */
public final class ComputeServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ComputeServer.class);
  /** What stopping takes besides handing over the running tasks. */
  private static final long STOP_SECONDS = 15;
  private static final int END_USELESS = 3;
  private static final Duration JOIN_PATIENCE = Duration.ofSeconds(60);

  private final OutOfMemory memory;
  private Settings settings;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private Node node;

  private ComputeServer(Settings settings, OutOfMemory memory) {
    this.settings = settings;
    this.memory = memory;
  }

  /**
   * Runs until the process is ended. Exit codes: 2 for wrong settings, 1 where something that is needed cannot be had, 3 where it ran
   * out of memory or an event loop died.
   */
  public static void main(String[] arguments) {
    try {
      Settings settings = Settings.load(System.getenv());
      settings.warnings().forEach(LOG::warn);
      ComputeServer server = new ComputeServer(settings, OutOfMemory.watch(ComputeServer::end));
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
      server.start();
      System.out.println(new Welcome(settings, server.node).text());
    } catch (InvalidSettings invalid) {
      fail(2, invalid.getMessage());
    } catch (StartFailed failed) {
      fail(1, failed.getMessage());
    } catch (Exception failed) {
      LOG.debug("The start failed", failed);
      String why = failed.getMessage() == null ? "an unknown fault; COMPUTE_LOG_LEVEL=DEBUG shows it" : failed.getMessage();
      fail(1, "The server cannot start: " + why);
    }
  }

  /** At once and without stopping in order, which needs what is lost; the built-in servers end by themselves. */
  private static void end(String why) {
    System.err.println("The node ends: " + why + ". Other nodes take over its tasks, or it does when it is started again."
        + " Where memory ran out, give it more (-Xmx) or lower node.memory_percent.");
    Runtime.getRuntime().halt(END_USELESS);
  }

  private static void fail(int code, String why) {
    System.err.println(why);
    System.exit(code);
  }

  private void start() throws Exception {
    String postgres = settings.postgres().uri().reveal();
    String redis = settings.redis().uri().reveal();
    DataFolder.prepare(settings.dataDir());
    Optional<DataFolder> folder = postgres.isEmpty() || redis.isEmpty() ? DataFolder.tryClaim(settings.dataDir()) : Optional.empty();
    folder.ifPresent(this::opened);
    if (folder.isPresent()) {
      postgres = postgres.isEmpty() ? opened(PostgresServer.start(folder.get())).uri() : postgres;
      redis = redis.isEmpty() ? opened(RedisServer.start(folder.get())).uri() : redis;
    } else if (postgres.isEmpty() || redis.isEmpty()) {
      SharedServers others = join();
      postgres = postgres.isEmpty() ? others.postgres() : postgres;
      redis = redis.isEmpty() ? others.redis() : redis;
      settings = settings.withSandboxAt(others.sandbox());
    }
    Vertx vertx = Cluster.open(settings.cluster());
    memory.watch(vertx);
    open.push(() -> vertx.close().await(5, TimeUnit.SECONDS));
    try {
      node = Node.start(vertx, settings, postgres, redis, ComputeServer::end).await(60, TimeUnit.SECONDS);
    } catch (Exception failed) {
      throw explained(failed);
    }
    open.push(() -> node.stop().await(settings.node().drainSeconds() + STOP_SECONDS, TimeUnit.SECONDS));
    if (folder.isPresent() && settings.cluster().enabled()) {
      new SharedServers(postgres, redis, node.sandboxOrigin()).offer(folder.get());
    }
  }

  /** A second node on this machine shares what the first has started; only nodes of one cluster can. */
  private SharedServers join() {
    if (!settings.cluster().enabled()) {
      throw DataFolder.inUse(settings.dataDir());
    }
    return SharedServers.join(settings.dataDir(), JOIN_PATIENCE);
  }

  private <T extends AutoCloseable> T opened(T part) {
    synchronized (open) {
      open.push(part);
    }
    return part;
  }

  private Exception explained(Exception failed) {
    if (address(settings).isEmpty()) {
      return new IllegalStateException("http.host " + settings.http().host() + " is unknown; set COMPUTE_HTTP_HOST to an address of this machine");
    }
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException foreign && String.valueOf(foreign.getMessage()).contains("assign")) {
        return new IllegalStateException("http.host " + settings.http().host() + " is no address of this machine; set COMPUTE_HTTP_HOST to one");
      }
      if (cause instanceof BindException) {
        return new IllegalStateException("http.port " + settings.http().port() + " on " + settings.http().host()
            + " is in use by another process; stop it, or set COMPUTE_HTTP_PORT to a free port");
      }
    }
    return failed;
  }

  /** Whether only this machine can reach the API. */
  static boolean listensOnLoopback(Settings settings) {
    return address(settings).map(InetAddress::isLoopbackAddress).orElse(false);
  }

  private static Optional<InetAddress> address(Settings settings) {
    try {
      return Optional.of(InetAddress.getByName(settings.http().host()));
    } catch (UnknownHostException unknown) {
      return Optional.empty();
    }
  }

  /** Stops what was started, the newest first; each part within its own bound. */
  @Override
  public void close() {
    while (true) {
      AutoCloseable part;
      synchronized (open) {
        part = open.poll();
      }
      if (part == null) {
        return;
      }
      try {
        part.close();
      } catch (Exception failed) {
        LOG.debug("A part did not stop cleanly", failed);
      }
    }
  }
}
