package dev.computeserver.fault;

import dev.computeserver.support.ByteProxy;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Three real nodes with PostgreSQL and Redis under steady load, while nodes are killed, paused, stopped and cut off at random
 * and the provider accepts jobs whose submits it does not answer; then everything is counted. From the project's folder, after
 * {@code mvn -q -DskipTests package}:
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.classpathScope=test -Dmain.class=dev.computeserver.fault.FaultTest -Dexec.args="--seconds 600 --seed 1"
 * }</pre>
 *
 * <p>For the arguments see {@link Options#USAGE}. It prints a table and ends with code 1 where anything was lost, submitted
 * twice or missed. As root on Linux it cuts the network between nodes, too.
 */
public final class FaultTest implements AutoCloseable {
  private static final int NODES = 3;
  private static final int SETTLE_SECONDS = 180;

  private final Options options;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final List<ClusterNode> nodes = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private Store store;
  private Load load;
  private Hooks hooks;
  private String provider;

  private FaultTest(Options options) {
    this.options = options;
  }

  public static void main(String[] args) throws Exception {
    boolean sound;
    try (FaultTest test = new FaultTest(Options.parse(args))) {
      Thread hook = new Thread(test::close, "stop-everything");
      Runtime.getRuntime().addShutdownHook(hook);
      sound = test.run();
      Runtime.getRuntime().removeShutdownHook(hook);
    }
    System.exit(sound ? 0 : 1);
  }

  private boolean run() throws Exception {
    Path folder = Files.createTempDirectory(options.folder(), "compute-faults-").toRealPath();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    System.out.println("Logs and data: " + folder);
    Hosts hosts = opened(Hosts.make(NODES));
    store = opened(new Store(folder.resolve("store")));
    provider = startProvider(hosts.common());
    hooks = new Hooks(vertx, hosts.common(), options.seed());
    startNodes(hosts, folder);
    Takeovers takeovers = opened(new Takeovers(store));
    Chaos chaos = new Chaos(nodes, hosts, store, takeovers, provider, options);
    for (int i = 0; i < NODES; i++) {
      Watcher watcher = new Watcher(vertx, nodes, i);
      watchers.add(watcher);
      watcher.start().get(30, TimeUnit.SECONDS);
      opened((AutoCloseable) watcher::close);
    }
    load = opened(new Load(nodes, hooks.url(), options.seed()));
    load.start(options.rate());
    long begun = System.nanoTime();
    chaos.run();
    load.stop();
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
    System.out.println("Faults have ended; waiting until everything has.");
    Verdict verdict = new Verdict(store, load, hooks, watchers, this::counts, nodes);
    verdict.settle(SETTLE_SECONDS);
    return verdict.print(options, chaos, takeovers, hosts.separate(), seconds);
  }

  private void startNodes(Hosts hosts, Path folder) throws Exception {
    int busPort = freePort();
    Map<String, String> settings = new HashMap<>(Map.of("COMPUTE_CLUSTER_ENABLED", "true", "COMPUTE_DATA_DIR", folder.resolve("data").toString(),
        "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", provider, "FAL_KEY", "fault-test", "COMPUTE_GUARD_ALLOW_PRIVATE", "true",
        "COMPUTE_PROVIDERS_FAL_STANDARD_TIMEOUT_SECONDS", "5", "COMPUTE_TASKS_RECONCILE_SECONDS", "10",
        "COMPUTE_WEBHOOKS_RETRY_SECONDS", "1,1,2,2,5,5,10,10,20,20", "COMPUTE_GUARD_ALLOW_LOOPBACK", "true"));
    settings.put("COMPUTE_SANDBOX_ENABLED", "false");
    settings.put("COMPUTE_PUBLIC_URL", new CallbackFront(vertx, hosts.common(), nodes).url());
    for (int i = 0; i < NODES; i++) {
      ByteProxy toPostgres = opened(ByteProxy.before(vertx, store.postgresUri(), hosts.common()));
      Map<String, String> own = new HashMap<>(settings);
      Path cluster = folder.resolve("cluster-" + i + ".xml");
      Files.writeString(cluster, clusterFile(hosts, i, busPort));
      own.put("COMPUTE_CLUSTER_CONFIG", cluster.toString());
      ByteProxy toRedis = opened(ByteProxy.before(vertx, store.redisUri(), hosts.common()));
      own.put("COMPUTE_REDIS_URI", toRedis.uri());
      ClusterNode node = new ClusterNode(i, hosts, folder, options.jar(), freePort(), toPostgres, own);
      node.start();
      nodes.add(node);
      opened((AutoCloseable) node::kill);
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!nodes.stream().allMatch(ClusterNode::ready)) {
      if (System.nanoTime() > deadline || !nodes.stream().allMatch(ClusterNode::alive)) {
        throw new IllegalStateException("The nodes do not start; see their logs in " + folder);
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private static String clusterFile(Hosts hosts, int node, int port) throws IOException {
    StringBuilder members = new StringBuilder();
    for (int i = 0; i < NODES; i++) {
      members.append("<member>").append(hosts.of(i)).append(hosts.separate() ? ":" + port : "").append("</member>");
    }
    return Files.readString(Path.of("cluster.xml"))
        .replaceFirst("(?s)<member-list>.*</member-list>", "<member-list>" + members + "</member-list>")
        .replaceFirst("<interface>127.0.0.1</interface>", "<interface>" + hosts.of(node) + "</interface>")
        .replaceFirst("(<port[^>]*>)5701</port>", "$1" + port + "</port>")
        .replaceFirst("<cluster-name>[^<]*</cluster-name>", "<cluster-name>faults-" + port + "</cluster-name>");
  }

  private String startProvider(String host) throws IOException {
    Path classes = Path.of("target", "test-classes").toAbsolutePath();
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1", "-cp", classes + ":" + options.jar(), CountingFal.class.getName(), "--host", host, "--seed",
        String.valueOf(options.seed())).redirectErrorStream(true).start();
    opened((AutoCloseable) process::destroyForcibly);
    BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(CountingFal.PORT_LINE)) {
        Thread reader = new Thread(() -> output.lines().forEach(each -> System.err.println("provider: " + each)), "provider-output");
        reader.setDaemon(true);
        reader.start();
        return "http://" + host + ":" + line.substring(CountingFal.PORT_LINE.length()).trim();
      }
      said.append(line).append('\n');
    }
    throw new IllegalStateException("The provider did not start:\n" + said);
  }

  /** What the provider counted for each prompt. */
  private JsonObject counts(String path) {
    try {
      return new JsonObject(HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(provider + path)).build(),
          HttpResponse.BodyHandlers.ofString()).body());
    } catch (IOException e) {
      throw new IllegalStateException("The provider does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Ends everything that was started, the newest first. */
  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        System.err.println("WARNING: something did not stop: " + e);
      }
    }
    vertx.close();
  }
}
