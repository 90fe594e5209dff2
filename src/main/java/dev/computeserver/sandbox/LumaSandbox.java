package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.FieldRules.Wrong;
import dev.computeserver.sandbox.LumaRequest.Kind;
import dev.computeserver.sandbox.SandboxJob.Phase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Luma's two APIs side by side: pictures and videos of the Dream Machine with list and callbacks, and the Luma Agents API. */
final class LumaSandbox implements ProviderSide, Intake.Words {

  private static final int MOST_LISTED = 100;

  private final Workbench bench;
  private final Intake intake;

  LumaSandbox(Workbench bench) {
    this.bench = bench;
    this.intake = new Intake(bench, provider(), this);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.LUMA;
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return List.of(LumaRequest.order(kind(job), job, input));
  }

  @Override
  public void mount(Router router) {
    router.route().handler(this::authorize);
    router.get("/ping").handler(ctx -> Reply.json(200, JsonObject.of("message", "pong")).send(ctx.response()));
    router.get("/credits").handler(ctx -> Reply.json(200, JsonObject.of("credit_balance", 5_000.0)).send(ctx.response()));
    router.post("/generations/image").handler(ctx -> submit(ctx, Kind.IMAGE));
    router.post("/generations/video").handler(ctx -> submit(ctx, Kind.VIDEO));
    router.post("/generations").handler(ctx -> submit(ctx, Kind.AGENTS));
    router.get("/generations").handler(this::list);
    router.get("/generations/:id").handler(this::look);
    router.route().handler(ctx -> detail(404, "Not Found").send(ctx.response()));
  }

  private void authorize(RoutingContext ctx) {
    String key = ctx.request().getHeader("Authorization");
    if (key != null && key.matches("Bearer \\S+")) {
      ctx.next();
    } else {
      refused(Fault.SUBMIT_401).send(ctx.response());
    }
  }

  private static Kind kind(SandboxJob job) {
    return Kind.valueOf(job.fact("kind"));
  }

  private void submit(RoutingContext ctx, Kind kind) {
    String name = kind == Kind.AGENTS ? "generations" : "generations/" + kind.name().toLowerCase(Locale.ROOT);
    intake.take(ctx, new Intake.Request(name, Map.of("kind", kind.name()), body -> LumaRequest.wrong(kind, body)), job ->
        state(job).onSuccess(state -> {
          callback(job);
          Reply.json(201, state).send(ctx.response());
        }));
  }

  private void callback(SandboxJob job) {
    bench.read(job, body -> Optional.ofNullable(body.getString("callback_url"))).onSuccess(callback -> callback.ifPresent(url ->
        bench.callbacks().plan(job, url, () -> state(job).map(state ->
            new Callbacks.Message(state.toBuffer(), Map.of("Content-Type", "application/json"))))));
  }

  private void look(RoutingContext ctx) {
    SandboxJob job = bench.jobs().find(ctx.pathParam("id").replace("-", "")).filter(found -> found.provider() == provider()).orElse(null);
    if (job == null) {
      detail(404, "Generation not found").send(ctx.response());
      return;
    }
    if (intake.faulty(ctx, job)) {
      return;
    }
    Optional<Reply> garbage = job.over(bench.jobs().now()) ? intake.garbage(job) : Optional.empty();
    if (garbage.isPresent()) {
      garbage.get().send(ctx.response());
    } else {
      state(job).onSuccess(state -> Reply.json(200, state).with("X-API-Version", "2026-04-01").send(ctx.response()));
    }
  }

  private void list(RoutingContext ctx) {
    int limit = number(ctx, "limit", MOST_LISTED);
    int offset = number(ctx, "offset", 0);
    if (limit < 0 || offset < 0) {
      malformed("limit and offset must be whole numbers").send(ctx.response());
      return;
    }
    Stream<SandboxJob> ours = bench.jobs().latest().filter(job -> job.provider() == provider() && kind(job) != Kind.AGENTS);
    List<Future<JsonObject>> all = ours.skip(offset).limit(limit + 1L).map(this::state).toList();
    Future.all(all.subList(0, Math.min(limit, all.size()))).onSuccess(page -> Reply.json(200, JsonObject.of("generations",
        new JsonArray(page.<JsonObject>list()), "count", page.size(), "limit", limit, "offset", offset, "has_more", all.size() > limit))
        .send(ctx.response()));
  }

  private static int number(RoutingContext ctx, String name, int usual) {
    String given = ctx.request().getParam(name, String.valueOf(usual));
    return given.matches("\\d{1,6}") ? Integer.parseInt(given) : -1;
  }

  /** The generation as its API shows it. */
  private Future<JsonObject> state(SandboxJob job) {
    boolean agents = kind(job) == Kind.AGENTS;
    return bench.read(job, body -> agents ? agents(job, body) : dream(job, body)).compose(view -> {
      Phase phase = job.phase(bench.jobs().now());
      if (phase == Phase.QUEUED || phase == Phase.RUNNING) {
        return Future.succeededFuture(view.put("state", phase == Phase.QUEUED ? "queued" : agents ? "processing" : "dreaming"));
      }
      return failure(job).map(failure -> Future.succeededFuture(failed(view, agents, failure))).orElseGet(() -> ended(job, view, agents));
    });
  }

  private static JsonObject dream(SandboxJob job, JsonObject body) {
    String type = body.getString("generation_type", kind(job) == Kind.VIDEO ? "video" : "image");
    JsonObject told = JsonObject.of("generation_type", type, "aspect_ratio", "16:9", "callback_url", null).mergeIn(body);
    return JsonObject.of("id", uuid(job), "generation_type", type, "state", null, "failure_reason", null, "created_at",
        job.acceptedAt().toString(), "assets", null, "model", body.getString("model"), "request", told);
  }

  private static JsonObject agents(SandboxJob job, JsonObject body) {
    return JsonObject.of("id", uuid(job), "type", LumaRequest.type(body), "model", body.getString("model", "uni-1"), "state", null, "created_at",
        job.acceptedAt().toString(), "output", new JsonArray(), "failure_code", null, "failure_reason", null);
  }

  private static String uuid(SandboxJob job) {
    return job.id().replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5");
  }

  /** The Luma Agents API's code of a failure and the Dream Machine's reason. */
  private record Failure(String code, String reason) { }

  private static Optional<Failure> failure(SandboxJob job) {
    return job.fault() == null ? Optional.empty() : switch (job.fault()) {
      case REFUSED -> Optional.of(new Failure("content_moderated", "Advanced prompt moderation failed"));
      case NSFW -> Optional.of(new Failure("content_moderated", "Contains blacklisted words"));
      case INVALID -> Optional.of(new Failure("corrupt_input", "Failed to read user input frames"));
      case FAILS -> Optional.of(new Failure("generation_failed", "Prompt processing failed"));
      default -> Optional.empty();
    };
  }

  private static JsonObject failed(JsonObject view, boolean agents, Failure failure) {
    view.put("state", "failed").put("failure_reason", failure.reason());
    return agents ? view.put("failure_code", failure.code()) : view;
  }

  private Future<JsonObject> ended(SandboxJob job, JsonObject view, boolean agents) {
    return bench.files().get(job, 0).map(made -> {
      String url = bench.origin() + FileShelf.path(job, 0, made);
      String type = made.contentType().startsWith("video") ? "video" : "image";
      view.put("state", "completed");
      return agents ? view.put("output", JsonArray.of(JsonObject.of("type", type, "url", url))) : view.put("assets", JsonObject.of(type, url));
    }).otherwise(e -> failed(view, agents, e instanceof Unusable ? new Failure("corrupt_input", "Failed to read user input frames: " + e.getMessage())
        : new Failure("generation_failed", "Dispatch failed")));
  }

  @Override
  public Reply refused(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> detail(401, "Invalid API key is provided");
      // Which status the Dream Machine takes for it is not published: only the text tells for sure.
      case SUBMIT_402 -> detail(400, "Insufficient credits");
      case SUBMIT_422 -> LumaRequest.invalid("", new Wrong("prompt", "missing", "Field required"));
      case SUBMIT_429 -> detail(429, "Too many concurrent generations").with("Retry-After", "1");
      case SUBMIT_503 -> detail(503, "Service Unavailable");
      default -> detail(500, "Internal Server Error");
    };
  }

  @Override
  public Reply malformed(String message) {
    return LumaRequest.invalid("", new Wrong("", "value_error", message));
  }

  private static Reply detail(int status, String text) {
    return Reply.json(status, JsonObject.of("detail", text));
  }
}
