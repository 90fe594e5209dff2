package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The input of pictures as OpenAI names it. It has no seed and no negative prompt, which are refused. */
final class OpenaiImages {
  private static final Map<String, String> USUAL = Map.of("1:1", "1024x1024", "3:2", "1536x1024", "2:3", "1024x1536");
  private static final Pattern THREE_SIZES = Pattern.compile("gpt-image-1.*|chatgpt-image.*|dall-e.*");
  private static final List<String> FORMATS = List.of("png", "jpeg", "webp");
  private static final Set<String> PICTURES = Set.of("image/png", "image/jpeg", "image/webp");
  private static final int MOST_SIDE = 3_840;
  private static final int MOST_PIXELS = 3_840 * 2_160;
  private static final int MOST_PICTURE = 50 * 1024 * 1024;
  private static final int MOST_MASK = 4 * 1024 * 1024;
  private static final int STEP = 16;

  private OpenaiImages() {
  }

  static JsonObject generation(Submission task) {
    JsonObject in = task.input();
    new Asked(in, "openai").without("seed");
    if (in.containsKey("negative_prompt")) {
      throw InvalidInput.input("negative_prompt", "is not known to openai; say in input.prompt what to avoid");
    }
    JsonObject out = new JsonObject().put("model", task.model()).put("prompt", prompt(in));
    Integer count = in.getInteger("num_outputs");
    if (count != null) {
      if (count > 10) {
        throw InvalidInput.input("num_outputs", "must be 1 to 10 at openai");
      }
      out.put("n", count);
    }
    String size = size(in, !THREE_SIZES.matcher(task.model()).matches());
    if (size != null) {
      out.put("size", size);
    }
    format(in, out);
    return out;
  }

  static Multipart edit(Submission task) {
    JsonObject in = task.input();
    new Asked(in, "openai").without("seed");
    if (in.containsKey("strength")) {
      throw InvalidInput.input("strength", "is not known to openai; say in input.prompt how much to change");
    }
    InputFile picture = checked("image_url", task.file("image_url"), MOST_PICTURE);
    if (!PICTURES.contains(picture.contentType())) {
      throw InvalidInput.input("image_url", "must be a PNG, JPEG or WebP picture");
    }
    JsonObject fields = new JsonObject().put("model", task.model()).put("prompt", prompt(in));
    format(in, fields);
    InputFile mask = task.file("mask_url");
    return new Multipart().fields(fields.mergeIn(task.options())).file("image[]", picture)
        .file("mask", mask == null ? null : checked("mask_url", mask, MOST_MASK));
  }

  private static InputFile checked(String field, InputFile file, int most) {
    if (file.bytes().length() >= most) {
      throw InvalidInput.input(field, "must have less than " + (most >> 20) + " MB at openai");
    }
    return file;
  }

  private static String prompt(JsonObject in) {
    String prompt = in.getString("prompt");
    if (prompt.length() > 32_000) {
      throw InvalidInput.input("prompt", "must have at most 32000 characters at openai");
    }
    return prompt;
  }

  private static void format(JsonObject in, JsonObject out) {
    if (in.containsKey("output_format")) {
      String format = in.getString("output_format").replace("jpg", "jpeg");
      if (!FORMATS.contains(format)) {
        throw InvalidInput.input("output_format", "must be one of " + String.join(", ", FORMATS) + " at openai");
      }
      out.put("output_format", format);
    }
  }

  /** The size as {@code WxH}, or null where none is asked for; older models know three sizes only. */
  private static String size(JsonObject in, boolean free) {
    if (in.containsKey("width") || in.containsKey("height")) {
      return checkedSize(new Asked(in, "openai"), free);
    }
    if (!in.containsKey("aspect_ratio")) {
      return null;
    }
    String[] ratio = in.getString("aspect_ratio").split(":");
    return sizeOf(Integer.parseInt(ratio[0]), Integer.parseInt(ratio[1]), free);
  }

  private static String sizeOf(int wide, int high, boolean free) {
    if (wide == 0 || high == 0 || wide > 3 * high || high > 3 * wide) {
      throw InvalidInput.input("aspect_ratio", "must be between 1:3 and 3:1 at openai");
    }
    int divisor = divisor(wide, high);
    String usual = USUAL.get(wide / divisor + ":" + high / divisor);
    if (usual != null) {
      return usual;
    }
    if (!free) {
      throw InvalidInput.input("aspect_ratio", "must be one of 1:1, 3:2, 2:3 for this model of openai");
    }
    // The multiple of the ratio, in steps of 16, whose area is nearest to that of 1024 x 1024.
    double unit = STEP * Math.sqrt((double) wide * high) / divisor;
    int times = (int) Math.max(1, Math.round(1_024 / unit));
    return times * STEP * wide / divisor + "x" + times * STEP * high / divisor;
  }

  private static String checkedSize(Asked asked, boolean free) {
    int width = asked.side("width");
    int height = asked.side("height");
    String size = width + "x" + height;
    if (!free && !USUAL.containsValue(size)) {
      throw asked.sizes("must be 1024 x 1024, 1536 x 1024 or 1024 x 1536 with this model");
    }
    asked.side("width", STEP, MOST_SIDE, STEP);
    asked.side("height", STEP, MOST_SIDE, STEP);
    if (width > 3 * height || height > 3 * width) {
      throw asked.sizes("must be in a ratio between 1:3 and 3:1");
    }
    if (width * height > MOST_PIXELS) {
      throw asked.sizes("must be at most 3840 x 2160 or 2160 x 3840");
    }
    return size;
  }

  private static int divisor(int a, int b) {
    return b == 0 ? a : divisor(b, a % b);
  }
}
