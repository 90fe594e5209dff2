package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;

/** The input of a capability as Runway's models name it. Most refuse fields that they do not know. */
final class RunwayInput {
  /** What a client means who sends a picture and no words. */
  private static final String USUAL_MOTION = "Bring this picture to life with natural motion.";
  private static final int USUAL_SECONDS = 5;
  private static final String[] VOICES = {"Maya", "Arjun", "Serene", "Bernard", "Billy", "Mark", "Clint", "Mabel", "Chad", "Leslie", "Eleanor",
      "Elias", "Elliot", "Grungle", "Brodie", "Sandra", "Kirk", "Kylie", "Lara", "Lisa", "Malachi", "Marlene", "Martin", "Miriam", "Monster", "Paula",
      "Pip", "Rusty", "Ragnar", "Xylar", "Maggie", "Jack", "Katie", "Noah", "James", "Rina", "Ella", "Mariah", "Frank", "Claudia", "Niki", "Vincent",
      "Kendrick", "Myrna", "Tom", "Wanda", "Benjamin", "Kiana", "Rachel"};

  private final Submission task;
  private final Asked asked;
  private final JsonObject body = new JsonObject();

  private RunwayInput(Submission task) {
    this.task = task;
    this.asked = new Asked(task.input(), task.model());
  }

  /** The last part of the path. */
  static String operation(Submission task) {
    return switch (task.capability()) {
      case IMAGE_GENERATION, IMAGE_EDITING -> "text_to_image";
      case SUPER_RESOLUTION -> ofVideo(task.model()) ? "video_upscale" : "image_upscale";
      case VIDEO_GENERATION -> "text_to_video";
      case IMAGE_TO_VIDEO -> "image_to_video";
      case SPEECH_SYNTHESIS -> "text_to_speech";
      case SOUND_GENERATION -> "sound_effect";
      default -> throw new InvalidInput("/capability", "capability: runway offers no " + task.capability().word());
    };
  }

  private static boolean ofVideo(String model) {
    return model.contains("video") || model.equals("enhance_frame_rate");
  }

  static JsonObject of(Submission task) {
    RunwayInput input = new RunwayInput(task);
    return switch (task.capability()) {
      case IMAGE_GENERATION, IMAGE_EDITING -> input.picture();
      case SUPER_RESOLUTION -> input.larger();
      case VIDEO_GENERATION, IMAGE_TO_VIDEO -> input.video();
      case SPEECH_SYNTHESIS -> input.speech();
      default -> input.sound();
    };
  }

  private JsonObject picture() {
    RunwayModel model = RunwayModel.image(task.model());
    boolean editing = task.capability() == ProviderCapability.IMAGE_EDITING;
    if (task.model().equals("gen4_image_turbo") && !editing && !task.options().containsKey("referenceImages")) {
      throw InvalidInput.model("gen4_image_turbo makes pictures from pictures: take image_editing, or give provider_options.referenceImages");
    }
    asked.without("negative_prompt", "strength");
    body.put("promptText", words("prompt", model.letters())).put("ratio", model.sizes().picture(asked));
    Integer count = model.number(asked, "num_outputs");
    if (count != null && count > 1) {
      body.put("outputCount", count);
    }
    format(model.formats());
    seed(model);
    if (editing) {
      String given = RunwayMedia.picture("image_url", task.input().getString("image_url"));
      body.put("referenceImages", new JsonArray().add(new JsonObject().put("uri", given)));
      if (model.has("edits")) {
        body.put("edit", true);
      }
    }
    return body;
  }

  private void format(String formats) {
    if (formats.isEmpty()) {
      asked.without("output_format");
    } else if (task.input().getString("output_format") != null) {
      JsonObject plain = new JsonObject().put("output_format", task.input().getString("output_format").replace("jpg", "jpeg"));
      body.put("outputFormat", new Asked(plain, task.model()).oneOf("output_format", formats.split(" ")));
    }
  }

  private JsonObject larger() {
    asked.without("prompt");
    String given = task.input().getString("image_url");
    if (!ofVideo(task.model())) {
      Integer factor = asked.oneOf("scale", Arrays.asList(2, 4, 8, 16));
      if (factor != null) {
        body.put("scaleFactor", factor);
      }
      return body.put("imageUri", RunwayMedia.picture("image_url", given));
    }
    asked.without("scale");
    if (task.model().equals("enhance_frame_rate") && !task.options().containsKey("targetFramerate")) {
      throw InvalidInput.option("targetFramerate", "must be one of 23_98, 24, 25, 29_97, 30, 48, 50, 59_94, 60, 120 for "
          + task.model());
    }
    return body.put("videoUri", RunwayMedia.video("image_url", given));
  }

  private JsonObject video() {
    RunwayModel model = RunwayModel.video(task.model());
    boolean animating = task.capability() == ProviderCapability.IMAGE_TO_VIDEO;
    if (animating) {
      body.put("promptImage", RunwayMedia.picture("image_url", task.input().getString("image_url")));
    }
    if (task.input().getString("prompt") != null) {
      body.put("promptText", words("prompt", model.letters()));
    } else if (!model.has("wordless")) {
      body.put("promptText", USUAL_MOTION);
    }
    size(animating ? model.fromPicture() : model.sizes(), model, animating);
    Integer seconds = model.number(asked, "duration_seconds");
    if (seconds != null || model.has("timed")) {
      body.put("duration", seconds == null ? USUAL_SECONDS : seconds);
    }
    seed(model);
    return body;
  }

  private void size(RunwaySizes sizes, RunwayModel model, boolean animating) {
    JsonObject in = task.input();
    Asked ratioOnly = asked;
    if (!sizes.inPixels()) {
      String resolution = asked.oneOf("resolution", model.resolutions().split(" "));
      if (resolution != null) {
        body.put("resolution", resolution);
      }
      ratioOnly = new Asked(in.copy().putNull("resolution"), task.model());
    }
    if (sizes.isEmpty() || sizes.usual().startsWith("auto")) {
      // The video has the form of the picture.
      asked.without("aspect_ratio");
    }
    boolean asksSize = ratioOnly.input().getString("aspect_ratio") != null || ratioOnly.input().getString("resolution") != null;
    if (!sizes.isEmpty() && (asksSize || !animating || !model.has("adapts"))) {
      body.put("ratio", sizes.video(ratioOnly));
    }
  }

  private void seed(RunwayModel model) {
    if (model.has("seed")) {
      asked.copy("seed", body, "seed");
    } else {
      asked.without("seed");
    }
  }

  private JsonObject speech() {
    boolean expressive = task.model().equals("eleven_v3");
    boolean copying = task.model().equals("seed_audio");
    body.put("promptText", words("text", expressive ? 5_000 : copying ? 100_000 : 1_000));
    String voice = task.input().getString("voice");
    if (!copying) {
      String preset = voice == null ? VOICES[0] : asked.oneOf("voice", VOICES);
      body.put("voice", new JsonObject().put("type", "runway-preset").put("presetId", preset));
    } else if (voice != null) {
      if (!voice.matches("(https|runway)://.+")) {
        throw InvalidInput.input("voice", "must be an https link to a recorded voice for seed_audio");
      }
      body.put("voice", new JsonObject().put("type", "reference-audio").put("audioUri", voice));
    }
    if (task.input().getString("language") != null && !hearsLanguage(task)) {
      body.put("languageCode", task.input().getString("language").split("[-_]")[0]);
    }
    soundFormat(copying);
    return body;
  }

  /** All models but one hear in the text which language the client means, and have no field for it. */
  static boolean hearsLanguage(Submission task) {
    return task.capability() == ProviderCapability.SPEECH_SYNTHESIS && !task.model().equals("eleven_v3")
        && task.input().getString("language") != null;
  }

  private void soundFormat(boolean chosen) {
    if (!chosen) {
      asked.without("output_format");
    } else if (task.input().getString("output_format") != null) {
      String format = asked.oneOf("output_format", "wav", "mp3", "ogg", "opus");
      body.put("outputFormat", format.startsWith("o") ? "ogg_opus" : format);
    }
  }

  private JsonObject sound() {
    body.put("promptText", words("prompt", 3_000));
    if (task.model().equals("seed_audio")) {
      asked.without("duration_seconds");
    } else {
      asked.between("duration_seconds", 0.5, 30);
      asked.copy("duration_seconds", body, "duration");
    }
    return body;
  }

  private String words(String field, int most) {
    String text = task.input().getString(field);
    if (text.length() > most) {
      throw InvalidInput.input(field, "must be at most " + most + " characters for " + task.model() + "; it has " + text.length());
    }
    return text;
  }
}
