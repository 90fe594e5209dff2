package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Set;

/** A request to each of the router's backends in that backend's own form. */
final class HuggingFaceInput {
  private static final Set<String> BARE_SOUNDS = Set.of("audio/flac", "audio/wav", "audio/mpeg", "audio/ogg", "audio/webm", "audio/m4a", "audio/amr");

  private HuggingFaceInput() {
  }

  /** Hugging Face's own machines. */
  static Exchange own(Submission task, String model) {
    String path = "/hf-inference/models/" + model;
    Asked asked = asked(task);
    JsonObject in = task.input();
    switch (task.capability()) {
      case TEXT_EMBEDDING -> {
        asked.without("dimensions");
        JsonObject body = new JsonObject().put("inputs", asked.texts());
        return Exchange.post(path + "/pipeline/feature-extraction", body.mergeIn(task.options()),
            reply -> HuggingFaceAnswer.vectors(reply, asked.texts().size())).answering();
      }
      case SPEECH_RECOGNITION -> {
        return ownTranscript(task, path);
      }
      case IMAGE_GENERATION -> {
        asked.single().without("aspect_ratio", "output_format");
        JsonObject parameters = new JsonObject();
        asked.copy("negative_prompt", parameters, "negative_prompt").copy("width", parameters, "width").copy("height", parameters, "height")
            .copy("seed", parameters, "seed");
        JsonObject body = new JsonObject().put("inputs", in.getString("prompt")).put("parameters", parameters);
        return Exchange.post(path, body.mergeIn(task.options(), true), HuggingFaceAnswer::picture).answering().header("Accept", "*/*");
      }
      default -> throw lacks("hf-inference", task);
    }
  }

  private static Exchange ownTranscript(Submission task, String path) {
    InputFile file = task.file("audio_url");
    String language = language(task);
    boolean plain = language == null && task.options().isEmpty() && BARE_SOUNDS.contains(file.contentType());
    if (plain && !task.input().getBoolean("timestamps", true)) {
      return Exchange.bytes(path, file.bytes(), file.contentType(), HuggingFaceAnswer::transcript).answering();
    }
    JsonObject parameters = new JsonObject().put("return_timestamps", task.input().getBoolean("timestamps", true));
    if (language != null) {
      parameters.put("generation_parameters", new JsonObject().put("language", language));
    }
    JsonObject body = new JsonObject().put("inputs", file.base64()).put("parameters", parameters);
    return Exchange.post(path, body.mergeIn(task.options(), true), HuggingFaceAnswer::transcript).answering();
  }

  /** fal: sounds at once, pictures and videos through its queue. */
  static Exchange fal(Submission task, String model) {
    String path = "/fal-ai/" + model;
    JsonObject in = task.input();
    if (task.capability() == ProviderCapability.SPEECH_RECOGNITION) {
      JsonObject body = new JsonObject().put("audio_url", heardByFal(in.getString("audio_url")));
      if (in.containsKey("timestamps")) {
        body.put("chunk_level", in.getBoolean("timestamps") ? "segment" : "none");
      }
      if (language(task) != null) {
        body.put("language", language(task));
      }
      return Exchange.post(path, body.mergeIn(task.options()), HuggingFaceAnswer::transcript).answering();
    }
    if (task.capability() == ProviderCapability.SPEECH_SYNTHESIS) {
      // Of its models some know the one field, some the other.
      JsonObject body = new JsonObject().put("text", in.getString("text")).put("prompt", in.getString("text"));
      asked(task).without("language", "output_format").copy("voice", body, "voice");
      return Exchange.post(path, body.mergeIn(task.options()), HuggingFaceAnswer::falFile).answering();
    }
    JsonObject body = falBody(task, model);
    return Exchange.post(path + "?_subdomain=queue", body.mergeIn(task.options()), reply -> HuggingFaceAnswer.falAccepted(reply, model));
  }

  private static JsonObject falBody(Submission task, String model) {
    JsonObject in = task.input();
    if (task.capability() == ProviderCapability.BACKGROUND_REMOVAL) {
      asked(task).oneOf("output_format", "png");
      return new JsonObject().put("image_url", in.getString("image_url")).put("sync_mode", true);
    }
    if (task.capability() != ProviderCapability.IMAGE_GENERATION && task.capability() != ProviderCapability.IMAGE_EDITING) {
      asked(task).without("duration_seconds");
    }
    JsonObject body = FalInput.of(task.named(model));
    return task.capability() != ProviderCapability.IMAGE_EDITING ? body
        : body.put("image_url", in.getString("image_url")).put("image_urls", new JsonArray().add(in.getString("image_url")));
  }

  /** fal takes three kinds of sound and knows two of them by other names. */
  private static String heardByFal(String dataUri) {
    int comma = Math.max(5, dataUri.indexOf(','));
    String head = dataUri.substring(5, comma);
    String type = switch (head.split(";")[0].toLowerCase(Locale.ROOT)) {
      case "audio/mpeg", "audio/mp3" -> "audio/mpeg";
      case "audio/wav", "audio/wave", "audio/x-wav" -> "audio/x-wav";
      case "audio/webm", "video/webm" -> "video/webm";
      default -> "";
    };
    if (type.isEmpty() || !head.endsWith(";base64")) {
      throw InvalidInput.input("audio_url", "must be MP3, WAV or WebM for this model");
    }
    return "data:" + type + ";base64" + dataUri.substring(comma);
  }

  /** Replicate waits up to a minute before it answers. */
  static Exchange replicate(Submission task, String model) {
    Asked asked = asked(task);
    JsonObject in = task.input();
    JsonObject input = new JsonObject();
    switch (task.capability()) {
      case IMAGE_GENERATION -> {
        asked.single();
        for (String field : new String[] {"prompt", "negative_prompt", "width", "height", "aspect_ratio", "seed", "output_format"}) {
          asked.copy(field, input, field);
        }
      }
      case IMAGE_EDITING -> {
        asked.without("strength").copy("prompt", input, "prompt").copy("seed", input, "seed").copy("output_format", input, "output_format");
        JsonArray all = new JsonArray().add(in.getString("image_url"));
        // Each model has a name of its own for it and ignores the others.
        input.put("image", all.getString(0)).put("input_image", all.getString(0)).put("images", all).put("input_images", all);
      }
      case VIDEO_GENERATION, IMAGE_TO_VIDEO -> {
        asked.copy("prompt", input, "prompt").copy("image_url", input, "image").copy("duration_seconds", input, "duration")
            .copy("aspect_ratio", input, "aspect_ratio").copy("resolution", input, "resolution").copy("seed", input, "seed");
      }
      case SPEECH_SYNTHESIS -> asked.without("language", "output_format").copy("text", input, "text").copy("voice", input, "voice");
      case SPEECH_RECOGNITION -> {
        withoutTimes(asked).copy("audio_url", input, "audio");
        if (language(task) != null) {
          input.put("language", language(task));
        }
      }
      default -> throw lacks("replicate", task);
    }
    int version = model.indexOf(':');
    JsonObject body = new JsonObject().put("input", input);
    String path = "/replicate/v1/predictions";
    if (version < 0) {
      path = "/replicate/v1/models/" + model + "/predictions";
    } else {
      body.put("version", model.substring(version + 1));
    }
    boolean text = task.capability() == ProviderCapability.SPEECH_RECOGNITION;
    return Exchange.post(path, body.mergeIn(task.options(), true), reply -> HuggingFaceAnswer.prediction(reply, text, null)).header("Prefer", "wait");
  }

  /** Together speaks much as OpenAI does. */
  static Exchange together(Submission task, String model) {
    Asked asked = asked(task);
    JsonObject in = task.input();
    JsonObject body = new JsonObject().put("model", model);
    switch (task.capability()) {
      case IMAGE_GENERATION, IMAGE_EDITING -> {
        return togetherPicture(task, asked, body);
      }
      case VIDEO_GENERATION, IMAGE_TO_VIDEO -> {
        asked.without("duration_seconds", "aspect_ratio", "resolution").copy("prompt", body, "prompt").copy("seed", body, "seed");
        if (in.getString("image_url") != null) {
          body.put("frame_images", new JsonArray().add(new JsonObject().put("input_image", in.getString("image_url")).put("frame", "first")));
        }
        return Exchange.post("/together/v2/videos", body.mergeIn(task.options()), HuggingFaceAnswer::togetherAccepted);
      }
      case TEXT_EMBEDDING -> {
        asked.without("dimensions");
        return Exchange.post("/together/v1/embeddings", body.put("input", asked.texts()).mergeIn(task.options()),
            reply -> HuggingFaceAnswer.vectors(reply, asked.texts().size())).answering();
      }
      case SPEECH_SYNTHESIS -> {
        asked.without("output_format").copy("voice", body, "voice").copy("language", body, "language");
        return Exchange.post("/together/v1/audio/speech", body.put("input", in.getString("text")).mergeIn(task.options()), HuggingFaceAnswer::sound).answering()
            .header("Accept", "*/*");
      }
      case SPEECH_RECOGNITION -> {
        withoutTimes(asked);
        Multipart parts = new Multipart().text("model", model).file("file", task.file("audio_url")).text("language", language(task));
        return Exchange.multipart("/together/v1/audio/transcriptions", parts.fields(task.options()), HuggingFaceAnswer::transcript).answering();
      }
      default -> throw lacks("together", task);
    }
  }

  /** The Kontext models have a name of their own for the picture. */
  private static Exchange togetherPicture(Submission task, Asked asked, JsonObject body) {
    asked.single().without("negative_prompt", "aspect_ratio", "output_format", "strength").copy("prompt", body, "prompt")
        .copy("width", body, "width").copy("height", body, "height").copy("seed", body, "seed");
    String picture = task.input().getString("image_url");
    if (picture != null && body.getString("model").toLowerCase(Locale.ROOT).contains("kontext")) {
      body.put("image_url", picture);
    } else if (picture != null) {
      body.put("reference_images", new JsonArray().add(picture));
    }
    body.put("response_format", "base64");
    return Exchange.post("/together/v1/images/generations", body.mergeIn(task.options()), HuggingFaceAnswer::picture).answering();
  }

  /** Those that hear speech know languages, but no countries. */
  private static String language(Submission task) {
    String language = task.input().getString("language");
    return language == null ? null : language.split("[-_]")[0].toLowerCase(Locale.ROOT);
  }

  /** Times are told by some models and not by others, so that they cannot be promised. */
  private static Asked withoutTimes(Asked asked) {
    return asked.input().getBoolean("timestamps", false) ? asked.without("timestamps") : asked;
  }

  private static InvalidInput lacks(String backend, Submission task) {
    return InvalidInput.model(task.model() + ": " + backend + " offers no " + task.capability().word() + " here; choose another model");
  }

  private static Asked asked(Submission task) {
    return new Asked(task.input(), task.model());
  }
}
