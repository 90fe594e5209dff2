package dev.computeserver.bench;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What the server adds to the provider's own time at a moderate, even load. */
final class Steady implements Benchmark {

  private static final int RATE = 50;
  private static final int SECONDS = 30;
  private static final int WARM_UP_SECONDS = 30;
  private static final int JOB_MILLIS = 500;

  @Override
  public String name() {
    return "steady";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int rate = Options.or(options.rate(), RATE);
    int seconds = Options.or(options.seconds(), SECONDS);
    int warmUp = rate * WARM_UP_SECONDS;
    int total = warmUp + rate * seconds;
    Latencies overhead = new Latencies();
    AtomicInteger failed = new AtomicInteger();
    try (Rig rig = Rig.open(options, JOB_MILLIS, Map.of(
        "COMPUTE_QUEUES_FAL_QUEUE_SLOTS", "512",
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "200"))) {
      rig.await(rig.live().subscribe());
      Countdown left = new Countdown(total);
      CpuClock clock = rig.server().cpuClock();
      CpuClock.Reading[] start = {clock.read()};
      OpenLoop.run(rate, total, (index, scheduled) -> {
        if (index == warmUp) {
          start[0] = clock.read();
        }
        rig.vertx().runOnContext(now -> one(rig, index, left, failed, index < warmUp ? null : overhead));
      });
      CpuClock.Reading spent = clock.read().since(start[0]);
      rig.await(left.done(), left::left);
      return List.of(
          figure("rate", rate, "tasks/s"),
          figure("overhead p50", overhead.percentile(50), "ms"),
          figure("overhead p95", overhead.percentile(95), "ms"),
          figure("overhead p99", overhead.percentile(99), "ms"),
          figure("tasks not completed", failed.get(), "of " + total),
          figure("server CPU", spent.percentOfCore(spent.server()), "% of a core"),
          figure("PostgreSQL CPU", spent.percentOfCore(spent.postgres()), "% of a core"));
    }
  }

  private static void one(Rig rig, int index, Countdown left, AtomicInteger failed, Latencies overhead) {
    long sent = MicroClock.now();
    rig.api().submit(Rig.taskBody("steady-" + index)).onFailure(cause -> {
      System.err.println("A task was not accepted: " + cause.getMessage());
      failed.incrementAndGet();
      left.step();
    }).onSuccess(id -> rig.live().expect(id, ended -> {
      if (!ended.completed()) {
        failed.incrementAndGet();
      } else if (overhead != null) {
        overhead.add(ended.atMicros() - sent - JOB_MILLIS * 1000L);
      }
      left.step();
    }));
  }
}
