package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.FieldRules.Wrong;
import dev.computeserver.sandbox.SandboxJob.Ticket;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Black Forest Labs' FLUX API: every failure of a job is a state of it, not an HTTP error. */
final class BlackForestLabsSandbox implements ProviderSide {

  private final Workbench bench;
  private final String base;

  BlackForestLabsSandbox(Workbench bench) {
    this.bench = bench;
    this.base = bench.origin() + "/" + provider().word();
  }

  @Override
  public ProviderType provider() {
    return ProviderType.BLACK_FOREST_LABS;
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return List.of(BlackForestLabsModel.of(job.model()).orElseThrow().order(job, input));
  }

  @Override
  public void mount(Router router) {
    router.route().handler(this::authorize);
    router.get("/v1/credits").handler(ctx -> Reply.json(200, JsonObject.of("credits", 1234.5)).send(ctx.response()));
    router.get("/v1/get_result").handler(this::result);
    router.routeWithRegex(HttpMethod.POST, "\\/v1\\/(?<model>.+)").handler(this::submit);
    router.route().handler(ctx -> detail(404, "Not Found").send(ctx.response()));
  }

  private void authorize(RoutingContext ctx) {
    String key = ctx.request().getHeader("x-key");
    if (key == null || key.isBlank()) {
      detail(403, "Not authenticated").send(ctx.response());
    } else {
      ctx.next();
    }
  }

  private void submit(RoutingContext ctx) {
    String model = ctx.pathParam("model");
    Buffer body = ctx.body() == null || ctx.body().buffer() == null ? Buffer.buffer() : ctx.body().buffer();
    BlackForestLabsModel known = BlackForestLabsModel.of(model).orElse(null);
    if (known == null) {
      detail(404, "Not Found").send(ctx.response());
      return;
    }
    bench.submission(body).compose(asked -> bench.worker()
            .executeBlocking(() -> known.wrong(new JsonObject(Buffer.buffer(asked.bytes()))), false)
            .onSuccess(wrong -> wrong.ifPresentOrElse(flaw -> flawed(flaw).send(ctx.response()), () -> accept(ctx, model, asked))))
        .onFailure(bad -> flawed(new Wrong(bad instanceof Wish.BadWish ? "sandbox" : "", "json_invalid", String.valueOf(bad.getMessage())))
            .send(ctx.response()));
  }

  private void accept(RoutingContext ctx, String model, Submission asked) {
    Fault fault = bench.faults().strike(asked.wish(), Fault.Stage.SUBMIT, "bfl/" + asked.hash()).orElse(null);
    if (fault != null && fault != Fault.SUBMIT_CUT && fault != Fault.SUBMIT_HANG) {
      refused(fault).send(ctx.response());
      return;
    }
    SandboxJob job = bench.jobs().accept(new Ticket(UUID.randomUUID().toString(), provider(), model, asked, Map.of())).orElse(null);
    if (job == null) {
      refused(Fault.SUBMIT_429).send(ctx.response());
      return;
    }
    bench.read(job, BlackForestLabsSandbox::hook).onSuccess(callback -> {
      callback.ifPresent(hook -> bench.callbacks().plan(job, hook.url, () -> state(job).map(hook::message)));
      if (fault == Fault.SUBMIT_CUT) {
        ctx.request().connection().close();
      } else if (fault != Fault.SUBMIT_HANG) {
        JsonObject answer = JsonObject.of("id", job.id(), "cost", 3.0, "input_mp", 0.0, "output_mp", 1.05);
        callback.ifPresentOrElse(hook -> answer.put("status", "Pending").put("webhook_url", hook.url),
            () -> answer.put("polling_url", base + "/v1/get_result?id=" + job.id()));
        Reply.json(200, answer).send(ctx.response());
      }
    });
  }

  private static Optional<Hook> hook(JsonObject body) {
    return Optional.ofNullable(body.getString("webhook_url")).map(url -> new Hook(url, body.getString("webhook_secret")));
  }

  private record Hook(String url, String secret) {
    Callbacks.Message message(JsonObject state) {
      Buffer body = JsonObject.of("id", state.getString("id"), "status", state.getString("status"), "result", state.getValue("result")).toBuffer();
      return new Callbacks.Message(body, secret == null ? Map.of("Content-Type", "application/json")
          : Map.of("Content-Type", "application/json", "X-BFL-Signature", "sha256=" + sign(body)));
    }

    private String sign(Buffer body) {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(body.getBytes()));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("Java has no HmacSHA256", e);
      }
    }
  }

  private void result(RoutingContext ctx) {
    String id = ctx.request().getParam("id", "");
    SandboxJob job = bench.jobs().find(id).filter(found -> found.provider() == provider()).orElse(null);
    Fault fault = job == null ? null : bench.jobs().strike(job, Fault.Stage.STATUS).orElse(null);
    if (job == null) {
      Reply.json(404, JsonObject.of("id", id, "status", "Task not found", "result", null)).send(ctx.response());
    } else if (fault == Fault.STATUS_CUT_ONCE) {
      ctx.request().connection().close();
    } else if (fault != null) {
      detail(500, "Internal Server Error").send(ctx.response());
    } else if (job.over(bench.jobs().now()) && bench.jobs().strike(job, Fault.Stage.RESULT).isPresent()) {
      new Reply(200, Map.of("Content-Type", "text/html"), Buffer.buffer("<html><body>Oops</body></html>")).send(ctx.response());
    } else {
      state(job).onSuccess(state -> Reply.json(200, state).send(ctx.response()));
    }
  }

  private Future<JsonObject> state(SandboxJob job) {
    JsonObject state = JsonObject.of("id", job.id(), "status", "Pending", "result", null, "progress", null, "details", null, "preview", null);
    if (!job.over(bench.jobs().now())) {
      boolean runs = job.started(bench.jobs().now());
      return Future.succeededFuture(runs ? state.put("progress", job.progress(bench.jobs().now())) : state);
    }
    if (job.fault() == Fault.REFUSED || job.fault() == Fault.NSFW) {
      return Future.succeededFuture(state.put("status", job.fault() == Fault.REFUSED ? "Request Moderated" : "Content Moderated")
          .put("details", JsonObject.of("Moderation Reasons", JsonArray.of("Derivative Works Filter"))));
    }
    if (job.fault() == Fault.FAILS || job.fault() == Fault.INVALID) {
      return Future.succeededFuture(state.put("status", "Error").put("details", JsonObject.of("error", "The model failed")));
    }
    return bench.read(job, body -> JsonObject.of("prompt", FalOrders.text(body, "prompt", ""), "seed", FalOrders.seed(job, body)))
        .compose(facts -> bench.files().get(job, 0).map(made -> state.put("status", "Ready").put("cost", 3.0).put("result",
            JsonObject.of("sample", bench.origin() + FileShelf.path(job, 0, made), "duration", FalStatus.seconds(job)).mergeIn(facts))))
        .otherwise(e -> state.put("status", "Error").put("details", JsonObject.of("error", String.valueOf(e.getMessage()))));
  }

  private static Reply flawed(Wrong wrong) {
    return Reply.json(422, JsonObject.of("detail", JsonArray.of(JsonObject.of("type", wrong.type(), "loc",
        wrong.field().isEmpty() ? JsonArray.of("body") : JsonArray.of("body", wrong.field()), "msg", wrong.message(), "input", new JsonObject()))));
  }

  private static Reply refused(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> detail(403, "Invalid API key format");
      case SUBMIT_402 -> detail(402, "Insufficient credits");
      case SUBMIT_422 -> flawed(new Wrong("prompt", "missing", "Field required"));
      case SUBMIT_429 -> detail(429, "Too many active tasks").with("Retry-After", "1");
      case SUBMIT_503 -> detail(503, "Service Unavailable");
      default -> detail(500, "Internal Server Error");
    };
  }

  private static Reply detail(int status, String text) {
    return Reply.json(status, JsonObject.of("detail", text));
  }
}
