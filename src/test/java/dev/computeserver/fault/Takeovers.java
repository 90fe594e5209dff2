package dev.computeserver.fault;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Measures how long after a node's death each of its tasks has another owner, or has ended; and the same without the time in
 * which no node at all was there to take it, all being killed, paused or cut off at once.
 */
final class Takeovers implements AutoCloseable {
  private static final long LOOK_MILLIS = 200;
  private static final long LONGEST_MILLIS = 90_000;

  private final Store store;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Long> millis = Collections.synchronizedList(new ArrayList<>());
  private final List<Long> served = Collections.synchronizedList(new ArrayList<>());
  private final Set<String> serving = ConcurrentHashMap.newKeySet();
  private volatile int left;

  Takeovers(Store store, List<ClusterNode> nodes) {
    this.store = store;
    nodes.forEach(node -> threads.submit(() -> look(node)));
  }

  private Void look(ClusterNode node) throws InterruptedException {
    while (true) {
      if (node.ready()) {
        serving.add(node.name);
      } else {
        serving.remove(node.name);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  /** The node of that name has just been killed. */
  void died(String name) {
    long at = System.nanoTime();
    threads.submit(() -> follow(name, at));
  }

  private void follow(String name, long at) {
    try (Connection connection = store.connect()) {
      UUID node = newest(connection, name);
      int before = owned(connection, node);
      long alone = 0;
      long seen = since(at);
      while (before > 0 && seen < LONGEST_MILLIS) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        int now = owned(connection, node);
        long looked = since(at);
        alone += serving.isEmpty() ? looked - seen : 0;
        seen = looked;
        for (int i = now; i < before; i++) {
          millis.add(seen);
          served.add(seen - alone);
        }
        before = now;
      }
      left += before;
    } catch (SQLException e) {
      // The database was restarted meanwhile: this death is not measured.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static UUID newest(Connection connection, String name) throws SQLException {
    try (PreparedStatement ask = connection.prepareStatement("SELECT id FROM node WHERE name = ? ORDER BY started_at DESC LIMIT 1")) {
      ask.setString(1, name);
      ResultSet rows = ask.executeQuery();
      return rows.next() ? rows.getObject(1, UUID.class) : new UUID(0, 0);
    }
  }

  private static int owned(Connection connection, UUID node) throws SQLException {
    try (PreparedStatement ask = connection.prepareStatement("SELECT count(*) FROM task WHERE owner = ? AND status = 'processing'")) {
      ask.setObject(1, node);
      ResultSet rows = ask.executeQuery();
      rows.next();
      return rows.getInt(1);
    }
  }

  private static long since(long at) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - at);
  }

  /** The time, in ms, within which that share of the tasks was taken over. */
  long within(double share) {
    return within(millis, share);
  }

  /** The same, without the time in which no node served. */
  long servedWithin(double share) {
    return within(served, share);
  }

  private static long within(List<Long> times, double share) {
    List<Long> sorted = new ArrayList<>(times);
    Collections.sort(sorted);
    return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1L, Math.floor(share * sorted.size())));
  }

  int count() {
    return millis.size();
  }

  /** Tasks that still had their dead owner after {@value #LONGEST_MILLIS} ms. */
  int left() {
    return left;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
