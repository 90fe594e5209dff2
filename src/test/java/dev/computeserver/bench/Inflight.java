package dev.computeserver.bench;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** What many jobs that wait at the provider cost in time, memory and CPU; the server has 512 MiB of heap unless told otherwise. */
final class Inflight implements Benchmark {

  private static final int TASKS = 10_000;
  private static final int BATCH = 1_000;
  private static final int JOB_SECONDS = 120;
  /** So that the first job does not end before the last is submitted. */
  private static final int TASKS_PER_JOB_SECOND = 250;
  private static final int SECONDS = 20;
  private static final int SETTLE_SECONDS = 5;
  private static final int STALL_SECONDS = 60;

  @Override
  public String name() {
    return "inflight";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int tasks = Options.or(options.tasks(), TASKS);
    int seconds = Options.or(options.seconds(), SECONDS);
    int jobSeconds = Math.max(JOB_SECONDS, tasks / TASKS_PER_JOB_SECOND);
    Disk.check(options.folder(), tasks);
    String slots = Integer.toString(tasks);
    try (Rig rig = Rig.open(options, TimeUnit.SECONDS.toMillis(jobSeconds), Map.of(
        "COMPUTE_QUEUES_FAL_QUEUE_SLOTS", slots,
        "COMPUTE_PROVIDERS_FAL_STANDARD_LIMITS_MAX_IN_FLIGHT", slots))) {
      rig.await(rig.live().subscribe());
      Countdown left = new Countdown(tasks);
      AtomicInteger failed = new AtomicInteger();
      long start = System.nanoTime();
      accept(rig, tasks, left, failed);
      double accepted = secondsSince(start);
      awaitSubmissions(rig, tasks);
      double submitted = secondsSince(start);

      TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
      CpuClock clock = rig.server().cpuClock();
      long polls = rig.providerStats(false).getLong("polls");
      CpuClock.Reading before = clock.read();
      TimeUnit.SECONDS.sleep(seconds);
      CpuClock.Reading spent = clock.read().since(before);
      polls = rig.providerStats(false).getLong("polls") - polls;
      double waitingMib = clock.residentMib();
      if (left.left() < tasks) {
        System.err.println("WARNING: " + (tasks - left.left()) + " tasks had ended before the waiting was measured");
      }
      // Until the first job can be done nothing ends, and that is no stall.
      TimeUnit.MILLISECONDS.sleep(Math.max(0, Math.round((jobSeconds - secondsSince(start)) * 1000)));
      rig.await(left.done(), left::left);
      double completed = secondsSince(start);
      rig.server().checkAlive();
      rig.checkNothingLeft();
      return List.of(
          figure("accepted in batches of " + BATCH, accepted, "s"),
          figure("all " + tasks + " at the provider", submitted, "s"),
          figure("server RSS while they wait", waitingMib, "MiB"),
          figure("server RSS at its peak", clock.peakResidentMib(), "MiB"),
          figure("server CPU while they wait", spent.percentOfCore(spent.server()), "% of a core"),
          figure("PostgreSQL CPU while they wait", spent.percentOfCore(spent.postgres()), "% of a core"),
          figure("polls while they wait", polls / (double) seconds, "polls/s"),
          figure("all ended, jobs of " + jobSeconds + " s", completed, "s"),
          figure("tasks not completed", failed.get(), "of " + tasks),
          figure("submissions above one for each task", rig.submissions() - tasks, "submissions"));
    }
  }

  private static void accept(Rig rig, int tasks, Countdown left, AtomicInteger failed) throws Exception {
    for (int from = 0; from < tasks; from += BATCH) {
      List<JsonObject> batch = IntStream.range(from, Math.min(tasks, from + BATCH))
          .mapToObj(number -> Rig.task("inflight-" + number)).toList();
      for (String id : rig.await(rig.api().submitBatch(batch))) {
        rig.live().expect(id, ended -> {
          if (!ended.completed()) {
            failed.incrementAndGet();
          }
          left.step();
        });
      }
    }
  }

  private static void awaitSubmissions(Rig rig, int tasks) throws Exception {
    long last = -1;
    long lastChange = System.nanoTime();
    for (long now = rig.submissions(); now < tasks; now = rig.submissions()) {
      rig.server().checkAlive();
      if (now != last) {
        last = now;
        lastChange = System.nanoTime();
      } else if (secondsSince(lastChange) > STALL_SECONDS) {
        throw new IllegalStateException("The provider has " + now + " of " + tasks + " submissions and no more came"
            + " for " + STALL_SECONDS + " s; is a limit in conf/providers.yaml below " + tasks
            + "? Raise it with --set.");
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }
}
