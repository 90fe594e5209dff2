package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.*;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a fal model id does and needs; {@code a|b} means one of both. Ids are known by the words in them. */
record FalModel(ProviderCapability capability, List<String> required) {

  private record Rule(Pattern words, FalModel model) { }

  // The first rule that fits counts, so special words stand before general ones.
  private static final List<Rule> RULES = List.of(
      rule("lip-?sync|latentsync", LIP_SYNC, "video_url", "audio_url"),
      rule("image-to-video", IMAGE_TO_VIDEO, "prompt", "image_url"),
      rule("text-to-video|video", VIDEO_GENERATION, "prompt"),
      rule("upscale|esrgan|seedvr", SUPER_RESOLUTION, "image_url"),
      rule("birefnet|rembg|background", BACKGROUND_REMOVAL, "image_url"),
      rule("/fill|inpaint", INPAINTING, "prompt", "image_url", "mask_url"),
      rule("moondream|/query|llava|vision", IMAGE_UNDERSTANDING, "image_url", "prompt"),
      rule("whisper|wizper|speech-to-text", SPEECH_RECOGNITION, "audio_url"),
      rule("text-to-3d", MODEL_3D_GENERATION, "prompt"),
      rule("trellis|3d", MODEL_3D_GENERATION, "image_url|input_image_url"),
      rule("minimax-music", MUSIC_GENERATION, "prompt", "lyrics_prompt"),
      rule("music|lyria|stable-audio", MUSIC_GENERATION, "prompt"),
      rule("sound|mmaudio|text-to-audio", SOUND_GENERATION, "text|prompt"),
      rule("kokoro", SPEECH_SYNTHESIS),
      rule("tts|speech", SPEECH_SYNTHESIS, "text|prompt"),
      rule("openrouter|llm", TEXT_GENERATION, "prompt", "model"),
      rule("/edit|kontext", IMAGE_EDITING, "prompt", "image_url|image_urls"),
      rule("flux|banana|image|diffusion|sdxl|recraft|ideogram|seedream|qwen|hidream", IMAGE_GENERATION, "prompt"));

  private static Rule rule(String words, ProviderCapability capability, String... required) {
    return new Rule(Pattern.compile(words), new FalModel(capability, List.of(required)));
  }

  /** Empty for an id that no rule knows. */
  static Optional<FalModel> of(String id) {
    return RULES.stream().filter(rule -> rule.words().matcher(id).find()).map(Rule::model).findFirst();
  }

  /** The first required field that the input lacks; of alternatives the first name. */
  Optional<String> missing(JsonObject input) {
    return required.stream()
        .filter(names -> List.of(names.split("\\|")).stream().noneMatch(name -> given(input.getValue(name))))
        .map(names -> names.split("\\|")[0]).findFirst();
  }

  private static boolean given(Object value) {
    return value instanceof String text && !text.isEmpty()
        || value instanceof JsonArray list && !list.isEmpty() && list.getValue(0) instanceof String;
  }

  /** The part of an id that links keep: owner and app, with {@code workflows} or {@code comfy} before; or empty. */
  static Optional<String> app(String id) {
    String[] parts = id.split("/");
    int wanted = parts[0].equals("workflows") || parts[0].equals("comfy") ? 3 : 2;
    return parts.length < wanted ? Optional.empty() : Optional.of(String.join("/", List.of(parts).subList(0, wanted)));
  }
}
