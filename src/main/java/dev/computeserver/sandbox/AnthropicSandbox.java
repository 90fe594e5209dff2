package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Anthropic's messages, whole and streamed, and its batches. */
final class AnthropicSandbox implements ProviderSide {

  private static final Set<String> VERSIONS = Set.of(AnthropicErrors.SAMPLING_VERSION, "2026-10-21");

  private final Workbench bench;
  private final FrontDesk desk;

  AnthropicSandbox(Workbench bench) {
    this.bench = bench;
    this.desk = new FrontDesk(bench, this, new AnthropicErrors());
  }

  @Override
  public ProviderType provider() {
    return ProviderType.ANTHROPIC;
  }

  @Override
  public void mount(Router router) {
    router.route().handler(AnthropicSandbox::authorize);
    router.post("/v1/messages").handler(ctx -> desk.json(ctx, AnthropicErrors.message(version(ctx)), asked -> serve(ctx, asked)));
    new AnthropicBatches(bench, desk).mount(router);
    router.route().handler(ctx -> AnthropicErrors.notFound("Not found").send(ctx.response()));
  }

  static String version(RoutingContext ctx) {
    return ctx.request().getHeader("anthropic-version");
  }

  private static void authorize(RoutingContext ctx) {
    String key = ctx.request().getHeader("x-api-key");
    String bearer = ctx.request().getHeader("Authorization");
    boolean one = key != null && !key.isBlank() ? bearer == null : bearer != null && bearer.startsWith("Bearer ");
    if (!one) {
      AnthropicErrors.unauthorized().send(ctx.response());
    } else if (version(ctx) == null || !VERSIONS.contains(version(ctx))) {
      AnthropicErrors.error(400, "invalid_request_error", "anthropic-version: header is required").send(ctx.response());
    } else {
      ctx.next();
    }
  }

  /** A refusal is no error here but an answer. */
  private void serve(RoutingContext ctx, Submission asked) {
    boolean refuses = asked.wish().fault() == Fault.REFUSED || asked.wish().fault() == Fault.NSFW;
    Wish plain = new Wish(asked.wish().durationMs(), asked.wish().queueMs(), null, null, null);
    Submission taken = refuses ? new Submission(asked.bytes(), asked.hash(), plain) : asked;
    desk.serve(ctx, "messages", taken, (job, made) -> {
      JsonObject message = refuses ? refusal() : message(made.get(0).text());
      return Boolean.TRUE.equals(job.input().getValue("stream")) ? streamed(message) : Reply.json(200, message);
    });
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    return List.of(order(input.getValue("requests") instanceof JsonArray requests ? requests.getJsonObject(0).getJsonObject("params") : input));
  }

  /** The newest message: a text, or a picture and a question. */
  private static Order order(JsonObject params) {
    JsonArray messages = params.getJsonArray("messages");
    Object content = messages.getJsonObject(messages.size() - 1).getValue("content");
    String text = content instanceof String said ? said : "";
    String image = null;
    if (content instanceof JsonArray blocks) {
      for (int i = 0; i < blocks.size(); i++) {
        JsonObject block = blocks.getJsonObject(i);
        text += block.getString("text", "");
        if (block.getString("type").equals("image")) {
          JsonObject source = block.getJsonObject("source");
          image = source.getString("url", "data:" + source.getString("media_type") + ";base64," + source.getString("data"));
        }
      }
    }
    Shape shape = new Shape(0, 0, 0, "");
    return image == null ? new Order(ProviderCapability.TEXT_GENERATION, text, List.of(), shape, 0, false)
        : new Order(ProviderCapability.IMAGE_UNDERSTANDING, text, List.of(image), shape, 0, false);
  }

  static JsonObject message(String text) {
    return JsonObject.of("id", "msg_sandbox", "type", "message", "role", "assistant", "model", "sandbox",
        "content", JsonArray.of(JsonObject.of("type", "text", "text", text, "citations", null)),
        "stop_reason", "end_turn", "stop_sequence", null, "stop_details", null,
        "usage", JsonObject.of("input_tokens", 12, "output_tokens", text.length() / 4 + 1));
  }

  static JsonObject refusal() {
    return message("").put("content", new JsonArray()).put("stop_reason", "refusal")
        .put("stop_details", JsonObject.of("type", "refusal", "category", "general_harms", "explanation", "I cannot help with that."));
  }

  private static Reply streamed(JsonObject message) {
    String text = message.getJsonArray("content").isEmpty() ? "" : message.getJsonArray("content").getJsonObject(0).getString("text");
    JsonObject delta = JsonObject.of("stop_reason", message.getValue("stop_reason"), "stop_details", message.getValue("stop_details"));
    Buffer events = Buffer.buffer();
    event(events, JsonObject.of("type", "message_start", "message", message.copy().put("content", new JsonArray())));
    event(events, JsonObject.of("type", "content_block_start", "index", 0, "content_block", JsonObject.of("type", "text", "text", "")));
    event(events, JsonObject.of("type", "ping"));
    for (int at = 0; at < text.length(); at += 20) {
      String part = text.substring(at, Math.min(text.length(), at + 20));
      event(events, JsonObject.of("type", "content_block_delta", "index", 0, "delta", JsonObject.of("type", "text_delta", "text", part)));
    }
    event(events, JsonObject.of("type", "content_block_stop", "index", 0));
    event(events, JsonObject.of("type", "message_delta", "delta", delta, "usage", JsonObject.of("output_tokens", text.length() / 4 + 1)));
    event(events, JsonObject.of("type", "message_stop"));
    return new Reply(200, Map.of("Content-Type", "text/event-stream; charset=utf-8"), events);
  }

  private static void event(Buffer events, JsonObject event) {
    events.appendString("event: " + event.getString("type") + "\ndata: " + event.encode() + "\n\n");
  }
}
