package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Google's Gemini API: content and embeddings at once, interactions in the background, files behind the key. */
final class GoogleSandbox implements ProviderSide, Intake.Words {

  private static final String MODEL = "\\/v1beta\\/models\\/(?<model>[^\\/:]+):";

  private final Workbench bench;
  private final Intake intake;
  private final GoogleWebhook webhook = new GoogleWebhook();

  GoogleSandbox(Workbench bench) {
    this.bench = bench;
    this.intake = new Intake(bench, provider(), this);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.GOOGLE;
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return job.model().startsWith("embed") ? GoogleContent.vectors(job, input)
        : List.of(job.model().equals("interaction") ? GoogleInteraction.order(job, input) : GoogleContent.order(job, input));
  }

  @Override
  public void mount(Router router) {
    router.get("/.well-known/jwks.json").handler(ctx -> send(ctx, Reply.json(200, webhook.keySet())));
    router.route().handler(this::authorize);
    router.routeWithRegex(HttpMethod.POST, MODEL + "generateContent").handler(this::content);
    router.routeWithRegex(HttpMethod.POST, MODEL + "(?<verb>embedContent|batchEmbedContents)").handler(this::vectors);
    router.post("/v1beta/interactions").handler(this::interact);
    router.get("/v1beta/interactions/:id").handler(ctx -> withJob(ctx, job -> look(ctx, job)));
    router.post("/v1beta/interactions/:id/cancel").handler(ctx -> withJob(ctx, job -> cancel(ctx, job)));
    router.routeWithRegex(HttpMethod.GET, "\\/v1beta\\/files\\/(?<id>[^\\/:]+):download").handler(ctx -> withJob(ctx, job -> download(ctx, job)));
    router.get("/v1beta/files/:id").handler(ctx -> withJob(ctx, job -> send(ctx, Reply.json(200, JsonObject.of("name", "files/" + job.id(),
        "uri", uri(job), "mimeType", "video/mp4", "state", "ACTIVE")))));
    router.route().handler(ctx -> send(ctx, error(404, "NOT_FOUND", "Requested entity was not found.")));
  }

  private void authorize(RoutingContext ctx) {
    String given = ctx.request().getHeader("x-goog-api-key");
    if (given != null && !given.isBlank()) {
      ctx.next();
    } else {
      send(ctx, error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers."));
    }
  }

  private void content(RoutingContext ctx) {
    String model = ctx.pathParam("model");
    intake.take(ctx, new Intake.Request("content", Map.of("model", model), body -> GoogleContent.wrong(body).map(this::malformed)), job ->
        atOnce(ctx, job, made -> bench.read(job, input -> Reply.json(200, GoogleContent.answer(job, made.get(0), input)))));
  }

  private void vectors(RoutingContext ctx) {
    boolean one = ctx.pathParam("verb").equals("embedContent");
    String model = ctx.pathParam("model");
    intake.take(ctx, new Intake.Request(one ? "embed-one" : "embed-many", Map.of("model", model),
        body -> GoogleContent.wrongTexts(one, model, body).map(this::malformed)), job ->
        atOnce(ctx, job, made -> Future.succeededFuture(Reply.json(200, GoogleContent.vectors(one, made)))));
  }

  private interface Maker {
    Future<Reply> of(List<Made> made);
  }

  private void atOnce(RoutingContext ctx, SandboxJob job, Maker answer) {
    bench.ended(job).compose(over -> {
      Optional<Reply> other = refusal(job).or(() -> intake.garbage(job));
      return other.map(Future::succeededFuture).orElseGet(() -> made(job).compose(answer::of));
    }).recover(e -> Future.succeededFuture(e instanceof Unusable bad ? malformed(bad.getMessage()) : refused(Fault.SUBMIT_503)))
        .onSuccess(reply -> send(ctx, reply));
  }

  private Future<List<Made>> made(SandboxJob job) {
    return bench.read(job, input -> orders(job, input).size()).compose(count -> {
      Future<List<Made>> all = Future.succeededFuture(new ArrayList<>());
      for (int i = 0; i < count; i++) {
        int index = i;
        all = all.compose(list -> bench.files().get(job, index).map(made -> {
          list.add(made);
          return list;
        }));
      }
      return all;
    });
  }

  private Optional<Reply> refusal(SandboxJob job) {
    if (job.fault() == Fault.FAILS) {
      return Optional.of(refused(Fault.SUBMIT_500));
    }
    if (job.fault() == Fault.REFUSED) {
      return Optional.of(Reply.json(200, JsonObject.of("promptFeedback", JsonObject.of("blockReason", "PROHIBITED_CONTENT"))));
    }
    if (job.fault() == Fault.NSFW) {
      return Optional.of(Reply.json(200, JsonObject.of("candidates", JsonArray.of(JsonObject.of("index", 0, "finishReason", "IMAGE_SAFETY")))));
    }
    return job.fault() == Fault.INVALID ? Optional.of(malformed("contents is not specified")) : Optional.empty();
  }

  private void interact(RoutingContext ctx) {
    intake.take(ctx, new Intake.Request("interaction", Map.of(), body -> GoogleInteraction.wrong(body)
        .map(wrong -> Reply.json(400, JsonObject.of("error", JsonObject.of("code", "invalid_request", "message", wrong))))), job ->
        bench.read(job, input -> input.copy()).onSuccess(input -> begun(ctx, job, input)));
  }

  private void begun(RoutingContext ctx, SandboxJob job, JsonObject input) {
    JsonArray hooks = input.getJsonObject("webhook_config", new JsonObject()).getJsonArray("uris", new JsonArray());
    hooks.forEach(hook -> bench.callbacks().plan(job, (String) hook,
        () -> Future.succeededFuture(webhook.message(job, (String) hook, bench.jobs().now()))));
    if (Boolean.TRUE.equals(input.getValue("background"))) {
      send(ctx, Reply.json(200, GoogleInteraction.view(job, input.getString("model"), "in_progress")));
    } else {
      bench.ended(job).onSuccess(over -> look(ctx, job));
    }
  }

  private void look(RoutingContext ctx, SandboxJob job) {
    if (intake.faulty(ctx, job)) {
      return;
    }
    SandboxJob.Phase phase = job.phase(bench.jobs().now());
    bench.read(job, input -> input).compose(input -> {
      String model = input.getString("model");
      if (phase != SandboxJob.Phase.DONE) {
        return Future.succeededFuture(Reply.json(200, GoogleInteraction.view(job, model,
            phase == SandboxJob.Phase.CANCELLED ? "cancelled" : "in_progress")));
      }
      if (job.fault() != null && GoogleInteraction.failure(job).isPresent()) {
        return Future.succeededFuture(Reply.json(200, GoogleInteraction.view(job, model, "failed")
            .put("errors", JsonArray.of(GoogleInteraction.failure(job).get()))));
      }
      return intake.garbage(job).map(Future::succeededFuture).orElseGet(() -> bench.files().get(job, 0).map(made ->
          Reply.json(200, GoogleInteraction.ended(job, input, made, uri(job)))));
    }).recover(e -> Future.succeededFuture(e instanceof Unusable bad ? Reply.json(200, GoogleInteraction.view(job, "", "failed")
        .put("errors", JsonArray.of(JsonObject.of("code", "invalid_argument", "message", bad.getMessage())))) : refused(Fault.SUBMIT_500)))
        .onSuccess(reply -> send(ctx, reply));
  }

  private void cancel(RoutingContext ctx, SandboxJob job) {
    if (job.over(bench.jobs().now())) {
      send(ctx, Reply.json(400, JsonObject.of("error", JsonObject.of("code", "failed_precondition", "message", "The interaction is not running."))));
      return;
    }
    bench.jobs().cancel(job);
    bench.callbacks().hurry(job);
    send(ctx, Reply.json(200, GoogleInteraction.view(job, "", "cancelled")));
  }

  private void download(RoutingContext ctx, SandboxJob job) {
    Fault fault = bench.jobs().strike(job, Fault.Stage.FILE).orElse(null);
    if (fault == Fault.FILE_404) {
      send(ctx, error(404, "NOT_FOUND", "The file does not exist."));
      return;
    }
    bench.files().get(job, 0).onFailure(e -> send(ctx, refused(Fault.SUBMIT_500))).onSuccess(made -> {
      Buffer file = Buffer.buffer(made.bytes());
      if (fault == Fault.FILE_CUT) {
        ctx.response().putHeader("Content-Length", "" + file.length());
        ctx.response().write(file.slice(0, file.length() / 2)).onComplete(sent -> ctx.response().reset());
      } else {
        send(ctx, new Reply(200, Map.of("Content-Type", made.contentType()), file));
      }
    });
  }

  private String uri(SandboxJob job) {
    return bench.origin() + "/" + provider().word() + "/v1beta/files/" + job.id() + ":download?alt=media";
  }

  private void withJob(RoutingContext ctx, Consumer<SandboxJob> work) {
    bench.jobs().find(ctx.pathParam("id")).filter(job -> job.provider() == provider())
        .ifPresentOrElse(work, () -> send(ctx, error(404, "NOT_FOUND", "Requested entity was not found.")));
  }

  @Override
  public Reply refused(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.");
      case SUBMIT_402 -> error(402, "FAILED_PRECONDITION", "Billing is not enabled.");
      case SUBMIT_422 -> malformed("contents is not specified");
      case SUBMIT_429 -> error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted.", JsonObject.of("@type",
          "type.googleapis.com/google.rpc.RetryInfo", "retryDelay", "1s"));
      case SUBMIT_503 -> error(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
      default -> error(500, "INTERNAL", "An internal error has occurred.");
    };
  }

  @Override
  public Reply malformed(String message) {
    return error(400, "INVALID_ARGUMENT", message);
  }

  private static Reply error(int status, String word, String message, JsonObject... details) {
    JsonObject error = JsonObject.of("code", status, "message", message, "status", word);
    return Reply.json(status, JsonObject.of("error", details.length == 0 ? error : error.put("details", JsonArray.of((Object[]) details))));
  }

  static String base64(Made made) {
    return Base64.getEncoder().encodeToString(made.bytes());
  }

  private static void send(RoutingContext ctx, Reply reply) {
    reply.send(ctx.response());
  }
}
