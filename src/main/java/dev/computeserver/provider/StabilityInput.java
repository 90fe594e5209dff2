package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The input of a capability as Stability's operations name it. A model is named as the last part of its path, or as itself. */
final class StabilityInput {
  private static final String[] RATIOS = {"1:1", "16:9", "9:16", "21:9", "9:21", "2:3", "3:2", "4:5", "5:4"};
  private static final String[] FORMATS = {"png", "jpeg", "webp"};
  /** That these make WebP is not documented. */
  private static final String[] SD3_FORMATS = {"png", "jpeg"};
  private static final long MOST_SEED = 4_294_967_294L;
  private static final int MOST_PROMPT = 10_000;
  /** How far from the picture, where the client does not say: the new prompt shows, the picture too. */
  private static final double USUAL_STRENGTH = 0.7;

  private final Submission task;
  private final Asked asked;
  private final JsonObject fields = new JsonObject();
  private final Map<String, InputFile> files = new LinkedHashMap<>();

  private StabilityInput(Submission task) {
    this.task = task;
    this.asked = new Asked(task.input(), task.model());
  }

  /** Path and parts of the request. */
  record Form(String path, JsonObject fields, Map<String, InputFile> files) {
  }

  static Form of(Submission task) {
    StabilityInput input = new StabilityInput(task);
    String path = input.path(task.model().replaceFirst("^stable-image-", ""));
    return new Form("/v2beta/" + path, input.fields.mergeIn(task.options()), input.files);
  }

  private String path(String model) {
    return switch (task.capability()) {
      case IMAGE_GENERATION -> generation(model);
      case IMAGE_EDITING -> editing(model);
      case INPAINTING -> inpainting(model);
      case BACKGROUND_REMOVAL -> backgroundRemoval(model);
      case SUPER_RESOLUTION -> upscale(model);
      case MUSIC_GENERATION, SOUND_GENERATION -> audio(model);
      case MODEL_3D_GENERATION -> model3d(model);
      default -> throw new InvalidInput("/capability", "capability: stability offers no " + task.capability().word());
    };
  }

  private String generation(String model) {
    prompt("prompt");
    checkLength("negative_prompt");
    asked.single().copy("negative_prompt", fields, "negative_prompt");
    String ratio = asked.ratio(RATIOS);
    if (ratio != null) {
      fields.put("aspect_ratio", ratio);
    }
    seed();
    format(isSd3(model) ? SD3_FORMATS : FORMATS);
    if (isSd3(model)) {
      fields.put("mode", "text-to-image").put("model", model);
      return "stable-image/generate/sd3";
    }
    oneOf(model, "core", "ultra");
    return "stable-image/generate/" + model;
  }

  private String editing(String model) {
    files.put(model.equals("replace-background-and-relight") ? "subject_image" : "image", task.file("image_url"));
    seed();
    format(isSd3(model) ? SD3_FORMATS : FORMATS);
    if (isSd3(model) || model.equals("ultra")) {
      prompt("prompt");
      fields.put("strength", task.input().getDouble("strength", USUAL_STRENGTH));
      if (model.equals("ultra")) {
        return "stable-image/generate/ultra";
      }
      fields.put("mode", "image-to-image").put("model", model);
      return "stable-image/generate/sd3";
    }
    return partialEditing(model);
  }

  private String partialEditing(String model) {
    asked.without("strength");
    switch (model) {
      case "search-and-replace" -> wanted("search_prompt", "what to replace");
      case "search-and-recolor" -> wanted("select_prompt", "what to recolour");
      case "outpaint" -> {
        if (task.options().fieldNames().stream().noneMatch(name -> name.matches("left|right|up|down"))) {
          throw new InvalidInput("/provider_options", "provider_options must have one of left, right, up, down in pixels for outpaint");
        }
      }
      case "replace-background-and-relight" -> {
        prompt("background_prompt");
        return "stable-image/edit/" + model;
      }
      case "sketch", "structure", "style" -> {
        prompt("prompt");
        return "stable-image/control/" + model;
      }
      default -> oneOf(model, "sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash", "ultra", "search-and-replace",
          "search-and-recolor", "outpaint", "replace-background-and-relight", "sketch", "structure", "style");
    }
    prompt("prompt");
    return "stable-image/edit/" + model;
  }

  private void wanted(String option, String what) {
    if (task.options().getValue(option) == null) {
      throw InvalidInput.option(option, "is needed by " + task.model() + ": " + what);
    }
  }

  private String inpainting(String model) {
    oneOf(model, "inpaint");
    files.put("image", task.file("image_url"));
    files.put("mask", task.file("mask_url"));
    prompt("prompt");
    seed();
    return "stable-image/edit/inpaint";
  }

  private String backgroundRemoval(String model) {
    oneOf(model, "remove-background");
    files.put("image", task.file("image_url"));
    format("png", "webp");
    return "stable-image/edit/remove-background";
  }

  private String upscale(String model) {
    oneOf(model, "fast", "conservative", "creative");
    files.put("image", task.file("image_url"));
    if (model.equals("fast")) {
      asked.without("prompt");
      if (task.input().getDouble("scale", 4.0) != 4) {
        throw InvalidInput.input("scale", "must be 4 for fast");
      }
    } else {
      asked.without("scale");
      if (task.input().getString("prompt") == null) {
        throw InvalidInput.input("prompt", "is needed by " + model + ": what the picture shows");
      }
      prompt("prompt");
    }
    return "stable-image/upscale/" + model;
  }

  private String audio(String model) {
    oneOf(model, "stable-audio-2.5", "stable-audio-2", "stable-audio-3");
    if (!task.input().getBoolean("instrumental", true)) {
      throw InvalidInput.input("instrumental", "must be true for " + model + ", which does not sing");
    }
    prompt("prompt");
    fields.put("model", model);
    boolean third = model.equals("stable-audio-3");
    asked.between("duration_seconds", 1, third ? 380 : 190);
    asked.copy("duration_seconds", fields, "duration");
    return "audio/" + (third ? "stable-audio" : "stable-audio-2") + "/text-to-audio";
  }

  private String model3d(String model) {
    oneOf(model, "stable-fast-3d", "stable-point-aware-3d");
    if (task.file("image_url") == null) {
      throw InvalidInput.input("image_url", "is needed: " + model + " makes models from pictures only");
    }
    asked.without("prompt");
    files.put("image", task.file("image_url"));
    return "3d/" + model;
  }

  private static boolean isSd3(String model) {
    return model.startsWith("sd3");
  }

  private void prompt(String theirs) {
    checkLength("prompt");
    fields.put(theirs, task.input().getString("prompt", ""));
  }

  private void checkLength(String field) {
    if (task.input().getString(field, "").length() > MOST_PROMPT) {
      throw InvalidInput.input(field, "must have at most " + MOST_PROMPT + " characters for " + task.model());
    }
  }

  private void seed() {
    asked.between("seed", 0, MOST_SEED);
    asked.copy("seed", fields, "seed");
  }

  private void format(String... offered) {
    if (task.input().getString("output_format") == null) {
      return;
    }
    JsonObject plain = new JsonObject().put("output_format", task.input().getString("output_format").replace("jpg", "jpeg"));
    fields.put("output_format", new Asked(plain, task.model()).oneOf("output_format", offered));
  }

  private void oneOf(String model, String... offered) {
    if (!List.of(offered).contains(model)) {
      throw InvalidInput.model("must be one of " + String.join(", ", offered) + " for " + task.capability().word() + " at stability");
    }
  }
}
