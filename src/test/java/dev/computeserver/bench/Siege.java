package dev.computeserver.bench;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Ordinary tasks at an even rate while others attack the same server, one kind of attack after the other. Fails where an ordinary
 * request is refused or takes over a second, an ordinary task does not complete, one is taken over, or an attack works.
 */
final class Siege implements Benchmark {
  private static final int RATE = 50;
  private static final int WARM_UP_SECONDS = 30;
  private static final int SECONDS_EACH = 8;
  private static final int JOB_MILLIS = 200;
  private static final String TEAM = "ordinary";
  private static final long MOST_MICROS = 1_000_000;

  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger slow = new AtomicInteger();
  private final AtomicInteger incomplete = new AtomicInteger();

  @Override
  public String name() {
    return "siege";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int rate = Options.or(options.rate(), RATE);
    int each = Options.or(options.seconds(), SECONDS_EACH);
    List<Figure> figures = new ArrayList<>();
    Latencies accepts = new Latencies();
    try (HostileReplicate hostile = HostileReplicate.start();
        Rig rig = Rig.open(options, JOB_MILLIS, Map.of(
            "COMPUTE_QUEUES_FAL_QUEUE_SLOTS", "512",
            "REPLICATE_API_TOKEN", "bench",
            "COMPUTE_PROVIDERS_REPLICATE_BASE_URL", "http://127.0.0.1:" + hostile.port()))) {
      rig.await(rig.live().subscribe());
      ordinary(rig, rate, WARM_UP_SECONDS * rate, new Latencies());
      reset();
      int worked = 0;
      int tries = 0;
      for (Attack attack : Attack.all()) {
        if (!Pattern.compile(options.only()).matcher(attack.name()).find()) {
          continue;
        }
        System.out.println("siege: " + attack.name());
        try (Attackers attackers = new Attackers(attack, rig.server().port())) {
          Latencies here = new Latencies();
          ordinary(rig, rate, each * rate, here);
          attackers.stop();
          rig.server().checkAlive();
          accepts.addAll(here);
          tries += attackers.tries();
          worked += attackers.worked();
          figures.add(figure(attack.name() + ": tries", attackers.tries(), ""));
          figures.add(figure(attack.name() + ": tries that worked", attackers.worked(), ""));
          figures.add(figure(attack.name() + ": longest ordinary request", here.max(), "ms"));
          attackers.complaints().forEach(complaint -> System.err.println(attack.name() + ": " + complaint));
        }
      }
      String metrics = rig.await(rig.api().get("/metrics")).body().toString();
      double takenOver = total(metrics, "compute_takeovers_total");
      figures.add(figure("attacks", tries, "tries"));
      figures.add(figure("attacks that worked", worked, "tries"));
      figures.add(figure("ordinary requests", accepts.count(), ""));
      figures.add(figure("ordinary requests p99", accepts.percentile(99), "ms"));
      figures.add(figure("ordinary requests refused", refused.get(), ""));
      figures.add(figure("ordinary requests over 1 s", slow.get(), ""));
      figures.add(figure("ordinary tasks not completed", incomplete.get(), ""));
      figures.add(figure("tasks taken over", takenOver, ""));
      if (worked + refused.get() + slow.get() + incomplete.get() > 0 || takenOver > 0) {
        figures.forEach(System.out::println);
        throw new IllegalStateException("The siege was not withstood; see the figures. The server's log ends:\n" + rig.server().logTail());
      }
    }
    return figures;
  }

  private void reset() {
    refused.set(0);
    slow.set(0);
    incomplete.set(0);
  }

  /** Sends a team's tasks, with each tenth a look at the server's health and at the team's newest tasks, and waits for their ends. */
  private void ordinary(Rig rig, int rate, int count, Latencies latencies) throws Exception {
    Countdown left = new Countdown(count);
    OpenLoop.run(rate, count, (index, scheduled) -> rig.vertx().runOnContext(now -> {
      long sent = MicroClock.now();
      rig.api().submit(Rig.task("siege-" + sent).put("metadata", JsonObject.of("team", TEAM)).toBuffer()).onSuccess(id -> {
        took("POST /v1/tasks", sent, latencies);
        rig.live().expect(id, ended -> {
          if (!ended.completed()) {
            incomplete.incrementAndGet();
          }
          left.step();
        });
      }).onFailure(cause -> {
        System.err.println("An ordinary task was refused: " + cause.getMessage());
        refused.incrementAndGet();
        left.step();
      });
      if (index % 10 == 0) {
        look(rig, "/health/live", latencies);
        // A page without this filter holds what the attackers have sent, and takes as long as 18 MB take.
        look(rig, "/v1/tasks?limit=5&metadata.team=" + TEAM, latencies);
      }
    }));
    rig.await(left.done(), left::left);
  }

  private void look(Rig rig, String path, Latencies latencies) {
    long sent = MicroClock.now();
    Future<Api.Answer> answer = rig.api().get(path).timeout(30, TimeUnit.SECONDS);
    answer.onComplete(got -> {
      if (got.failed() || got.result().status() != 200) {
        System.err.println("GET " + path + ": " + (got.failed() ? got.cause() : got.result().status()));
        refused.incrementAndGet();
      } else {
        took("GET " + path, sent, latencies);
      }
    });
  }

  private void took(String what, long sent, Latencies latencies) {
    long micros = MicroClock.now() - sent;
    latencies.add(micros);
    if (micros > MOST_MICROS) {
      slow.incrementAndGet();
      System.err.println(what + " took " + micros / 1_000 + " ms");
    }
  }

  private static double total(String metrics, String series) {
    return metrics.lines().filter(line -> line.startsWith(series)).mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).sum();
  }
}
