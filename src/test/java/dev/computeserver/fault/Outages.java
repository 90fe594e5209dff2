package dev.computeserver.fault;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Two real nodes under full load meet one outage after another, each on a stage of its own; their rate after each is compared
 * with the one before, and everything is counted. From the project's folder, after {@code mvn -q -DskipTests package}:
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.classpathScope=test -Dmain.class=dev.computeserver.fault.Outages -Dexec.args="redis-stopped bus-cut"
 * }</pre>
 *
 * <p>For the arguments see {@link OutageOptions#USAGE}. All slots of all nodes are busy and there are always tasks waiting, so a
 * slot or a connection that an outage has cost lowers the rate: a load below that would hide it. It prints a row for each outage
 * and ends with code 1 where anything was lost, submitted twice or missed, or the rate stays below {@value #RATIO} of before.
 */
public final class Outages {
  private static final int NODES = 2;
  private static final int SLOTS = 32;
  private static final double RATIO = 0.98;
  private static final int WARM_UP_SECONDS = 35;
  private static final int LONGEST_SETTLE_SECONDS = 90;
  private static final int SETTLE_WINDOW_SECONDS = 5;
  /** The processors are not ours alone: a rate that is too low is looked at again before it counts. */
  private static final int LOOKS = 3;
  private static final String HEAD = "| outage | seconds | tasks/s before | during | after | ratio | longest silence after | accepted "
      + "| failed | lost | twice | unknown | events missing per watcher | webhooks missing | unclear answers |\n"
      + "| --- " + "| ---: ".repeat(14) + "|";

  private final OutageOptions options;
  private final List<String> rows = new ArrayList<>();
  private boolean sound = true;

  private Outages(OutageOptions options) {
    this.options = options;
  }

  public static void main(String[] args) throws Exception {
    Outages outages = new Outages(OutageOptions.parse(args));
    for (Outage outage : outages.options.chosen()) {
      outages.run(outage);
    }
    System.out.println("\n" + HEAD + "\n" + String.join("\n", outages.rows) + "\n");
    System.out.println(outages.sound ? "Sound: nothing lost, nothing submitted twice, nothing missed, as fast as before." : "NOT SOUND: see (!).");
    System.exit(outages.sound ? 0 : 1);
  }

  private void run(Outage outage) throws Exception {
    System.out.println(java.time.LocalTime.now().withNano(0) + " " + outage.word());
    // Few slots, so that they and not the processors are what limits the rate: one that does not come back is seen.
    Map<String, String> settings = Map.of("COMPUTE_QUEUES_FAL_QUEUE_SLOTS", String.valueOf(SLOTS), "COMPUTE_TASKS_RECONCILE_SECONDS", "180");
    try (Stage stage = Stage.set(new Stage.Plan(NODES, options.jar(), options.folder(), 0, outage == Outage.DISK_FULL, settings))) {
      boolean possible = (outage != Outage.DISK_FULL || stage.disk() != null) && (outage != Outage.BUS_CUT || stage.hosts().separate());
      if (possible) {
        play(outage, stage);
      } else {
        rows.add("| " + outage.word() + " | skipped: needs root on Linux |" + " |".repeat(13));
      }
    }
    System.out.println(rows.get(rows.size() - 1));
  }

  private void play(Outage outage, Stage stage) throws Exception {
    Rates rates = new Rates(stage.store());
    // All slots are busy, and as many tasks wait.
    stage.load(2 * NODES * SLOTS);
    pause(WARM_UP_SECONDS);
    double before = measured(rates);
    int seconds = options.length() > 0 ? options.length() : outage.seconds;
    Instant begun = Instant.now();
    AutoCloseable going = outage.begin(stage);
    pause(seconds);
    Instant ending = Instant.now();
    going.close();
    Instant ended = Instant.now();
    settle(rates, before);
    double after = measured(rates);
    for (int look = 1; look < LOOKS && after < RATIO * before; look++) {
      after = measured(rates);
    }
    Instant last = Instant.now();
    Tally tally = stage.tally();
    sound &= tally.sound() && after >= RATIO * before;
    rows.add(row(outage, seconds, List.of(before, rates.between(begun, ending), after), rates.longestSilence(ended, last), tally));
  }

  private double measured(Rates rates) throws Exception {
    Instant from = Instant.now();
    pause(options.seconds());
    return rates.between(from, Instant.now());
  }

  /** Until the rate is back, or long enough for it to be. */
  private static void settle(Rates rates, double before) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SETTLE_SECONDS);
    boolean settled = false;
    while (!settled && System.nanoTime() < deadline) {
      pause(SETTLE_WINDOW_SECONDS);
      try {
        Instant now = Instant.now();
        settled = rates.between(now.minus(Duration.ofSeconds(SETTLE_WINDOW_SECONDS)), now) >= RATIO * before;
      } catch (SQLException notBack) {
        System.out.println("PostgreSQL is not back yet");
      }
    }
  }

  private static String row(Outage outage, int seconds, List<Double> rates, double silence, Tally tally) {
    double ratio = rates.get(2) / rates.get(0);
    return String.format("| %s | %d | %.1f | %.1f | %.1f | %.3f%s | %.1f s | %d | %d | %s | %s | %d | %s | %s | %s |", outage.word(), seconds,
        rates.get(0), rates.get(1), rates.get(2), ratio, ratio < RATIO ? " (!)" : "", silence, tally.accepted(), tally.failed(),
        none(tally.lost()), none(tally.twice()), tally.unknown(), String.join(", ", tally.missing().stream().map(Outages::none).toList()),
        none(tally.hooksMissing()), none(tally.unclear()));
  }

  private static String none(int amount) {
    return amount == 0 ? "0" : amount + " (!)";
  }

  private static void pause(int seconds) throws InterruptedException {
    TimeUnit.SECONDS.sleep(seconds);
  }
}
