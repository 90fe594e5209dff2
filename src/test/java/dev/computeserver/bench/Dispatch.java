package dev.computeserver.bench;

import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** How soon an idle server hands a task to the provider: one task at a time. */
final class Dispatch implements Benchmark {

  private static final int TASKS = 200;
  private static final int WARM_UP = 50;

  @Override
  public String name() {
    return "dispatch";
  }

  @Override
  public List<Figure> run(Options options) throws Exception {
    int warmUp = Options.or(options.warmUp(), WARM_UP);
    int total = warmUp + Math.min(Options.or(options.tasks(), TASKS), FakeFal.REMEMBERED_PROMPTS - warmUp);
    long[] sentAt = new long[total];
    long[] acceptedAt = new long[total];
    try (Rig rig = Rig.open(options, 0, Map.of(
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "20",
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "20"))) {
      rig.await(rig.live().subscribe());
      for (int number = 0; number < total; number++) {
        one(rig, number, sentAt, acceptedAt);
      }
      JsonObject arrivals = rig.providerStats(true).getJsonObject("arrivals");
      Latencies fromSent = new Latencies();
      Latencies fromAccepted = new Latencies();
      for (int number = warmUp; number < total; number++) {
        long arrivedAt = arrivals.getLong(prompt(number));
        fromSent.add(arrivedAt - sentAt[number]);
        fromAccepted.add(arrivedAt - acceptedAt[number]);
      }
      return List.of(
          figure("POST sent to submission arrived p50", fromSent.percentile(50), "ms"),
          figure("POST sent to submission arrived p95", fromSent.percentile(95), "ms"),
          figure("202 received to submission arrived p50", fromAccepted.percentile(50), "ms"),
          figure("202 received to submission arrived p95", fromAccepted.percentile(95), "ms"));
    }
  }

  private static void one(Rig rig, int number, long[] sentAt, long[] acceptedAt) throws Exception {
    Promise<Live.Ended> ended = Promise.promise();
    rig.vertx().runOnContext(now -> {
      sentAt[number] = MicroClock.now();
      rig.api().submit(Rig.taskBody(prompt(number))).onFailure(ended::fail).onSuccess(id -> {
        acceptedAt[number] = MicroClock.now();
        rig.live().expect(id, ended::complete);
      });
    });
    if (!rig.await(ended.future()).completed()) {
      throw new IllegalStateException("Task " + number + " did not complete. The server's log ends:\n"
          + rig.server().logTail());
    }
  }

  private static String prompt(int number) {
    return "dispatch-" + number;
  }
}
