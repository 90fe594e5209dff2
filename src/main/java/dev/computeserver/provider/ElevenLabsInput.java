package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** The input of a capability as ElevenLabs names it. */
final class ElevenLabsInput {
  /** The voice of the provider's own samples. */
  private static final String USUAL_VOICE = "JBFqnCBsd6RMkjVDRZzb";
  private static final int MOST_INLINE_BYTES = 25_000_000;
  /** Characters of a text; of other models it is not known. */
  private static final Map<String, Integer> LONGEST_SPEECH = Map.of("eleven_multilingual_v2", 10_000, "eleven_flash_v2", 30_000,
      "eleven_flash_v2_5", 40_000, "eleven_v3", 5_000);
  /** Of a model that makes pictures of one size only: the longest side of any. */
  private static final int MOST_PIXELS = 1_536;
  private static final String GEMINI_RATIOS = "1:1 4:5 5:4 3:4 4:3 2:3 3:2 9:16 16:9 21:9";
  private static final Pictures USUAL_PICTURES = new Pictures(GEMINI_RATIOS + " 1:2 2:1 1:3 3:1", true, false);
  private static final Pictures FREE_PICTURES = new Pictures(GEMINI_RATIOS + " 1:2 2:1 1:3 3:1", true, true);
  private static final Map<String, Pictures> PICTURES = Map.of(
      "gemini-3.1-flash-image", new Pictures(GEMINI_RATIOS + " 1:4 4:1 1:8 8:1", true, true),
      "gemini-3-pro-image", new Pictures(GEMINI_RATIOS, true, true), "gemini-2.5-flash-image", new Pictures(GEMINI_RATIOS, false, true),
      "gpt-image-1", new Pictures("1:1 2:3 3:2", false, false), "gpt-image-1.5", new Pictures("1:1 2:3 3:2", false, false));

  /**
   * What a model of pictures takes.
   *
   * @param ratios those that it offers
   * @param sized whether its resolution can be chosen
   * @param free whether a picture from pictures may have the shape that these have
   */
  private record Pictures(String ratios, boolean sized, boolean free) {
    static Pictures of(String model) {
      return PICTURES.getOrDefault(model, model.startsWith("gpt-image-2") ? FREE_PICTURES : USUAL_PICTURES);
    }
  }

  private ElevenLabsInput() {
  }

  static String voice(Submission task) {
    return task.input().getString("voice", USUAL_VOICE);
  }

  static JsonObject speech(Submission task) {
    int most = LONGEST_SPEECH.getOrDefault(task.model(), Integer.MAX_VALUE);
    if (task.input().getString("text").length() > most) {
      throw InvalidInput.input("text", "must be at most " + most + " characters for " + task.model());
    }
    JsonObject body = new JsonObject().put("text", task.input().getString("text")).put("model_id", task.model());
    if (task.input().getString("language") != null && !hearsLanguage(task)) {
      body.put("language_code", language(task));
    }
    return body;
  }

  /** The multilingual model hears in the text which language the client means, and refuses to be told. */
  static boolean hearsLanguage(Submission task) {
    return task.model().equals("eleven_multilingual_v2") && task.input().getString("language") != null;
  }

  static JsonObject sound(Submission task) {
    JsonObject body = new JsonObject().put("text", task.input().getString("prompt")).put("model_id", task.model());
    Asked asked = asked(task);
    asked.between("duration_seconds", 0.5, 30);
    asked.copy("duration_seconds", body, "duration_seconds");
    return body;
  }

  static JsonObject music(Submission task) {
    String prompt = task.input().getString("prompt");
    if (prompt.length() > 4_100) {
      throw InvalidInput.input("prompt", "must be at most 4100 characters for " + task.model());
    }
    JsonObject body = new JsonObject().put("prompt", prompt).put("model_id", task.model());
    Double seconds = asked(task).between("duration_seconds", 3, 600);
    if (seconds != null) {
      body.put("music_length_ms", Math.round(seconds * 1000));
    }
    asked(task).copy("instrumental", body, "force_instrumental");
    return body;
  }

  static Multipart transcript(Submission task) {
    JsonObject fields = new JsonObject().put("model_id", task.model());
    if (task.input().getString("language") != null) {
      fields.put("language_code", language(task));
    }
    fields.put("timestamps_granularity", task.input().getBoolean("timestamps", true) ? "word" : "none").mergeIn(task.options());
    // A list of words is a part for each; anything else that has a structure is JSON in one.
    fields.fieldNames().stream().filter(name -> structured(fields.getValue(name))).toList()
        .forEach(name -> fields.put(name, fields.getValue(name).toString()));
    return new Multipart().fields(fields).file("file", task.file("audio_url"));
  }

  private static boolean structured(Object value) {
    return value instanceof JsonObject || value instanceof JsonArray list && !list.stream().allMatch(String.class::isInstance);
  }

  static JsonObject image(Submission task) {
    Asked asked = asked(task).single().without("negative_prompt", "output_format", "strength", "seed");
    JsonObject body = new JsonObject().put("model_id", task.model()).put("prompt", task.input().getString("prompt"));
    if (task.file("image_url") != null) {
      body.put("images", new JsonArray().add(inline("image_url", task)));
    }
    if (task.capability() == ProviderCapability.INPAINTING) {
      if (task.model().matches("(gemini|bytedance|imagen).*")) {
        throw InvalidInput.model("must be one of the gpt-image models: " + task.model() + " takes no mask");
      }
      body.put("mask", inline("mask_url", task));
    }
    Pictures offered = Pictures.of(task.model());
    put(body, "aspect_ratio", asked.ratio(offered.ratios().split(" ")));
    if (task.file("image_url") != null && offered.free()) {
      // Else a picture of any shape would come back in 16:9.
      body.put("aspect_ratio", "auto");
    }
    put(body, "resolution", resolution(asked, offered));
    return body;
  }

  private static String resolution(Asked asked, Pictures offered) {
    if (!offered.sized() && asked.longest() > MOST_PIXELS) {
      throw asked.sizes("must be at most " + MOST_PIXELS);
    }
    return offered.sized() ? asked.kiloPixels() : null;
  }

  static JsonObject video(Submission task) {
    Asked asked = asked(task);
    // A prompt is required there; who gives a picture alone wants no more than that it moves.
    JsonObject body = new JsonObject().put("model_id", task.model()).put("prompt", task.input().getString("prompt", "Animate this picture."));
    if (task.model().startsWith("veo")) {
      Integer seconds = asked.oneOf("duration_seconds", List.of(4, 6, 8));
      if (seconds != null) {
        body.put("duration_secs", seconds);
      }
      put(body, "aspect_ratio", asked.oneOf("aspect_ratio", "16:9", "9:16"));
      put(body, "resolution", asked.oneOf("resolution", "720p", "1080p", "4K"));
    } else {
      asked.copy("duration_seconds", body, "duration_secs").copy("aspect_ratio", body, "aspect_ratio").copy("resolution", body, "resolution");
    }
    asked.copy("seed", body, "seed");
    return task.file("image_url") == null ? body : body.put("start_frame", inline("image_url", task));
  }

  /** The provider's word for the asked sound format; an option has it as the provider spells it. */
  static String format(Submission task) {
    if (task.options().getValue("output_format") != null) {
      return task.options().getValue("output_format").toString();
    }
    String asked = asked(task).oneOf("output_format", "mp3", "wav", "pcm", "opus");
    return asked == null ? "mp3_44100_128" : switch (asked) {
      case "wav" -> "wav_24000";
      case "pcm" -> "pcm_24000";
      case "opus" -> "opus_48000_128";
      default -> "mp3_44100_128";
    };
  }

  static String contentType(String format) {
    return switch (format.split("_")[0]) {
      case "wav" -> "audio/wav";
      case "pcm" -> "audio/l16";
      case "opus" -> "audio/ogg";
      default -> "audio/mpeg";
    };
  }

  private static JsonObject inline(String field, Submission task) {
    InputFile file = task.file(field);
    if (file.bytes().length() > MOST_INLINE_BYTES) {
      throw InvalidInput.input(field, "must be at most 25 MB");
    }
    return new JsonObject().put("type", "inline_base64").put("content_base64", file.base64()).put("mime_type", file.contentType());
  }

  private static String language(Submission task) {
    return task.input().getString("language").split("[-_]")[0];
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
