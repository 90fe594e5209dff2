package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.TEXT_EMBEDDING;
import static dev.computeserver.catalog.ProviderCapability.TEXT_GENERATION;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Hugging Face's router and the Hub's model look-up: chat, its own machines, fal's queue and Replicate. A job of fal's has
 * fal's model id; what the others make stands in the job's notes.
 */
final class HuggingFaceSandbox implements ProviderSide, Intake.Words {

  private static final String FAL_JOB = "\\/fal-ai\\/(?<app>.+)\\/requests\\/(?<id>[^\\/]+)";

  private final Workbench bench;
  private final Intake intake;
  private final FalOutcome fal;

  HuggingFaceSandbox(Workbench bench) {
    this.bench = bench;
    this.intake = new Intake(bench, provider(), this);
    this.fal = new FalOutcome(bench);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.HUGGINGFACE;
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return job.fact("what") == null ? FalOrders.of(job, input)
        : HuggingFaceRequest.orders(Named.of(ProviderCapability.class, job.fact("what")).orElseThrow(), job, input);
  }

  @Override
  public void mount(Router router) {
    router.get("/api/models/:org/:name").handler(this::lookUp);
    router.route().handler(this::authorize);
    router.post("/v1/chat/completions").handler(this::chat);
    router.post("/hf-inference/models/:org/:name/pipeline/feature-extraction").handler(ctx -> own(ctx, TEXT_EMBEDDING));
    router.post("/hf-inference/models/:org/:name").handler(this::ownModel);
    router.routeWithRegex(HttpMethod.GET, FAL_JOB + "\\/status").handler(ctx -> falJob(ctx, this::falStatus));
    router.routeWithRegex(HttpMethod.GET, FAL_JOB).handler(ctx -> falJob(ctx, this::falResult));
    router.routeWithRegex(HttpMethod.POST, "\\/fal-ai\\/(?<model>.+)").handler(this::falSubmit);
    router.route().handler(ctx -> send(ctx, error(404, "Not found")));
  }

  private void lookUp(RoutingContext ctx) {
    String model = ctx.pathParam("org") + "/" + ctx.pathParam("name");
    send(ctx, HuggingFaceRequest.mapping(model).map(mapping -> Reply.json(200, JsonObject.of("id", model, "inferenceProviderMapping", mapping)))
        .orElseGet(() -> error(404, "Repository not found")));
  }

  private void authorize(RoutingContext ctx) {
    String given = ctx.request().getHeader("Authorization");
    if (given != null && given.startsWith("Bearer ") && !given.substring(7).isBlank()) {
      ctx.next();
    } else {
      send(ctx, error(401, "Invalid username or password."));
    }
  }

  private void chat(RoutingContext ctx) {
    intake.take(ctx, new Intake.Request("chat", Map.of("what", TEXT_GENERATION.word()), body -> HuggingFaceRequest.wrongChat(body).map(this::malformed)),
        job -> atOnce(ctx, job, (made, input) -> Reply.json(200, HuggingFaceRequest.chat(job, made.get(0), input))));
  }

  private void own(RoutingContext ctx, ProviderCapability what) {
    intake.take(ctx, new Intake.Request(ctx.pathParam("name"), Map.of("what", what.word()), body -> HuggingFaceRequest.wrong(what, body)
        .map(this::malformed)), job -> atOnce(ctx, job, (made, input) -> HuggingFaceRequest.answer(what, made, input)));
  }

  /** Sound comes bare or in JSON; everything else is words for a picture. */
  private void ownModel(RoutingContext ctx) {
    String type = ctx.request().getHeader("Content-Type");
    if (type != null && type.startsWith("audio/") && ctx.body().buffer() != null) {
      JsonObject body = HuggingFaceRequest.bare(ctx.body().buffer());
      bench.submission(body.toBuffer()).onSuccess(asked -> intake.book(ctx, new Intake.Request(ctx.pathParam("name"),
          Map.of("what", SPEECH_RECOGNITION.word()), fine -> Optional.empty()), asked, job -> atOnce(ctx, job, (made, input) ->
          HuggingFaceRequest.answer(SPEECH_RECOGNITION, made, input))));
      return;
    }
    own(ctx, HuggingFaceRequest.own(ctx.pathParam("name")));
  }

  private void atOnce(RoutingContext ctx, SandboxJob job, BiFunction<List<Made>, JsonObject, Reply> answer) {
    bench.ended(job).compose(over -> {
      Optional<Reply> other = refusal(job).or(() -> intake.garbage(job));
      return other.map(Future::succeededFuture)
          .orElseGet(() -> made(job).compose(made -> bench.read(job, input -> answer.apply(made, input))));
    }).recover(e -> Future.succeededFuture(e instanceof Unusable bad ? malformed(bad.getMessage()) : refused(Fault.SUBMIT_503)))
        .onSuccess(reply -> send(ctx, reply));
  }

  private Future<List<Made>> made(SandboxJob job) {
    return bench.read(job, input -> orders(job, input).size()).compose(count -> {
      List<Future<Made>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(bench.files().get(job, i));
      }
      return Future.all(all).map(done -> done.list());
    });
  }

  private Optional<Reply> refusal(SandboxJob job) {
    if (job.fault() == Fault.FAILS) {
      return Optional.of(refused(Fault.SUBMIT_500));
    }
    if (job.fault() == Fault.REFUSED || job.fault() == Fault.NSFW) {
      return Optional.of(error(422, "The request was stopped by the content checker."));
    }
    return job.fault() == Fault.INVALID ? Optional.of(malformed("inputs is required")) : Optional.empty();
  }

  private void falSubmit(RoutingContext ctx) {
    String model = ctx.pathParam("model");
    if (FalModel.of(model).isEmpty()) {
      send(ctx, FalErrors.plain(404, "Application '" + model + "' not found"));
      return;
    }
    boolean queued = "queue".equals(ctx.request().getParam("_subdomain"));
    String app = FalModel.app(model).orElse(model);
    intake.take(ctx, new Intake.Request(model, Map.of("app", app), body -> FalModel.of(model).get().missing(body).map(FalErrors::missing)), job -> {
      if (queued) {
        send(ctx, Reply.json(200, links(job).put("status", "IN_QUEUE").put("request_id", job.id()).put("queue_position", job.place(bench.jobs().now()))));
      } else {
        bench.ended(job).compose(over -> fal.of(job)).recover(e -> Future.succeededFuture(refused(Fault.SUBMIT_500))).onSuccess(reply -> send(ctx, reply));
      }
    });
  }

  /** Links lead to fal itself, as the router hands them on. */
  private static JsonObject links(SandboxJob job) {
    String link = "https://queue.fal.run/" + job.fact("app") + "/requests/" + job.id();
    return JsonObject.of("response_url", link, "status_url", link + "/status", "cancel_url", link + "/cancel");
  }

  private interface FalWork {
    void on(RoutingContext ctx, SandboxJob job);
  }

  private void falJob(RoutingContext ctx, FalWork work) {
    bench.jobs().find(ctx.pathParam("id")).filter(job -> job.provider() == provider() && ctx.pathParam("app").equals(job.fact("app")))
        .ifPresentOrElse(job -> work.on(ctx, job), () -> send(ctx, FalErrors.plain(404, "Request not found")));
  }

  private void falStatus(RoutingContext ctx, SandboxJob job) {
    if (intake.faulty(ctx, job)) {
      return;
    }
    boolean over = job.over(bench.jobs().now());
    (over ? fal.of(job) : Future.<Reply>succeededFuture())
        .map(reply -> Reply.json(over ? 200 : 202, FalStatus.of(job, bench.jobs().now(), false, links(job), reply)))
        .recover(e -> Future.succeededFuture(refused(Fault.SUBMIT_500))).onSuccess(reply -> send(ctx, reply));
  }

  private void falResult(RoutingContext ctx, SandboxJob job) {
    Optional<Reply> garbage = job.over(bench.jobs().now()) ? intake.garbage(job) : Optional.of(FalErrors.plain(400, "Request is still in progress"));
    garbage.map(Future::succeededFuture).orElseGet(() -> fal.of(job)).recover(e -> Future.succeededFuture(refused(Fault.SUBMIT_500)))
        .onSuccess(reply -> send(ctx, reply));
  }

  @Override
  public Reply refused(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> error(401, "Invalid username or password.");
      case SUBMIT_402 -> error(402, "You have exceeded your monthly included credits for Inference Providers.");
      case SUBMIT_422 -> malformed("inputs is required");
      case SUBMIT_429 -> error(429, "Too many requests").with("Retry-After", "1");
      case SUBMIT_503 -> Reply.json(503, JsonObject.of("error", "Model is currently loading", "estimated_time", 0.2));
      default -> error(500, "Internal server error");
    };
  }

  @Override
  public Reply malformed(String message) {
    return error(422, message);
  }

  private static Reply error(int status, String message) {
    return Reply.json(status, JsonObject.of("error", message));
  }

  private static void send(RoutingContext ctx, Reply reply) {
    reply.with("x-request-id", "sandbox").send(ctx.response());
  }
}
