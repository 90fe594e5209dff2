package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Set;

/** Reads what the router's backends answer. */
final class HuggingFaceAnswer {
  private static final Set<String> UNSAFE = Set.of("content_filter");

  private HuggingFaceAnswer() {
  }

  static Step chat(Reply reply) {
    JsonObject json = reply.json();
    JsonArray choices = json.getJsonArray("choices", new JsonArray());
    if (choices.isEmpty()) {
      throw new MissingField("choices");
    }
    JsonObject choice = choices.getJsonObject(0);
    String end = choice.getString("finish_reason", "stop");
    if (UNSAFE.contains(end)) {
      return refused(reply);
    }
    JsonObject result = new JsonObject().put("text", choice.getJsonObject("message", new JsonObject()).getString("content", ""))
        .put("finish_reason", end);
    return new Step.Done(List.of(), json.getJsonObject("usage") == null ? result : result.put("usage", json.getJsonObject("usage")));
  }

  /** A list of vectors, or the OpenAI shape; vectors of single tokens are not what was asked for. */
  static Step vectors(Reply reply) {
    JsonArray vectors;
    JsonObject result = new JsonObject();
    if (reply.body().length() > 0 && reply.body().getByte(0) == '[') {
      vectors = reply.body().toJsonArray();
      vectors = vectors.isEmpty() || vectors.getValue(0) instanceof JsonArray ? vectors : new JsonArray().add(vectors);
    } else {
      JsonObject json = reply.json();
      vectors = new JsonArray(json.getJsonArray("data", new JsonArray()).stream().map(each -> ((JsonObject) each).getJsonArray("embedding")).toList());
      if (json.getJsonObject("usage") != null) {
        result.put("usage", json.getJsonObject("usage"));
      }
    }
    if (vectors.isEmpty() || vectors.getJsonArray(0).isEmpty()) {
      throw new MissingField("embedding");
    }
    if (vectors.getJsonArray(0).getValue(0) instanceof JsonArray) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the model gives a vector for each token instead of each text; choose another model", false,
          reply.status(), Charged.YES);
    }
    return new Step.Done(List.of(), result.put("vectors", vectors).put("dimensions", vectors.getJsonArray(0).size()));
  }

  /** Bare bytes, base64 or a link. */
  static Step picture(Reply reply) {
    String type = reply.headers().get("Content-Type");
    if (type != null && type.startsWith("image/") && reply.body().length() > 0) {
      return new Step.Done(List.of(Media.of(reply.body(), type)), null);
    }
    JsonObject json = reply.json();
    JsonArray data = json.getJsonArray("data", new JsonArray());
    JsonArray output = json.getJsonArray("output", new JsonArray());
    if (!data.isEmpty() && data.getJsonObject(0).getString("b64_json") != null) {
      return new Step.Done(List.of(Media.ofBase64(data.getJsonObject(0).getString("b64_json"), null)), null);
    }
    String url = !data.isEmpty() ? data.getJsonObject(0).getString("url") : output.isEmpty() ? null : output.getString(0);
    if (url == null) {
      throw new MissingField("data");
    }
    return new Step.Done(List.of(Media.from(url, null)), null);
  }

  static Step sound(Reply reply) {
    String type = reply.headers().get("Content-Type");
    if (reply.body().length() == 0 || type != null && (type.startsWith("text/") || type.startsWith("application/json"))) {
      throw new MissingField("audio");
    }
    return new Step.Done(List.of(Media.of(reply.body(), type)), null);
  }

  static Step transcript(Reply reply) {
    JsonObject json = reply.json();
    if (json.getString("text") == null) {
      throw new MissingField("text");
    }
    return new Step.Done(List.of(), told(json.getString("text"), json));
  }

  private static JsonObject told(String text, JsonObject json) {
    JsonObject result = new JsonObject().put("text", text);
    JsonArray segments = new JsonArray();
    for (Object each : json.getValue("chunks") instanceof JsonArray chunks ? chunks : new JsonArray()) {
      JsonObject chunk = (JsonObject) each;
      JsonArray times = chunk.getJsonArray("timestamp", new JsonArray());
      segments.add(new JsonObject().put("text", chunk.getString("text"))
          .put("start", times.size() > 0 ? times.getValue(0) : null).put("end", times.size() > 1 ? times.getValue(1) : null));
    }
    if (!segments.isEmpty()) {
      result.put("segments", segments);
    }
    return json.getString("language") == null ? result : result.put("language", json.getString("language"));
  }

  static Step falAccepted(Reply reply) {
    JsonObject json = reply.json();
    // The link leads to fal itself, where our token opens nothing: the router wants its path alone.
    String path = "/fal-ai" + URI.create(required(json, "response_url")).getPath();
    Integer place = json.getInteger("queue_position");
    return new Step.Waiting(new Job(required(json, "request_id"), new JsonObject().put("backend", "fal-ai").put("path", path)),
        place == null ? null : new JsonObject().put("queue_position", place));
  }

  static Step falStatus(Job job, JsonObject json) {
    Integer place = json.getInteger("queue_position");
    return "COMPLETED".equals(required(json, "status"))
        ? new Step.Then(Exchange.get(job.link("path") + "?_subdomain=queue", HuggingFaceAnswer::falFile).tellingEnd())
        : new Step.Waiting(job, place == null ? null : new JsonObject().put("queue_position", place));
  }

  /** fal's own results have the same shape here as there. */
  static Step falFile(Reply reply) {
    return FalResult.of(reply, true);
  }

  /** A prediction, whole or under way; what a transcript model puts out is text. */
  static Step prediction(Reply reply, boolean text) {
    JsonObject json = reply.json();
    String id = required(json, "id");
    return switch (required(json, "status")) {
      case "succeeded" -> text ? said(json.getValue("output")) : new Step.Done(files(json.getValue("output")), null);
      case "failed", "canceled", "aborted" -> new Step.Failed(Code.PROVIDER_FAILED, "the prediction ended as " + json.getString("status") + ": "
          + json.getValue("error"), false, reply.status(), Charged.UNKNOWN);
      default -> {
        JsonObject data = new JsonObject().put("backend", "replicate").put("path", "/replicate/v1/predictions/" + id);
        yield new Step.Waiting(new Job(id, text ? data.put("text", "yes") : data), null);
      }
    };
  }

  private static List<Media> files(Object output) {
    List<Media> files = output instanceof JsonArray list ? list.stream().map(each -> Media.from((String) each, null)).toList()
        : output instanceof String url ? List.of(Media.from(url, null)) : List.of();
    if (files.isEmpty()) {
      throw new MissingField("output");
    }
    return files;
  }

  private static Step said(Object output) {
    if (output instanceof String text) {
      return new Step.Done(List.of(), new JsonObject().put("text", text));
    }
    JsonObject json = (JsonObject) output;
    return new Step.Done(List.of(), told(json.getString("transcription") == null ? required(json, "text") : json.getString("transcription"), json));
  }

  static Step togetherAccepted(Reply reply) {
    String id = required(reply.json(), "id");
    return new Step.Waiting(new Job(id, new JsonObject().put("backend", "together").put("path", "/together/v2/videos/" + id)), null);
  }

  static Step togetherVideo(Job job, Reply reply) {
    JsonObject json = reply.json();
    return switch (required(json, "status")) {
      case "completed" -> new Step.Done(List.of(Media.at(required(json.getJsonObject("outputs", new JsonObject()), "video_url"), null)), null);
      case "failed", "cancelled" -> new Step.Failed(Code.PROVIDER_FAILED, "the video failed: "
          + json.getJsonObject("error", new JsonObject()).getString("message", "no reason is given"), false, reply.status(), Charged.UNKNOWN);
      default -> new Step.Waiting(job, null);
    };
  }

  private static Step.Failed refused(Reply reply) {
    return new Step.Failed(Code.CONTENT_REFUSED, "the provider's content filter stopped the answer; change the prompt", false, reply.status(),
        Charged.UNKNOWN);
  }

  private static String required(JsonObject json, String field) {
    String value = json.getString(field);
    if (value == null || value.isEmpty()) {
      throw new MissingField(field);
    }
    return value;
  }
}
