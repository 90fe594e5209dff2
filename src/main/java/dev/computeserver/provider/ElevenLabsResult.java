package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Reads what ElevenLabs answers: sound, transcripts, and how flows are doing. */
final class ElevenLabsResult {
  private static final Set<String> PASSING = Set.of("timeout", "model_error", "dependency_failed", "internal_error");

  private ElevenLabsResult() {
  }

  static Step heard(Reply reply, String type, String note) {
    Media inJson = reply.fileInJson(type);
    if (inJson == null && isSilent(reply)) {
      return Refusal.empty(reply, "a sound", Charged.UNKNOWN);
    }
    if (inJson == null && !reply.isFile()) {
      throw new MissingField("audio");
    }
    String cost = reply.headers().get("character-cost");
    JsonObject result = new JsonObject();
    if (cost != null && cost.matches("\\d{1,9}")) {
      result.put("usage", new JsonObject().put("characters", Integer.parseInt(cost)));
    }
    if (note != null) {
      result.put("note", note);
    }
    return new Step.Done(List.of(inJson == null ? Media.of(reply.body(), type) : inJson), result.isEmpty() ? null : result);
  }

  private static boolean isSilent(Reply reply) {
    return reply.body().length() == 0 || reply.isJson();
  }

  /** Sound with a transcript for each channel comes as a list of them. */
  static Step transcript(Reply reply) {
    JsonObject json = reply.json();
    List<JsonObject> parts = json.getValue("transcripts") != null ? Json.objects(json, "transcripts") : List.of(json);
    // Silence has an empty text, which is not the same as none.
    List<String> texts = parts.stream().map(part -> Json.text(part, "text")).filter(Objects::nonNull).toList();
    if (texts.isEmpty()) {
      return Refusal.empty(reply, "a text", Charged.UNKNOWN);
    }
    JsonArray segments = new JsonArray();
    parts.forEach(part -> segments.addAll(Sentences.of(Json.array(part, "words"))));
    JsonObject result = new JsonObject().put("text", String.join("\n", texts)).put("segments", segments);
    parts.stream().map(part -> Json.text(part, "language_code")).filter(Objects::nonNull).findFirst()
        .ifPresent(code -> result.put("language", code));
    return new Step.Done(List.of(), result);
  }

  /** Speech in the history can be asked for again. */
  static Step kept(Reply reply, String type) {
    if (reply.fileInJson(type) == null && isSilent(reply)) {
      throw new MissingField("audio");
    }
    return heard(reply, type, null);
  }

  static Step looked(Job job, Reply reply) {
    JsonObject json = reply.json();
    return switch (Words.required(json, "status")) {
      case "completed" -> completed(json);
      case "failed" -> failed(Json.text(json, "failure_reason", ""), Json.text(json, "error_message", "no reason is given"), reply);
      default -> new Step.Waiting(job, null);
    };
  }

  private static Step completed(JsonObject json) {
    List<Media> media = Media.in(json, Json.text(json, "content_mime_type"), "content_url", "content_urls");
    return new Step.Done(media.isEmpty() ? List.of(Media.from(null, null)) : media, null);
  }

  private static Step.Failed failed(String told, String message, Reply reply) {
    String reason = Words.of(told);
    Code code = ElevenLabs.CONTENT.contains(reason) ? Code.CONTENT_REFUSED : ElevenLabs.QUOTA.contains(reason) ? Code.PROVIDER_QUOTA
        : ElevenLabs.BUSY.contains(reason) ? Code.PROVIDER_RATE_LIMITED : ElevenLabs.AUTH.contains(reason) ? Code.PROVIDER_AUTH
        : reason.equals("invalid_parameters") ? Code.INVALID_INPUT : reason.equals("timeout") ? Code.PROVIDER_TIMEOUT : Code.PROVIDER_FAILED;
    // Failed generations are not charged, as the provider says.
    return AccountWords.ofJob(new Step.Failed(code, "the generation failed (" + told + "): " + message, PASSING.contains(reason), reply.status(),
        Charged.NO), reason + " " + message);
  }

  static Step found(Submission task, JsonObject list) {
    if (!(list.getValue("history") instanceof JsonArray)) {
      throw new MissingField("history");
    }
    String type = ElevenLabsInput.contentType(ElevenLabsInput.format(task));
    List<Job> alike = Json.objects(list, "history").stream()
        .filter(item -> Ids.in(item, "history_item_id") != null && task.input().getString("text").equals(item.getValue("text")))
        .filter(item -> ElevenLabsInput.voice(task).equals(item.getValue("voice_id"))
            && task.model().equals(Json.text(item, "model_id", task.model())))
        .map(item -> new Job(Ids.required(item, "history_item_id"), new JsonObject().put("kind", "history")
            .put("content_type", Json.text(item, "content_type", type))))
        .toList();
    // Speech that was answered at once has left no id with its task, so of several nobody can tell whose they are.
    return alike.isEmpty() ? new Step.NotFound() : new Step.Found(alike, null, true);
  }
}
