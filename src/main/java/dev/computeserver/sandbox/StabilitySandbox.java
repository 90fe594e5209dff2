package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.SandboxJob.Ticket;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Stability's v2beta API: forms in; the file itself out, or an id whose result is asked for. */
final class StabilitySandbox implements ProviderSide {

  private final Workbench bench;

  StabilitySandbox(Workbench bench) {
    this.bench = bench;
  }

  @Override
  public ProviderType provider() {
    return ProviderType.STABILITY;
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return List.of(StabilityOperation.of(job.model()).orElseThrow().order(job, input));
  }

  @Override
  public void mount(Router router) {
    router.route().handler(this::authorize);
    router.get("/v1/user/balance").handler(ctx -> Reply.json(200, JsonObject.of("credits", 123.45)).send(ctx.response()));
    router.get("/v2beta/results/:id").handler(this::result);
    router.get("/v2beta/audio/results/:id").handler(this::result);
    router.routeWithRegex(HttpMethod.POST, "\\/v2beta\\/(?<path>.+)").handler(this::submit);
    router.route().handler(ctx -> send(ctx, error(404, "not_found", "path: does not exist")));
  }

  private void authorize(RoutingContext ctx) {
    String given = ctx.request().getHeader("Authorization");
    if (given != null && given.startsWith("Bearer ") && !given.substring(7).isBlank()) {
      ctx.next();
    } else {
      send(ctx, Reply.json(401, JsonObject.of("id", id(), "name", "unauthorized", "message", "missing authorization header")));
    }
  }

  private void submit(RoutingContext ctx) {
    String path = ctx.pathParam("path");
    Form form = Form.of(ctx);
    StabilityOperation operation = StabilityOperation.of(path).orElse(null);
    if (operation == null || form == null) {
      send(ctx, operation == null ? error(404, "not_found", "path: does not exist")
          : error(400, "bad_request", "content-type: must be multipart/form-data"));
      return;
    }
    JsonObject fields = form.texts().copy();
    form.files().keySet().forEach(name -> fields.put(name, "a file"));
    Optional<String> wrong = operation.wrong(fields);
    if (wrong.isPresent()) {
      send(ctx, error(400, "bad_request", wrong.get()));
      return;
    }
    Future.succeededFuture(form).map(Form::asJson).compose(bench::submission)
        .onSuccess(submission -> accept(ctx, path, operation, submission))
        .onFailure(bad -> send(ctx, error(400, "bad_request", "sandbox: " + bad.getMessage())));
  }

  private void accept(RoutingContext ctx, String path, StabilityOperation operation, Submission submission) {
    Fault fault = bench.faults().strike(submission.wish(), Fault.Stage.SUBMIT, "stability/" + submission.hash()).orElse(null);
    if (fault != null && fault != Fault.SUBMIT_CUT && fault != Fault.SUBMIT_HANG) {
      send(ctx, refused(fault));
      return;
    }
    SandboxJob job = bench.jobs().accept(new Ticket(id() + id(), provider(), path, submission, Map.of())).orElse(null);
    if (job == null) {
      send(ctx, refused(Fault.SUBMIT_429));
    } else if (fault == Fault.SUBMIT_CUT) {
      ctx.request().connection().close();
    } else if (fault != Fault.SUBMIT_HANG) {
      if (operation.startsJob()) {
        send(ctx, Reply.json(path.startsWith("audio") ? 202 : 200, JsonObject.of("id", job.id())));
      } else {
        bench.ended(job).compose(over -> outcome(ctx, job, "image")).onSuccess(reply -> send(ctx, reply));
      }
    }
  }

  private void result(RoutingContext ctx) {
    SandboxJob job = bench.jobs().find(ctx.pathParam("id")).filter(found -> found.provider() == provider()).orElse(null);
    Fault fault = job == null ? null : bench.jobs().strike(job, Fault.Stage.STATUS).orElse(null);
    if (job == null) {
      send(ctx, error(404, "not_found", "id: the generation either does not exist or has expired."));
    } else if (fault == Fault.STATUS_CUT_ONCE) {
      ctx.request().connection().close();
    } else if (fault != null) {
      send(ctx, new Reply(500, Map.of(), Buffer.buffer()));
    } else if (!job.over(bench.jobs().now())) {
      send(ctx, Reply.json(202, JsonObject.of("id", job.id(), "status", "in-progress")));
    } else {
      outcome(ctx, job, "result").onSuccess(reply -> send(ctx, reply));
    }
  }

  private Future<Reply> outcome(RoutingContext ctx, SandboxJob job, String imageKey) {
    if (job.fault() == Fault.FAILS) {
      return Future.succeededFuture(error(500, "internal_error", "the generation failed"));
    }
    if (job.fault() == Fault.REFUSED) {
      return Future.succeededFuture(error(403, "content_moderation", "Your request was flagged by our content moderation system."));
    }
    if (job.fault() == Fault.INVALID) {
      return Future.succeededFuture(error(400, "bad_request", "prompt: is required"));
    }
    if (bench.jobs().strike(job, Fault.Stage.RESULT).isPresent()) {
      return Future.succeededFuture(new Reply(200, Map.of("Content-Type", "text/html"), Buffer.buffer("<html><body>Oops</body></html>")));
    }
    return bench.read(job, form -> StabilityOperation.seed(job, form))
        .compose(seed -> bench.files().get(job, 0).map(made -> answer(ctx, job, made, seed, imageKey)))
        .recover(e -> Future.succeededFuture(e instanceof Unusable bad ? error(400, "bad_request", "image: " + bad.getMessage())
            : error(500, "internal_error", "An unexpected error occurred")));
  }

  private static Reply answer(RoutingContext ctx, SandboxJob job, Made made, long seed, String imageKey) {
    String reason = job.fault() == Fault.NSFW ? "CONTENT_FILTERED" : "SUCCESS";
    if ("application/json".equals(ctx.request().getHeader("Accept"))) {
      String key = made.contentType().startsWith("audio") ? "audio" : imageKey;
      return Reply.json(200, JsonObject.of(key, Base64.getEncoder().encodeToString(made.bytes()), "finish_reason", reason, "seed", seed))
          .with("Content-Type", "application/json; type=" + made.contentType());
    }
    Map<String, String> headers = made.contentType().startsWith("model") ? Map.of("Content-Type", made.contentType())
        : Map.of("Content-Type", made.contentType(), "finish-reason", reason, "seed", String.valueOf(seed));
    return new Reply(200, headers, Buffer.buffer(made.bytes()));
  }

  private static Reply refused(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> error(401, "unauthorized", "authorization: invalid or missing header value");
      case SUBMIT_402 -> error(402, "payment_required", "You lack sufficient credits to make this request.");
      case SUBMIT_422 -> error(422, "invalid_language", "English is the only supported language for this service.");
      case SUBMIT_429 -> error(429, "rate_limit_exceeded", "You have exceeded the rate limit and have been timed out for 60 seconds.");
      case SUBMIT_503 -> error(503, "service_unavailable", "The service is busy.");
      default -> error(500, "internal_error", "An unexpected error occurred");
    };
  }

  private static Reply error(int status, String name, String text) {
    return Reply.json(status, JsonObject.of("id", id(), "name", name, "errors", JsonArray.of(text)));
  }

  private static String id() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  private static void send(RoutingContext ctx, Reply reply) {
    reply.with("x-request-id", id()).send(ctx.response());
  }
}
