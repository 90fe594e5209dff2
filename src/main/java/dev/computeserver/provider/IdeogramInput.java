package dev.computeserver.provider;

import dev.computeserver.media.PictureSize;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The input of pictures as Ideogram names it. It makes PNG only. */
final class IdeogramInput {
  static final String V4 = "ideogram-v4";
  /** Models that are a part of the paths of what they do; those of transparent pictures do nothing else. */
  private static final String VERSION = "ideogram-v\\d[\\w.-]*(?<!-transparent)";
  private static final List<String> RATIOS = List.of("1x1", "1x2", "2x1", "1x3", "3x1", "2x3", "3x2", "3x4", "4x3", "4x5", "5x4", "9x16", "16x9",
      "10x16", "16x10");
  /** Those of version 3 that are known; any other size is brought to the nearest ratio. */
  private static final Set<String> SIZES_V3 = Set.of("1024x1024", "1280x704", "704x1280", "1312x736", "736x1312", "1344x768", "768x1344",
      "1152x864", "864x1152", "1536x640", "640x1536");
  private static final List<String> SIZES_V4 = List.of("2048x2048", "1440x2880", "2880x1440", "1664x2496", "2496x1664", "1792x2240", "2240x1792",
      "1440x2560", "2560x1440", "1600x2560", "2560x1600", "1728x2304", "2304x1728", "1296x3168", "3168x1296", "1152x2944", "2944x1152",
      "1248x3328", "3328x1248", "1280x3072", "3072x1280", "1024x3072", "3072x1024");
  private static final Set<String> PICTURES = Set.of("image/png", "image/jpeg", "image/webp");
  private static final int MEGABYTE = 1024 * 1024;
  private static final int MOST_MEGABYTES = 10;
  private static final int MOST_MEGABYTES_V4 = 25;
  private static final long SEEDS = 1L << 31;
  /** How far a free width and height may be from the ratio that is taken for it. */
  private static final double NEAR = 0.1;

  private IdeogramInput() {
  }

  static Multipart generation(Submission task) {
    JsonObject in = task.input();
    format(in);
    if (!task.model().startsWith("ideogram-v")) {
      throw InvalidInput.model("must be one of ideogram-v3, ideogram-v4, ideogram-v3-transparent for image_generation at ideogram");
    }
    if (task.model().equals(V4)) {
      return version4(task);
    }
    JsonObject out = new JsonObject().put("prompt", in.getString("prompt"));
    if (in.containsKey("negative_prompt")) {
      out.put("negative_prompt", in.getString("negative_prompt"));
    }
    count(in, out);
    seed(in, out);
    boolean transparent = task.model().endsWith("-transparent");
    String size = in.getInteger("width", in.getInteger("height", 0)) + "x" + in.getInteger("height", in.getInteger("width", 0));
    if (SIZES_V3.contains(size) && !transparent) {
      out.put("resolution", size);
    } else if (isShaped(in)) {
      out.put("aspect_ratio", in.containsKey("width") || in.containsKey("height") ? near(RATIOS, in) : named(in));
    }
    return new Multipart().fields(out.mergeIn(task.options()));
  }

  private static Multipart version4(Submission task) {
    JsonObject in = task.input();
    if (in.containsKey("negative_prompt")) {
      throw InvalidInput.input("negative_prompt", "is not known to ideogram-v4; the model ideogram-v3 takes one");
    }
    if (in.getInteger("num_outputs", 1) != 1) {
      throw InvalidInput.input("num_outputs", "must be 1 for ideogram-v4; the model ideogram-v3 makes up to 8");
    }
    seedless(in);
    JsonObject out = new JsonObject().put("text_prompt", in.getString("prompt"));
    if (isShaped(in)) {
      out.put("resolution", near(SIZES_V4, in));
    }
    return new Multipart().fields(out.mergeIn(task.options()));
  }

  /** An instruction, unless it is told how much to change: then the picture is mixed anew. */
  static String editPath(Submission task) {
    if (task.model().matches(VERSION)) {
      return "/v1/" + task.model() + "/remix";
    }
    only(task, "ideogram-edit", "ideogram-edit, ideogram-v3, ideogram-v4");
    return task.input().containsKey("strength") ? "/v1/ideogram-v3/remix" : "/v1/edit";
  }

  static String inpaintPath(Submission task) {
    if (!task.model().matches(VERSION) || task.model().equals(V4)) {
      only(task, "ideogram-v3", "ideogram-v3");
    }
    return "/v1/" + task.model() + "/inpaint";
  }

  private static void only(Submission task, String model, String offered) {
    if (!task.model().equals(model)) {
      throw InvalidInput.model("must be one of " + offered + " for " + task.capability().word() + " at ideogram");
    }
  }

  private static void seedless(JsonObject in) {
    new Asked(in, V4).without("seed");
  }

  static Multipart edit(Submission task) {
    JsonObject in = task.input();
    format(in);
    InputFile picture = picture(task, "image_url");
    String path = editPath(task);
    boolean version4 = task.model().equals(V4);
    JsonObject out = new JsonObject().put(version4 ? "text_prompt" : "prompt", in.getString("prompt"));
    if (version4) {
      seedless(in);
    } else {
      seed(in, out);
    }
    if (in.containsKey("strength")) {
      out.put("image_weight", Math.max(1, Math.min(100, Math.round(100 * (1 - in.getDouble("strength"))))));
    }
    if (!path.equals("/v1/edit") && !task.options().containsKey("resolution") && !task.options().containsKey("aspect_ratio")) {
      // A picture is cropped to the ratio asked for, which would be a square.
      PictureSize.of(picture.bytes().getBytes()).ifPresent(size -> out.put(version4 ? "resolution" : "aspect_ratio",
          nearest(version4 ? SIZES_V4 : RATIOS, size.width() / (double) size.height())));
    }
    return new Multipart().fields(out.mergeIn(task.options())).file(path.equals("/v1/edit") ? "images" : "image", picture);
  }

  static Multipart inpaint(Submission task) {
    JsonObject out = new JsonObject().put("prompt", task.input().getString("prompt"));
    seed(task.input(), out);
    return new Multipart().fields(out.mergeIn(task.options())).file("image", picture(task, "image_url")).file("mask", picture(task, "mask_url"));
  }

  static Multipart cutOut(Submission task) {
    format(task.input());
    only(task, "ideogram-remove-background", "ideogram-remove-background");
    return new Multipart().fields(task.options()).file("image", picture(task, "image_url"));
  }

  /** All that can be chosen stands in one JSON part, so the options go there, too. */
  static Multipart upscale(Submission task) {
    if (task.input().containsKey("scale")) {
      throw InvalidInput.input("scale", "cannot be chosen at ideogram; leave it out");
    }
    only(task, "ideogram-upscale", "ideogram-upscale");
    JsonObject request = new JsonObject();
    if (task.input().containsKey("prompt")) {
      request.put("prompt", task.input().getString("prompt"));
    }
    JsonObject options = task.options().copy();
    JsonObject parts = new JsonObject();
    if (options.containsKey("sandbox")) {
      parts.put("sandbox", options.remove("sandbox"));
    }
    if (options.remove("image_request") instanceof JsonObject given) {
      request.mergeIn(given);
    }
    return new Multipart().json("image_request", request.mergeIn(options)).fields(parts).file("image_file", picture(task, "image_url"));
  }

  static Multipart describe(Submission task) {
    new Asked(task.input(), "ideogram").without("max_tokens");
    JsonObject out = new JsonObject().put("describe_model_version", task.model());
    return new Multipart().fields(out.mergeIn(task.options())).file("image_file", picture(task, "image_url"));
  }

  private static InputFile picture(Submission task, String field) {
    InputFile file = task.file(field);
    if (!PICTURES.contains(file.contentType())) {
      throw InvalidInput.input(field, "must be a PNG, JPEG or WebP picture");
    }
    int most = task.model().equals(V4) ? MOST_MEGABYTES_V4 : MOST_MEGABYTES;
    if (file.bytes().length() > most * MEGABYTE) {
      throw InvalidInput.input(field, "must have at most " + most + " MB for " + task.model());
    }
    return file;
  }

  private static void format(JsonObject in) {
    if (!in.getString("output_format", "png").equals("png")) {
      throw InvalidInput.input("output_format", "must be png at ideogram, or be left out");
    }
  }

  private static void count(JsonObject in, JsonObject out) {
    if (in.getInteger("num_outputs", 1) > 8) {
      throw InvalidInput.input("num_outputs", "must be 1 to 8 at ideogram");
    }
    if (in.containsKey("num_outputs")) {
      out.put("num_images", in.getInteger("num_outputs"));
    }
  }

  /** It knows half as many seeds; the same seed still gives the same picture. */
  private static void seed(JsonObject in, JsonObject out) {
    if (in.containsKey("seed")) {
      out.put("seed", in.getLong("seed") % SEEDS);
    }
  }

  private static boolean isShaped(JsonObject in) {
    return in.containsKey("width") || in.containsKey("height") || in.containsKey("aspect_ratio");
  }

  /** Width to height as asked for. */
  private static double ratio(JsonObject in) {
    if (in.containsKey("width") || in.containsKey("height")) {
      int width = in.getInteger("width", in.getInteger("height", 1));
      return width / (double) in.getInteger("height", width);
    }
    return value(in.getString("aspect_ratio").replace(':', 'x'));
  }

  private static String named(JsonObject in) {
    String ratio = in.getString("aspect_ratio").replace(':', 'x');
    if (!RATIOS.contains(ratio)) {
      throw InvalidInput.input("aspect_ratio", "must be one of " + words(RATIOS) + " at ideogram");
    }
    return ratio;
  }

  private static String nearest(List<String> offered, double ratio) {
    return offered.stream().min(Comparator.comparingDouble(each -> Math.abs(Math.log(value(each) / ratio)))).orElseThrow();
  }

  /** The nearest to what is asked for, refused where that is far from all. */
  private static String near(List<String> offered, JsonObject in) {
    String best = nearest(offered, ratio(in));
    if (!(Math.abs(Math.log(value(best) / ratio(in))) <= NEAR)) {
      String what = "must be near to one of the ratios " + words(offered);
      throw in.containsKey("width") || in.containsKey("height") ? new Asked(in, "ideogram").sizes(what)
          : InvalidInput.input("aspect_ratio", what + " for ideogram");
    }
    return best;
  }

  private static String words(List<String> ratios) {
    return ratios.stream().map(each -> each.replace('x', ':')).collect(Collectors.joining(", "));
  }

  private static double value(String sides) {
    int by = sides.indexOf('x');
    return Double.parseDouble(sides.substring(0, by)) / Double.parseDouble(sides.substring(by + 1));
  }
}
