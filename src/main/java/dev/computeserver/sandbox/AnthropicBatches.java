package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.Fields.LIST;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.Fields.Flaw;
import dev.computeserver.sandbox.SandboxJob.Phase;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** Anthropic's batches, of one message each here. */
final class AnthropicBatches {

  private static final String MODEL = "batches";
  private static final String PATH = "/v1/messages/batches";
  private static final Fields BATCH = new Fields().needs("requests", LIST);

  private final Workbench bench;
  private final FrontDesk desk;
  private final AnthropicErrors errors = new AnthropicErrors();

  AnthropicBatches(Workbench bench, FrontDesk desk) {
    this.bench = bench;
    this.desk = desk;
  }

  void mount(Router router) {
    router.post(PATH).handler(ctx -> desk.json(ctx, BATCH, asked -> accept(ctx, asked)));
    router.get(PATH).handler(this::list);
    router.get(PATH + "/:id").handler(ctx -> find(ctx, job -> look(ctx, job)));
    router.post(PATH + "/:id/cancel").handler(ctx -> find(ctx, job -> cancel(ctx, job)));
    router.get(PATH + "/:id/results").handler(ctx -> find(ctx, job -> results(ctx, job)));
  }

  private void accept(RoutingContext ctx, Submission asked) {
    JsonArray requests = new JsonObject(Buffer.buffer(asked.bytes())).getJsonArray("requests");
    Optional<Flaw> flaw = requests.size() == 1 && requests.getValue(0) instanceof JsonObject request
        && Fields.matching("[A-Za-z0-9_-]{1,64}").test(request.getValue("custom_id")) && request.getValue("params") instanceof JsonObject params
        ? AnthropicErrors.check(params, AnthropicSandbox.version(ctx)) : Optional.of(new Flaw("requests", Fields.Wrong.INVALID));
    if (flaw.isPresent()) {
      errors.flawed(flaw.get()).send(ctx.response());
      return;
    }
    desk.book(ctx, "msgbatch_" + UUID.randomUUID().toString().replace("-", ""), MODEL, asked)
        .ifPresent(job -> Reply.json(200, state(job)).send(ctx.response()));
  }

  private void find(RoutingContext ctx, Consumer<SandboxJob> then) {
    bench.jobs().find(ctx.pathParam("id")).filter(job -> job.model().equals(MODEL))
        .ifPresentOrElse(then, () -> AnthropicErrors.notFound("batch " + ctx.pathParam("id") + " not found").send(ctx.response()));
  }

  private void look(RoutingContext ctx, SandboxJob job) {
    Fault fault = bench.jobs().strike(job, Fault.Stage.STATUS).orElse(null);
    if (fault == Fault.STATUS_CUT_ONCE) {
      ctx.request().connection().close();
    } else {
      (fault == null ? Reply.json(200, state(job)) : errors.broken(Fault.FAILS)).send(ctx.response());
    }
  }

  private void list(RoutingContext ctx) {
    JsonArray data = new JsonArray();
    bench.jobs().latest().filter(job -> job.provider() == ProviderType.ANTHROPIC && job.model().equals(MODEL)).limit(20)
        .forEach(job -> data.add(state(job)));
    Reply.json(200, JsonObject.of("data", data, "has_more", false)).send(ctx.response());
  }

  private void cancel(RoutingContext ctx, SandboxJob job) {
    if (job.over(bench.jobs().now())) {
      errors.unreadable("the batch has ended").send(ctx.response());
      return;
    }
    bench.jobs().cancel(job);
    Reply.json(200, state(job).put("processing_status", "canceling")).send(ctx.response());
  }

  private JsonObject state(SandboxJob job) {
    boolean over = job.over(bench.jobs().now());
    boolean cancelled = job.phase(bench.jobs().now()) == Phase.CANCELLED;
    return JsonObject.of("id", job.id(), "type", "message_batch", "processing_status", over ? "ended" : "in_progress",
        "request_counts", JsonObject.of("processing", over ? 0 : 1, "succeeded", over && !cancelled ? 1 : 0, "errored", 0,
            "canceled", cancelled ? 1 : 0, "expired", 0),
        "created_at", job.acceptedAt().toString(), "ended_at", over ? job.endsAt().toString() : null,
        "results_url", over ? bench.origin() + "/anthropic" + PATH + "/" + job.id() + "/results" : null);
  }

  private void results(RoutingContext ctx, SandboxJob job) {
    if (!job.over(bench.jobs().now())) {
      AnthropicErrors.notFound("the batch has not ended").send(ctx.response());
    } else if (bench.jobs().strike(job, Fault.Stage.RESULT).isPresent()) {
      new Reply(200, Map.of("Content-Type", "text/html"), Buffer.buffer("<html><body>Oops</body></html>")).send(ctx.response());
    } else {
      result(job).map(result -> JsonObject.of("custom_id", job.input().getJsonArray("requests").getJsonObject(0).getString("custom_id"),
              "result", result))
          .map(line -> new Reply(200, Map.of("Content-Type", "application/x-jsonl"), Buffer.buffer(line.encode() + "\n")))
          .otherwise(e -> errors.broken(Fault.FAILS)).onSuccess(reply -> reply.send(ctx.response()));
    }
  }

  private Future<JsonObject> result(SandboxJob job) {
    if (job.phase(bench.jobs().now()) == Phase.CANCELLED) {
      return Future.succeededFuture(JsonObject.of("type", "canceled"));
    }
    if (job.fault() == Fault.FAILS || job.fault() == Fault.INVALID) {
      return Future.succeededFuture(JsonObject.of("type", "errored", "error", errors.broken(job.fault()).jsonBody()));
    }
    if (job.fault() != null) {
      return Future.succeededFuture(JsonObject.of("type", "succeeded", "message", AnthropicSandbox.refusal()));
    }
    return desk.made(job).map(made -> JsonObject.of("type", "succeeded", "message", AnthropicSandbox.message(made.get(0).text())))
        .recover(e -> e instanceof Unusable bad
            ? Future.succeededFuture(JsonObject.of("type", "errored", "error", errors.unusable(bad, job).jsonBody())) : Future.failedFuture(e));
  }
}
