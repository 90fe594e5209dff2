package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Ideogram's endpoints, which answer with the result, and the one that works in the background. */
final class IdeogramSandbox implements ProviderSide {

  private static final String LATER = "/v1/ideogram-v4/async/generate";
  private static final String NOW = "/v1/ideogram-v4/generate";

  private final Workbench bench;
  private final FrontDesk desk;
  private final IdeogramErrors errors = new IdeogramErrors();

  IdeogramSandbox(Workbench bench) {
    this.bench = bench;
    this.desk = new FrontDesk(bench, this, errors);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.IDEOGRAM;
  }

  @Override
  public void mount(Router router) {
    router.route().handler(IdeogramSandbox::authorize);
    IdeogramFields.BY_PATH.forEach((path, fields) -> router.post(path).handler(ctx -> desk.form(ctx, fields,
        asked -> desk.serve(ctx, path, asked, this::answer))));
    router.post(LATER).handler(this::later);
    router.get("/v1/generations/:id").handler(this::look);
    router.route().handler(ctx -> IdeogramErrors.error(404, "Not found").send(ctx.response()));
  }

  private static void authorize(RoutingContext ctx) {
    String key = ctx.request().getHeader("Api-Key");
    if (key != null && !key.isBlank()) {
      ctx.next();
    } else {
      IdeogramErrors.unauthorized().send(ctx.response());
    }
  }

  private void later(RoutingContext ctx) {
    if (!ctx.request().getParam("webhook_url", "").startsWith("https://")) {
      IdeogramErrors.error(400, "webhook_url must be an https URL").send(ctx.response());
      return;
    }
    desk.form(ctx, IdeogramFields.BY_PATH.get(NOW), asked -> desk.book(ctx, UUID.randomUUID().toString().replace("-", ""), NOW, asked)
        .ifPresent(job -> Reply.json(200, JsonObject.of("generation_id", job.id())).send(ctx.response())));
  }

  private void look(RoutingContext ctx) {
    SandboxJob job = bench.jobs().find(ctx.pathParam("id")).filter(found -> found.provider() == provider()).orElse(null);
    if (job == null) {
      IdeogramErrors.error(404, "Generation not found").send(ctx.response());
      return;
    }
    Fault fault = bench.jobs().strike(job, Fault.Stage.STATUS).orElse(null);
    JsonObject state = JsonObject.of("generation_id", job.id(), "status", "pending", "created", job.acceptedAt().toString());
    if (fault == Fault.STATUS_CUT_ONCE) {
      ctx.request().connection().close();
    } else if (fault != null) {
      errors.broken(Fault.FAILS).send(ctx.response());
    } else if (!job.over(bench.jobs().now())) {
      Reply.json(200, state).send(ctx.response());
    } else {
      desk.result(job, this::answer).otherwise(e -> errors.broken(Fault.FAILS))
          .map(reply -> reply.status() != 200 ? Reply.json(200, state.put("status", "failed"))
              : reply.headers().containsValue("text/html") ? reply : Reply.json(200, reply.jsonBody().mergeIn(state.put("status", "completed"))))
          .onSuccess(reply -> reply.send(ctx.response()));
    }
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    List<Order> orders = new ArrayList<>();
    int count = Integer.parseInt(String.valueOf(input.getValue("num_images", "1")));
    for (int i = 0; i < count; i++) {
      orders.add(order(job, input, i));
    }
    return orders;
  }

  private static Order order(SandboxJob job, JsonObject input, int index) {
    ProviderCapability what = switch (job.model()) {
      case "/v1/ideogram-v3/remix", "/v1/ideogram-v4/remix", "/v1/edit" -> ProviderCapability.IMAGE_EDITING;
      case "/v1/ideogram-v3/inpaint" -> ProviderCapability.INPAINTING;
      case "/v1/remove-background" -> ProviderCapability.BACKGROUND_REMOVAL;
      case "/upscale" -> ProviderCapability.SUPER_RESOLUTION;
      case "/describe" -> ProviderCapability.IMAGE_UNDERSTANDING;
      default -> ProviderCapability.IMAGE_GENERATION;
    };
    List<String> sources = new ArrayList<>();
    for (String name : List.of("image", "images", "image_file", "mask")) {
      if (input.getString(name) != null) {
        sources.add(input.getString(name));
      }
    }
    String prompt = input.getString("prompt", input.getString("text_prompt", "Describe it."));
    return new Order(what, prompt, sources, shape(input), seed(job, input) + index, job.fault() == Fault.NSFW).masked(Order.Mask.BLACK);
  }

  private static Shape shape(JsonObject input) {
    String[] sides = input.getString("resolution", input.getString("aspect_ratio", "1x1")).split("x");
    int wide = Integer.parseInt(sides[0]);
    int high = Integer.parseInt(sides[1]);
    int unit = input.containsKey("resolution") ? 1 : 1_024 / Math.max(wide, high);
    return new Shape(wide * unit, high * unit, 0, "png");
  }

  private static long seed(SandboxJob job, JsonObject input) {
    return input.containsKey("seed") ? Long.parseLong(input.getString("seed")) : job.id().hashCode() & 0x7FFFFFFF;
  }

  private Reply answer(SandboxJob job, List<Made> made) {
    if (job.model().equals("/describe")) {
      return Reply.json(200, JsonObject.of("descriptions", JsonArray.of(JsonObject.of("text", made.get(0).text()))));
    }
    JsonArray data = new JsonArray();
    for (int i = 0; i < made.size(); i++) {
      boolean safe = job.fault() != Fault.NSFW;
      data.add(JsonObject.of("url", safe ? bench.origin() + FileShelf.path(job, i, made.get(i)) : null, "is_image_safe", safe,
          "resolution", made.get(i).width() + "x" + made.get(i).height(), "seed", 12_345 + i, "style_type", "GENERAL"));
    }
    return Reply.json(200, JsonObject.of("created", job.acceptedAt().toString(), "data", data));
  }
}
