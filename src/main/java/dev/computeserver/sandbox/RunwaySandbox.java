package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.FieldRules.Wrong;
import dev.computeserver.sandbox.Fields.Flaw;
import dev.computeserver.sandbox.SandboxJob.Phase;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Runway's tasks and uploads. A cancelled task that never ran stays readable, one that ran is gone at once: the provider's pages
 * do not say which of both happens when.
 */
final class RunwaySandbox implements ProviderSide, FrontDesk.Words {

  private static final String VERSION = "2024-11-06";
  private static final String UPLOAD = "runway://";
  private static final int LEAST_BYTES = 512;
  private static final int MOST_DELETED = 10_000;

  private final Workbench bench;
  private final FrontDesk desk;
  private final Set<String> deleted = new LinkedHashSet<>();

  RunwaySandbox(Workbench bench) {
    this.bench = bench;
    this.desk = new FrontDesk(bench, this, this);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.RUNWAY;
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return RunwayModel.of(job.model()).orElseThrow().orders(job, input,
        uri -> uri.startsWith(UPLOAD) ? bench.origin() + FileShelf.uploadPath(uri.substring(UPLOAD.length())) : uri);
  }

  @Override
  public void mount(Router router) {
    router.post("/slots/:id").handler(this::store);
    router.route().handler(RunwaySandbox::authorize);
    router.get("/v1/organization").handler(ctx -> send(ctx, Reply.json(200, JsonObject.of("creditBalance", 5_000, "tier",
        JsonObject.of("maxMonthlyCreditSpend", 10_000, "models", new JsonObject()), "usage", JsonObject.of("models", new JsonObject())))));
    router.post("/v1/uploads").handler(this::slot);
    router.get("/v1/tasks/:id").handler(this::look);
    router.delete("/v1/tasks/:id").handler(this::cancel);
    router.post("/v1/:operation").handler(this::submit);
    router.route().handler(ctx -> send(ctx, error(404, "Not found")));
  }

  private static void authorize(RoutingContext ctx) {
    String key = ctx.request().getHeader("Authorization");
    if (key == null || !key.startsWith("Bearer ") || key.substring(7).isBlank()) {
      send(ctx, error(401, "The API key is missing or not valid."));
    } else if (!VERSION.equals(ctx.request().getHeader("X-Runway-Version"))) {
      send(ctx, error(400, "The X-Runway-Version header must be " + VERSION + "."));
    } else {
      ctx.next();
    }
  }

  private static Buffer body(RoutingContext ctx) {
    return ctx.body() == null || ctx.body().buffer() == null ? Buffer.buffer() : ctx.body().buffer();
  }

  private void submit(RoutingContext ctx) {
    String operation = ctx.pathParam("operation");
    if (!List.of("text_to_image", "image_upscale", "video_upscale", "text_to_video", "image_to_video", "text_to_speech", "sound_effect")
        .contains(operation)) {
      send(ctx, error(404, "Not found"));
      return;
    }
    bench.submission(body(ctx)).compose(asked -> bench.worker().executeBlocking(() -> check(operation, asked), false)
            .map(checked -> checked.wrong() == null ? accept(ctx, checked.name(), asked) : send(ctx, wrong(checked.wrong()))))
        .onFailure(bad -> send(ctx, bad instanceof Wish.BadWish wish ? unreadable("sandbox " + wish.field() + " " + wish.getMessage())
            : unreadable("the body must be a JSON object")));
  }

  /** The model that a body is for by its endpoint and name, and what is wrong with it or null. */
  private record Checked(String name, Wrong wrong) { }

  private static Checked check(String operation, Submission asked) {
    JsonObject fields = new JsonObject(Buffer.buffer(asked.bytes()));
    String name = operation + " " + FalOrders.text(fields, "model", "");
    RunwayModel model = RunwayModel.of(name).orElse(null);
    Wrong unknown = new Wrong("model", "invalid_union_discriminator", "Invalid discriminator value");
    return new Checked(name, model == null ? unknown : model.wrong(fields).orElse(null));
  }

  private Void accept(RoutingContext ctx, String name, Submission asked) {
    desk.book(ctx, UUID.randomUUID().toString(), name, asked)
        .ifPresent(job -> send(ctx, Reply.json(200, JsonObject.of("id", job.id(), "estimatedCost", JsonObject.of("credits", 5)))));
    return null;
  }

  private void look(RoutingContext ctx) {
    SandboxJob job = find(ctx);
    Fault fault = job == null ? null : bench.jobs().strike(job, Fault.Stage.STATUS).orElse(null);
    if (job == null) {
      send(ctx, error(404, "The task was not found."));
    } else if (fault == Fault.STATUS_CUT_ONCE) {
      ctx.request().connection().close();
    } else if (fault != null) {
      send(ctx, error(500, "Internal server error."));
    } else {
      state(job).onSuccess(reply -> send(ctx, reply));
    }
  }

  private Future<Reply> state(SandboxJob job) {
    JsonObject state = JsonObject.of("id", job.id(), "createdAt", job.acceptedAt().toString());
    if (!job.over(bench.jobs().now())) {
      state.put("estimatedCost", JsonObject.of("credits", 5));
      boolean runs = job.phase(bench.jobs().now()) == Phase.RUNNING;
      String waits = job.place(bench.jobs().now()) > 0 ? "THROTTLED" : "PENDING";
      return answer(runs ? state.put("status", "RUNNING").put("progress", job.progress(bench.jobs().now())) : state.put("status", waits));
    }
    if (job.phase(bench.jobs().now()) == Phase.CANCELLED) {
      return answer(cost(state.put("status", "CANCELLED"), 0));
    }
    String failure = job.fault() == null ? null : switch (job.fault()) {
      case REFUSED -> "SAFETY.INPUT.TEXT";
      case NSFW -> "SAFETY.OUTPUT.IMAGE";
      case INVALID -> "ASSET.INVALID";
      case FAILS -> "INTERNAL.BAD_OUTPUT.CODE01";
      default -> null;
    };
    if (failure != null) {
      return answer(failed(state, failure, "The sandbox was asked for it."));
    }
    return desk.result(job, (over, made) -> Reply.json(200, cost(state.put("status", "SUCCEEDED"), 5).put("output", links(over, made))))
        .recover(e -> answer(failed(state, "INTERNAL", String.valueOf(e.getMessage()))));
  }

  private static Future<Reply> answer(JsonObject state) {
    return Future.succeededFuture(Reply.json(200, state));
  }

  private static JsonObject failed(JsonObject state, String code, String message) {
    return cost(state.put("status", "FAILED").put("failure", message).put("failureCode", code), code.startsWith("SAFETY") ? 5 : 0);
  }

  private static JsonObject cost(JsonObject state, int credits) {
    return state.put("cost", JsonObject.of("credits", credits));
  }

  private JsonArray links(SandboxJob job, List<Made> made) {
    List<String> links = new ArrayList<>();
    for (Made each : made) {
      links.add(bench.origin() + FileShelf.path(job, links.size(), each) + "?_jwt=signed");
    }
    return new JsonArray(links);
  }

  /** A finished task is deleted. */
  private void cancel(RoutingContext ctx) {
    SandboxJob job = find(ctx);
    if (job == null) {
      send(ctx, error(404, "The task was not found."));
      return;
    }
    if (job.phase(bench.jobs().now()) != Phase.QUEUED && deleted.add(job.id()) && deleted.size() > MOST_DELETED) {
      deleted.remove(deleted.iterator().next());
    }
    bench.jobs().cancel(job);
    ctx.response().setStatusCode(204).end();
  }

  private SandboxJob find(RoutingContext ctx) {
    return bench.jobs().find(ctx.pathParam("id")).filter(found -> found.provider() == provider() && !deleted.contains(found.id())).orElse(null);
  }

  private void slot(RoutingContext ctx) {
    bench.submission(body(ctx)).onFailure(bad -> send(ctx, unreadable("the body must be a JSON object"))).onSuccess(asked -> {
      FieldRules rules = FieldRules.of("filename*:text type*:ephemeral");
      String id = UUID.randomUUID().toString();
      Reply slot = Reply.json(200, JsonObject.of("uploadUrl", bench.origin() + "/" + provider().word() + "/slots/" + id,
          "fields", JsonObject.of("key", id, "policy", "signed"), "runwayUri", UPLOAD + id));
      send(ctx, rules.wrong(new JsonObject(Buffer.buffer(asked.bytes())), true).map(RunwaySandbox::wrong).orElse(slot));
    });
  }

  /** The storage's own host: no key, and answers of another kind. */
  private void store(RoutingContext ctx) {
    Form form = Form.of(ctx);
    Form.File file = form == null ? null : form.files().get("file");
    boolean signed = form != null && ctx.pathParam("id").equals(form.texts().getString("key")) && "signed".equals(form.texts().getString("policy"));
    boolean fits = file != null && file.bytes().length() >= LEAST_BYTES && file.bytes().length() <= Inputs.MAX_BYTES;
    if (signed && fits) {
      bench.files().upload(ctx.pathParam("id"), file.bytes(), file.contentType());
    }
    ctx.response().setStatusCode(!signed ? 403 : fits ? 204 : 400).end();
  }

  private static Reply wrong(Wrong wrong) {
    return Reply.json(400, JsonObject.of("error", "Validation of body failed", "issues", JsonArray.of(JsonObject.of("code", wrong.type(), "path",
        new JsonArray(List.of((Object[]) wrong.field().split("\\."))), "message", wrong.message())), "docUrl", "https://docs.dev.runwayml.com/api"));
  }

  @Override
  public Reply broken(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> error(401, "The API key is missing or not valid.");
      case SUBMIT_402 -> error(400, "You do not have enough credits to run this task.");
      case SUBMIT_422 -> wrong(new Wrong("ratio", "invalid_type", "Required"));
      case SUBMIT_429 -> error(429, "You have reached the daily limit of tasks.").with("Retry-After", "1");
      case SUBMIT_503 -> error(503, "The service is overloaded.");
      default -> error(500, "Internal server error.");
    };
  }

  @Override
  public Reply flawed(Flaw flaw) {
    return wrong(new Wrong(flaw.field(), "custom", "is " + flaw.wrong()));
  }

  @Override
  public Reply unreadable(String why) {
    return error(400, why);
  }

  @Override
  public Reply unusable(Unusable e, SandboxJob job) {
    return Reply.json(200, failed(JsonObject.of("id", job.id(), "createdAt", job.acceptedAt().toString()), "ASSET.INVALID", e.getMessage()));
  }

  private static Reply error(int status, String text) {
    return Reply.json(status, JsonObject.of("error", text));
  }

  private static Void send(RoutingContext ctx, Reply reply) {
    reply.send(ctx.response());
    return null;
  }
}
