package dev.computeserver.fault;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Does one bad thing after another, chosen by the seed, until the time is over. Runs on one thread of its own. */
final class Chaos {
  /** Enough of it to make a zombie: a node that is taken for dead and comes back. */
  private static final int LONGEST_PAUSE_MILLIS = 16_000;
  private static final int DRAIN_SECONDS = 30;

  private final List<ClusterNode> nodes;
  private final Hosts hosts;
  private final Store store;
  private final Takeovers takeovers;
  private final String provider;
  private final Options options;
  private final Random random;
  private final Map<Kind, Integer> done = new EnumMap<>(Kind.class);
  private int slowStops;

  /** A kind of fault, and how often it happens among a hundred. */
  enum Kind {
    KILL(62), PAUSE(8), STOP(10), NETWORK_CUT(6), STORE_CUT(5), CONNECTIONS_ENDED(3), POSTGRES_KILLED(1), REDIS_KILLED(2), PROVIDER_AWAY(3);

    private final int share;

    Kind(int share) {
      this.share = share;
    }
  }

  Chaos(List<ClusterNode> nodes, Hosts hosts, Store store, Takeovers takeovers, String provider, Options options) {
    this.nodes = nodes;
    this.hosts = hosts;
    this.store = store;
    this.takeovers = takeovers;
    this.provider = provider;
    this.options = options;
    this.random = new Random(options.seed());
  }

  void run() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.seconds());
    while (System.nanoTime() < end) {
      pause(options.pauseMillis() / 2 + random.nextInt(options.pauseMillis()));
      strike(next(), nodes.get(random.nextInt(nodes.size())));
    }
    for (ClusterNode node : nodes) {
      if (!node.alive()) {
        node.start();
      }
    }
  }

  private Kind next() {
    int draw = random.nextInt(100);
    for (Kind kind : Kind.values()) {
      draw -= kind.share;
      if (draw < 0) {
        return kind == Kind.NETWORK_CUT && !hosts.separate() ? Kind.PAUSE : kind;
      }
    }
    return Kind.KILL;
  }

  private void strike(Kind kind, ClusterNode node) throws Exception {
    if (!node.alive()) {
      node.start();
      return;
    }
    // A node that is just starting owns nothing: to kill it again proves little, so it may become ready first.
    awaitReady(node);
    done.merge(kind, 1, Integer::sum);
    System.out.println(java.time.LocalTime.now().withNano(0) + " " + kind + " " + node.name);
    switch (kind) {
      case KILL -> {
        takeovers.died(node.name);
        node.kill();
        node.start();
      }
      case PAUSE -> {
        node.pause();
        pause(500 + random.nextInt(LONGEST_PAUSE_MILLIS));
        node.go();
      }
      case STOP -> {
        slowStops += node.stop(DRAIN_SECONDS) ? 0 : 1;
        node.start();
      }
      case NETWORK_CUT -> during(6_000 + random.nextInt(9_000), () -> hosts.cut(node.index, true), () -> hosts.cut(node.index, false));
      case STORE_CUT -> during(1_000 + random.nextInt(14_000), random.nextBoolean() ? node.store::cut : node.store::hold, node.store::heal);
      case CONNECTIONS_ENDED -> store.terminateAll();
      case POSTGRES_KILLED -> store.killPostgres();
      case REDIS_KILLED -> store.killRedis();
      case PROVIDER_AWAY -> HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(provider + "/away?ms="
          + (1_000 + random.nextInt(9_000)))).POST(HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.discarding());
    }
  }

  private static void during(int millis, Deed begin, Deed end) throws Exception {
    begin.run();
    try {
      pause(millis);
    } finally {
      end.run();
    }
  }

  private static void awaitReady(ClusterNode node) throws InterruptedException {
    for (int i = 0; i < 100 && !node.ready() && node.alive(); i++) {
      pause(100);
    }
  }

  private static void pause(int millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
  }

  int count(Kind kind) {
    return done.getOrDefault(kind, 0);
  }

  Map<Kind, Integer> counts() {
    return done;
  }

  /** Orderly stops that took longer than {@value #DRAIN_SECONDS} s. */
  int slowStops() {
    return slowStops;
  }

  private interface Deed {
    void run() throws IOException, SQLException;
  }
}
