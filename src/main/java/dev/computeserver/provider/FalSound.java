package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Set;

/** The input of speech, music and sounds as fal's models name it. */
final class FalSound {
  private static final Set<String> MINIMAX_LANGUAGES = Set.of("Chinese", "English", "Arabic", "Russian", "Spanish", "French", "Portuguese",
      "German", "Turkish", "Dutch", "Ukrainian", "Vietnamese", "Indonesian", "Japanese", "Italian", "Korean", "Thai", "Polish", "Romanian",
      "Greek", "Czech", "Finnish", "Hindi", "Bulgarian", "Danish", "Hebrew", "Malay", "Slovak", "Swedish", "Croatian", "Hungarian",
      "Norwegian", "Slovenian", "Catalan", "Afrikaans");
  private static final int MOST_SECONDS = 190;

  private final Submission task;
  private final String model;
  private final Asked asked;
  private final JsonObject out = new JsonObject();

  private FalSound(Submission task) {
    this.task = task;
    this.model = task.model();
    this.asked = new Asked(task.input(), model);
  }

  static JsonObject of(Submission task) {
    FalSound sound = new FalSound(task);
    switch (task.capability()) {
      case SPEECH_SYNTHESIS -> sound.speech();
      case SPEECH_RECOGNITION -> sound.transcript();
      case MUSIC_GENERATION -> sound.music();
      default -> sound.effect();
    }
    return sound.out;
  }

  private void speech() {
    if (model.contains("minimax")) {
      minimaxSpeech();
    } else if (model.contains("kokoro")) {
      asked.without("language", "output_format").copy("text", out, "prompt").copy("voice", out, "voice");
    } else if (model.contains("elevenlabs")) {
      asked.without("output_format").copy("text", out, "text").copy("voice", out, "voice");
      language("language_code");
    } else {
      asked.copy("text", out, "text").copy("voice", out, "voice").copy("language", out, "language").copy("output_format", out, "output_format");
    }
  }

  private void minimaxSpeech() {
    asked.copy("text", out, model.contains("speech-0") ? "text" : "prompt");
    if (task.input().containsKey("voice")) {
      out.put("voice_setting", new JsonObject().put("voice_id", task.input().getString("voice")));
    }
    String format = asked.oneOf("output_format", "mp3", "pcm", "flac");
    if (format != null) {
      out.put("audio_setting", new JsonObject().put("format", format));
    }
    if (task.input().containsKey("language")) {
      String name = Locale.forLanguageTag(task.input().getString("language")).getDisplayLanguage(Locale.ENGLISH);
      if (!MINIMAX_LANGUAGES.contains(name)) {
        throw InvalidInput.input("language", "must be the code of a language that " + model + " speaks, such as en or de; or leave it out");
      }
      out.put("language_boost", name);
    }
  }

  private void transcript() {
    asked.copy("audio_url", out, "audio_url");
    boolean segments = task.input().getBoolean("timestamps", true);
    if (model.contains("elevenlabs")) {
      // It always tells the time of each word.
      language("language_code");
    } else if (model.contains("wizper")) {
      language("language");
      out.put("chunk_level", "segment");
    } else {
      language("language");
      out.put("chunk_level", segments ? "segment" : "none");
    }
  }

  /** These models know languages, but no countries. */
  private void language(String theirs) {
    if (task.input().containsKey("language")) {
      out.put(theirs, task.input().getString("language").split("[-_]")[0].toLowerCase(Locale.ROOT));
    }
  }

  private void music() {
    asked.copy("prompt", out, "prompt");
    if (model.contains("minimax")) {
      song();
    } else if (model.contains("stable-audio")) {
      instrumental().seconds("seconds_total", 1, MOST_SECONDS);
    } else if (model.contains("lyria")) {
      instrumental().asked.without("duration_seconds");
    } else {
      asked.copy("instrumental", out, "instrumental").copy("duration_seconds", out, "duration_seconds");
    }
  }

  private void song() {
    asked.without("duration_seconds");
    int letters = task.input().getString("prompt").length();
    if (model.endsWith("/v2") && (letters < 10 || letters > 300)) {
      throw InvalidInput.input("prompt", "must have 10 to 300 characters for " + model);
    }
    if (task.options().containsKey("lyrics_prompt")) {
      return;
    }
    if (!task.input().getBoolean("instrumental", true)) {
      throw InvalidInput.input("instrumental", "must be true for " + model + " unless provider_options.lyrics_prompt says what to sing");
    }
    // This model always sings; without words of the client's own it is given none to sing but the form.
    out.put("lyrics_prompt", "[intro]\n[inst]\n[outro]");
  }

  /** These models never sing. */
  private FalSound instrumental() {
    if (!task.input().getBoolean("instrumental", true)) {
      throw InvalidInput.input("instrumental", "must be true for " + model + ", which does not sing");
    }
    return this;
  }

  private void effect() {
    asked.copy("prompt", out, model.contains("elevenlabs") ? "text" : "prompt");
    if (model.contains("stable-audio")) {
      seconds("seconds_total", 1, MOST_SECONDS);
    } else if (model.contains("mmaudio")) {
      asked.between("duration_seconds", 1, 30);
      asked.copy("duration_seconds", out, "duration");
    } else {
      asked.between("duration_seconds", 0.5, model.contains("elevenlabs") ? 22 : 3_600);
      asked.copy("duration_seconds", out, "duration_seconds");
    }
  }

  private void seconds(String theirs, int least, int most) {
    Integer seconds = asked.wholeBetween("duration_seconds", least, most);
    if (seconds != null) {
      out.put(theirs, seconds);
    }
  }
}
