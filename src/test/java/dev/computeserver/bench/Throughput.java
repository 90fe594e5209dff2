package dev.computeserver.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How many tasks a second go all the way when the provider takes no time, and what one costs. */
final class Throughput implements Benchmark {

  private static final int TASKS = 20_000;
  private static final int WARM_UP = 10_000;
  private static final int WINDOW = 512;

  @Override
  public String name() {
    return "throughput";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int tasks = Options.or(options.tasks(), TASKS);
    int warmUp = Options.or(options.warmUp(), WARM_UP);
    int window = Options.or(options.window(), WINDOW);
    Disk.check(options.folder(), warmUp + tasks);
    try (Rig rig = Rig.open(options, 0, Map.of(
        "COMPUTE_QUEUES_FAL_QUEUE_SLOTS", Integer.toString(window),
        "COMPUTE_PROVIDERS_FAL_STANDARD_LIMITS_MAX_IN_FLIGHT", Integer.toString(window),
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "20",
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "20"))) {
      rig.await(rig.live().subscribe());
      ClosedLoop warm = new ClosedLoop(rig, "warm-up", warmUp, window);
      rig.await(warm.start(), warm::left);

      CpuClock clock = rig.server().cpuClock();
      double own = rig.ownCpuMillis();
      CpuClock.Reading start = clock.read();
      ClosedLoop loop = new ClosedLoop(rig, "measured", tasks, window);
      rig.await(loop.start(), loop::left);
      CpuClock.Reading spent = clock.read().since(start);
      own = rig.ownCpuMillis() - own;

      double perSecond = tasks / (spent.atNanos() / 1e9);
      List<Figure> figures = new ArrayList<>(List.of(
          figure("tasks end to end, window " + window, perSecond, "tasks/s"),
          figure("server CPU per task", spent.server() / tasks, "ms"),
          figure("PostgreSQL CPU per task", spent.postgres() / tasks, "ms"),
          figure("Redis CPU per task", spent.redis() / tasks, "ms"),
          figure("CPU per task of client and fake provider", own / tasks, "ms"),
          figure("server RSS", clock.residentMib(), "MiB"),
          figure("tasks not completed", warm.failed() + loop.failed(), "of " + (warmUp + tasks)),
          figure("submissions above one for each task", rig.submissions() - warmUp - tasks, "submissions"),
          figure("posts turned away", warm.turnedAway() + loop.turnedAway(), "posts"),
          figure("live subscription dropped", rig.live().drops(), "times")));
      rig.checkNothingLeft();
      double commits = CommitRate.measure(rig.server().dataFolder());
      figures.add(figure("pgbench single-row commits", commits, "commits/s"));
      figures.add(figure("tasks for each pgbench commit", perSecond / commits, "tasks/commit"));
      return figures;
    }
  }
}
