package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/** OpenAI's Responses API: at once, or in the background with a look and a cancel. */
final class OpenaiResponses {

  static final String MODEL = "responses";

  private final Workbench bench;
  private final FrontDesk desk;
  private final OpenaiErrors errors = new OpenaiErrors();

  OpenaiResponses(Workbench bench, FrontDesk desk) {
    this.bench = bench;
    this.desk = desk;
  }

  void mount(Router router) {
    router.post("/responses").handler(ctx -> desk.json(ctx, OpenaiFields.RESPONSE, asked -> accept(ctx, asked)));
    router.get("/responses/:id").handler(ctx -> find(ctx, job -> look(ctx, job)));
    router.post("/responses/:id/cancel").handler(ctx -> find(ctx, job -> {
      bench.jobs().cancel(job);
      state(job).onSuccess(state -> Reply.json(200, state.put("status", "cancelled")).send(ctx.response()));
    }));
  }

  private void accept(RoutingContext ctx, Submission asked) {
    JsonObject input = new JsonObject(Buffer.buffer(asked.bytes()));
    boolean reasons = !"none".equals(input.getJsonObject("reasoning", new JsonObject()).getString("effort"));
    if (input.containsKey("temperature") && input.getString("model").startsWith("gpt-6") && reasons) {
      errors.flawed(OpenaiErrors.invalid("temperature")).send(ctx.response());
      return;
    }
    desk.book(ctx, "resp_" + UUID.randomUUID().toString().replace("-", ""), MODEL, asked).ifPresent(job -> {
      Future<Void> ready = input.getBoolean("background", false) ? Future.succeededFuture() : bench.ended(job);
      ready.compose(now -> state(job)).onSuccess(state -> Reply.json(200, state).send(ctx.response()))
          .onFailure(e -> errors.broken(Fault.FAILS).send(ctx.response()));
    });
  }

  private void find(RoutingContext ctx, Consumer<SandboxJob> then) {
    bench.jobs().find(ctx.pathParam("id")).filter(job -> job.model().equals(MODEL))
        .ifPresentOrElse(then, () -> OpenaiErrors.notFound("Response with id '" + ctx.pathParam("id") + "' not found.").send(ctx.response()));
  }

  private void look(RoutingContext ctx, SandboxJob job) {
    Fault fault = bench.jobs().strike(job, Fault.Stage.STATUS).orElse(null);
    if (fault == Fault.STATUS_CUT_ONCE) {
      ctx.request().connection().close();
    } else if (fault != null) {
      errors.broken(Fault.FAILS).send(ctx.response());
    } else if (job.over(bench.jobs().now()) && bench.jobs().strike(job, Fault.Stage.RESULT).isPresent()) {
      new Reply(200, Map.of("Content-Type", "text/html"), Buffer.buffer("<html><body>Oops</body></html>"))
          .send(ctx.response());
    } else {
      state(job).onSuccess(state -> Reply.json(200, state).send(ctx.response())).onFailure(e -> errors.broken(Fault.FAILS).send(ctx.response()));
    }
  }

  private Future<JsonObject> state(SandboxJob job) {
    JsonObject state = JsonObject.of("id", job.id(), "object", "response", "created_at", job.acceptedAt().getEpochSecond(),
        "background", true, "error", null, "incomplete_details", null, "output", new JsonArray(), "usage", null);
    return switch (job.phase(bench.jobs().now())) {
      case QUEUED -> Future.succeededFuture(state.put("status", "queued"));
      case RUNNING -> Future.succeededFuture(state.put("status", "in_progress"));
      case CANCELLED -> Future.succeededFuture(state.put("status", "cancelled"));
      case DONE -> over(job, state);
    };
  }

  private Future<JsonObject> over(SandboxJob job, JsonObject state) {
    if (job.fault() == Fault.FAILS || job.fault() == Fault.INVALID) {
      String code = job.fault() == Fault.FAILS ? "server_error" : "invalid_prompt";
      return Future.succeededFuture(state.put("status", "failed").put("error", JsonObject.of("code", code, "message", "The model failed.")));
    }
    if (job.fault() == Fault.REFUSED || job.fault() == Fault.NSFW) {
      return Future.succeededFuture(answered(state, JsonObject.of("type", "refusal", "refusal", "I cannot help with that.")));
    }
    return desk.made(job)
        .map(made -> answered(state, JsonObject.of("type", "output_text", "text", made.get(0).text(), "annotations", new JsonArray())))
        .recover(e -> e instanceof Unusable bad ? Future.succeededFuture(state.put("status", "failed")
            .put("error", JsonObject.of("code", "invalid_image", "message", bad.getMessage()))) : Future.failedFuture(e));
  }

  private static JsonObject answered(JsonObject state, JsonObject part) {
    return state.put("status", "completed")
        .put("output", JsonArray.of(JsonObject.of("id", "msg_1", "type", "message", "role", "assistant", "status", "completed", "content",
            JsonArray.of(part))))
        .put("usage", JsonObject.of("input_tokens", 12, "output_tokens", 5, "total_tokens", 17));
  }

  /** The newest message: a text, or a picture and a question. */
  static Order order(JsonObject input) {
    Object last = input.getValue("input") instanceof JsonArray list ? list.getJsonObject(list.size() - 1).getValue("content")
        : input.getValue("input");
    if (!(last instanceof JsonArray parts)) {
      return new Order(ProviderCapability.TEXT_GENERATION, (String) last, List.of(), new Shape(0, 0, 0, ""), 0, false);
    }
    String text = "";
    String image = null;
    for (int i = 0; i < parts.size(); i++) {
      text += parts.getJsonObject(i).getString("text", "");
      image = parts.getJsonObject(i).getString("image_url", image);
    }
    return image == null ? new Order(ProviderCapability.TEXT_GENERATION, text, List.of(), new Shape(0, 0, 0, ""), 0, false)
        : new Order(ProviderCapability.IMAGE_UNDERSTANDING, text, List.of(image), new Shape(0, 0, 0, ""), 0, false);
  }
}
