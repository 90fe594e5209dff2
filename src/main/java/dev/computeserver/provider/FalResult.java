package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Reads the results of fal's models, whoever passes them on. */
final class FalResult {
  private static final List<String> SINGLE_FILES = List.of("image", "video", "audio", "audio_file", "model_mesh", "model_glb");
  private static final List<String> FACTS = List.of("seed", "usage", "usage_info", "finish_reason", "reasoning");

  private FalResult() {
  }

  /** @param file whether only a file is a result */
  static Step of(Reply reply, boolean file) {
    JsonObject json = reply.json();
    if (json.getValue("has_nsfw_concepts") instanceof JsonArray unsafe && unsafe.contains(true)) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider's safety checker blackened the result; change the prompt or the input",
          false, reply.status(), Charged.YES);
    }
    List<Media> media = media(json);
    JsonObject data = data(json);
    Object error = json.getValue("error");
    boolean text = !file && data.getValue("text") instanceof String said && (error == null || !said.isEmpty());
    if (media.isEmpty() && !text) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the provider's result holds " + (file ? "no file" : "neither a file nor a text")
          + (error == null ? "" : ": " + error), false, reply.status(), Charged.YES);
    }
    return new Step.Done(media, data.isEmpty() ? null : data);
  }

  private static List<Media> media(JsonObject json) {
    List<Media> media = new ArrayList<>();
    if (json.getValue("images") instanceof JsonArray images) {
      images.forEach(image -> media.add(file((JsonObject) image)));
    }
    for (String single : SINGLE_FILES) {
      if (json.getValue(single) instanceof JsonObject file && file.containsKey("url")) {
        media.add(file(file));
      }
    }
    return media;
  }

  private static Media file(JsonObject file) {
    if (!(file.getValue("url") instanceof String url) || url.isEmpty()) {
      throw new MissingField("url");
    }
    return Media.from(url, file.getString("content_type")).sized(file.getInteger("width"), file.getInteger("height"));
  }

  /** The result without files: texts and facts, under the names that all providers' results share. */
  private static JsonObject data(JsonObject json) {
    JsonObject data = new JsonObject();
    Object text = json.getValue("output", json.getValue("text"));
    if (text instanceof String) {
      data.put("text", text);
    }
    if (json.getValue("chunks") instanceof JsonArray chunks) {
      data.put("segments", segments(chunks));
    } else if (json.getValue("words") instanceof JsonArray words && text instanceof String) {
      data.put("segments", Sentences.of(words));
    }
    Object languages = json.getValue("inferred_languages", json.getValue("languages"));
    if (languages instanceof JsonArray all && !all.isEmpty()) {
      data.put("language", all.getValue(0));
    } else if (json.getValue("language_code") instanceof String language) {
      data.put("language", language);
    }
    for (String fact : FACTS) {
      if (json.getValue(fact) != null) {
        data.put(fact.equals("usage_info") ? "usage" : fact, json.getValue(fact));
      }
    }
    return data;
  }

  private static JsonArray segments(JsonArray chunks) {
    JsonArray segments = new JsonArray();
    for (Object each : chunks) {
      JsonObject chunk = (JsonObject) each;
      JsonArray times = chunk.getJsonArray("timestamp", new JsonArray());
      segments.add(new JsonObject().put("text", chunk.getString("text"))
          .put("start", times.size() > 0 ? times.getValue(0) : null).put("end", times.size() > 1 ? times.getValue(1) : null));
    }
    return segments;
  }
}
