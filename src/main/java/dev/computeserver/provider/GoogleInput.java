package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** The input of a capability as Google names it: in camel case for generateContent, in snake case for interactions. */
final class GoogleInput {
  /** The whole request may have 20 MB, and base64 makes four bytes of three. */
  private static final int MOST_INLINE_BYTES = 14_000_000;
  /** It knows half as many seeds as a client may give; the same seed still gives the same picture. */
  private static final long SEEDS = 1L << 31;
  /** Those of a whole vector; fewer are its beginning. */
  private static final int MOST_DIMENSIONS = 3_072;
  private static final String[] IMAGE_RATIOS = {"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "1:8", "8:1", "1:4",
      "4:1"};

  private GoogleInput() {
  }

  static JsonObject content(Submission task) {
    return switch (task.capability()) {
      case IMAGE_GENERATION, IMAGE_EDITING -> picture(task);
      case SPEECH_SYNTHESIS -> speech(task);
      default -> text(task);
    };
  }

  private static JsonObject text(Submission task) {
    Asked asked = asked(task);
    JsonObject config = new JsonObject();
    asked.copy("max_tokens", config, "maxOutputTokens").copy("temperature", config, "temperature");
    JsonObject body = new JsonObject();
    if (task.capability() == ProviderCapability.IMAGE_UNDERSTANDING) {
      body.put("contents", new JsonArray().add(turn("user", inline(task), part(task.input().getString("prompt")))));
    } else {
      JsonArray contents = new JsonArray();
      JsonArray instructions = new JsonArray();
      for (Object each : asked.messages()) {
        JsonObject message = (JsonObject) each;
        JsonObject said = part(message.getString("content"));
        switch (message.getString("role")) {
          case "system" -> instructions.add(said);
          case "assistant" -> contents.add(turn("model", said));
          default -> contents.add(turn("user", said));
        }
      }
      if (contents.isEmpty()) {
        throw InvalidInput.input("messages", "must hold one of the role user");
      }
      body.put("contents", contents);
      if (!instructions.isEmpty()) {
        body.put("systemInstruction", new JsonObject().put("parts", instructions));
      }
    }
    return config.isEmpty() ? body : body.put("generationConfig", config);
  }

  private static JsonObject picture(Submission task) {
    Asked asked = asked(task).single().without("negative_prompt", "output_format", "strength");
    JsonObject config = new JsonObject().put("responseModalities", new JsonArray().add("TEXT").add("IMAGE"));
    JsonObject image = new JsonObject();
    put(image, "aspectRatio", asked.ratio(IMAGE_RATIOS));
    put(image, "imageSize", asked.kiloPixels());
    if (!image.isEmpty()) {
      config.put("imageConfig", image);
    }
    if (task.input().getLong("seed") != null) {
      config.put("seed", task.input().getLong("seed") % SEEDS);
    }
    JsonObject prompt = part(task.input().getString("prompt"));
    JsonObject turn = task.file("image_url") == null ? turn("user", prompt) : turn("user", inline(task), prompt);
    return new JsonObject().put("contents", new JsonArray().add(turn)).put("generationConfig", config);
  }

  private static JsonObject speech(Submission task) {
    asked(task).oneOf("output_format", "wav", "pcm");
    JsonObject speech = new JsonObject().put("voiceConfig", new JsonObject().put("prebuiltVoiceConfig",
        new JsonObject().put("voiceName", task.input().getString("voice", "Kore"))));
    put(speech, "languageCode", task.input().getString("language"));
    return new JsonObject().put("contents", new JsonArray().add(turn("user", part(task.input().getString("text")))))
        .put("generationConfig", new JsonObject().put("responseModalities", new JsonArray().add("AUDIO")).put("speechConfig", speech));
  }

  static JsonObject embedding(Submission task, String text) {
    JsonObject body = new JsonObject().put("content", new JsonObject().put("parts", new JsonArray().add(part(text))));
    Integer dimensions = asked(task).wholeBetween("dimensions", 1, MOST_DIMENSIONS);
    return dimensions == null ? body : body.put("embedContentConfig", new JsonObject().put("outputDimensionality", dimensions));
  }

  /** Each request has the options for itself: beside the list of them nothing is known. */
  static JsonObject embeddings(Submission task) {
    JsonObject options = task.options().copy();
    Object sandbox = options.remove("sandbox");
    JsonArray requests = new JsonArray();
    asked(task).texts().forEach(text -> requests.add(embedding(task, (String) text).put("model", "models/" + task.model())
        .mergeIn(options.copy(), true)));
    JsonObject body = new JsonObject().put("requests", requests);
    if (sandbox != null) {
      body.put("sandbox", sandbox);
    }
    return body;
  }

  static JsonObject interaction(Submission task) {
    JsonObject body = new JsonObject().put("model", task.model()).put("background", true);
    switch (task.capability()) {
      case MUSIC_GENERATION -> music(task, body);
      case SPEECH_RECOGNITION -> transcript(task, body);
      default -> video(task, body);
    }
    return body;
  }

  private static void video(Submission task, JsonObject body) {
    Asked asked = asked(task).without("seed");
    JsonObject format = new JsonObject().put("type", "video");
    put(format, "aspect_ratio", asked.oneOf("aspect_ratio", "16:9", "9:16"));
    Integer seconds = asked.wholeBetween("duration_seconds", 3, 15);
    put(format, "duration", seconds == null ? null : seconds + "s");
    put(format, "resolution", asked.oneOf("resolution", "360p", "720p", "1080p", "4k"));
    boolean fromPicture = task.file("image_url") != null;
    String prompt = task.input().getString("prompt", "Animate this picture.");
    JsonArray content = new JsonArray();
    if (fromPicture) {
      content.add(media("image", "image_url", task));
    }
    content.add(new JsonObject().put("type", "text").put("text", fromPicture ? "<FIRST_FRAME> " + prompt : prompt));
    body.put("input", content)
        .put("response_format", format.put("delivery", "uri"))
        .put("generation_config", new JsonObject().put("video_config",
            new JsonObject().put("task", fromPicture ? "image_to_video" : "text_to_video")));
  }

  private static void music(Submission task, JsonObject body) {
    asked(task).without("duration_seconds");
    String prompt = task.input().getString("prompt");
    // There is no field for it; the model goes by the words of the prompt.
    String whole = task.input().getBoolean("instrumental", false) ? prompt + "\nInstrumental only, no vocals." : prompt;
    body.put("input", new JsonArray().add(new JsonObject().put("type", "text").put("text", whole)))
        .put("response_format", new JsonObject().put("type", "audio").put("mime_type", "audio/mp3"));
  }

  private static void transcript(Submission task, JsonObject body) {
    JsonObject config = new JsonObject();
    if (task.input().getBoolean("timestamps", true)) {
      config.put("mode", new JsonObject().put("type", "verbatim").put("timestamp_granularities", new JsonArray().add("word")));
    } else {
      config.put("mode", "verbatim");
    }
    if (task.input().getString("language") != null) {
      config.put("language_codes", new JsonArray().add(task.input().getString("language")));
    }
    body.put("input", new JsonArray().add(media("audio", "audio_url", task)))
        .put("generation_config", new JsonObject().put("transcription_config", config));
  }

  private static JsonObject turn(String role, JsonObject... parts) {
    return new JsonObject().put("role", role).put("parts", new JsonArray(List.of((Object[]) parts)));
  }

  private static JsonObject part(String text) {
    return new JsonObject().put("text", text);
  }

  private static JsonObject inline(Submission task) {
    InputFile file = bounded("image_url", task);
    return new JsonObject().put("inlineData", new JsonObject().put("mimeType", file.contentType()).put("data", file.base64()));
  }

  private static JsonObject media(String type, String field, Submission task) {
    InputFile file = bounded(field, task);
    return new JsonObject().put("type", type).put("data", file.base64()).put("mime_type", file.contentType());
  }

  private static InputFile bounded(String field, Submission task) {
    InputFile file = task.file(field);
    if (file.bytes().length() > MOST_INLINE_BYTES) {
      throw InvalidInput.input(field, "must be at most 14 MB for " + task.model());
    }
    return file;
  }

  private static void put(JsonObject body, String name, String value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  private static Asked asked(Submission task) {
    return new Asked(task.input(), task.model());
  }
}
