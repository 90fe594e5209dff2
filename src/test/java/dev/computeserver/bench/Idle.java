package dev.computeserver.bench;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a server that has nothing to do costs. */
final class Idle implements Benchmark {

  private static final int SECONDS = 30;
  private static final int SETTLE_SECONDS = 15;

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int seconds = Options.or(options.seconds(), SECONDS);
    long start = System.nanoTime();
    try (Rig rig = Rig.open(options, 0, Map.of())) {
      double ready = (System.nanoTime() - start) / 1e9;
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
      CpuClock clock = rig.server().cpuClock();
      CpuClock.Reading before = clock.read();
      TimeUnit.SECONDS.sleep(seconds);
      CpuClock.Reading spent = clock.read().since(before);
      return List.of(
          figure("ready after, with an empty data folder", ready, "s"),
          figure("server CPU", spent.percentOfCore(spent.server()), "% of a core"),
          figure("PostgreSQL CPU", spent.percentOfCore(spent.postgres()), "% of a core"),
          figure("Redis CPU", spent.percentOfCore(spent.redis()), "% of a core"),
          figure("server RSS", clock.residentMib(), "MiB"));
    }
  }
}
