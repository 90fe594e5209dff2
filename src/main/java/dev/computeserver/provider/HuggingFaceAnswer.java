package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;

/** Reads what the router's backends answer. */
final class HuggingFaceAnswer {
  private HuggingFaceAnswer() {
  }

  static Step chat(Reply reply) {
    JsonObject json = reply.json();
    JsonArray choices = json.getJsonArray("choices", new JsonArray());
    if (choices.isEmpty()) {
      throw new MissingField("choices");
    }
    JsonObject choice = choices.getJsonObject(0);
    if (!(choice.getValue("message") instanceof JsonObject message)) {
      throw new MissingField("message");
    }
    String end = choice.getValue("finish_reason") instanceof String given ? given : "stop";
    String text = message.getValue("content") instanceof String said ? said : "";
    boolean calls = message.getValue("tool_calls") instanceof JsonArray given && !given.isEmpty();
    if (end.equals("content_filter") || message.getValue("refusal") instanceof String) {
      return refused(reply);
    }
    if (text.isEmpty() && !calls) {
      return end.equals("length")
          ? new Step.Failed(Code.INVALID_INPUT, "no text was made within input.max_tokens; raise it", false, reply.status(), Charged.YES)
          : new Step.Failed(Code.PROVIDER_FAILED, "the provider's answer holds no text", false, reply.status(), Charged.YES);
    }
    JsonObject result = new JsonObject().put("text", text).put("finish_reason", end);
    if (calls) {
      result.put("tool_calls", message.getJsonArray("tool_calls"));
    }
    return new Step.Done(List.of(), json.getValue("usage") instanceof JsonObject usage ? result.put("usage", usage) : result);
  }

  /**
   * A list of vectors, or the OpenAI shape; vectors of single tokens are not what was asked for.
   *
   * @param texts how many there are, each of which wants its vector
   */
  static Step vectors(Reply reply, int texts) {
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
    if (vectors.size() != texts || !vectors.stream().allMatch(vector -> ((JsonArray) vector).stream().allMatch(Number.class::isInstance))) {
      throw new MissingField("embedding");
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
    if (json.getValue("data") instanceof JsonArray data && !data.isEmpty()) {
      return new Step.Done(data.stream().map(each -> picture((JsonObject) each)).toList(), null);
    }
    return new Step.Done(files(json.getValue("output")), null);
  }

  private static Media picture(JsonObject data) {
    return data.getValue("b64_json") instanceof String base64 ? Media.ofBase64(base64, null) : Media.from(required(data, "url"), null);
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
    Object text = json.getValue("text", json.getValue("output"));
    if (!(text instanceof String said)) {
      throw new MissingField("text");
    }
    return new Step.Done(List.of(), told(said, json));
  }

  /** With its segments, which some backends call chunks. */
  private static JsonObject told(String text, JsonObject json) {
    JsonObject result = new JsonObject().put("text", text);
    JsonArray segments = new JsonArray();
    for (Object each : json.getValue("chunks", json.getValue("segments")) instanceof JsonArray parts ? parts : new JsonArray()) {
      JsonObject part = (JsonObject) each;
      boolean pair = part.getValue("timestamp") instanceof JsonArray times && times.size() == 2;
      segments.add(new JsonObject().put("text", part.getString("text"))
          .put("start", pair ? part.getJsonArray("timestamp").getValue(0) : part.getValue("start"))
          .put("end", pair ? part.getJsonArray("timestamp").getValue(1) : part.getValue("end")));
    }
    if (!segments.isEmpty()) {
      result.put("segments", segments);
    }
    return json.getValue("language") instanceof String language ? result.put("language", language) : result;
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
      case "failed", "canceled", "aborted" -> {
        String why = "the prediction ended as " + json.getString("status") + ": " + json.getValue("error");
        yield new Step.Failed(HuggingFace.isRefusal(why) ? Code.CONTENT_REFUSED : Code.PROVIDER_FAILED, why, false, reply.status(), Charged.UNKNOWN);
      }
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
    Object first = output instanceof JsonArray list && !list.isEmpty() ? list.getValue(0) : output;
    if (first instanceof String text) {
      return new Step.Done(List.of(), new JsonObject().put("text", text));
    }
    JsonObject json = first instanceof JsonObject object ? object : new JsonObject();
    Object text = json.getValue("transcription", json.getValue("translation", json.getValue("text")));
    if (!(text instanceof String said)) {
      throw new MissingField("output");
    }
    return new Step.Done(List.of(), told(said, json));
  }

  static Step togetherAccepted(Reply reply) {
    String id = required(reply.json(), "id");
    return new Step.Waiting(new Job(id, new JsonObject().put("backend", "together").put("path", "/together/v2/videos/" + id)), null);
  }

  static Step togetherVideo(Job job, Reply reply) {
    JsonObject json = reply.json();
    required(json, "id");
    return switch (json.getValue("status") instanceof String status ? status : "queued") {
      case "completed" -> new Step.Done(List.of(Media.at(required(json.getJsonObject("outputs", new JsonObject()), "video_url"), null)), null);
      case "failed", "cancelled" -> new Step.Failed(Code.PROVIDER_FAILED, "the video failed: " + (json.getValue("error") instanceof JsonObject error
          ? error.getString("message") : "no reason is given"), false, reply.status(), Charged.UNKNOWN);
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
