package dev.computeserver.sandbox;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;

/** {@code GET /sandbox/jobs?limit=&provider=}: counts per provider and the latest jobs, 1,000 at most. */
final class JobsReport {

  private static final int MOST = 1_000;

  private final SandboxJobs jobs;
  private final Callbacks callbacks;

  JobsReport(SandboxJobs jobs, Callbacks callbacks) {
    this.jobs = jobs;
    this.callbacks = callbacks;
  }

  void mount(Router router) {
    router.get("/sandbox/jobs").handler(this::report);
  }

  private void report(RoutingContext ctx) {
    String asked = ctx.request().getParam("limit", "100");
    if (!asked.matches("\\d{1,4}") || Integer.parseInt(asked) > MOST) {
      Reply.json(422, JsonObject.of("detail", "limit must be a whole number from 0 to " + MOST)).send(ctx.response());
      return;
    }
    String provider = ctx.request().getParam("provider");
    JsonObject counts = new JsonObject();
    for (ProviderType type : ProviderType.values()) {
      counts.put(type.word(), JsonObject.of("accepted", jobs.accepted(type), "callbacks_sent", callbacks.sent(type)));
    }
    JsonArray latest = new JsonArray();
    jobs.latest().filter(job -> provider == null || Named.of(ProviderType.class, provider)
        .filter(job.provider()::equals).isPresent())
        .limit(Integer.parseInt(asked)).forEach(job -> latest.add(row(job)));
    Reply.json(200, JsonObject.of("providers", counts, "kept", jobs.size(), "jobs", latest)).send(ctx.response());
  }

  private JsonObject row(SandboxJob job) {
    return JsonObject.of("id", job.id(), "provider", job.provider().word(), "model", job.model(),
        "input_hash", job.inputHash(), "phase", job.phase(jobs.now()).name().toLowerCase(Locale.ROOT),
        "accepted_at", job.acceptedAt().toString());
  }
}
