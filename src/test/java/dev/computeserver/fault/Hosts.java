package dev.computeserver.fault;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Where things run. As root on Linux each node gets a network namespace of its own, so that the network between two nodes can
 * be cut while both still reach everything else; else all share loopback, and the network is never cut.
 */
final class Hosts implements AutoCloseable {
  private final boolean separate;
  private final String tag;
  private final String net;
  private final int nodes;

  private Hosts(boolean separate, int nodes) {
    this.separate = separate;
    this.nodes = nodes;
    int number = (int) (ProcessHandle.current().pid() % 250);
    this.tag = "cs" + number;
    this.net = "10.213." + number + ".";
  }

  static Hosts make(int nodes) throws IOException {
    Hosts hosts = new Hosts(mayCut(), nodes);
    if (hosts.separate) {
      hosts.lay();
    }
    return hosts;
  }

  private static boolean mayCut() {
    try {
      return run(false, "ip", "netns", "add", "cs-probe") && run(false, "ip", "netns", "delete", "cs-probe");
    } catch (IOException noSuchProgram) {
      return false;
    }
  }

  private void lay() throws IOException {
    run(true, "ip", "link", "add", tag, "type", "bridge");
    run(true, "ip", "address", "add", common() + "/24", "dev", tag);
    run(true, "ip", "link", "set", tag, "up");
    for (int i = 0; i < nodes; i++) {
      run(true, "ip", "netns", "add", space(i));
      run(true, "ip", "link", "add", tag + "v" + i, "type", "veth", "peer", "name", "eth0", "netns", space(i));
      run(true, "ip", "link", "set", tag + "v" + i, "master", tag, "up");
      run(true, "ip", "-n", space(i), "address", "add", of(i) + "/24", "dev", "eth0");
      run(true, "ip", "-n", space(i), "link", "set", "eth0", "up");
      run(true, "ip", "-n", space(i), "link", "set", "lo", "up");
    }
  }

  boolean separate() {
    return separate;
  }

  /** Where everything but the nodes listens. */
  String common() {
    return separate ? net + "1" : "127.0.0.1";
  }

  String of(int node) {
    return separate ? net + (11 + node) : "127.0.0.1";
  }

  /** The command that runs another command where the node lives; empty without namespaces. */
  List<String> into(int node) {
    return separate ? List.of("ip", "netns", "exec", space(node)) : List.of();
  }

  /** Cuts the network between a node and the other nodes, or mends it. */
  void cut(int node, boolean cut) throws IOException {
    for (int other = 0; other < nodes; other++) {
      if (other != node) {
        run(false, "ip", "-n", space(node), "route", cut ? "add" : "delete", "blackhole", of(other) + "/32");
      }
    }
  }

  private String space(int node) {
    return tag + "n" + node;
  }

  private static boolean run(boolean must, String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String said = new String(process.getInputStream().readAllBytes()).strip();
      boolean done = process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
      if (must && !done) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
      return done;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    if (!separate) {
      return;
    }
    List<String[]> undo = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      undo.add(new String[] {"ip", "netns", "delete", space(i)});
    }
    undo.add(new String[] {"ip", "link", "delete", tag});
    for (String[] command : undo) {
      try {
        run(false, command);
      } catch (IOException e) {
        System.err.println("WARNING: " + String.join(" ", command) + " failed; do it by hand");
      }
    }
  }
}
