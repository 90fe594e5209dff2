package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** The input of texts, vectors and sound as OpenAI names it. */
final class OpenaiInput {
  private static final List<String> VOICES = List.of("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx",
      "sage", "shimmer", "verse");
  private static final List<String> SOUNDS = List.of("flac", "mp3", "mp4", "m4a", "ogg", "wav", "webm");
  private static final List<String> PICTURES = List.of("data:image/png", "data:image/jpeg", "data:image/webp", "data:image/gif");
  private static final int LEAST_TOKENS = 16;
  private static final int MOST_LETTERS = 4_096;
  private static final int MOST_SOUND = 25 * 1024 * 1024;

  private OpenaiInput() {
  }

  /** In the background: the reply names a job, which outlives connections and can be cancelled. */
  static JsonObject response(Submission task) {
    JsonObject in = task.input();
    JsonObject out = new JsonObject().put("model", task.model());
    if (task.capability() == ProviderCapability.IMAGE_UNDERSTANDING) {
      out.put("input", question(in));
    } else {
      out.put("input", in.containsKey("messages") ? in.getJsonArray("messages") : in.getString("prompt"));
    }
    if (in.containsKey("system")) {
      out.put("instructions", in.getString("system"));
    }
    if (in.containsKey("max_tokens")) {
      if (in.getInteger("max_tokens") < LEAST_TOKENS) {
        throw InvalidInput.input("max_tokens", "must be at least " + LEAST_TOKENS + " at openai");
      }
      out.put("max_output_tokens", in.getInteger("max_tokens"));
    }
    if (in.containsKey("temperature")) {
      out.put("temperature", in.getValue("temperature"));
      if (task.model().startsWith("gpt-6")) {
        // These models take a temperature only where they do not reason first.
        out.put("reasoning", new JsonObject().put("effort", "none"));
      }
    }
    return out.put("background", true);
  }

  private static JsonArray question(JsonObject in) {
    // The type is often misspelt.
    String image = in.getString("image_url").replaceFirst("^data:image/jpg", "data:image/jpeg");
    if (PICTURES.stream().noneMatch(image::startsWith)) {
      throw InvalidInput.input("image_url", "must be a PNG, JPEG, WebP or GIF picture");
    }
    JsonArray content = new JsonArray()
        .add(new JsonObject().put("type", "input_text").put("text", in.getString("prompt")))
        .add(new JsonObject().put("type", "input_image").put("image_url", image).put("detail", "auto"));
    return new JsonArray().add(new JsonObject().put("role", "user").put("content", content));
  }

  static JsonObject embedding(Submission task) {
    JsonObject in = task.input();
    JsonObject out = new JsonObject().put("model", task.model()).put("encoding_format", "float")
        .put("input", in.containsKey("texts") ? in.getJsonArray("texts") : in.getString("text"));
    Integer dimensions = in.getInteger("dimensions");
    if (dimensions != null) {
      int most = task.model().endsWith("-3-small") ? 1_536 : task.model().endsWith("-ada-002") ? 0 : 3_072;
      if (dimensions > most) {
        throw InvalidInput.input("dimensions", (most == 0 ? "cannot be chosen" : "must be 1 to " + most) + " for " + task.model());
      }
      out.put("dimensions", dimensions);
    }
    return out;
  }

  static JsonObject speech(Submission task) {
    JsonObject in = task.input();
    if (in.getString("text").length() > MOST_LETTERS) {
      throw InvalidInput.input("text", "must have at most " + MOST_LETTERS + " characters at openai; send it in parts");
    }
    JsonObject out = new JsonObject().put("model", task.model()).put("input", in.getString("text"))
        .put("voice", voice(in.getString("voice", "alloy"))).put("response_format", soundFormat(in.getString("output_format", "mp3")));
    if (in.containsKey("language")) {
      if (task.model().startsWith("tts-1")) {
        throw InvalidInput.input("language", "cannot be chosen for " + task.model() + ", which speaks the language of the text; leave it out");
      }
      out.put("instructions", "Speak in the language with the code " + in.getString("language") + ".");
    }
    return out;
  }

  private static Object voice(String voice) {
    if (voice.startsWith("voice_")) {
      return new JsonObject().put("id", voice);
    }
    if (!VOICES.contains(voice)) {
      throw InvalidInput.input("voice", "must be one of " + String.join(", ", VOICES) + ", or the id of an own voice (voice_…)");
    }
    return voice;
  }

  /** What OpenAI calls opus comes in an Ogg file. */
  private static String soundFormat(String format) {
    return format.equals("ogg") ? "opus" : format;
  }

  static Multipart transcription(Submission task) {
    JsonObject in = task.input();
    InputFile sound = task.file("audio_url");
    String name = sound.name("file");
    if (!SOUNDS.contains(name.substring(name.indexOf('.') + 1))) {
      throw InvalidInput.input("audio_url", "must be a file of one of the types " + String.join(", ", SOUNDS));
    }
    if (sound.bytes().length() > MOST_SOUND) {
      throw InvalidInput.input("audio_url", "must have at most 25 MB at openai; send it in parts");
    }
    JsonObject fields = new JsonObject().put("model", task.model());
    if (in.containsKey("language")) {
      fields.put("language", in.getString("language").split("[-_]")[0].toLowerCase(Locale.ROOT));
    }
    transcriptFormat(in.getBoolean("timestamps", false), task.model(), fields);
    return new Multipart().fields(fields.mergeIn(listsMarked(task.options()))).file("file", sound);
  }

  /** A form says by brackets which of its fields are lists. */
  private static JsonObject listsMarked(JsonObject options) {
    JsonObject marked = new JsonObject();
    options.forEach(option -> marked.put(option.getValue() instanceof JsonArray && !option.getKey().endsWith("[]") ? option.getKey() + "[]"
        : option.getKey(), option.getValue()));
    return marked;
  }

  private static void transcriptFormat(boolean timestamps, String model, JsonObject fields) {
    if (model.contains("diarize")) {
      fields.put("response_format", timestamps ? "diarized_json" : "json").put("chunking_strategy", "auto");
    } else if (timestamps && model.startsWith("whisper")) {
      fields.put("response_format", "verbose_json").put("timestamp_granularities[]", "segment");
    } else if (timestamps) {
      throw InvalidInput.input("timestamps", "must be false for " + model + ", which gives the text only; the model whisper-1 gives segments");
    } else {
      fields.put("response_format", "json");
    }
  }
}
