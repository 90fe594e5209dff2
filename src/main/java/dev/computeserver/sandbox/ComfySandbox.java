package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.SandboxJob.Phase;
import dev.computeserver.sandbox.SandboxJob.Ticket;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** A ComfyUI server: graphs in, a queue and a history in memory, files under {@code /view}, progress on {@code /ws}. */
final class ComfySandbox implements ProviderSide {

  private static final Set<String> FIELDS = Set.of("prompt", "prompt_id", "client_id", "extra_data", "front", "number",
      "partial_execution_targets", "sandbox");
  private static final String UUID_FORM = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

  private final Workbench bench;
  private final ComfySockets sockets;
  private int numbers;

  ComfySandbox(Workbench bench) {
    this.bench = bench;
    this.sockets = new ComfySockets(bench);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.COMFYUI;
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return new ComfyGraph(input.getJsonObject("prompt")).orders(job, bench.origin());
  }

  /** Every route stands below {@code /api}, too. */
  @Override
  public void mount(Router router) {
    Router routes = Router.router(bench.vertx());
    routes.get("/ws").handler(sockets::open);
    routes.post("/prompt").handler(this::submit);
    routes.get("/prompt").handler(ctx -> json(ctx, 200, JsonObject.of("exec_info", JsonObject.of("queue_remaining", inQueue().size()))));
    routes.get("/history/:id").handler(this::history);
    routes.get("/queue").handler(this::queue);
    routes.post("/queue").handler(this::delete);
    routes.post("/interrupt").handler(this::interrupt);
    routes.post("/upload/image").handler(this::upload);
    routes.get("/view").handler(this::view);
    routes.get("/system_stats").handler(ctx -> json(ctx, 200, JsonObject.of("system", JsonObject.of("comfyui_version", "0.38.1"))));
    router.route("/api/*").subRouter(routes);
    router.route("/*").subRouter(routes);
  }

  private void submit(RoutingContext ctx) {
    Buffer body = ctx.body() == null || ctx.body().buffer() == null ? Buffer.buffer() : ctx.body().buffer();
    bench.submission(body).onSuccess(asked -> accept(ctx, asked, new JsonObject(Buffer.buffer(asked.bytes()))))
        .onFailure(bad -> {
          if (bad instanceof Wish.BadWish wish) {
            error(ctx, new ComfyGraph.Wrong("", "invalid_request", "sandbox." + wish.field() + " " + wish.getMessage(), ""));
          } else {
            ctx.response().setStatusCode(500).end("500 Internal Server Error");
          }
        });
  }

  private void accept(RoutingContext ctx, Submission asked, JsonObject body) {
    ComfyGraph.Wrong wrong = wrong(body);
    Fault fault = bench.faults().strike(asked.wish(), Fault.Stage.SUBMIT, "comfyui/" + asked.hash()).orElse(null);
    if (wrong != null) {
      error(ctx, wrong);
      return;
    }
    if (fault != null && fault != Fault.SUBMIT_CUT && fault != Fault.SUBMIT_HANG) {
      int status = fault == Fault.SUBMIT_422 ? 400 : Integer.parseInt(fault.word().replaceAll("\\D", ""));
      ctx.response().setStatusCode(status).end(status + " by request");
      return;
    }
    String id = body.getString("prompt_id", UUID.randomUUID().toString());
    int number = ++numbers;
    SandboxJob job = bench.jobs().accept(new Ticket(id, provider(), new ComfyGraph(body.getJsonObject("prompt")).what().word(), asked,
        Map.of("number", String.valueOf(number)))).orElse(null);
    if (job == null) {
      ctx.response().setStatusCode(503).end();
      return;
    }
    if (body.getString("client_id") != null) {
      sockets.belongs(job, body.getString("client_id"));
    }
    if (fault == Fault.SUBMIT_CUT) {
      ctx.request().connection().close();
    } else if (fault != Fault.SUBMIT_HANG) {
      json(ctx, 200, JsonObject.of("prompt_id", id, "number", number, "node_errors", new JsonObject()));
    }
  }

  private static ComfyGraph.Wrong wrong(JsonObject body) {
    String unknown = body.fieldNames().stream().filter(name -> !FIELDS.contains(name)).findFirst().orElse(null);
    if (unknown != null) {
      return new ComfyGraph.Wrong("", "invalid_request", "unknown field " + unknown, "");
    }
    if (!(body.getValue("prompt") instanceof JsonObject graph)) {
      return new ComfyGraph.Wrong("", "no_prompt", "No prompt provided", "No prompt provided");
    }
    Object id = body.getValue("prompt_id");
    if (id != null && !(id instanceof String text && text.matches(UUID_FORM))) {
      return new ComfyGraph.Wrong("", "invalid_prompt_id", "prompt_id must be a UUID", String.valueOf(id));
    }
    return new ComfyGraph(graph).wrong().orElse(null);
  }

  private List<SandboxJob> inQueue() {
    return bench.jobs().latest().filter(job -> job.provider() == provider() && !job.over(bench.jobs().now())).limit(1_000).toList();
  }

  private void queue(RoutingContext ctx) {
    JsonArray running = new JsonArray();
    JsonArray pending = new JsonArray();
    for (SandboxJob job : inQueue()) {
      JsonObject body = job.input();
      JsonArray item = JsonArray.of(Integer.parseInt(job.fact("number")), job.id(), body.getJsonObject("prompt"),
          body.getJsonObject("extra_data", new JsonObject()), new JsonArray());
      (job.phase(bench.jobs().now()) == Phase.RUNNING ? running : pending).add(item);
    }
    json(ctx, 200, JsonObject.of("queue_running", running, "queue_pending", pending));
  }

  private void history(RoutingContext ctx) {
    SandboxJob job = bench.jobs().find(ctx.pathParam("id")).filter(found -> found.provider() == provider()).orElse(null);
    Fault fault = job == null ? null : bench.jobs().strike(job, Fault.Stage.STATUS).orElse(null);
    boolean forgotten = job == null || !job.over(bench.jobs().now()) || job.phase(bench.jobs().now()) == Phase.CANCELLED && !job.started(bench.jobs().now());
    if (fault == Fault.STATUS_CUT_ONCE) {
      ctx.request().connection().close();
    } else if (fault != null) {
      ctx.response().setStatusCode(500).end();
    } else if (forgotten) {
      json(ctx, 200, new JsonObject());
    } else if (bench.jobs().strike(job, Fault.Stage.RESULT).isPresent()) {
      new Reply(200, Map.of("Content-Type", "text/html"), Buffer.buffer("<html><body>Oops</body></html>")).send(ctx.response());
    } else {
      entry(job).onSuccess(entry -> json(ctx, 200, JsonObject.of(job.id(), entry)));
    }
  }

  private Future<JsonObject> entry(SandboxJob job) {
    if (job.phase(bench.jobs().now()) == Phase.CANCELLED) {
      return Future.succeededFuture(ended(job, new JsonObject(), "execution_interrupted", JsonObject.of("node_id", "3")));
    }
    if (job.fault() == Fault.FAILS || job.fault() == Fault.REFUSED || job.fault() == Fault.INVALID) {
      return Future.succeededFuture(failed(job, "RuntimeError", "the node failed by request"));
    }
    return bench.read(job, body -> new ComfyGraph(body.getJsonObject("prompt"))).compose(graph -> {
      List<Future<Made>> files = new ArrayList<>();
      graph.orders(job, bench.origin()).forEach(order -> files.add(bench.files().get(job, files.size())));
      return Future.all(files).map(all -> {
        JsonArray items = new JsonArray();
        for (int i = 0; i < files.size(); i++) {
          items.add(JsonObject.of("filename", job.id() + "_" + i + "_." + files.get(i).result().ending(), "subfolder", "", "type", "output"));
        }
        JsonObject output = JsonObject.of(graph.outputKey(), items);
        return ended(job, JsonObject.of(graph.output().orElseThrow(), files.get(0).result().contentType().startsWith("video")
            ? output.put("animated", JsonArray.of(true)) : output), "execution_success", new JsonObject());
      });
    }).otherwise(e -> failed(job, "RuntimeError", String.valueOf(e.getMessage())));
  }

  private static JsonObject failed(SandboxJob job, String type, String message) {
    return ended(job, new JsonObject(), "execution_error", JsonObject.of("node_id", "3", "node_type", "KSampler", "exception_type", type,
        "exception_message", message, "traceback", new JsonArray()));
  }

  private static JsonObject ended(SandboxJob job, JsonObject outputs, String event, JsonObject data) {
    boolean good = event.equals("execution_success");
    JsonArray messages = JsonArray.of(JsonArray.of("execution_start", JsonObject.of("prompt_id", job.id(), "timestamp", job.startsAt().toEpochMilli())),
        JsonArray.of(event, data.put("prompt_id", job.id()).put("timestamp", job.endsAt().toEpochMilli())));
    return JsonObject.of("outputs", outputs, "status", JsonObject.of("status_str", good ? "success" : "error", "completed", good, "messages", messages),
        "meta", new JsonObject());
  }

  private void delete(RoutingContext ctx) {
    JsonArray ids = ctx.body().asJsonObject().getJsonArray("delete", new JsonArray());
    ids.forEach(id -> bench.jobs().find(String.valueOf(id)).filter(job -> job.phase(bench.jobs().now()) == Phase.QUEUED).ifPresent(bench.jobs()::cancel));
    ctx.response().end();
  }

  private void interrupt(RoutingContext ctx) {
    JsonObject body = ctx.body().length() <= 0 ? new JsonObject() : ctx.body().asJsonObject();
    bench.jobs().find(body.getString("prompt_id", "")).filter(job -> job.phase(bench.jobs().now()) == Phase.RUNNING).ifPresent(bench.jobs()::cancel);
    ctx.response().end();
  }

  private void upload(RoutingContext ctx) {
    Form form = Form.of(ctx);
    Form.File file = form == null ? null : form.file("image");
    if (file == null || file.name().isEmpty()) {
      ctx.response().setStatusCode(400).end();
      return;
    }
    String id = UUID.randomUUID().toString();
    bench.files().upload(id, file.bytes(), file.contentType());
    String ending = file.name().replaceFirst(".*\\.", "").replaceAll("\\W", "");
    json(ctx, 200, JsonObject.of("name", id + "." + (ending.isEmpty() ? "bin" : ending),
        "subfolder", form.text("subfolder") == null ? "" : form.text("subfolder"), "type", "input"));
  }

  private void view(RoutingContext ctx) {
    String[] name = ctx.request().getParam("filename", "").split("_");
    SandboxJob job = bench.jobs().find(name[0]).filter(found -> found.over(bench.jobs().now())).orElse(null);
    Fault fault = job == null ? null : bench.jobs().strike(job, Fault.Stage.FILE).orElse(null);
    if (job == null || fault != null || name.length < 2 || !name[1].matches("\\d")) {
      ctx.response().setStatusCode(404).end();
      return;
    }
    bench.files().get(job, Integer.parseInt(name[1]))
        .onSuccess(made -> new Reply(200, Map.of("Content-Type", made.contentType()), Buffer.buffer(made.bytes())).send(ctx.response()))
        .onFailure(e -> ctx.response().setStatusCode(404).end());
  }

  private static void error(RoutingContext ctx, ComfyGraph.Wrong wrong) {
    JsonObject nodes = wrong.node().isEmpty() ? new JsonObject() : JsonObject.of(wrong.node(), JsonObject.of("errors",
        JsonArray.of(JsonObject.of("type", wrong.type(), "message", wrong.message(), "details", wrong.details(), "extra_info", new JsonObject())),
        "dependent_outputs", new JsonArray()));
    String type = wrong.node().isEmpty() ? wrong.type() : "prompt_outputs_failed_validation";
    String message = wrong.node().isEmpty() ? wrong.message() : "Prompt outputs failed validation";
    json(ctx, 400, JsonObject.of("error", JsonObject.of("type", type, "message", message, "details", wrong.details(), "extra_info", new JsonObject()),
        "node_errors", nodes));
  }

  private static void json(RoutingContext ctx, int status, JsonObject body) {
    Reply.json(status, body).send(ctx.response());
  }
}
