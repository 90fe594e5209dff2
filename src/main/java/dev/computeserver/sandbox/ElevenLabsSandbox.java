package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.MUSIC_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SOUND_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** ElevenLabs: sounds and transcripts in the answer itself; pictures and videos as flows. Its sounds are WAV whatever is asked. */
final class ElevenLabsSandbox implements ProviderSide, Intake.Words {

  private static final String FORMATS = "auto|mp3_22050_32|mp3_24000_48|(mp3_44100_(32|64|96|128|192))|mp3_48000_192|((pcm|wav)_(8000|16000|22050"
      + "|24000|32000|44100|48000))|(opus_48000_(32|64|96|128|192))|ulaw_8000|alaw_8000";
  private static final int WAV_HEADER = 44;

  private final Workbench bench;
  private final Intake intake;

  ElevenLabsSandbox(Workbench bench) {
    this.bench = bench;
    this.intake = new Intake(bench, provider(), this);
  }

  @Override
  public ProviderType provider() {
    return ProviderType.ELEVENLABS;
  }

  @Override
  public List<Order> orders(SandboxJob job, JsonObject input) {
    String kind = job.fact("kind");
    return List.of(ElevenLabsRequest.order(kind == null ? what(job) : ElevenLabsRequest.flow(kind, input), job, input));
  }

  /** What a request that is no flow makes; null for flows, whose body tells. */
  private static ProviderCapability what(SandboxJob job) {
    return Named.of(ProviderCapability.class, job.fact("what")).orElse(null);
  }

  @Override
  public void mount(Router router) {
    router.route().handler(this::authorize);
    router.get("/v1/user/subscription").handler(ctx -> send(ctx, Reply.json(200, JsonObject.of("tier", "creator", "status", "active",
        "character_count", 0, "character_limit", 100_000))));
    router.post("/v1/text-to-speech/:voice").handler(ctx -> sound(ctx, SPEECH_SYNTHESIS));
    router.post("/v1/sound-generation").handler(ctx -> sound(ctx, SOUND_GENERATION));
    router.post("/v1/music").handler(ctx -> sound(ctx, MUSIC_GENERATION));
    router.post("/v1/speech-to-text").handler(this::transcript);
    router.get("/v1/history").handler(this::history);
    router.get("/v1/history/:id/audio").handler(ctx -> find(ctx).ifPresentOrElse(job -> answer(ctx, job), () -> send(ctx, notFound())));
    router.post("/v1/flows/:kind").handler(this::flow);
    router.get("/v1/flows/:kind/:id").handler(this::look);
    router.route().handler(ctx -> send(ctx, notFound()));
  }

  private void authorize(RoutingContext ctx) {
    String given = ctx.request().getHeader("xi-api-key");
    if (given != null && !given.isBlank()) {
      ctx.next();
    } else {
      send(ctx, error(401, "missing_api_key", "xi-api-key is missing"));
    }
  }

  private void sound(RoutingContext ctx, ProviderCapability what) {
    String format = ctx.request().getParam("output_format", "mp3_44100_128");
    if (!format.matches(FORMATS)) {
      send(ctx, error(400, "invalid_output_format", "output_format is not one of those offered"));
      return;
    }
    String voice = ctx.pathParam("voice") == null ? "" : ctx.pathParam("voice");
    Map<String, String> facts = Map.of("what", what.word(), "format", format, "voice", voice);
    intake.take(ctx, new Intake.Request(what.word(), facts, fields -> ElevenLabsRequest.wrong(what, fields)), job ->
        bench.ended(job).onSuccess(over -> answer(ctx, job)));
  }

  private void transcript(RoutingContext ctx) {
    intake.take(ctx, new Intake.Request(SPEECH_RECOGNITION.word(), Map.of("what", SPEECH_RECOGNITION.word()),
        fields -> ElevenLabsRequest.wrong(SPEECH_RECOGNITION, fields)), job -> bench.ended(job).onSuccess(over -> answer(ctx, job)));
  }

  private void answer(RoutingContext ctx, SandboxJob job) {
    Optional<Reply> other = refusal(job).or(() -> intake.garbage(job));
    if (other.isPresent()) {
      send(ctx, other.get());
      return;
    }
    bench.files().get(job, 0).compose(made -> what(job) == SPEECH_RECOGNITION
            ? bench.read(job, input -> ElevenLabsRequest.transcript(job, made, input)) : Future.succeededFuture(heard(job, made)))
        .recover(e -> Future.succeededFuture(e instanceof Unusable bad ? error(400, "invalid_file", bad.getMessage()) : refused(Fault.SUBMIT_500)))
        .onSuccess(reply -> send(ctx, reply));
  }

  private static Reply heard(SandboxJob job, Made made) {
    boolean bare = job.fact("format").startsWith("pcm");
    Buffer sound = Buffer.buffer(made.bytes());
    return new Reply(200, Map.of("Content-Type", bare ? "audio/pcm" : made.contentType()), bare ? sound.getBuffer(WAV_HEADER, sound.length()) : sound)
        .with("character-cost", String.valueOf(job.inputBytes())).with("history-item-id", job.id());
  }

  private Optional<Reply> refusal(SandboxJob job) {
    if (job.fault() == Fault.FAILS) {
      return Optional.of(refused(Fault.SUBMIT_500));
    }
    if (job.fault() == Fault.REFUSED || job.fault() == Fault.NSFW) {
      return Optional.of(error(422, "bad_prompt", "The prompt violates the terms of service."));
    }
    return job.fault() == Fault.INVALID ? Optional.of(ElevenLabsRequest.schema("text", "missing", "Field required")) : Optional.empty();
  }

  private void history(RoutingContext ctx) {
    String since = ctx.request().getParam("date_after_unix", "0");
    String model = ctx.request().getParam("model_id");
    if (!since.matches("\\d{1,12}")) {
      send(ctx, ElevenLabsRequest.schema("date_after_unix", "int_parsing", "Input should be a valid integer"));
      return;
    }
    List<Future<JsonObject>> rows = bench.jobs().latest().filter(job -> job.provider() == provider() && what(job) == SPEECH_SYNTHESIS)
        .filter(job -> job.over(bench.jobs().now()) && job.acceptedAt().getEpochSecond() >= Long.parseLong(since)).limit(100)
        .map(job -> bench.read(job, input -> ElevenLabsRequest.row(job, input))).toList();
    Future.all(rows).onSuccess(all -> {
      List<JsonObject> wanted = all.<JsonObject>list().stream().filter(row -> model == null || model.equals(row.getString("model_id"))).toList();
      send(ctx, Reply.json(200, JsonObject.of("history", new JsonArray(wanted), "has_more", false)));
    });
  }

  private void flow(RoutingContext ctx) {
    String kind = ctx.pathParam("kind");
    if (!kind.equals("image") && !kind.equals("video")) {
      send(ctx, notFound());
      return;
    }
    intake.take(ctx, new Intake.Request("flows/" + kind, Map.of("kind", kind), fields -> ElevenLabsRequest.wrong(
        ElevenLabsRequest.flow(kind, fields), fields)), job -> send(ctx, Reply.json(200, JsonObject.of("id", job.id(), "status", "pending"))));
  }

  private Optional<SandboxJob> find(RoutingContext ctx) {
    return bench.jobs().find(ctx.pathParam("id")).filter(job -> job.provider() == provider());
  }

  private void look(RoutingContext ctx) {
    SandboxJob job = find(ctx).filter(found -> ctx.pathParam("kind").equals(found.fact("kind"))).orElse(null);
    if (job == null) {
      send(ctx, notFound());
      return;
    }
    if (intake.faulty(ctx, job)) {
      return;
    }
    JsonObject status = JsonObject.of("id", job.id());
    switch (job.phase(bench.jobs().now())) {
      case QUEUED -> send(ctx, Reply.json(200, status.put("status", "pending")).with("Retry-After", "1"));
      case RUNNING -> send(ctx, Reply.json(200, status.put("status", "generating")).with("Retry-After", "1"));
      default -> ended(ctx, job, status);
    }
  }

  private void ended(RoutingContext ctx, SandboxJob job, JsonObject status) {
    String reason = job.fault() == null ? null : switch (job.fault()) {
      case FAILS -> "model_error";
      case REFUSED, NSFW -> "moderated";
      case INVALID -> "invalid_parameters";
      default -> null;
    };
    if (reason != null) {
      send(ctx, Reply.json(200, status.put("status", "failed").put("failure_reason", reason).put("error_message", "The sandbox was asked for it.")));
      return;
    }
    Optional<Reply> garbage = intake.garbage(job);
    if (garbage.isPresent()) {
      send(ctx, garbage.get());
      return;
    }
    bench.files().get(job, 0).map(made -> status.put("status", "completed").put("content_mime_type", made.contentType())
            .put("content_url", bench.origin() + FileShelf.path(job, 0, made)))
        .recover(e -> Future.succeededFuture(status.put("status", "failed").put("error_message", e.getMessage())
            .put("failure_reason", e instanceof Unusable ? "invalid_parameters" : "internal_error")))
        .onSuccess(body -> send(ctx, Reply.json(200, body)));
  }

  @Override
  public Reply refused(Fault fault) {
    return switch (fault) {
      case SUBMIT_401 -> error(401, "invalid_api_key", "Invalid API key");
      case SUBMIT_402 -> error(402, "insufficient_credits", "You have no credits left.");
      case SUBMIT_422 -> ElevenLabsRequest.schema("text", "missing", "Field required");
      case SUBMIT_429 -> error(429, "too_many_concurrent_requests", "Too many concurrent requests.").with("Retry-After", "1");
      case SUBMIT_503 -> error(503, "service_unavailable", "The service is unavailable.");
      default -> error(500, "internal_error", "An internal error occurred.");
    };
  }

  @Override
  public Reply malformed(String message) {
    return ElevenLabsRequest.schema("body", "value_error", message);
  }

  private static Reply notFound() {
    return error(404, "not_found", "Not found");
  }

  static Reply error(int status, String code, String message) {
    return Reply.json(status, JsonObject.of("detail", JsonObject.of("type", "error", "code", code, "status", code, "message", message)));
  }

  private static void send(RoutingContext ctx, Reply reply) {
    reply.send(ctx.response());
  }
}
