package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads what OpenAI answers. */
final class OpenaiResult {
  private static final String REFUSAL = "the provider refused to answer: ";

  private OpenaiResult() {
  }

  static Step images(Reply reply) {
    JsonObject json = reply.json();
    if (!(json.getValue("data") instanceof JsonArray data)) {
      throw new MissingField("data");
    }
    String type = "image/" + text(json, "output_format", "png").replace("svg", "svg+xml");
    String[] size = text(json, "size", "").split("x");
    boolean sized = size.length == 2 && size[0].matches("\\d{1,5}") && size[1].matches("\\d{1,5}");
    List<Media> media = new ArrayList<>();
    for (JsonObject each : objects(data).toList()) {
      String base64 = text(each, "b64_json", null);
      Media picture = base64 == null ? Media.from(required(each, "url"), type) : Media.ofBase64(base64, type);
      media.add(sized ? picture.sized(Integer.valueOf(size[0]), Integer.valueOf(size[1])) : picture);
    }
    if (media.isEmpty()) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the provider's result holds no picture", false, reply.status(), Charged.YES);
    }
    JsonObject facts = copy(json, new JsonObject(), "usage");
    return new Step.Done(media, facts.isEmpty() ? null : facts);
  }

  /** A response, in whatever state it is. */
  static Step response(Reply reply) {
    JsonObject json = reply.json();
    return switch (required(json, "status")) {
      case "completed" -> answered(json, reply);
      case "incomplete" -> cutShort(json, reply);
      case "failed" -> failed(object(json, "error"), reply);
      case "cancelled" -> new Step.Failed(Code.PROVIDER_FAILED, "the response was cancelled at the provider", false, reply.status(),
          Charged.UNKNOWN);
      default -> new Step.Waiting(new Job(required(json, "id"), new JsonObject()), null);
    };
  }

  private static Step answered(JsonObject json, Reply reply) {
    String refusal = joined(json, "refusal");
    if (!refusal.isEmpty()) {
      return new Step.Failed(Code.CONTENT_REFUSED, REFUSAL + refusal, false, reply.status(), Charged.YES);
    }
    if (!(json.getValue("output") instanceof JsonArray)) {
      throw new MissingField("output");
    }
    JsonObject result = new JsonObject().put("text", joined(json, "text"));
    List<JsonObject> calls = objects(json.getValue("output")).filter(item -> "function_call".equals(item.getValue("type"))).toList();
    if (!calls.isEmpty()) {
      result.put("tool_calls", new JsonArray(calls));
    } else if (result.getString("text").isEmpty()) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the provider's answer holds no text", false, reply.status(), Charged.YES);
    }
    return new Step.Done(List.of(), copy(json, result, "usage"));
  }

  private static Step cutShort(JsonObject json, Reply reply) {
    String reason = text(object(json, "incomplete_details"), "reason", "unknown");
    String text = joined(json, "text");
    if (reason.equals("content_filter")) {
      return new Step.Failed(Code.CONTENT_REFUSED, REFUSAL + reason, false, reply.status(), Charged.YES);
    }
    if (text.isEmpty()) {
      return new Step.Failed(Code.INVALID_INPUT, "no text was made within input.max_tokens (" + reason + "); raise it", false, reply.status(),
          Charged.YES);
    }
    return new Step.Done(List.of(), copy(json, new JsonObject().put("text", text).put("finish_reason", reason), "usage"));
  }

  private static Step failed(JsonObject error, Reply reply) {
    String code = text(error, "code", "");
    String message = "the provider failed (" + code + "): " + text(error, "message", "no reason given");
    Code ours = switch (code) {
      case "rate_limit_exceeded" -> Code.PROVIDER_RATE_LIMITED;
      case "image_content_policy_violation" -> Code.CONTENT_REFUSED;
      case "invalid_prompt" -> message.contains("policy") ? Code.CONTENT_REFUSED : Code.INVALID_INPUT;
      case "image_too_large", "failed_to_download_image" -> Code.INVALID_INPUT;
      default -> code.startsWith("invalid_") ? Code.INVALID_INPUT : Code.PROVIDER_FAILED;
    };
    boolean retryable = ours == Code.PROVIDER_RATE_LIMITED || code.equals("server_error");
    return new Step.Failed(ours, message, retryable, reply.status(), Charged.UNKNOWN);
  }

  /** All texts of the output's messages: the field {@code text} or {@code refusal} of their parts. */
  private static String joined(JsonObject json, String field) {
    return objects(json.getValue("output"))
        .filter(item -> "message".equals(item.getValue("type")))
        .flatMap(item -> objects(item.getValue("content")))
        .map(part -> text(part, field, ""))
        .collect(Collectors.joining());
  }

  /** @param texts how many there are, each of which wants its vector */
  static Step vectors(Reply reply, int texts) {
    JsonObject json = reply.json();
    List<JsonObject> data = objects(json.getValue("data")).toList();
    if (data.size() != texts) {
      throw new MissingField("data");
    }
    JsonArray[] vectors = new JsonArray[data.size()];
    for (int i = 0; i < vectors.length; i++) {
      vectors[data.get(i).getInteger("index", i)] = data.get(i).getJsonArray("embedding");
    }
    JsonObject result = new JsonObject().put("vectors", new JsonArray(List.of((Object[]) vectors))).put("dimensions", vectors[0].size());
    return new Step.Done(List.of(), copy(json, result, "usage"));
  }

  static Step sound(Reply reply, String format) {
    String told = reply.headers().get("Content-Type");
    if (reply.body().length() == 0 || told != null && (told.startsWith("text/") || told.startsWith("application/json"))) {
      throw new IllegalArgumentException("the reply is no sound");
    }
    String type = switch (format) {
      case "opus" -> "audio/ogg";
      case "aac" -> "audio/aac";
      case "flac" -> "audio/flac";
      case "wav" -> "audio/wav";
      case "pcm" -> "audio/pcm";
      default -> "audio/mpeg";
    };
    return new Step.Done(List.of(Media.of(reply.body(), told != null && told.startsWith("audio/") ? told : type)), null);
  }

  /** As JSON, or bare where a client has asked for subtitles. */
  static Step transcript(Reply reply) {
    String type = String.valueOf(reply.headers().get("Content-Type"));
    if (type.matches("(text/(plain|vtt|srt)|application/x-subrip).*") && reply.body().length() > 0 && reply.body().getByte(0) != '{') {
      return new Step.Done(List.of(), new JsonObject().put("text", reply.body().toString()));
    }
    JsonObject json = reply.json();
    if (!(json.getValue("text") instanceof String)) {
      throw new MissingField("text");
    }
    JsonObject result = copy(json, new JsonObject(), "text");
    if (json.getValue("segments") instanceof JsonArray segments) {
      result.put("segments", new JsonArray(objects(segments)
          .map(each -> copy(each, new JsonObject(), "text", "start", "end", "speaker")).toList()));
    }
    objects(json.getValue("languages")).findFirst().ifPresent(first -> result.put("language", first.getValue("code")));
    return new Step.Done(List.of(), copy(json, result, "language", "usage"));
  }

  private static JsonObject copy(JsonObject from, JsonObject to, String... fields) {
    for (String field : fields) {
      if (from.getValue(field) != null) {
        to.put(field, from.getValue(field));
      }
    }
    return to;
  }

  private static Stream<JsonObject> objects(Object array) {
    return array instanceof JsonArray list ? list.stream().filter(JsonObject.class::isInstance).map(JsonObject.class::cast) : Stream.empty();
  }

  private static JsonObject object(JsonObject json, String field) {
    return json.getValue(field) instanceof JsonObject object ? object : new JsonObject();
  }

  private static String text(JsonObject json, String field, String otherwise) {
    return json.getValue(field) instanceof String text ? text : otherwise;
  }

  private static String required(JsonObject json, String field) {
    if (json.getValue(field) instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw new MissingField(field);
  }
}
