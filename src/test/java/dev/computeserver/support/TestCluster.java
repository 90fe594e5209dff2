package dev.computeserver.support;

import com.hazelcast.config.Config;
import com.hazelcast.config.FileSystemXmlConfig;
import dev.computeserver.api.BusEdge;
import dev.computeserver.bus.Audience;
import io.vertx.core.Vertx;
import java.io.FileNotFoundException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Several members of one Hazelcast cluster in this JVM, set as {@code cluster.xml} says but for their ports and name. */
public final class TestCluster {
  private static final long LONGEST_JOIN_SECONDS = 60;

  private final List<Integer> ports;
  private final Deque<Integer> unused;

  public TestCluster(int members) {
    System.setProperty("hazelcast.phone.home.enabled", "false");
    System.setProperty("hazelcast.logging.type", "slf4j");
    ports = freePorts(members);
    unused = new ArrayDeque<>(ports);
  }

  /** The next member; blocks until it has joined. */
  public Vertx open() {
    try {
      Config config = new FileSystemXmlConfig("cluster.xml");
      config.setClusterName("test-" + ports.get(0));
      config.getNetworkConfig().setPort(unused.pop()).setPortAutoIncrement(false);
      config.getNetworkConfig().getJoin().getTcpIpConfig().setMembers(ports.stream().map(port -> "127.0.0.1:" + port).toList());
      return Vertx.builder().withClusterManager(new Audience(config, BusEdge.EVENTS)).buildClustered().await(LONGEST_JOIN_SECONDS, TimeUnit.SECONDS);
    } catch (FileNotFoundException | java.util.concurrent.TimeoutException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static List<Integer> freePorts(int amount) {
    Set<Integer> ports = new HashSet<>();
    while (ports.size() < amount) {
      ports.add(TestServers.freePort());
    }
    return List.copyOf(ports);
  }
}
