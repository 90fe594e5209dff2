package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/**
 * The input of a capability as Replicate's models name it. Each model has a schema of its own: those of the default list
 * and their near relations are known here, others get the names that are usual.
 */
final class ReplicateInput {
  private static final String[] RATIOS = {"1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21"};
  private static final String[] PRO_RATIOS = {"1:1", "16:9", "3:2", "2:3", "4:5", "5:4", "9:16", "3:4", "4:3"};
  private static final int MEGAPIXEL = 1024 * 1024;
  /** What a client means who sends a picture and no words. */
  private static final String USUAL_MOTION = "Bring this picture to life with natural motion.";

  private final Submission task;
  /** The model without its version. */
  private final String model;
  private final Asked asked;
  private final JsonObject input = new JsonObject();

  private ReplicateInput(Submission task) {
    this.task = task;
    this.model = task.model().split(":")[0];
    this.asked = new Asked(task.input(), task.model());
  }

  static JsonObject of(Submission task) {
    ReplicateInput of = new ReplicateInput(task);
    of.fill();
    return of.input;
  }

  private void fill() {
    switch (task.capability()) {
      case IMAGE_GENERATION -> generation();
      case IMAGE_EDITING -> editing();
      case INPAINTING -> asked.copy("prompt", input, "prompt").copy("image_url", input, "image").copy("mask_url", input, "mask")
          .copy("seed", input, "seed");
      case BACKGROUND_REMOVAL -> background();
      case SUPER_RESOLUTION -> upscale();
      case IMAGE_UNDERSTANDING -> asked.copy("image_url", input, "image").copy("prompt", input, "prompt").copy("max_tokens", input, "max_tokens");
      case VIDEO_GENERATION, IMAGE_TO_VIDEO -> video();
      case LIP_SYNC -> asked.copy("video_url", input, "video").copy("audio_url", input, "audio");
      case TEXT_GENERATION -> text();
      case TEXT_EMBEDDING -> embedding();
      case SPEECH_SYNTHESIS -> speech();
      case SPEECH_RECOGNITION -> recognition();
      case MUSIC_GENERATION -> music();
      case SOUND_GENERATION -> sound(1, is("audiogen") ? 10 : 3600);
      case MODEL_3D_GENERATION -> model3d();
    }
  }

  private boolean is(String part) {
    return model.contains(part);
  }

  /** Whether the model is one of a bare version, whose family nobody can tell: it is taken for the capability's default. */
  private boolean nameless() {
    return !model.contains("/");
  }

  private void generation() {
    asked.copy("prompt", input, "prompt").copy("seed", input, "seed");
    if (nameless() || model.matches(".*/flux-(schnell|dev)(-lora)?")) {
      asked.without("negative_prompt");
      put("num_outputs", asked.wholeBetween("num_outputs", 1, 4));
      put("aspect_ratio", asked.ratio(RATIOS));
      megapixels();
      format("webp", "jpg", "png");
    } else if (model.matches(".*/flux-(1\\.1-)?pro")) {
      exact(1440, 32);
    } else if (model.matches(".*/flux-2-(pro|max|flex)")) {
      exact(2048, 16);
    } else {
      asked.copy("negative_prompt", input, "negative_prompt").copy("width", input, "width").copy("height", input, "height")
          .copy("aspect_ratio", input, "aspect_ratio").copy("num_outputs", input, "num_outputs");
      format("webp", "jpg", "png");
    }
  }

  /** These models know about a megapixel and about a quarter of one. */
  private void megapixels() {
    if (asked.longest() == 0) {
      return;
    }
    long pixels = (long) asked.side("width") * asked.side("height");
    if (pixels > 2 * MEGAPIXEL) {
      throw asked.sizes("must give at most " + 2 * MEGAPIXEL + " pixels");
    }
    put("megapixels", pixels < MEGAPIXEL / 2 ? "0.25" : "1");
  }

  /** These models make one picture at a time, of any size within bounds. */
  private void exact(int most, int step) {
    asked.single().without("negative_prompt");
    format("webp", "jpg", "png");
    if (asked.longest() == 0) {
      put("aspect_ratio", asked.ratio(PRO_RATIOS));
      return;
    }
    for (String side : new String[] {"width", "height"}) {
      put(side, asked.side(side, 256, most, step));
    }
    put("aspect_ratio", "custom");
  }

  private void editing() {
    asked.copy("prompt", input, "prompt").copy("seed", input, "seed");
    if (nameless() || is("kontext")) {
      asked.without("strength").copy("image_url", input, "input_image");
      format("jpg", "png");
    } else if (is("/flux-2-")) {
      asked.without("strength");
      put("input_images", picture());
      put("aspect_ratio", "match_input_image");
      format("webp", "jpg", "png");
    } else {
      asked.copy("image_url", input, "image").copy("strength", input, "prompt_strength");
      format("webp", "jpg", "png");
    }
  }

  private void background() {
    asked.copy("image_url", input, "image");
    if (nameless() || is("background-remover")) {
      String format = formatOf("png", "jpg");
      put("format", format);
    } else {
      formatOf("png");
    }
  }

  private void upscale() {
    asked.copy("image_url", input, "image");
    if (nameless() || is("esrgan")) {
      asked.without("prompt").between("scale", 0, 10);
    }
    asked.copy("prompt", input, "prompt").copy("scale", input, "scale");
  }

  private void video() {
    put("prompt", task.input().getString("prompt", USUAL_MOTION));
    boolean minimax = nameless() || model.startsWith("minimax/");
    asked.copy("image_url", input, minimax ? "first_frame_image" : "image");
    if (nameless() || model.startsWith("minimax/video-01")) {
      asked.without("duration_seconds", "aspect_ratio", "resolution", "seed");
    }
    asked.copy("duration_seconds", input, "duration").copy("aspect_ratio", input, "aspect_ratio").copy("resolution", input, "resolution")
        .copy("seed", input, "seed");
  }

  private void text() {
    JsonArray messages = asked.messages();
    JsonObject only = messages.getJsonObject(0);
    boolean plain = messages.size() == 1 && !"system".equals(only.getString("role"));
    if (nameless() || is("meta-llama-3")) {
      put("prompt", plain ? only.getString("content") : WrittenChat.llama3(messages));
      put("prompt_template", plain ? WrittenChat.LLAMA_3 : "{prompt}");
    } else {
      put("prompt", WrittenChat.plain(messages));
      put("system_prompt", WrittenChat.instructions(messages));
    }
    asked.copy("max_tokens", input, "max_tokens").copy("temperature", input, "temperature");
  }

  /** Several texts go as the text of a JSON list. */
  private void embedding() {
    asked.without("dimensions").copy("text", input, "text");
    if (task.input().getJsonArray("texts") != null) {
      put("text_batch", asked.texts().encode());
    }
  }

  private void speech() {
    asked.copy("text", input, "text").copy("voice", input, "voice");
    if (nameless() || is("kokoro")) {
      // The voice tells the language.
      asked.without("language").oneOf("output_format", "wav");
    } else {
      asked.copy("language", input, "language").copy("output_format", input, "output_format");
    }
  }

  private void recognition() {
    asked.copy("audio_url", input, "audio");
    String language = task.input().getString("language");
    if (language != null) {
      // The model knows languages without their regions.
      put("language", language.matches("[A-Za-z]{2,3}(-.+)?") ? language.split("-")[0].toLowerCase(Locale.ROOT) : language);
    }
  }

  private void music() {
    if (!task.input().getBoolean("instrumental", true)) {
      throw InvalidInput.input("instrumental", "must be true for " + task.model() + ", which is not known to sing");
    }
    sound(1, 3600);
  }

  private void sound(int least, int most) {
    asked.copy("prompt", input, "prompt");
    put("duration", asked.wholeBetween("duration_seconds", least, most));
  }

  private void model3d() {
    if (nameless() || is("trellis")) {
      if (task.input().getString("image_url") == null) {
        throw InvalidInput.input("image_url", "is needed: " + task.model() + " makes models from pictures only");
      }
      asked.without("prompt");
      put("images", picture());
      put("generate_model", true);
    } else {
      asked.copy("image_url", input, "image").copy("prompt", input, "prompt");
    }
  }

  private JsonArray picture() {
    return new JsonArray().add(task.input().getString("image_url"));
  }

  private void format(String... allowed) {
    put("output_format", formatOf(allowed));
  }

  private String formatOf(String... allowed) {
    String format = task.input().getString("output_format");
    JsonObject plain = new JsonObject().put("output_format", format == null ? null : format.replace("jpeg", "jpg"));
    return new Asked(plain, task.model()).oneOf("output_format", allowed);
  }

  private void put(String field, Object value) {
    if (value != null) {
      input.put(field, value);
    }
  }
}
