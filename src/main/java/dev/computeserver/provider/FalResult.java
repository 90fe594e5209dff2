package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Reads the results of fal's models, whoever passes them on. */
final class FalResult {
  private static final List<String> FILES = List.of("images", "image", "video", "audio", "audio_file", "model_mesh", "model_glb",
      "videos", "mesh", "glb");
  /** Where a result may stand in an object of its own. */
  private static final List<String> WRAPPERS = List.of("output", "data", "payload", "result", "response", "model_urls");
  private static final List<String> FACTS = List.of("seed", "usage", "usage_info", "finish_reason", "reasoning");
  private static final String UNSAFE = "the provider's safety checker blackened ";

  private FalResult() {
  }

  /** @param file whether only a file is a result */
  static Step of(Reply reply, boolean file) {
    JsonObject json = unwrapped(reply.json());
    List<Media> found = media(json);
    List<Media> media = found.isEmpty() && file ? links(json.getValue("output")) : found;
    if (IntStream.range(0, Math.max(1, media.size())).allMatch(picture -> isBlack(json, picture))) {
      return new Step.Failed(Code.CONTENT_REFUSED, UNSAFE + "the result; change the prompt or the input", false, reply.status(), Charged.YES);
    }
    JsonObject data = data(json);
    Object error = json.getValue("error");
    boolean text = !file && data.getValue("text") instanceof String said && (error == null || !said.isEmpty());
    if (media.isEmpty() && !text) {
      String message = "the provider's result holds " + (file ? "no file" : "neither a file nor a text") + ": ";
      return error == null ? Step.Failed.empty(message + reply.text(300), reply.status(), Charged.YES)
          : new Step.Failed(Code.PROVIDER_FAILED, message + error, false, reply.status(), Charged.YES);
    }
    return new Step.Done(media, data.isEmpty() ? null : data);
  }

  /** With what stands below a wrapper's name, where only there is a file. */
  private static JsonObject unwrapped(JsonObject json) {
    return !media(json).isEmpty() ? json : WRAPPERS.stream().map(field -> Json.object(json, field)).filter(inner -> !media(inner).isEmpty()).findFirst()
        .map(inner -> new JsonObject().mergeIn(json).mergeIn(inner)).orElse(json);
  }

  private static List<Media> links(Object output) {
    List<Media> files = Media.all(output, null);
    return files.stream().allMatch(Media::isMissing) ? List.of() : files;
  }

  private static List<Media> media(JsonObject json) {
    List<Media> media = new ArrayList<>();
    for (String field : FILES) {
      boolean each = field.equals("images") && json.getValue(field) instanceof JsonArray;
      for (Object file : Json.entries(json, field)) {
        if (each || Media.isNamed(file)) {
          media.add(isBlack(json, media.size()) ? Media.missing(UNSAFE + "it") : Media.named(file, null));
        }
      }
    }
    Media itself = media.isEmpty() ? Media.named(json, null) : null;
    if (itself != null && itself.url() != null) {
      media.add(isBlack(json, 0) ? Media.missing(UNSAFE + "it") : itself);
    }
    return media;
  }

  /** The safety checker tells of each picture in turn, or once of all. */
  private static boolean isBlack(JsonObject json, int picture) {
    JsonArray unsafe = Json.array(json, "has_nsfw_concepts");
    return picture < unsafe.size() ? Words.isTrue(unsafe.getValue(picture)) : Words.isTrue(json.getValue("has_nsfw_concepts"));
  }

  /** The result without files: texts and facts, under the names that all providers' results share. */
  private static JsonObject data(JsonObject json) {
    JsonObject data = new JsonObject();
    String text = Json.words(json.getValue(json.getValue("output") == null ? "text" : "output"));
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
