package dev.computeserver.bench;

import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** How long a client waits for 202 when tasks that are due in an hour come on a fixed schedule. */
final class Accept implements Benchmark {

  private static final int RATE = 500;
  private static final int SECONDS = 20;
  private static final int WARM_UP_SECONDS = 30;

  @Override
  public String name() {
    return "accept";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int rate = Options.or(options.rate(), RATE);
    int warmUp = rate * WARM_UP_SECONDS;
    int measured = rate * Options.or(options.seconds(), SECONDS);
    Latencies latencies = new Latencies();
    AtomicInteger errors = new AtomicInteger();
    try (Rig rig = Rig.open(options, 0, Map.of())) {
      Buffer body = Rig.task("accept").put("run_at", inOneHour()).toBuffer();
      Countdown answers = new Countdown(warmUp + measured);
      CpuClock clock = rig.server().cpuClock();
      CpuClock.Reading[] start = {clock.read()};
      OpenLoop.run(rate, warmUp + measured, (index, scheduled) -> {
        if (index == warmUp) {
          start[0] = clock.read();
        }
        rig.vertx().runOnContext(now -> rig.api().submit(body).onComplete(answer -> {
          if (answer.failed() && errors.getAndIncrement() == 0) {
            System.err.println("First error: " + answer.cause().getMessage());
          }
          if (answer.succeeded() && index >= warmUp) {
            latencies.add(MicroClock.now() - scheduled);
          }
          answers.step();
        }));
      });
      rig.await(answers.done(), answers::left);
      CpuClock.Reading spent = clock.read().since(start[0]);
      return List.of(
          figure("rate", rate, "tasks/s"),
          figure("p50 from the scheduled time", latencies.percentile(50), "ms"),
          figure("p99 from the scheduled time", latencies.percentile(99), "ms"),
          figure("max from the scheduled time", latencies.max(), "ms"),
          figure("errors", errors.get(), "of " + (warmUp + measured)),
          figure("server CPU per task", spent.server() / measured, "ms"),
          figure("PostgreSQL CPU per task", spent.postgres() / measured, "ms"));
    }
  }

  private static String inOneHour() {
    return Instant.now().plus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS).toString()
        .replace("Z", ".000Z");
  }
}
