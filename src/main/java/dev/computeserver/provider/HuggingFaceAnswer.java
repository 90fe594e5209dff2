package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what the router's backends answer. What comes with the reply to the submit cannot be asked for again: a whole reply without it
 * is a failure that is paid.
 */
final class HuggingFaceAnswer {
  private static final Set<String> ENDED_BADLY = Set.of("failed", "canceled", "aborted");

  private static final Pattern PATH = Pattern.compile("^https?://[^/]+(/[^?#]+)");

  private HuggingFaceAnswer() {
  }

  /** @param limited whether the client has chosen the length */
  static Step chat(Reply reply, boolean limited) {
    List<JsonObject> told = reply.objects();
    JsonObject json = told.size() > 1 || reply.isEvents() ? joined(told) : told.isEmpty() ? reply.json() : told.get(0);
    JsonObject choice = Json.objects(json, "choices").stream().findFirst().orElseGet(JsonObject::new);
    JsonObject message = Json.object(choice, "message");
    String end = Json.text(choice, "finish_reason", "stop");
    String text = Objects.requireNonNullElse(Json.words(choice.isEmpty() ? json : choice.getValue(choice.getValue("message") == null ? "text" : "message")), "");
    JsonArray calls = Json.array(message, "tool_calls");
    if (Words.of(end).equals("content_filter") || !Json.text(message, "refusal", "").isBlank()) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider's content filter stopped the answer; change the prompt", false, reply.status(),
          Charged.UNKNOWN);
    }
    if (text.isEmpty() && calls.isEmpty()) {
      return Words.of(end).equals("length")
          ? Refusal.noText(reply, limited)
          : Refusal.empty(reply, "a text", Charged.YES);
    }
    JsonObject result = new JsonObject().put("text", text).put("finish_reason", end);
    if (!calls.isEmpty()) {
      result.put("tool_calls", calls);
    }
    return new Step.Done(List.of(), used(json, result));
  }

  /** Some backends stream though they are not asked to; without the reason why it has ended a stream has broken off. */
  private static JsonObject joined(List<JsonObject> events) {
    if (events.size() == 1 && Json.objects(events.get(0), "choices").stream().noneMatch(choice -> choice.containsKey("delta"))) {
      return events.get(0);
    }
    StringBuilder text = new StringBuilder();
    JsonObject choice = new JsonObject();
    JsonObject json = new JsonObject().put("choices", JsonArray.of(choice));
    for (JsonObject event : events) {
      JsonObject piece = Json.objects(event, "choices").stream().findFirst().orElseGet(JsonObject::new);
      text.append(Json.text(Json.object(piece, "delta"), "content", ""));
      if (Json.text(piece, "finish_reason") != null) {
        choice.put("finish_reason", piece.getValue("finish_reason"));
      }
      used(event, json);
    }
    Json.required(choice, "finish_reason");
    choice.put("message", new JsonObject().put("content", text.toString()));
    return json;
  }

  private static JsonObject used(JsonObject json, JsonObject result) {
    return json.getValue("usage") instanceof JsonObject usage ? result.put("usage", usage) : result;
  }

  /**
   * A list of vectors, or the OpenAI shape; vectors of single tokens are not what was asked for.
   *
   * @param texts how many there are, each of which wants its vector
   */
  static Step vectors(Reply reply, int texts) {
    Object told = reply.isEvents() ? reply.json() : Json.read(reply.body());
    JsonObject json = told instanceof JsonObject object ? object : new JsonObject();
    List<?> vectors = Vectors.in(told == json ? json.getValue("data", json.getValue("embeddings", json)) : told);
    if (vectors.stream().anyMatch(each -> each instanceof JsonArray vector && !vector.isEmpty() && vector.getValue(0) instanceof JsonArray)) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the model gives a vector for each token instead of each text; choose another model", false,
          reply.status(), Charged.YES);
    }
    JsonObject result = Vectors.result(vectors, texts);
    return result == null ? Refusal.empty(reply, "a vector for each text", Charged.YES) : new Step.Done(List.of(), used(json, result));
  }

  /** Bare bytes, base64 or a link. */
  static Step picture(Reply reply) {
    if (reply.isFile()) {
      return bare(reply);
    }
    if (reply.body().length() == 0) {
      return Refusal.empty(reply, "a picture", Charged.YES);
    }
    JsonObject json = reply.json();
    return made(Media.in(json, null, "data", "output", "images"), reply);
  }

  private static Step made(List<Media> media, Reply reply) {
    return media.isEmpty() ? Refusal.empty(reply, "a file", Charged.YES) : new Step.Done(media, null);
  }

  static Step sound(Reply reply) {
    Media inJson = reply.fileInJson(null);
    return inJson != null ? made(List.of(inJson), reply) : reply.isFile() ? bare(reply) : Refusal.empty(reply, "a sound", Charged.YES);
  }

  private static Step bare(Reply reply) {
    return new Step.Done(List.of(Media.of(reply.body(), reply.headers().get("Content-Type"))), null);
  }

  static Step transcript(Reply reply) {
    JsonObject json = reply.json();
    return told(Json.words(json), json, reply);
  }

  /** With its segments, which some backends call chunks. */
  private static Step told(String text, JsonObject json, Reply reply) {
    if (text == null) {
      return Refusal.empty(reply, "a text", Charged.YES);
    }
    JsonObject result = new JsonObject().put("text", text);
    JsonArray segments = Segments.of(json, json.getValue("chunks") instanceof JsonArray ? "chunks" : "segments");
    if (!segments.isEmpty()) {
      result.put("segments", segments);
    }
    String language = Json.text(json, "language");
    return new Step.Done(List.of(), language == null ? result : result.put("language", language));
  }

  /** @param model fal's name of it */
  static Step falAccepted(Reply reply, String model) {
    JsonObject json = reply.json();
    String id = FalStandard.requestId(reply);
    // The link leads to fal itself, where our token opens nothing: the router wants its path alone.
    Matcher link = PATH.matcher(Json.text(json, "response_url", ""));
    String path = "/fal-ai" + (link.find() ? link.group(1) : FalStandard.request(model, id));
    return new Step.Waiting(new Job(id, new JsonObject().put("backend", "fal-ai").put("path", path)), place(json));
  }

  static Step falStatus(Job job, JsonObject json) {
    return Words.required(json, "status").equals("completed")
        ? new Step.Then(Exchange.get(job.link("path") + "?_subdomain=queue", HuggingFaceAnswer::falFile).tellingEnd())
        : new Step.Waiting(job, place(json));
  }

  private static JsonObject place(JsonObject json) {
    Integer place = Json.whole(json, "queue_position");
    return place == null ? null : new JsonObject().put("queue_position", place);
  }

  /** fal's own results have the same shape here as there. */
  static Step falFile(Reply reply) {
    return FalResult.of(reply, true);
  }

  /**
   * A prediction, whole or under way; what a transcript model puts out is text.
   *
   * @param known the job that was looked at, or null where the prediction has just been made
   */
  static Step prediction(Reply reply, boolean text, Job known) {
    JsonObject json = reply.json();
    String status = known == null && Ids.in(json, "id") != null ? Words.of(json.getValue("status")) : Words.required(json, "status");
    if (status.equals("succeeded")) {
      Object output = json.getValue("output");
      return text ? said(output, reply) : made(Media.all(output, null), reply);
    }
    if (ENDED_BADLY.contains(status)) {
      String why = "the prediction ended as " + status + ": " + why(json);
      return new Step.Failed(HuggingFace.isRefusal(why) ? Code.CONTENT_REFUSED : Code.PROVIDER_FAILED, why, false, reply.status(), Charged.UNKNOWN);
    }
    return new Step.Waiting(known == null ? job(Ids.required(json, "id"), text) : known, null);
  }

  private static Job job(String id, boolean text) {
    JsonObject data = new JsonObject().put("backend", "replicate").put("path", "/replicate/v1/predictions/" + Json.encoded(id));
    return new Job(id, text ? data.put("text", "yes") : data);
  }

  private static String why(JsonObject json) {
    return Json.text(Json.object(json, "error"), "message", Json.text(json, "error", "no reason is given"));
  }

  private static Step said(Object output, Reply reply) {
    Object first = output instanceof JsonArray list && !list.isEmpty() ? list.getValue(0) : output;
    if (first instanceof String text) {
      return told(text, new JsonObject(), reply);
    }
    JsonObject json = first instanceof JsonObject object ? object : new JsonObject();
    return told(Json.text(json, "transcription", Json.text(json, "translation", Json.text(json, "text"))), json, reply);
  }

  static Step togetherAccepted(Reply reply) {
    String id = Ids.required(reply.json(), "id");
    return new Step.Waiting(new Job(id, new JsonObject().put("backend", "together").put("path", "/together/v2/videos/" + Json.encoded(id))), null);
  }

  static Step togetherVideo(Job job, Reply reply) {
    JsonObject json = reply.json();
    String status = json.containsKey("id") ? Words.of(json.getValue("status")) : Words.required(json, "status");
    if (status.equals("completed")) {
      List<Media> videos = Json.entries(json, json.getValue("outputs") == null ? "output" : "outputs").stream().map(each -> Media.named(each, null)).filter(each -> !each.isMissing()).toList();
      return made(videos, reply);
    }
    return ENDED_BADLY.contains(status)
        ? AccountWords.ofJob(new Step.Failed(Code.PROVIDER_FAILED, "the video ended as " + status + ": " + why(json), false, reply.status(), Charged.UNKNOWN),
            ErrorWords.of(reply))
        : new Step.Waiting(job, null);
  }
}
