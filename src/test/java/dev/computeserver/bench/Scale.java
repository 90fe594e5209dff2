package dev.computeserver.bench;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * What a task costs on one, two and three worker nodes of a cluster: the same backlog becomes due at once, and the CPU of all
 * nodes, of PostgreSQL and of Redis is summed until it is done. A node without workers takes the tasks in.
 */
final class Scale implements Benchmark {

  private static final int TASKS = 15_000;
  private static final int WARM_UP = 8_000;
  private static final int BATCH = 1_000;
  private static final int MOST_WORKERS = 3;
  /** Long enough to take in the backlog before it becomes due. */
  private static final int LEAD_SECONDS = 20;
  /** The other one compiles for minutes, and three nodes compile three times as much as one: that is a cost of starting, not of tasks. */
  private static final String QUICK_COMPILER_ONLY = "-XX:TieredStopAtLevel=1";

  @Override
  public String name() {
    return "scale";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int tasks = Options.or(options.tasks(), TASKS);
    int warmUp = Options.or(options.warmUp(), WARM_UP);
    Disk.check(options.folder(), tasks + (long) MOST_WORKERS * warmUp);
    List<Figure> figures = new ArrayList<>();
    double alone = 0;
    for (int workers = 1; workers <= MOST_WORKERS; workers++) {
      Cost cost = measure(options, workers, tasks, warmUp);
      alone = workers == 1 ? cost.cpuMillis : alone;
      figures.add(figure(workers + " workers: CPU for each task, everything but the provider", cost.cpuMillis, "ms"));
      figures.add(figure(workers + " workers: of it the workers", cost.workers, "ms"));
      figures.add(figure(workers + " workers: of it the node that takes in", cost.front, "ms"));
      figures.add(figure(workers + " workers: of it PostgreSQL", cost.postgres, "ms"));
      figures.add(figure(workers + " workers: tasks a second", cost.perSecond, "tasks/s"));
      figures.add(figure(workers + " workers: cost against one worker", cost.cpuMillis / alone, "times"));
      figures.add(figure(workers + " workers: not completed, or submitted twice", cost.wrong, "of " + tasks));
    }
    return figures;
  }

  private record Cost(double cpuMillis, double workers, double front, double postgres, double perSecond, long wrong) {
  }

  private Cost measure(Options options, int workers, int tasks, int warmUp) throws Exception {
    Map<String, String> front = new HashMap<>(Map.of("JAVA_TOOL_OPTIONS", QUICK_COMPILER_ONLY, "COMPUTE_CLUSTER_ENABLED", "true",
        "COMPUTE_NODE_ROLES", "api,router",
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "20", "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "20"));
    List<ServerProcess> nodes = new ArrayList<>();
    try (Rig rig = Rig.open(options, 0, front)) {
      try {
        Map<String, String> own = new HashMap<>(front);
        own.putAll(Map.of("COMPUTE_NODE_ROLES", "worker", "COMPUTE_DATA_DIR", rig.server().dataFolder().toString()));
        for (int i = 0; i < workers; i++) {
          nodes.add(ServerProcess.start(options, own, rig.providerPort()));
        }
        rig.await(rig.live().subscribe());
        // All workers get warm, however many there are.
        backlog(rig, "warm-up", warmUp * workers, 0);
        CpuClock clock = rig.server().cpuClock();
        Instant due = Instant.now().plusSeconds(LEAD_SECONDS);
        Countdown left = new Countdown(tasks);
        AtomicInteger failed = new AtomicInteger();
        List<String> ids = accept(rig, "measured", tasks, due);
        ids.forEach(id -> rig.live().expect(id, ended -> {
          failed.addAndGet(ended.completed() ? 0 : 1);
          left.step();
        }));
        TimeUnit.MILLISECONDS.sleep(Math.max(0, due.toEpochMilli() - System.currentTimeMillis()));
        double before = cpu(nodes);
        CpuClock.Reading start = clock.read();
        rig.await(left.done(), left::left);
        CpuClock.Reading spent = clock.read().since(start);
        double theirs = cpu(nodes) - before;
        double all = spent.server() + spent.postgres() + spent.redis() + theirs;
        long twice = rig.submissions() - tasks - (long) warmUp * workers;
        return new Cost(all / tasks, theirs / tasks, spent.server() / tasks, spent.postgres() / tasks, tasks / (spent.atNanos() / 1e9), failed.get() + twice);
      } finally {
        nodes.forEach(ServerProcess::close);
      }
    }
  }

  private static double cpu(List<ServerProcess> nodes) {
    return nodes.stream().mapToDouble(ServerProcess::cpuMillis).sum();
  }

  private static void backlog(Rig rig, String name, int tasks, int leadSeconds) throws Exception {
    Countdown left = new Countdown(tasks);
    accept(rig, name, tasks, Instant.now().plusSeconds(leadSeconds)).forEach(id -> rig.live().expect(id, ended -> left.step()));
    rig.await(left.done(), left::left);
  }

  private static List<String> accept(Rig rig, String name, int tasks, Instant due) throws Exception {
    List<String> ids = new ArrayList<>();
    for (int from = 0; from < tasks; from += BATCH) {
      List<JsonObject> batch = IntStream.range(from, Math.min(tasks, from + BATCH))
          .mapToObj(number -> Rig.task(name + "-" + number).put("run_at", due.toString())).toList();
      ids.addAll(rig.await(rig.api().submitBatch(batch)));
    }
    return ids;
  }
}
