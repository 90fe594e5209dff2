package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.BACKGROUND_REMOVAL;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.INPAINTING;
import static dev.computeserver.catalog.ProviderCapability.MODEL_3D_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.MUSIC_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SUPER_RESOLUTION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What stands at a path of Stability's: what it makes, from which fields, and whether it answers with an id first. */
record StabilityOperation(ProviderCapability what, FieldRules fields, boolean startsJob) {

  private static final String SEED = " seed:#0..4294967294";
  private static final String STYLE = " style_preset:3d-model|analog-film|anime|cinematic|comic-book|digital-art|enhance|fantasy-art|isometric"
      + "|line-art|low-poly|modeling-compound|neon-punk|origami|photographic|pixel-art|tile-texture";
  private static final String FORMAT = " output_format:png|jpeg|webp";
  private static final String RATIO = " aspect_ratio:1:1|16:9|9:16|21:9|9:21|2:3|3:2|4:5|5:4";
  private static final String WORDS = " prompt*:text negative_prompt:text";
  private static final String USUAL = SEED + STYLE + FORMAT;
  private static final String MASKED = "image*:file grow_mask:#0..20" + USUAL;
  private static final String SOUND = "prompt*:text seed:#0..4294967294 cfg_scale:1..25 output_format:mp3|wav";

  private static final Map<String, StabilityOperation> ALL = Map.ofEntries(
      now("stable-image/generate/core", IMAGE_GENERATION, WORDS + RATIO + USUAL),
      now("stable-image/generate/ultra", IMAGE_GENERATION, WORDS + RATIO + USUAL + " image:file strength:0..1"),
      now("stable-image/generate/sd3", IMAGE_GENERATION, WORDS + RATIO + USUAL + " image:file strength:0..1 cfg_scale:1..10"
          + " mode:text-to-image|image-to-image model:sd3.5-large|sd3.5-large-turbo|sd3.5-medium|sd3.5-flash"),
      now("stable-image/edit/search-and-replace", IMAGE_EDITING, MASKED + WORDS + " search_prompt*:text"),
      now("stable-image/edit/search-and-recolor", IMAGE_EDITING, MASKED + WORDS + " select_prompt*:text"),
      now("stable-image/edit/outpaint", IMAGE_EDITING,
          "image*:file left:#0..2000 right:#0..2000 up:#0..2000 down:#0..2000 creativity:0..1 prompt:text" + USUAL),
      now("stable-image/edit/erase", INPAINTING, "image*:file mask:file grow_mask:#0..20" + SEED + FORMAT),
      now("stable-image/edit/inpaint", INPAINTING, MASKED + WORDS + " mask:file"),
      now("stable-image/edit/remove-background", BACKGROUND_REMOVAL, "image*:file output_format:png|webp"),
      now("stable-image/control/sketch", IMAGE_EDITING, "image*:file control_strength:0..1" + WORDS + USUAL),
      now("stable-image/control/structure", IMAGE_EDITING, "image*:file control_strength:0..1" + WORDS + USUAL),
      now("stable-image/control/style", IMAGE_EDITING, "image*:file fidelity:0..1" + WORDS + RATIO + USUAL),
      now("stable-image/upscale/fast", SUPER_RESOLUTION, "image*:file" + FORMAT),
      now("stable-image/upscale/conservative", SUPER_RESOLUTION, "image*:file creativity:0.2..0.5" + WORDS + SEED + FORMAT),
      later("stable-image/upscale/creative", SUPER_RESOLUTION, "image*:file creativity:0.1..0.5" + WORDS + USUAL),
      later("stable-image/edit/replace-background-and-relight", IMAGE_EDITING, "subject_image*:file background_prompt:text background_reference:file"
          + " foreground_prompt:text negative_prompt:text preserve_original_subject:0..1 original_background_depth:0..1"
          + " keep_original_background:flag light_source_direction:above|below|left|right light_reference:file light_source_strength:0..1"
          + SEED + FORMAT),
      later("audio/stable-audio/text-to-audio", MUSIC_GENERATION, SOUND + " duration:1..380 steps:#4..8 model:stable-audio-3"),
      now("audio/stable-audio-2/text-to-audio", MUSIC_GENERATION, SOUND + " duration:1..190 steps:#4..100 model:stable-audio-2|stable-audio-2.5"),
      now("3d/stable-fast-3d", MODEL_3D_GENERATION,
          "image*:file texture_resolution:512|1024|2048 foreground_ratio:0.1..1 remesh:none|triangle|quad vertex_count:#-1..20000"),
      now("3d/stable-point-aware-3d", MODEL_3D_GENERATION, "image*:file texture_resolution:512|1024|2048 foreground_ratio:1..2"
          + " remesh:none|triangle|quad target_type:none|vertex|face target_count:#100..20000 guidance_scale:1..10" + SEED));

  static Optional<StabilityOperation> of(String path) {
    return Optional.ofNullable(ALL.get(path));
  }

  /** The first fault of a form, as the provider words it. */
  Optional<String> wrong(JsonObject form) {
    Optional<String> plain = fields.wrong(form, false).map(wrong -> wrong.field() + ": " + wrong.message());
    if (plain.isPresent() || what != IMAGE_GENERATION) {
      return plain;
    }
    boolean fromImage = form.containsKey("image");
    if ("image-to-image".equals(form.getString("mode")) && !fromImage) {
      return Optional.of("image: is required");
    }
    if (fromImage && !form.containsKey("strength")) {
      return Optional.of("strength: is required when image is provided");
    }
    return "image-to-image".equals(form.getString("mode")) && form.containsKey("aspect_ratio")
        ? Optional.of("aspect_ratio: is not allowed in image-to-image") : Optional.empty();
  }

  Order order(SandboxJob job, JsonObject form) {
    String image = FalOrders.text(form, "image", FalOrders.text(form, "subject_image", null));
    ProviderCapability made = what == IMAGE_GENERATION && image != null || what == INPAINTING && !form.containsKey("mask") ? IMAGE_EDITING : what;
    List<String> sources = image == null ? List.of() : made == INPAINTING ? List.of(image, form.getString("mask")) : List.of(image);
    double ratio = made == IMAGE_GENERATION ? ratio(FalOrders.text(form, "aspect_ratio", "1:1")) : 1;
    int wide = (int) Math.round(Math.sqrt(ratio) * 16) * 64;
    int high = (int) Math.round(16 / Math.sqrt(ratio)) * 64;
    double amount = made == SUPER_RESOLUTION ? job.model().endsWith("fast") ? 4 : 2 : FalOrders.number(form, "duration");
    String prompt = FalOrders.text(form, "prompt", FalOrders.text(form, "background_prompt", ""));
    return new Order(made, prompt, sources, new Shape(wide, high, amount, FalOrders.text(form, "output_format", "png")), seed(job, form),
        job.fault() == Fault.NSFW);
  }

  static long seed(SandboxJob job, JsonObject form) {
    long asked = (long) FalOrders.number(form, "seed");
    return asked > 0 ? asked : job.id().hashCode() & 0x7FFFFFFF;
  }

  private static double ratio(String ratio) {
    String[] sides = ratio.split(":");
    return Double.parseDouble(sides[0]) / Double.parseDouble(sides[1]);
  }

  private static Map.Entry<String, StabilityOperation> now(String path, ProviderCapability what, String fields) {
    return Map.entry(path, new StabilityOperation(what, FieldRules.of(fields), false));
  }

  private static Map.Entry<String, StabilityOperation> later(String path, ProviderCapability what, String fields) {
    return Map.entry(path, new StabilityOperation(what, FieldRules.of(fields), true));
  }
}
