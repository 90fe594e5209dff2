package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;

/** The input of a capability as the Dream Machine API names it. It has no seed, and no size but a ratio. */
final class LumaInput {
  private static final String[] RATIOS = {"1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21"};

  private LumaInput() {
  }

  static JsonObject of(Submission task) {
    Asked asked = new Asked(task.input(), task.model()).single().without("negative_prompt", "seed");
    JsonObject body = new JsonObject().put("model", task.model());
    put(body, "prompt", prompt(task, 3, 5_000));
    put(body, "aspect_ratio", asked.ratio(RATIOS));
    return switch (task.capability()) {
      case IMAGE_GENERATION -> picture(asked, body);
      case IMAGE_EDITING -> picture(asked, body).put("modify_image_ref", reference(task.input()));
      case VIDEO_GENERATION -> video(asked, task, body);
      case IMAGE_TO_VIDEO -> video(asked, task, body).put("keyframes", new JsonObject().put("frame0",
          new JsonObject().put("type", "image").put("url", task.input().getString("image_url"))));
      default -> throw new InvalidInput("/capability", "capability: luma offers no " + task.capability().word());
    };
  }

  private static JsonObject picture(Asked asked, JsonObject body) {
    String format = asked.oneOf("output_format", "jpg", "jpeg", "png");
    put(body, "format", format == null ? null : format.replace("jpeg", "jpg"));
    return body;
  }

  /** The more weight, the closer to the picture; the other way round than strength. */
  private static JsonObject reference(JsonObject input) {
    JsonObject reference = new JsonObject().put("url", input.getString("image_url"));
    Double strength = input.getDouble("strength");
    return strength == null ? reference : reference.put("weight", Math.round((1 - strength) * 1_000) / 1_000.0);
  }

  private static JsonObject video(Asked asked, Submission task, JsonObject body) {
    put(body, "resolution", asked.oneOf("resolution", "540p", "720p", "1080p", "4k"));
    put(body, "duration", seconds(task, 5, 9));
    return body;
  }

  /** The next longer of the two lengths that there are. */
  static String seconds(Submission task, int shorter, int longer) {
    Double wanted = task.input().getDouble("duration_seconds");
    if (wanted == null) {
      return null;
    }
    if (wanted > longer) {
      throw InvalidInput.input("duration_seconds", "must be at most " + longer + ": " + task.model() + " makes " + shorter + " or "
          + longer + " seconds");
    }
    return (wanted <= shorter ? shorter : longer) + "s";
  }

  static String prompt(Submission task, int least, int most) {
    String prompt = task.input().getString("prompt");
    int length = prompt == null ? least : prompt.codePointCount(0, prompt.length());
    if (length < least || length > most) {
      throw InvalidInput.input("prompt", "must have " + least + " to " + most + " characters for " + task.model());
    }
    return prompt;
  }

  static void put(JsonObject body, String field, Object value) {
    if (value != null) {
      body.put(field, value);
    }
  }
}
