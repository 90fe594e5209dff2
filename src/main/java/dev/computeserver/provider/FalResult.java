package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the results of fal's models, whoever passes them on. */
final class FalResult {
  private static final List<String> SINGLE_FILES = List.of("image", "video", "audio", "audio_file", "model_mesh", "model_glb");
  private static final List<String> FACTS = List.of("seed", "usage", "usage_info", "finish_reason", "reasoning");
  private static final String UNSAFE = "the provider's safety checker blackened ";

  private FalResult() {
  }

  /** @param file whether only a file is a result */
  static Step of(Reply reply, boolean file) {
    JsonObject json = reply.json();
    JsonArray unsafe = Json.array(json, "has_nsfw_concepts");
    if (unsafe.contains(true) && !unsafe.contains(false)) {
      return new Step.Failed(Code.CONTENT_REFUSED, UNSAFE + "the result; change the prompt or the input", false, reply.status(), Charged.YES);
    }
    List<Media> media = media(json, unsafe);
    JsonObject data = data(json);
    Object error = json.getValue("error");
    boolean text = !file && data.getValue("text") instanceof String said && (error == null || !said.isEmpty());
    if (media.isEmpty() && !text) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the provider's result holds " + (file ? "no file" : "neither a file nor a text")
          + ": " + (error == null ? reply.text(300) : error), false, reply.status(), Charged.YES);
    }
    return new Step.Done(media, data.isEmpty() ? null : data);
  }

  private static List<Media> media(JsonObject json, JsonArray unsafe) {
    List<Media> media = new ArrayList<>();
    for (Object image : Json.array(json, "images")) {
      boolean black = media.size() < unsafe.size() && Boolean.TRUE.equals(unsafe.getValue(media.size()));
      media.add(black ? Media.missing(UNSAFE + "it") : file(image));
    }
    for (String single : SINGLE_FILES) {
      if (json.getValue(single) instanceof JsonObject file && file.containsKey("url")) {
        media.add(file(file));
      }
    }
    return media;
  }

  private static Media file(Object given) {
    return given instanceof JsonObject file
        ? Media.from(file.getValue("url"), Json.text(file, "content_type")).sized(Json.whole(file, "width"), Json.whole(file, "height"))
        : Media.from(given, null);
  }

  /** The result without files: texts and facts, under the names that all providers' results share. */
  private static JsonObject data(JsonObject json) {
    JsonObject data = new JsonObject();
    String text = Json.text(json, "output", Json.text(json, "text"));
    if (text != null) {
      data.put("text", text);
    }
    if (json.getValue("chunks") instanceof JsonArray) {
      data.put("segments", Segments.of(json, "chunks"));
    } else if (json.getValue("words") instanceof JsonArray words && text != null) {
      data.put("segments", Sentences.of(words));
    }
    language(json).ifPresent(language -> data.put("language", language));
    for (String fact : FACTS) {
      if (json.getValue(fact) != null) {
        data.put(fact.equals("usage_info") ? "usage" : fact, json.getValue(fact));
      }
    }
    return data;
  }

  private static Optional<Object> language(JsonObject json) {
    JsonArray told = new JsonArray().addAll(Json.array(json, "inferred_languages")).addAll(Json.array(json, "languages"))
        .add(json.getValue("language_code"));
    return told.stream().filter(String.class::isInstance).findFirst();
  }
}
