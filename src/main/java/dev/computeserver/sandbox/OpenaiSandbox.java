package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** OpenAI's images, responses, embeddings and audio endpoints. */
final class OpenaiSandbox implements ProviderSide {

  private final FrontDesk desk;
  private final OpenaiResponses responses;

  OpenaiSandbox(Workbench bench) {
    this.desk = new FrontDesk(bench, this, new OpenaiErrors());
    this.responses = new OpenaiResponses(bench, desk);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.OPENAI;
  }

  @Override
  public void mount(Router router) {
    router.route().handler(OpenaiSandbox::authorize);
    router.post("/images/generations").handler(ctx -> desk.json(ctx, OpenaiFields.GENERATION,
        asked -> desk.serve(ctx, "generations", asked, OpenaiSandbox::images)));
    router.post("/images/edits").handler(this::edit);
    router.post("/embeddings").handler(ctx -> desk.json(ctx, OpenaiFields.EMBEDDING,
        asked -> desk.serve(ctx, "embeddings", asked, OpenaiSandbox::vectors)));
    router.post("/audio/speech").handler(ctx -> desk.json(ctx, OpenaiFields.SPEECH,
        asked -> desk.serve(ctx, "speech", asked, (job, made) -> new Reply(200, Map.of("Content-Type", made.get(0).contentType()),
            Buffer.buffer(made.get(0).bytes())))));
    router.post("/audio/transcriptions").handler(ctx -> desk.form(ctx, OpenaiFields.TRANSCRIPTION,
        asked -> desk.serve(ctx, "transcriptions", asked, OpenaiSandbox::transcript)));
    responses.mount(router);
    router.route().handler(ctx -> OpenaiErrors.notFound("Invalid URL (" + ctx.request().method() + " " + ctx.request().path() + ")")
        .send(ctx.response()));
  }

  private static void authorize(RoutingContext ctx) {
    String given = ctx.request().getHeader("Authorization");
    if (given != null && given.startsWith("Bearer ") && !given.substring(7).isBlank()) {
      ctx.next();
    } else {
      OpenaiErrors.unauthorized().send(ctx.response());
    }
  }

  private void edit(RoutingContext ctx) {
    Form form = Form.of(ctx);
    if (form != null && form.file("image") == null && form.file("image[]") == null) {
      new OpenaiErrors().flawed(new Fields.Flaw("image", Fields.Wrong.MISSING)).send(ctx.response());
    } else if (form != null && form.file("mask") != null && !form.file("mask").contentType().equals("image/png")) {
      new OpenaiErrors().flawed(OpenaiErrors.invalid("mask")).send(ctx.response());
    } else {
      desk.form(ctx, OpenaiFields.EDIT, asked -> desk.serve(ctx, "edits", asked, OpenaiSandbox::images));
    }
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return switch (job.model()) {
      case "generations" -> pictures(ProviderCapability.IMAGE_GENERATION, job, input, List.of());
      case "edits" -> {
        String image = input.getString("image", input.getString("image[]"));
        String mask = input.getString("mask");
        yield mask == null ? pictures(ProviderCapability.IMAGE_EDITING, job, input, List.of(image))
            : pictures(ProviderCapability.INPAINTING, job, input, List.of(image, mask));
      }
      case "embeddings" -> vectors(input);
      case "speech" -> List.of(order(ProviderCapability.SPEECH_SYNTHESIS, input.getString("input"), List.of(), 0));
      case "transcriptions" -> List.of(order(ProviderCapability.SPEECH_RECOGNITION, "", List.of(input.getString("file")), 0));
      default -> List.of(OpenaiResponses.order(input));
    };
  }

  private static List<Order> pictures(ProviderCapability what, SandboxJob job, JsonObject input, List<String> sources) {
    String[] size = input.getString("size", "auto").equals("auto") ? new String[] {"1024", "1024"} : input.getString("size").split("x");
    Shape shape = new Shape(Integer.parseInt(size[0]), Integer.parseInt(size[1]), 0, input.getString("output_format", "png"));
    int count = Integer.parseInt(String.valueOf(input.getValue("n", 1)));
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      orders.add(new Order(what, input.getString("prompt"), sources, shape, (job.id().hashCode() & 0x7FFFFFFF) + i,
          job.fault() == Fault.NSFW).masked(Order.Mask.TRANSPARENT));
    }
    return orders;
  }

  private static List<Order> vectors(JsonObject input) {
    int usual = input.getString("model").endsWith("large") ? 3_072 : 1_536;
    int dimensions = input.getInteger("dimensions", usual);
    JsonArray texts = input.getValue("input") instanceof JsonArray list ? list : JsonArray.of(input.getString("input"));
    return texts.stream().map(text -> order(ProviderCapability.TEXT_EMBEDDING, (String) text, List.of(), dimensions)).toList();
  }

  private static Order order(ProviderCapability what, String prompt, List<String> sources, int width) {
    return new Order(what, prompt, sources, new Shape(width, 0, 0, ""), 0, false);
  }

  private static Reply images(SandboxJob job, List<Made> made) {
    JsonArray data = new JsonArray();
    made.forEach(each -> data.add(JsonObject.of("b64_json", Base64.getEncoder().encodeToString(each.bytes()))));
    Made first = made.get(0);
    return Reply.json(200, JsonObject.of("created", job.acceptedAt().getEpochSecond(), "background", "opaque", "output_format", first.ending(),
        "quality", "high", "size", first.width() + "x" + first.height(), "data", data,
        "usage", JsonObject.of("input_tokens", 50, "output_tokens", 4_160 * made.size(), "total_tokens", 50 + 4_160 * made.size())));
  }

  private static Reply vectors(SandboxJob job, List<Made> made) {
    JsonArray data = new JsonArray();
    for (int i = 0; i < made.size(); i++) {
      data.add(JsonObject.of("object", "embedding", "index", i, "embedding", new JsonArray(made.get(i).text())));
    }
    return Reply.json(200, JsonObject.of("object", "list", "model", "sandbox", "data", data,
        "usage", JsonObject.of("prompt_tokens", made.size(), "total_tokens", made.size())));
  }

  private static Reply transcript(SandboxJob job, List<Made> made) {
    JsonObject input = job.input();
    String format = input.getString("response_format", "json");
    String text = made.get(0).text();
    JsonObject json = JsonObject.of("text", text);
    if (format.equals("verbose_json")) {
      json.put("task", "transcribe").put("language", "english").put("duration", made.get(0).seconds())
          .put("segments", JsonArray.of(JsonObject.of("id", 0, "start", 0.0, "end", made.get(0).seconds(), "text", text)))
          .put("usage", JsonObject.of("type", "duration", "seconds", (int) Math.ceil(made.get(0).seconds())));
    } else {
      json.put("languages", JsonArray.of(JsonObject.of("code", "en")))
          .put("usage", JsonObject.of("type", "tokens", "input_tokens", 14, "output_tokens", 5, "total_tokens", 19));
    }
    return Reply.json(200, json);
  }
}
