package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.regex.Pattern;

/** The input of a capability as the families of FLUX models name it. Some models refuse any field that they do not know. */
final class BlackForestLabsInput {
  private static final String[] IMAGE_RATIOS = {"21:9", "2:1", "16:9", "3:2", "7:5", "4:3", "5:4", "1:1", "4:5", "3:4", "5:7", "2:3", "9:16",
      "1:2", "9:21"};
  private static final String[] VIDEO_RATIOS = {"21:9", "16:9", "4:3", "1:1", "3:4", "9:16", "9:21"};
  private static final int MOST_PIXELS = 4 * 1024 * 1024;
  private static final Pattern BASE64 = Pattern.compile("^data:[^,]*;base64,");
  /** What a client means who sends a picture and no words. */
  private static final String USUAL_MOTION = "Bring this picture to life with natural motion.";

  private final Submission task;
  private final Asked asked;
  private final JsonObject body = new JsonObject();

  private BlackForestLabsInput(Submission task) {
    this.task = task;
    this.asked = new Asked(task.input(), task.model());
  }

  static JsonObject of(Submission task) {
    return new BlackForestLabsInput(task).body();
  }

  /** Not all models know the field; those of the third generation refuse what they do not know. */
  static boolean takesCallback(String model) {
    return !model.startsWith("flux-3") && !model.contains("outpainting");
  }

  private JsonObject body() {
    return switch (task.capability()) {
      case IMAGE_GENERATION -> generation();
      case IMAGE_EDITING -> editing();
      case INPAINTING -> inpainting();
      case VIDEO_GENERATION -> video("t2v");
      case IMAGE_TO_VIDEO -> video("i2v").put("keyframes", new JsonArray().add(picture("image_url")));
      default -> throw new InvalidInput("/capability", "capability: black_forest_labs offers no " + task.capability().word());
    };
  }

  private JsonObject generation() {
    asked.single().without("negative_prompt").copy("prompt", body, "prompt");
    String model = task.model();
    if (model.startsWith("flux-3")) {
      return third();
    }
    usual();
    if (model.equals("flux-pro-1.1-ultra")) {
      String ratio = ultraRatio();
      return ratio == null ? body : body.put("aspect_ratio", ratio);
    }
    if (model.startsWith("flux-kontext")) {
      String ratio = asked.ratio(IMAGE_RATIOS);
      return ratio == null ? body : body.put("aspect_ratio", ratio);
    }
    boolean first = model.equals("flux-pro-1.1") || model.equals("flux-dev");
    size(first ? 256 : 64, first ? 1440 : 8192, first ? 32 : 16);
    return body;
  }

  private JsonObject third() {
    asked.without("seed", "output_format", "width", "height");
    String ratio = asked.ratio(IMAGE_RATIOS);
    return ratio == null ? body : body.put("aspect_ratio", ratio);
  }

  private JsonObject editing() {
    asked.without("strength").copy("prompt", body, "prompt");
    if (task.model().startsWith("flux-3")) {
      asked.without("seed", "output_format");
      return body.put("images", new JsonArray().add(picture("image_url")));
    }
    if (task.model().matches("flux-dev|flux-pro-1\\..*|flux-tools/.*")) {
      throw InvalidInput.model("must be one of the flux-2, flux-3-image and flux-kontext models for image_editing at black_forest_labs");
    }
    usual();
    return body.put("input_image", picture("image_url"));
  }

  private JsonObject inpainting() {
    if (task.model().matches("flux-[23]-.*|flux-dev|flux-kontext-.*|flux-pro-1\\.1.*|flux-pro-1\\.0-expand|flux-tools/.*")) {
      throw InvalidInput.model("must be flux-pro-1.0-fill for inpainting at black_forest_labs");
    }
    asked.copy("prompt", body, "prompt");
    usual();
    return body.put("image", task.file("image_url").base64()).put("mask", task.file("mask_url").base64());
  }

  private JsonObject video(String mode) {
    asked.without("seed");
    body.put("mode", mode).put("prompt", task.input().getString("prompt", USUAL_MOTION));
    String ratio = asked.oneOf("aspect_ratio", VIDEO_RATIOS);
    if (ratio != null) {
      body.put("aspect_ratio", ratio);
    }
    Integer seconds = asked.wholeBetween("duration_seconds", 5, 20);
    if (seconds != null) {
      body.put("duration", seconds);
    }
    String resolution = task.input().getString("resolution");
    return resolution == null ? body : body.put("resolution", switch (resolution.toLowerCase(Locale.ROOT)) {
      case "720p" -> "hd";
      case "1080p" -> "fhd";
      case "1440p", "2k" -> "qhd";
      case "2160p", "4k" -> "uhd";
      default -> throw InvalidInput.input("resolution", "must be one of 720p, 1080p, 1440p, 2160p for " + task.model());
    });
  }

  /** What the first two generations share. */
  private void usual() {
    asked.copy("seed", body, "seed");
    if (task.input().getString("output_format") != null) {
      JsonObject plain = new JsonObject().put("output_format", task.input().getString("output_format").replace("jpg", "jpeg"));
      body.put("output_format", new Asked(plain, task.model()).oneOf("output_format", "jpeg", "png", "webp"));
    }
  }

  private void size(int least, int most, int step) {
    JsonObject in = task.input();
    if (asked.longest() > 0) {
      int width = asked.side("width", least, most, step);
      int height = asked.side("height", least, most, step);
      if ((long) width * height > MOST_PIXELS) {
        throw asked.sizes("must give at most " + MOST_PIXELS + " pixels");
      }
      body.put("width", width).put("height", height);
    } else if (in.getString("aspect_ratio") != null) {
      // About a million pixels, which is what the models are made for.
      double ratio = between("21:9", "9:21");
      body.put("width", rounded(1024 * Math.sqrt(ratio), step, most)).put("height", rounded(1024 / Math.sqrt(ratio), step, most));
    }
  }

  private static int rounded(double side, int step, int most) {
    return Math.min(most / step * step, (int) Math.round(side / step) * step);
  }

  private String ultraRatio() {
    JsonObject in = task.input();
    if (in.getString("aspect_ratio") == null && asked.longest() == 0) {
      return null;
    }
    if (in.getString("aspect_ratio") == null) {
      return asked.ratio(IMAGE_RATIOS);
    }
    between("21:9", "9:21");
    return in.getString("aspect_ratio");
  }

  private double between(String widest, String tallest) {
    double ratio = Asked.value(task.input().getString("aspect_ratio"));
    if (!(ratio <= Asked.value(widest) && ratio >= Asked.value(tallest))) {
      throw InvalidInput.input("aspect_ratio", "must be between " + widest + " and " + tallest + " for " + task.model());
    }
    return ratio;
  }

  /** A link, or base64 without what makes it a data URI. */
  private String picture(String field) {
    String given = task.input().getString(field);
    if (!given.startsWith("data:")) {
      return given;
    }
    if (!BASE64.matcher(given.substring(0, Math.min(200, given.length()))).find()) {
      throw InvalidInput.input(field, "must be a link or a data URI in base64, such as data:image/png;base64,…");
    }
    return given.substring(given.indexOf(',') + 1);
  }
}
