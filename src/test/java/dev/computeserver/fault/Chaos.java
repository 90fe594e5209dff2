package dev.computeserver.fault;

import java.io.IOException;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Does bad things until the time is over, with two hands: one kills a ready node every few seconds, the other does everything
 * else, one thing after another. Victims, kinds and times come from the seed.
 */
final class Chaos {
  /** Enough of it to make a zombie: a node that is taken for dead and comes back. */
  private static final int LONGEST_PAUSE_MILLIS = 16_000;
  private static final int DRAIN_SECONDS = 30;

  private final Stage stage;
  private final List<ClusterNode> nodes;
  private final Hosts hosts;
  private final Store store;
  private final Takeovers takeovers;
  private final Options options;
  private final Map<Kind, Integer> done = new ConcurrentHashMap<>();
  private volatile int slowStops;

  /** A kind of fault, and how often it is chosen among a hundred by the hand that does not kill. */
  enum Kind {
    KILL(0), PAUSE(22), STOP(24), NETWORK_CUT(16), STORE_CUT(14), CONNECTIONS_ENDED(8), POSTGRES_KILLED(3), REDIS_KILLED(5), PROVIDER_AWAY(8);

    private final int share;

    Kind(int share) {
      this.share = share;
    }

    private boolean holdsNode() {
      return this == PAUSE || this == STOP || this == NETWORK_CUT || this == STORE_CUT;
    }
  }

  Chaos(Stage stage, Takeovers takeovers, Options options) {
    this.stage = stage;
    this.nodes = stage.nodes();
    this.hosts = stage.hosts();
    this.store = stage.store();
    this.takeovers = takeovers;
    this.options = options;
  }

  void run() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.seconds());
    ExecutorService hands = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> both = List.of(
          hands.submit(() -> until(end, new Random(options.seed()), random -> kill(victim(random)))),
          hands.submit(() -> until(end, new Random(options.seed() + 1), random -> strike(next(random), victim(random), random))));
      for (Future<?> hand : both) {
        hand.get();
      }
    } finally {
      hands.shutdownNow();
    }
    for (ClusterNode node : nodes) {
      node.startAgainIfEnded();
    }
  }

  private Void until(long end, Random random, Deed deed) throws Exception {
    while (System.nanoTime() < end) {
      pause(options.pauseMillis() / 2 + random.nextInt(options.pauseMillis()));
      deed.run(random);
    }
    return null;
  }

  /** A node that serves; one that is just starting owns nothing, and to kill it proves little. Null where none is ready for long. */
  private ClusterNode victim(Random random) throws InterruptedException, IOException {
    int first = random.nextInt(nodes.size());
    for (int i = 0; i < 300; i++) {
      ClusterNode node = nodes.get((first + i) % nodes.size());
      if (node.ready()) {
        return node;
      }
      node.startAgainIfEnded();
      pause(50);
    }
    return null;
  }

  private Kind next(Random random) {
    int draw = random.nextInt(100);
    for (Kind kind : Kind.values()) {
      draw -= kind.share;
      if (draw < 0) {
        return kind == Kind.NETWORK_CUT && !hosts.separate() ? Kind.PAUSE : kind;
      }
    }
    return Kind.STOP;
  }

  private void kill(ClusterNode node) throws IOException {
    if (node != null && node.take()) {
      try {
        told(Kind.KILL, node);
        takeovers.died(node.name);
        node.kill();
        node.start();
      } finally {
        node.give();
      }
    }
  }

  private void strike(Kind kind, ClusterNode node, Random random) throws Exception {
    if (node == null) {
      return;
    }
    switch (kind) {
      case PAUSE -> during(random.nextInt(LONGEST_PAUSE_MILLIS), node, kind, node::pause, node::go);
      case STOP -> stop(node);
      case NETWORK_CUT -> during(6_000 + random.nextInt(9_000), node, kind, () -> hosts.cut(node.index, true), () -> hosts.cut(node.index, false));
      case STORE_CUT -> during(1_000 + random.nextInt(14_000), node, kind, random.nextBoolean() ? node.store::cut : node.store::hold, node.store::heal);
      case CONNECTIONS_ENDED -> store.terminateAll();
      case POSTGRES_KILLED -> store.killPostgres();
      case REDIS_KILLED -> store.killRedis();
      default -> stage.tell("/away?ms=" + (1_000 + random.nextInt(9_000)));
    }
    if (!kind.holdsNode()) {
      told(kind, null);
    }
  }

  private void stop(ClusterNode node) throws IOException {
    if (node.take()) {
      try {
        told(Kind.STOP, node);
        slowStops += node.stop(DRAIN_SECONDS) ? 0 : 1;
        node.start();
      } finally {
        node.give();
      }
    }
  }

  /** The node may be killed meanwhile, as it may in life. */
  private void during(int millis, ClusterNode node, Kind kind, Action begin, Action end) throws Exception {
    told(kind, node);
    begin.run();
    try {
      pause(millis);
    } finally {
      end.run();
    }
  }

  private void told(Kind kind, ClusterNode node) {
    done.merge(kind, 1, Integer::sum);
    System.out.println(LocalTime.now().withNano(0) + " " + kind + (node == null ? "" : " " + node.name));
  }

  private static void pause(int millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
  }

  int count(Kind kind) {
    return done.getOrDefault(kind, 0);
  }

  /** Orderly stops that took longer than {@value #DRAIN_SECONDS} s. */
  int slowStops() {
    return slowStops;
  }

  private interface Action {
    void run() throws IOException;
  }

  private interface Deed {
    void run(Random random) throws Exception;
  }
}
