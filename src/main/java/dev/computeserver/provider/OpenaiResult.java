package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Reads what OpenAI answers. */
final class OpenaiResult {
  private static final String REFUSAL = "the provider refused to answer: ";
  private static final Map<String, String> PICTURES = Map.of("jpeg", "image/jpeg", "webp", "image/webp", "gif", "image/gif", "svg", "image/svg+xml");
  private static final Map<String, String> SOUNDS = Map.of("opus", "audio/ogg", "aac", "audio/aac", "flac", "audio/flac", "wav", "audio/wav",
      "pcm", "audio/pcm");
  private static final Map<String, Code> FAILURES = Map.of("rate_limit_exceeded", Code.PROVIDER_RATE_LIMITED,
      "image_content_policy_violation", Code.CONTENT_REFUSED, "image_too_large", Code.INVALID_INPUT, "failed_to_download_image", Code.INVALID_INPUT,
      "slow_down", Code.PROVIDER_RATE_LIMITED);

  private OpenaiResult() {
  }

  static Step images(Reply reply) {
    JsonObject json = pictures(reply);
    String type = PICTURES.getOrDefault(Json.text(json, "output_format", "png"), "image/png");
    String[] size = Json.text(json, "size", "").split("x");
    boolean sized = size.length == 2 && size[0].matches("\\d{1,5}") && size[1].matches("\\d{1,5}");
    List<Media> media = Media.in(json, type, "data", "images").stream()
        .map(each -> sized ? each.sized(Integer.valueOf(size[0]), Integer.valueOf(size[1])) : each).toList();
    if (media.isEmpty()) {
      return Refusal.empty(reply, "a picture", Charged.YES);
    }
    JsonObject facts = withUsage(json, new JsonObject());
    return new Step.Done(media, facts.isEmpty() ? null : facts);
  }

  /** Each picture may come in an event of its own, behind sketches of it. */
  private static JsonObject pictures(Reply reply) {
    List<JsonObject> told = reply.objects();
    List<JsonObject> made = told.stream().filter(event -> Json.text(event, "type", "").endsWith(".completed")).toList();
    if (made.isEmpty() && told.stream().anyMatch(event -> Json.text(event, "type", "").endsWith("partial_image"))) {
      throw new MissingField("image_generation.completed");
    }
    return made.isEmpty() ? reply.json() : made.get(made.size() - 1).copy().put("data", new JsonArray(made));
  }

  /** The reply to a submit: a response in whatever state it is, most often a new one. */
  static Step begun(Reply reply) {
    JsonObject json = reply.newest("response");
    Step end = ended(json, Words.of(json.getValue("status")), reply);
    return end == null ? new Step.Waiting(new Job(Ids.required(json, "id"), new JsonObject()), null) : end;
  }

  /** A look at a response. */
  static Step looked(Job job, Reply reply) {
    JsonObject json = reply.newest("response");
    Step end = ended(json, Words.required(json, "status"), reply);
    return end == null ? new Step.Waiting(job, null) : end;
  }

  /** Null where it has not ended. */
  private static Step ended(JsonObject json, String status, Reply reply) {
    return switch (status) {
      case "completed" -> answered(json, reply);
      case "incomplete" -> cutShort(json, reply);
      case "failed" -> failed(json, reply);
      case "canceled" -> new Step.Failed(Code.PROVIDER_FAILED, "the response was cancelled at the provider", false, reply.status(),
          Charged.UNKNOWN);
      default -> null;
    };
  }

  private static Step answered(JsonObject json, Reply reply) {
    String refusal = joined(json, "refusal");
    if (!refusal.isBlank()) {
      return new Step.Failed(Code.CONTENT_REFUSED, REFUSAL + refusal, false, reply.status(), Charged.YES);
    }
    JsonObject result = new JsonObject().put("text", text(json));
    List<JsonObject> calls = Json.objects(json, "output").stream().filter(item -> "function_call".equals(item.getValue("type"))).toList();
    if (!calls.isEmpty()) {
      result.put("tool_calls", new JsonArray(calls));
    } else if (result.getString("text").isEmpty()) {
      return Refusal.empty(reply, "a text", Charged.YES);
    }
    return new Step.Done(List.of(), withUsage(json, result));
  }

  private static Step cutShort(JsonObject json, Reply reply) {
    String reason = Json.text(Json.object(json, "incomplete_details"), "reason", "unknown");
    String text = text(json);
    if (Words.of(reason).equals("content_filter")) {
      return new Step.Failed(Code.CONTENT_REFUSED, REFUSAL + reason, false, reply.status(), Charged.YES);
    }
    if (!text.isEmpty()) {
      return new Step.Done(List.of(), withUsage(json, new JsonObject().put("text", text).put("finish_reason", reason)));
    }
    return Words.of(reason).equals("max_output_tokens")
        ? Refusal.noText(reply, json.getValue("max_output_tokens") != null)
        : Refusal.empty(reply, "a text", Charged.YES);
  }

  private static Step failed(JsonObject json, Reply reply) {
    JsonObject error = Json.object(json, "error");
    String code = Words.of(error.getValue("code"));
    String message = "the provider failed (" + code + "): " + Json.text(error, "message", "no reason given");
    Code usual = code.startsWith("invalid_") ? Code.INVALID_INPUT : Code.PROVIDER_FAILED;
    Code ours = code.equals("invalid_prompt") && message.contains("policy") ? Code.CONTENT_REFUSED : Openai.QUOTA.contains(code) ? Code.PROVIDER_QUOTA
        : FAILURES.getOrDefault(code, usual);
    Double tokens = Json.number(Json.object(json, "usage"), "total_tokens");
    return AccountWords.ofJob(new Step.Failed(ours, message, code.equals("server_error"), reply.status(), tokens != null && tokens > 0 ? Charged.YES
        : Charged.UNKNOWN), code + " " + Json.text(error, "message", ""));
  }

  private static String text(JsonObject json) {
    String text = joined(json, "text");
    return text.isEmpty() ? Objects.requireNonNullElse(Json.words(json.getValue("output_text")), "") : text;
  }

  /** What a message is made of; a bare text, or a text without a message around it, is a part itself. */
  private static JsonArray parts(Object item) {
    if (!(item instanceof JsonObject object)) {
      return JsonArray.of(item);
    }
    return switch (Json.text(object, "type", "message")) {
      case "message" -> Json.entries(object, "content");
      case "output_text", "text", "refusal" -> JsonArray.of(object);
      default -> new JsonArray();
    };
  }

  /** All texts of the output's messages: the field {@code text} or {@code refusal} of their parts, or the bare text. */
  private static String joined(JsonObject json, String field) {
    return Json.entries(json, "output").stream().flatMap(item -> parts(item).stream())
        .map(part -> part instanceof JsonObject object ? Json.text(object, field, "") : part instanceof String text && field.equals("text") ? text : "")
        .collect(Collectors.joining());
  }

  /** @param texts how many there are, each of which wants its vector */
  static Step vectors(Reply reply, int texts) {
    JsonObject json = reply.json();
    List<JsonObject> data = Json.objects(json, "data");
    Object[] vectors = new Object[data.size()];
    for (int i = 0; i < vectors.length; i++) {
      Integer index = Json.whole(data.get(i), "index");
      vectors[index == null || index < 0 || index >= vectors.length ? i : index] = data.get(i);
    }
    JsonObject result = Vectors.result(Vectors.in(new JsonArray(Arrays.asList(vectors))), texts);
    return result == null ? Refusal.empty(reply, "a vector for each text", Charged.YES) : new Step.Done(List.of(), withUsage(json, result));
  }

  static Step sound(Reply reply, String format) {
    Media inJson = reply.fileInJson(SOUNDS.getOrDefault(format, "audio/mpeg"));
    if (inJson != null) {
      return new Step.Done(List.of(inJson), null);
    }
    if (reply.body().length() == 0 || reply.isJson()) {
      return Refusal.empty(reply, "a sound", Charged.UNKNOWN);
    }
    if (!reply.isFile()) {
      throw new IllegalArgumentException("the reply is a page");
    }
    String told = reply.headers().get("Content-Type");
    String type = SOUNDS.getOrDefault(format, "audio/mpeg");
    return new Step.Done(List.of(Media.of(reply.body(), told != null && told.startsWith("audio/") && !type.equals("audio/pcm") ? told : type)), null);
  }

  /** As JSON, or bare where a client has asked for subtitles. */
  static Step transcript(Reply reply) {
    String type = String.valueOf(reply.headers().get("Content-Type"));
    if (type.matches("(text/(plain|vtt|srt)|application/x-subrip).*") && reply.body().length() > 0 && !reply.isJson() && !reply.isEvents()) {
      return new Step.Done(List.of(), new JsonObject().put("text", reply.body().toString().replaceFirst("^\ufeff", "")));
    }
    JsonObject json = reply.json();
    // Silence has an empty text, which is not the same as none.
    String text = Json.text(json, "text");
    if (text == null) {
      return Refusal.empty(reply, "a text", Charged.YES);
    }
    JsonObject result = new JsonObject().put("text", text);
    if (json.getValue("segments") instanceof JsonArray) {
      result.put("segments", new JsonArray(Json.objects(json, "segments").stream().map(OpenaiResult::segment).toList()));
    }
    String language = Json.objects(json, "languages").stream().map(each -> Json.text(each, "code", "")).findFirst().orElse("");
    put(result, "language", Json.text(json, "language", language.isEmpty() ? null : language));
    return new Step.Done(List.of(), withUsage(json, result));
  }

  private static JsonObject segment(JsonObject told) {
    JsonObject segment = new JsonObject();
    put(segment, "text", Json.text(told, "text"));
    put(segment, "start", Json.number(told, "start"));
    put(segment, "end", Json.number(told, "end"));
    put(segment, "speaker", Json.text(told, "speaker"));
    return segment;
  }

  private static void put(JsonObject to, String field, Object value) {
    if (value != null) {
      to.put(field, value);
    }
  }

  private static JsonObject withUsage(JsonObject from, JsonObject to) {
    JsonObject usage = Json.object(from, "usage");
    return usage.isEmpty() ? to : to.put("usage", usage);
  }
}
