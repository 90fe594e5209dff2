package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.Fields.BOOLEAN;
import static dev.computeserver.sandbox.Fields.FILE;
import static dev.computeserver.sandbox.Fields.FILLED;
import static dev.computeserver.sandbox.Fields.OBJECT;
import static dev.computeserver.sandbox.Fields.TEXT;
import static dev.computeserver.sandbox.Fields.matching;
import static dev.computeserver.sandbox.Fields.oneOf;
import static dev.computeserver.sandbox.Fields.whole;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Predicate;

/** What Ideogram's endpoints take, by path. */
final class IdeogramFields {

  static final Map<String, Fields> BY_PATH = Map.of(
      "/v1/ideogram-v3/generate", shaped(shared()).needs("prompt", FILLED).may("negative_prompt", TEXT),
      "/v1/ideogram-v3/generate-transparent", shared().needs("prompt", FILLED).may("negative_prompt", TEXT).may("aspect_ratio", ratio())
          .may("upscale_factor", oneOf("X1", "X2", "X4")),
      "/v1/ideogram-v4/generate", version4().needs("text_prompt", FILLED),
      "/v1/ideogram-v3/remix", shaped(shared()).needs("image", FILE).needs("prompt", FILLED).may("image_weight", whole(1, 100))
          .may("negative_prompt", TEXT),
      "/v1/ideogram-v4/remix", version4().needs("image", FILE).needs("text_prompt", FILLED).may("image_weight", whole(1, 100)),
      "/v1/edit", shaped(new Fields()).needs("images", FILE).needs("prompt", FILLED).may("num_images", whole(1, 8))
          .may("seed", whole(0, Integer.MAX_VALUE)).may("magic_prompt", oneOf("AUTO", "ON", "OFF")).may("transparent_background", BOOLEAN),
      "/v1/ideogram-v3/inpaint", shared().needs("image", FILE).needs("mask", FILE).needs("prompt", FILLED),
      "/v1/remove-background", new Fields().needs("image", FILE),
      "/upscale", new Fields().needs("image_file", FILE).needs("image_request", IdeogramFields::upscale),
      "/describe", new Fields().needs("image_file", FILE).may("describe_model_version", oneOf("V_2", "V_3", "V_4")));

  private IdeogramFields() { }

  private static Predicate<Object> ratio() {
    return oneOf("1x1", "1x2", "2x1", "1x3", "3x1", "2x3", "3x2", "3x4", "4x3", "4x5", "5x4", "9x16", "16x9", "10x16", "16x10");
  }

  private static Fields shared() {
    return new Fields().may("seed", whole(0, Integer.MAX_VALUE)).may("num_images", whole(1, 8))
        .may("rendering_speed", oneOf("FLASH", "TURBO", "DEFAULT", "QUALITY")).may("magic_prompt", oneOf("AUTO", "ON", "OFF"))
        .may("style_type", oneOf("AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION")).may("style_preset", matching("[A-Z0-9_]+"))
        .may("style_codes", matching("[0-9A-Fa-f]{8}")).may("color_palette", OBJECT).may("style_reference_images", FILE)
        .may("character_reference_images", FILE).may("custom_model_uri", TEXT).may("enable_copyright_detection", BOOLEAN);
  }

  private static Fields shaped(Fields fields) {
    return fields.may("aspect_ratio", ratio()).may("resolution", matching("\\d{3,4}x\\d{3,4}"));
  }

  private static Fields version4() {
    return new Fields().may("resolution", matching("\\d{4}x\\d{4}")).may("rendering_speed", oneOf("TURBO", "DEFAULT", "QUALITY"))
        .may("enable_copyright_detection", BOOLEAN);
  }

  private static boolean upscale(Object value) {
    return value instanceof JsonObject request && new Fields().may("prompt", TEXT).may("resemblance", whole(1, 100)).may("detail", whole(1, 100))
        .may("magic_prompt_option", oneOf("AUTO", "ON", "OFF")).may("num_images", whole(1, 8)).may("seed", whole(0, Integer.MAX_VALUE))
        .check(request).isEmpty();
  }
}
