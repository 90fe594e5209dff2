package dev.computeserver.bench;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** How many tasks a second are accepted with nothing queued, and with a million queued tasks. */
final class Backlog implements Benchmark {

  private static final int TASKS = 1_000_000;
  private static final int BATCH = 1_000;
  private static final int SECONDS = 15;
  private static final int WARM_UP_SECONDS = 10;
  private static final int WINDOW = 64;

  @Override
  public String name() {
    return "backlog";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int tasks = Options.or(options.tasks(), TASKS);
    int seconds = Options.or(options.seconds(), SECONDS);
    try (Rig rig = Rig.open(options, 0, Map.of())) {
      accepted(rig, WARM_UP_SECONDS);
      double empty = accepted(rig, seconds);
      long start = System.nanoTime();
      for (int from = 0; from < tasks; from += BATCH) {
        String due = inADay();
        rig.await(rig.api().submitBatch(IntStream.range(0, BATCH).mapToObj(number -> Rig.task("waiting").put("run_at", due)).toList()));
      }
      double filling = (System.nanoTime() - start) / 1e9;
      double full = accepted(rig, seconds);
      return List.of(
          figure("accepted with nothing queued", empty, "tasks/s"),
          figure("accepted with " + tasks + " queued", full, "tasks/s"),
          figure("the second against the first", full / empty, "times"),
          figure("the backlog was taken in within", filling, "s"));
    }
  }

  /** Accepts as fast as {@value #WINDOW} clients can; tasks a second. */
  private static double accepted(Rig rig, int seconds) throws Exception {
    Buffer body = new JsonObject(Rig.taskBody("accept")).put("run_at", inADay()).toBuffer();
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

  private static String inADay() {
    return Instant.now().plus(1, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
