package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.SandboxJob.Phase;
import dev.computeserver.sandbox.SandboxJob.Ticket;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * fal.ai's queue, platform and upload endpoints below one base URL. Links hold owner and app only, as fal's do; a path
 * with the model's sub-path in it finds nothing.
 */
final class FalSandbox implements ProviderSide {

  private static final String JOB = "\\/(?<app>.+)\\/requests\\/(?<id>[^\\/]+)";
  private static final int MOST_STREAMS = 1_000;

  private final Workbench bench;
  private final String base;
  private final FalOutcome outcome;
  private final FalWebhook webhook = new FalWebhook();
  private int streams;

  FalSandbox(Workbench bench) {
    this.bench = bench;
    this.base = bench.origin() + "/" + provider().word();
    this.outcome = new FalOutcome(bench);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.FAL_STANDARD;
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return FalOrders.of(job, input);
  }

  @Override
  public void mount(Router router) {
    router.get("/.well-known/jwks.json").handler(ctx -> send(ctx, Reply.json(200, webhook.keySet())));
    router.put("/storage/upload/:id").handler(this::upload);
    router.route().handler(this::authorize);
    router.get("/v1/models/requests/by-endpoint").handler(new FalHistory(bench, outcome)::list);
    router.post("/storage/upload/initiate").handler(this::initiateUpload);
    router.routeWithRegex(HttpMethod.GET, JOB + "\\/status\\/stream").handler(ctx -> withJob(ctx, this::stream));
    router.routeWithRegex(HttpMethod.GET, JOB + "\\/status").handler(ctx -> withJob(ctx, this::status));
    router.routeWithRegex(HttpMethod.PUT, JOB + "\\/cancel").handler(ctx -> withJob(ctx, this::cancel));
    router.routeWithRegex(HttpMethod.GET, JOB).handler(ctx -> withJob(ctx, this::result));
    router.routeWithRegex(HttpMethod.POST, "\\/(?<model>.+)").handler(this::submit);
    router.route().handler(ctx -> send(ctx, FalErrors.plain(404, "Not Found")));
  }

  private void authorize(RoutingContext ctx) {
    String given = ctx.request().getHeader("Authorization");
    if (given != null && given.startsWith("Key ") && !given.substring(4).isBlank()) {
      ctx.next();
    } else {
      send(ctx, FalErrors.unauthorized());
    }
  }

  private void submit(RoutingContext ctx) {
    String model = ctx.pathParam("model");
    Optional<String> app = FalModel.app(model);
    if (app.isEmpty() || FalModel.of(model).isEmpty()) {
      send(ctx, FalErrors.plain(404, "Application '" + app.orElse(model) + "' not found"));
      return;
    }
    Buffer body = ctx.body().buffer();
    bench.submission(body == null ? Buffer.buffer() : body)
        .onSuccess(submission -> accept(ctx, model, app.get(), submission))
        .onFailure(e -> send(ctx, e instanceof Wish.BadWish bad ? FalErrors.badWish(bad)
            : e instanceof DecodeException || e instanceof ClassCastException
                ? FalErrors.model(422, List.of("body"), "The body must be a JSON object", "json_invalid", false)
                : FalErrors.machinery(500, "Internal Server Error", "internal_error", true)));
  }

  private void accept(RoutingContext ctx, String model, String app, Submission asked) {
    Fault fault = bench.faults().strike(asked.wish(), Fault.Stage.SUBMIT, "fal/" + asked.hash()).orElse(null);
    if (fault != null && fault != Fault.SUBMIT_CUT && fault != Fault.SUBMIT_HANG) {
      send(ctx, FalErrors.refused(fault));
      return;
    }
    Map<String, String> facts = facts(ctx, app);
    Submission submission = bounded(asked, facts, ctx.request().getHeader("X-Fal-Request-Timeout"));
    Ticket ticket = new Ticket(UUID.randomUUID().toString(), provider(), model, submission, facts);
    SandboxJob job = queueAllows(ctx, submission) ? bench.jobs().accept(ticket).orElse(null) : null;
    if (job == null) {
      send(ctx, FalErrors.busy("The queue is full"));
      return;
    }
    String callback = ctx.request().getParam("fal_webhook");
    if (callback != null) {
      bench.callbacks().plan(job, callback, () -> outcome.of(job)
          .map(reply -> webhook.message(job, reply, bench.jobs().now())));
    }
    if (fault == Fault.SUBMIT_CUT) {
      ctx.request().connection().close();
    } else if (fault != Fault.SUBMIT_HANG) {
      send(ctx, job, Reply.json(200, JsonObject.of("status", "IN_QUEUE", "request_id", job.id(),
          "gateway_request_id", job.id(), "queue_position", job.place(bench.jobs().now())).mergeIn(links(job))));
    }
  }

  private static Map<String, String> facts(RoutingContext ctx, String app) {
    Map<String, String> facts = new HashMap<>(Map.of("app", app));
    if ("0".equals(ctx.request().getHeader("X-Fal-Store-IO"))) {
      facts.put("store_io", "0");
    }
    return facts;
  }

  // A request that waits longer than its own start timeout ends there and never runs.
  private static Submission bounded(Submission asked, Map<String, String> facts, String seconds) {
    if (seconds == null || !seconds.matches("\\d{1,5}(\\.\\d{1,3})?")) {
      return asked;
    }
    long most = (long) (Double.parseDouble(seconds) * 1000);
    Wish wish = asked.wish();
    if (wish.queueMs() <= most) {
      return asked;
    }
    facts.put("start_timeout", seconds);
    return new Submission(asked.bytes(), asked.hash(), new Wish(0, most, null, null, null));
  }

  private static boolean queueAllows(RoutingContext ctx, Submission submission) {
    String most = ctx.request().getParam("fal_max_queue_length", "");
    return !most.matches("\\d{1,6}") || submission.wish().queueMs() == 0 || SandboxJob.PLACES <= Integer.parseInt(most);
  }

  private void status(RoutingContext ctx, SandboxJob job) {
    Fault fault = bench.jobs().strike(job, Fault.Stage.STATUS).orElse(null);
    if (fault == Fault.STATUS_CUT_ONCE) {
      ctx.request().connection().close();
    } else if (fault != null) {
      send(ctx, job, FalErrors.machinery(500, "Internal Server Error", "internal_error", true));
    } else {
      boolean over = job.over(bench.jobs().now());
      (over ? outcome.of(job) : Future.<Reply>succeededFuture())
          .map(reply -> Reply.json(over ? 200 : 202,
              FalStatus.of(job, bench.jobs().now(), logs(ctx), links(job), reply)))
          .recover(FalSandbox::broken).onSuccess(reply -> send(ctx, job, reply));
    }
  }

  private void stream(RoutingContext ctx, SandboxJob job) {
    if (streams >= MOST_STREAMS) {
      send(ctx, job, FalErrors.busy("Too many open streams"));
      return;
    }
    streams++;
    ctx.addEndHandler(ended -> streams--);
    new FalStream(bench, outcome, job, logs(ctx), links(job), ctx.response()).begin();
  }

  private void result(RoutingContext ctx, SandboxJob job) {
    if (!job.over(bench.jobs().now())) {
      send(ctx, job, FalErrors.plain(400, "Request is still in progress"));
    } else if (bench.jobs().strike(job, Fault.Stage.RESULT).isPresent()) {
      send(ctx, job, new Reply(200, Map.of("Content-Type", "text/html"),
          Buffer.buffer("<html><body>Oops</body></html>")));
    } else {
      outcome.of(job).recover(FalSandbox::broken).onSuccess(reply -> send(ctx, job, reply));
    }
  }

  private void cancel(RoutingContext ctx, SandboxJob job) {
    Phase phase = job.phase(bench.jobs().now());
    bench.jobs().cancel(job);
    bench.callbacks().hurry(job);
    switch (phase) {
      case QUEUED -> send(ctx, job, Reply.json(200, JsonObject.of("status", "OK")));
      case RUNNING -> send(ctx, job, Reply.json(202, JsonObject.of("status", "CANCELLATION_REQUESTED")));
      default -> send(ctx, job, Reply.json(400, JsonObject.of("status", "ALREADY_COMPLETED")));
    }
  }

  private void initiateUpload(RoutingContext ctx) {
    String id = UUID.randomUUID().toString();
    send(ctx, Reply.json(200, JsonObject.of("upload_url", base + "/storage/upload/" + id,
        "file_url", bench.origin() + FileShelf.uploadPath(id))));
  }

  private void upload(RoutingContext ctx) {
    Buffer file = ctx.body().buffer();
    if (file == null || file.length() > Inputs.MAX_BYTES) {
      send(ctx, FalErrors.plain(file == null ? 400 : 413, "The file must have 1 to " + Inputs.MAX_BYTES + " bytes"));
      return;
    }
    String type = ctx.request().getHeader("Content-Type");
    bench.files().upload(ctx.pathParam("id"), file, type == null ? "application/octet-stream" : type);
    ctx.response().end();
  }

  private void withJob(RoutingContext ctx, BiConsumer<RoutingContext, SandboxJob> work) {
    bench.jobs().find(ctx.pathParam("id"))
        .filter(job -> job.provider() == provider() && ctx.pathParam("app").equals(job.fact("app")))
        .ifPresentOrElse(job -> work.accept(ctx, job), () -> {
          boolean cancel = ctx.request().method() == HttpMethod.PUT;
          send(ctx, cancel ? Reply.json(404, JsonObject.of("status", "NOT_FOUND"))
              : FalErrors.plain(404, "Request not found"));
        });
  }

  private JsonObject links(SandboxJob job) {
    String link = base + "/" + job.fact("app") + "/requests/" + job.id();
    return JsonObject.of("response_url", link, "status_url", link + "/status", "cancel_url", link + "/cancel");
  }

  private static boolean logs(RoutingContext ctx) {
    return "1".equals(ctx.request().getParam("logs"));
  }

  private static Future<Reply> broken(Throwable e) {
    return Future.succeededFuture(FalErrors.machinery(500, "Internal Server Error", "internal_error", true));
  }

  private static void send(RoutingContext ctx, SandboxJob job, Reply reply) {
    send(ctx, reply.with("x-fal-request-id", job.id()));
  }

  private static void send(RoutingContext ctx, Reply reply) {
    reply.send(ctx.response());
  }
}
