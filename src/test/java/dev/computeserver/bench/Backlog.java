package dev.computeserver.bench;

import dev.computeserver.embedded.SharedServers;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * How many tasks a second are accepted with a million tasks queued that are due and that no worker takes, and with none: the
 * same warm server, whose tables are emptied in between.
 */
final class Backlog implements Benchmark {

  private static final int TASKS = 1_000_000;
  private static final int BATCH = 1_000;
  private static final int SECONDS = 15;
  private static final int WARM_UP_SECONDS = 30;
  private static final int WINDOW = 64;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Override
  public String name() {
    return "backlog";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int tasks = Options.or(options.tasks(), TASKS);
    int seconds = Options.or(options.seconds(), SECONDS);
    // A member of a cluster tells where its database is.
    try (Rig rig = Rig.open(options, 0, Map.of("COMPUTE_NODE_ROLES", "api,router", "COMPUTE_CLUSTER_ENABLED", "true"))) {
      long start = System.nanoTime();
      for (int from = 0; from < tasks; from += BATCH) {
        rig.await(rig.api().submitBatch(IntStream.range(0, BATCH).mapToObj(number -> Rig.task("waiting")).toList()));
      }
      double filling = (System.nanoTime() - start) / 1e9;
      accepted(rig, WARM_UP_SECONDS);
      double full = accepted(rig, seconds);
      empty(URI.create(SharedServers.join(rig.server().dataFolder(), PATIENCE).postgres()));
      double none = accepted(rig, seconds);
      return List.of(
          figure("accepted with " + tasks + " queued", full, "tasks/s"),
          figure("accepted with nothing queued", none, "tasks/s"),
          figure("the first against the second", full / none, "times"),
          figure("the backlog was taken in within", filling, "s"));
    }
  }

  private static void empty(URI postgres) throws SQLException {
    String[] user = postgres.getUserInfo().split(":", 2);
    String url = "jdbc:postgresql://" + postgres.getHost() + ":" + postgres.getPort() + postgres.getPath();
    try (Connection connection = DriverManager.getConnection(url, user[0], user[1]); Statement statement = connection.createStatement()) {
      statement.execute("TRUNCATE task, task_body, task_result, attempt, task_event, webhook_delivery CASCADE");
      statement.execute("CHECKPOINT");
    }
  }

  /** Accepts as fast as {@value #WINDOW} clients can; tasks a second. */
  private static double accepted(Rig rig, int seconds) throws Exception {
    Buffer body = Rig.taskBody("accept");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    Countdown clients = new Countdown(WINDOW);
    long[] count = {0};
    long start = System.nanoTime();
    rig.vertx().runOnContext(now -> {
      for (int i = 0; i < WINDOW; i++) {
        next(rig, body, end, count, clients);
      }
    });
    rig.await(clients.done(), () -> count[0]);
    return count[0] / ((System.nanoTime() - start) / 1e9);
  }

  private static void next(Rig rig, Buffer body, long end, long[] count, Countdown clients) {
    if (System.nanoTime() > end) {
      clients.step();
      return;
    }
    rig.api().submit(body).onComplete(id -> {
      count[0]++;
      next(rig, body, end, count, clients);
    }, failure -> {
      System.err.println("A task was not accepted: " + failure.getMessage());
      next(rig, body, end, count, clients);
    });
  }
}
