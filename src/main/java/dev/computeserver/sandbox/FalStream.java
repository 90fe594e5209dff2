package dev.computeserver.sandbox;

import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/** A status as server-sent events: one at each change, only new logs in each, the last one after COMPLETED. */
final class FalStream implements Runnable {


  private final Workbench bench;
  private final FalOutcome outcome;
  private final SandboxJob job;
  private final boolean logs;
  private final JsonObject links;
  private final HttpServerResponse response;
  private int lines;
  private String before = "";
  private boolean ending;

  FalStream(Workbench bench, FalOutcome outcome, SandboxJob job, boolean logs, JsonObject links,
            HttpServerResponse response) {
    this.bench = bench;
    this.outcome = outcome;
    this.job = job;
    this.logs = logs;
    this.links = links;
    this.response = response;
  }

  void begin() {
    response.setChunked(true).putHeader("Content-Type", "text/event-stream").putHeader("x-fal-request-id", job.id());
    response.closeHandler(closed -> bench.beat().remove(this));
    bench.beat().add(this);
    run();
  }

  @Override
  public void run() {
    Instant now = bench.jobs().now();
    if (response.closed() || response.ended()) {
      bench.beat().remove(this);
    } else if (job.over(now) && !ending) {
      ending = true;
      bench.beat().remove(this);
      outcome.of(job).onSuccess(reply -> {
        send(now, reply);
        response.end();
      }).onFailure(e -> response.reset());
    } else if (!job.over(now) && !response.writeQueueFull()) {
      send(now, null);
    }
  }

  private void send(Instant now, Reply reply) {
    JsonObject status = FalStatus.of(job, now, false, links, reply);
    int fresh = logs ? FalStatus.logs(job, now, lines).size() : 0;
    if (status.encode().equals(before) && fresh == 0) {
      return;
    }
    before = status.encode();
    if (logs) {
      status.put("logs", FalStatus.logs(job, now, lines));
      lines += fresh;
    }
    response.write("data: " + status.encode() + "\n\n");
  }
}
