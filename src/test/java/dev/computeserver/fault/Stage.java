package dev.computeserver.fault;

import dev.computeserver.embedded.Ports;
import dev.computeserver.support.ByteProxy;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
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

/** Real nodes with their servers, a provider, watchers, a receiver of webhooks and clients. */
final class Stage implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Thread hook = new Thread(this::end, "stop-everything");
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<ClusterNode> nodes = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private final Plan plan;
  private final Path folder;
  private Hosts hosts;
  private Ballast disk;
  private Store store;
  private Hooks hooks;
  private Load load;
  private String provider;
  private boolean ended;

  private Stage(Plan plan, Path folder) {
    this.plan = plan;
    this.folder = folder;
  }

  /**
   * What is wanted.
   *
   * @param nodes how many
   * @param parent where a folder for logs and data is made
   * @param seed of what the provider, the clients and the receiver of webhooks do at random; 0: the provider has good days only
   * @param ownDisk whether PostgreSQL has a small disk of its own, where this user may make one
   * @param settings environment variables for the nodes, beside those that they all need
   */
  record Plan(int nodes, Path jar, Path parent, long seed, boolean ownDisk, Map<String, String> settings) {
  }

  /** All of it, ready and without load. */
  static Stage set(Plan plan) throws Exception {
    Path folder = Files.createTempDirectory(plan.parent, "compute-faults-").toRealPath();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    System.out.println("Logs and data: " + folder);
    Stage stage = new Stage(plan, folder);
    Runtime.getRuntime().addShutdownHook(stage.hook);
    try {
      stage.build();
      return stage;
    } catch (Exception e) {
      stage.close();
      throw e;
    }
  }

  private void build() throws Exception {
    hosts = opened(Hosts.make(plan.nodes));
    if (plan.ownDisk) {
      disk = Ballast.mounted(folder.resolve("store"));
      if (disk != null) {
        opened(disk);
      }
    }
    store = opened(new Store(folder.resolve("store")));
    provider = startProvider(hosts.common());
    hooks = new Hooks(vertx, hosts.common(), plan.seed);
    startNodes();
    for (int i = 0; i < plan.nodes; i++) {
      Watcher watcher = new Watcher(vertx, nodes, i);
      watchers.add(watcher);
      watcher.start().get(30, TimeUnit.SECONDS);
      opened((AutoCloseable) watcher::close);
    }
    load = opened(new Load(nodes, hooks.url(), plan.seed));
  }

  private void startNodes() throws Exception {
    int busPort = Ports.free();
    String callbacks = new CallbackFront(vertx, hosts.common(), nodes).url();
    for (int i = 0; i < plan.nodes; i++) {
      Path cluster = folder.resolve("cluster-" + i + ".xml");
      Files.writeString(cluster, clusterFile(i, busPort));
      ByteProxy toPostgres = opened(ByteProxy.before(vertx, store.postgresUri(), hosts.common()));
      ByteProxy toRedis = opened(ByteProxy.before(vertx, store.redisUri(), hosts.common()));
      Map<String, String> own = new HashMap<>(settings());
      own.putAll(Map.of("COMPUTE_CLUSTER_CONFIG", cluster.toString(), "COMPUTE_REDIS_URI", toRedis.uri(), "COMPUTE_PUBLIC_URL", callbacks));
      own.putAll(plan.settings);
      ClusterNode node = new ClusterNode(i, hosts, folder, plan.jar, Ports.free(), toPostgres, own);
      opened(() -> {
        if (node.alive()) {
          node.kill();
        }
      });
      nodes.add(node);
    }
    nodes.get(0).rehearse();
    for (ClusterNode node : nodes) {
      node.start();
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!nodes.stream().allMatch(ClusterNode::ready)) {
      if (System.nanoTime() > deadline || !nodes.stream().allMatch(ClusterNode::alive)) {
        throw new IllegalStateException("The nodes do not start; see their logs in " + folder);
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private Map<String, String> settings() {
    return Map.of("COMPUTE_CLUSTER_ENABLED", "true", "COMPUTE_DATA_DIR", folder.resolve("data").toString(),
        "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", provider, "FAL_KEY", "faults", "COMPUTE_PROVIDERS_FAL_STANDARD_TIMEOUT_SECONDS", "5",
        "COMPUTE_SANDBOX_ENABLED", "false", "COMPUTE_WEBHOOKS_RETRY_SECONDS", "1,1,2,2,5,5,10,10,20,20",
        "COMPUTE_GUARD_ALLOW_PRIVATE", "true", "COMPUTE_GUARD_ALLOW_LOOPBACK", "true");
  }

  private String clusterFile(int node, int port) throws IOException {
    StringBuilder members = new StringBuilder();
    for (int i = 0; i < plan.nodes; i++) {
      members.append("<member>").append(hosts.of(i)).append(hosts.separate() ? ":" + port : "").append("</member>");
    }
    return Files.readString(Path.of("cluster.xml"))
        .replaceFirst("(?s)<member-list>.*</member-list>", "<member-list>" + members + "</member-list>")
        .replaceFirst("<interface>127.0.0.1</interface>", "<interface>" + hosts.of(node) + "</interface>")
        .replaceFirst("(<port[^>]*>)5701</port>", "$1" + port + "</port>")
        .replaceFirst("<cluster-name>[^<]*</cluster-name>", "<cluster-name>faults-" + port + "</cluster-name>");
  }

  private String startProvider(String host) throws Exception {
    Path classes = Path.of("target", "test-classes").toAbsolutePath();
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1", "-cp", classes + ":" + plan.jar, CountingFal.class.getName(), "--host", host, "--seed",
        String.valueOf(plan.seed))
        .redirectError(folder.resolve("provider.log").toFile()).start();
    opened((AutoCloseable) process::destroyForcibly);
    BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(CountingFal.PORT_LINE)) {
        return "http://" + host + ":" + line.substring(CountingFal.PORT_LINE.length()).trim();
      }
    }
    throw new IllegalStateException("The provider did not start, see " + folder.resolve("provider.log"));
  }

  /** Keeps so many tasks unfinished from now on. */
  void load(int unfinished) {
    load.keep(unfinished, () -> watchers.stream().mapToInt(Watcher::over).max().orElse(0));
  }

  /** The provider spoils two answers of three until that is closed. */
  AutoCloseable ill(String how) throws IOException {
    tell("/ill?as=" + how + "&ms=3600000");
    return () -> tell("/ill?as=" + how + "&ms=0");
  }

  void tell(String what) throws IOException {
    send(HttpRequest.newBuilder(URI.create(provider + what)).POST(HttpRequest.BodyPublishers.noBody()).build());
  }

  /** Sends no more, waits for the ends up to {@code seconds}, and counts. */
  Verdict verdict(int seconds) throws Exception {
    load.stop();
    Verdict verdict = new Verdict(store, load, hooks, watchers, this::counted, nodes);
    verdict.settle(seconds);
    return verdict;
  }

  /** What was accepted, and what became of it; waits for the ends. */
  Tally tally() throws Exception {
    verdict(240);
    return Tally.of(store, load, hooks, watchers, counted("/counts"));
  }

  /** What the provider has counted, by prompt. */
  private JsonObject counted(String path) {
    try {
      return new JsonObject(send(HttpRequest.newBuilder(URI.create(provider + path)).build()));
    } catch (IOException e) {
      throw new IllegalStateException("The provider does not answer", e);
    }
  }

  private String send(HttpRequest request) throws IOException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  Hosts hosts() {
    return hosts;
  }

  /** PostgreSQL's own disk; null where it has none. */
  Ballast disk() {
    return disk;
  }

  Store store() {
    return store;
  }

  Load clients() {
    return load;
  }

  List<ClusterNode> nodes() {
    return nodes;
  }

  private synchronized <T extends AutoCloseable> T opened(T part) throws Exception {
    if (ended) {
      part.close();
      throw new IllegalStateException("The program is being stopped");
    }
    open.push(part);
    return part;
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException stopping) {
      // The JVM is ending and runs the hook itself; ending twice does no harm.
    }
    end();
  }

  /** Ends everything that was started, the newest first. */
  private synchronized void end() {
    ended = true;
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
