package dev.computeserver;

import com.hazelcast.config.Config;
import com.hazelcast.config.FileSystemXmlConfig;
import com.hazelcast.config.XmlConfigBuilder;
import dev.computeserver.api.BusEdge;
import dev.computeserver.bus.Audience;
import dev.computeserver.config.Settings;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Opens Vert.x alone, or as a member of the cluster that {@code cluster.xml} describes. */
final class Cluster {
  /** Three nodes that start at once on two busy cores take some twenty seconds to find each other. */
  private static final long LONGEST_JOIN_SECONDS = 60;
  /** How soon a node notices that the bus to another one is cut; Vert.x's own 20 s would leave hints in the void for as long. */
  private static final long PING_MILLIS = 5_000;

  private Cluster() {
  }

  /** Blocks until the node is a member. */
  static Vertx open(Settings.Cluster settings) throws Exception {
    EventBusOptions bus = new EventBusOptions().setClusterPingInterval(PING_MILLIS).setClusterPingReplyInterval(PING_MILLIS);
    VertxBuilder builder = Vertx.builder().with(new VertxOptions().setPreferNativeTransport(false).setEventBusOptions(bus));
    if (!settings.enabled()) {
      return builder.build();
    }
    return builder.withClusterManager(new Audience(config(settings.config()), BusEdge.EVENTS)).buildClustered()
        .await(LONGEST_JOIN_SECONDS, TimeUnit.SECONDS);
  }

  private static Config config(String name) throws FileNotFoundException {
    // Hazelcast tells its version to its maker at each start unless this stands before it loads its settings.
    System.setProperty("hazelcast.phone.home.enabled", "false");
    Path file = Path.of(name);
    if (Files.exists(file)) {
      return new FileSystemXmlConfig(file.toFile());
    }
    InputStream packaged = Cluster.class.getClassLoader().getResourceAsStream(name);
    if (packaged == null) {
      throw new FileNotFoundException("cluster.config names " + file.toAbsolutePath() + ", which does not exist; correct COMPUTE_CLUSTER_CONFIG");
    }
    return new XmlConfigBuilder(packaged).build();
  }
}
