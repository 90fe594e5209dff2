package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.outbound.WebUrl;
import dev.computeserver.sandbox.FieldRules.Wrong;
import dev.computeserver.sandbox.SandboxJob.Ticket;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;

/** Replicate: predictions of official and pinned models, their list, files and signed webhooks; no streams, no deployments. */
final class ReplicateSandbox implements ProviderSide {

  private static final String REQUEST = "input*:object webhook:text webhook_events_filter:list stream:flag";
  private static final FieldRules OF_MODEL = FieldRules.of(REQUEST);
  private static final FieldRules OF_VERSION = FieldRules.of("version*:text", REQUEST);
  private static final Set<Object> EVENTS = Set.of("start", "output", "logs", "completed");
  private static final int PAGE = 100;

  private final Workbench bench;
  private final String base;
  private final ReplicatePrediction predictions;
  private final Intake intake;
  private final ReplicateErrors errors = new ReplicateErrors();
  private final ReplicateWebhook webhook = new ReplicateWebhook();

  ReplicateSandbox(Workbench bench) {
    this.bench = bench;
    this.base = bench.origin() + "/" + provider().word();
    this.predictions = new ReplicatePrediction(bench, base);
    this.intake = new Intake(bench, provider(), errors);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.REPLICATE;
  }

  /** Sources that were uploaded are read from the shelf, as the provider reads its own files. */
  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return ReplicateModel.named(job.model()).orders(job, input.getJsonObject("input")).stream().map(order -> new Order(order.what(), order.prompt(),
        order.sources().stream().map(this::shelved).toList(), order.shape(), order.seed(), order.hidden())).toList();
  }

  private String shelved(String source) {
    String files = base + "/files/";
    return source.startsWith(files) ? bench.origin() + FileShelf.uploadPath(source.substring(files.length())) : source;
  }

  @Override
  public void mount(Router router) {
    router.route().handler(ReplicateSandbox::authorize);
    router.get("/webhooks/default/secret").handler(ctx -> Reply.json(200, webhook.secret()).send(ctx.response()));
    router.post("/files").handler(this::upload);
    router.post("/models/:owner/:name/predictions").handler(ctx -> read(ctx, OF_MODEL));
    router.post("/predictions").handler(ctx -> read(ctx, OF_VERSION));
    router.get("/predictions").handler(this::list);
    router.post("/predictions/:id/cancel").handler(ctx -> withJob(ctx, this::cancel));
    router.get("/predictions/:id").handler(ctx -> withJob(ctx, this::look));
    router.route().handler(ctx -> ReplicateErrors.notFound().send(ctx.response()));
  }

  private static void authorize(RoutingContext ctx) {
    String given = ctx.request().getHeader("Authorization");
    if (given != null && given.matches("(Bearer|Token) \\S+")) {
      ctx.next();
    } else {
      ReplicateErrors.unauthenticated().send(ctx.response());
    }
  }

  private void read(RoutingContext ctx, FieldRules rules) {
    Buffer body = ctx.body() == null || ctx.body().buffer() == null ? Buffer.buffer() : ctx.body().buffer();
    bench.submission(body).compose(asked -> bench.worker().executeBlocking(() -> new JsonObject(Buffer.buffer(asked.bytes())), false)
            .map(fields -> {
              submit(ctx, rules, fields, asked);
              return null;
            }))
        .onFailure(bad -> (bad instanceof Wish.BadWish wish ? errors.malformed("sandbox." + wish.field() + " " + wish.getMessage())
            : bad instanceof DecodeException || bad instanceof ClassCastException ? errors.malformed("The request body is not a JSON object")
            : errors.refused(Fault.SUBMIT_500)).send(ctx.response()));
  }

  private void submit(RoutingContext ctx, FieldRules rules, JsonObject fields, Submission asked) {
    Optional<Wrong> wrong = rules.wrong(fields, true).or(() -> wrongWebhook(fields));
    Optional<ReplicateModel> model = wrong.isPresent() ? Optional.empty() : rules == OF_VERSION
        ? ReplicateModel.versioned(fields.getString("version"))
        : ReplicateModel.official(ctx.pathParam("owner") + "/" + ctx.pathParam("name"));
    Optional<Wrong> unfit = model.flatMap(known -> known.wrong(fields.getJsonObject("input")));
    if (wrong.isPresent()) {
      ReplicateErrors.flawed("", wrong.get()).send(ctx.response());
    } else if (model.isEmpty()) {
      (rules == OF_VERSION ? ReplicateErrors.badVersion() : ReplicateErrors.notFound()).send(ctx.response());
    } else if (unfit.isPresent()) {
      ReplicateErrors.flawed("input", unfit.get()).send(ctx.response());
    } else {
      // What clients hand to a model alone comes below the input, so the wish does, too.
      Object wish = fields.getValue("sandbox", fields.getJsonObject("input").getValue("sandbox"));
      accept(ctx, model.get(), fields, new Submission(asked.bytes(), asked.hash(), Wish.read(wish)));
    }
  }

  private static Optional<Wrong> wrongWebhook(JsonObject fields) {
    String url = fields.getString("webhook");
    if (url != null && !isHttps(url)) {
      return Optional.of(new Wrong("webhook", "value_error", "must be an HTTPS URL"));
    }
    return EVENTS.containsAll(fields.getJsonArray("webhook_events_filter", new JsonArray()).getList()) ? Optional.empty()
        : Optional.of(new Wrong("webhook_events_filter", "value_error", "must hold start, output, logs or completed"));
  }

  /** Our own address has no TLS. */
  private static boolean isHttps(String url) {
    try {
      WebUrl read = WebUrl.of(url);
      return read.tls() || read.address() != null && read.address().isLoopbackAddress() || read.host().equals("localhost");
    } catch (UrlGuard.RefusedUrl none) {
      return false;
    }
  }

  private void accept(RoutingContext ctx, ReplicateModel model, JsonObject fields, Submission asked) {
    Fault fault = bench.faults().strike(asked.wish(), Fault.Stage.SUBMIT, "replicate/" + asked.hash()).orElse(null);
    if (fault != null && fault != Fault.SUBMIT_CUT && fault != Fault.SUBMIT_HANG) {
      errors.refused(fault).send(ctx.response());
      return;
    }
    Map<String, String> facts = Map.of("version", model.version() == null ? "hidden" : model.version());
    String id = UUID.randomUUID().toString().replace("-", "");
    SandboxJob job = bench.jobs().accept(new Ticket(id, provider(), model.name(), asked, facts)).orElse(null);
    if (job == null) {
      errors.refused(Fault.SUBMIT_429).send(ctx.response());
      return;
    }
    boolean told = fields.getJsonArray("webhook_events_filter", JsonArray.of("completed")).contains("completed");
    if (fields.getString("webhook") != null && told) {
      bench.callbacks().plan(job, fields.getString("webhook"), () -> predictions.of(job)
          .map(prediction -> webhook.message(prediction, bench.jobs().now())));
    }
    if (fault == Fault.SUBMIT_CUT) {
      ctx.request().connection().close();
    } else if (fault != Fault.SUBMIT_HANG) {
      send(ctx, 201, job);
    }
  }

  private void look(RoutingContext ctx, SandboxJob job) {
    if (intake.faulty(ctx, job)) {
      return;
    }
    Optional<Reply> garbage = job.over(bench.jobs().now()) ? intake.garbage(job) : Optional.empty();
    garbage.ifPresentOrElse(reply -> reply.send(ctx.response()), () -> send(ctx, 200, job));
  }

  private void cancel(RoutingContext ctx, SandboxJob job) {
    bench.jobs().cancel(job);
    bench.callbacks().hurry(job);
    send(ctx, 200, job);
  }

  private void send(RoutingContext ctx, int status, SandboxJob job) {
    predictions.of(job).map(prediction -> Reply.json(status, prediction)).otherwise(e -> errors.refused(Fault.SUBMIT_500))
        .onSuccess(reply -> reply.send(ctx.response()));
  }

  private void list(RoutingContext ctx) {
    String after = ctx.request().getParam("created_after", "1970-01-01T00:00:00Z");
    String before = ctx.request().getParam("created_before", "9999-01-01T00:00:00Z");
    String cursor = ctx.request().getParam("cursor", "0");
    List<SandboxJob> page;
    try {
      Instant from = Instant.parse(after);
      Instant to = Instant.parse(before);
      page = bench.jobs().latest().filter(job -> job.provider() == provider() && !job.acceptedAt().isBefore(from) && job.acceptedAt().isBefore(to))
          .skip(Integer.parseInt(cursor)).limit(PAGE + 1L).toList();
    } catch (NumberFormatException | DateTimeException e) {
      errors.malformed("created_after and created_before must be times such as 2026-11-02T10:00:00Z, cursor one that was given").send(ctx.response());
      return;
    }
    String next = page.size() <= PAGE ? null : base + "/predictions?created_after=" + encoded(after) + "&created_before=" + encoded(before)
        + "&cursor=" + (Integer.parseInt(cursor) + PAGE);
    Future.all(page.stream().limit(PAGE).map(predictions::of).toList())
        .map(all -> Reply.json(200, JsonObject.of("next", next, "previous", null, "results", new JsonArray(all.<JsonObject>list()))))
        .otherwise(e -> errors.refused(Fault.SUBMIT_500)).onSuccess(reply -> reply.send(ctx.response()));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private void upload(RoutingContext ctx) {
    Form form = Form.of(ctx);
    Form.File file = form == null ? null : form.file("content");
    if (file == null || file.name().isEmpty()) {
      ReplicateErrors.flawed("", new Wrong("content", "missing", "is required")).send(ctx.response());
      return;
    }
    String id = UUID.randomUUID().toString().replace("-", "");
    bench.files().upload(id, file.bytes(), file.contentType());
    Instant now = bench.jobs().now();
    Reply.json(201, JsonObject.of("id", id, "name", file.name(), "content_type", file.contentType(), "size", file.bytes().length(), "checksums",
        JsonObject.of("sha256", Submission.sha256(file.bytes().getBytes())), "metadata", new JsonObject(), "created_at", now.toString(),
        "expires_at", now.plus(Duration.ofDays(1)).toString(), "urls", JsonObject.of("get", base + "/files/" + id))).send(ctx.response());
  }

  private void withJob(RoutingContext ctx, BiConsumer<RoutingContext, SandboxJob> work) {
    bench.jobs().find(ctx.pathParam("id")).filter(job -> job.provider() == provider())
        .ifPresentOrElse(job -> work.accept(ctx, job), () -> ReplicateErrors.notFound().send(ctx.response()));
  }
}
