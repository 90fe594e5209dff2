package dev.computeserver.provider;

import static dev.computeserver.provider.LumaInput.put;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonObject;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The input of a capability as the Luma Agents API names it. It has no seed, and no size but a ratio. */
final class LumaAgentsInput {
  private static final String[] IMAGE_RATIOS = {"3:1", "2:1", "16:9", "3:2", "1:1", "2:3", "9:16", "1:2", "1:3"};
  private static final String[] VIDEO_RATIOS = {"9:16", "3:4", "1:1", "4:3", "16:9", "21:9"};
  private static final Pattern BASE64 = Pattern.compile("data:([^;,]+)(;[^,]*)?;base64,");
  /** What a client means who sends a picture and no words. */
  private static final String USUAL_MOTION = "Bring this picture to life with natural motion.";

  private LumaAgentsInput() {
  }

  static JsonObject of(Submission task) {
    Asked asked = new Asked(task.input(), task.model()).single().without("negative_prompt", "strength", "seed");
    String prompt = LumaInput.prompt(task, 1, 6_000);
    JsonObject body = new JsonObject().put("model", task.model()).put("prompt", prompt == null ? USUAL_MOTION : prompt);
    return switch (task.capability()) {
      case IMAGE_GENERATION -> picture(asked, body.put("type", "image"));
      case IMAGE_EDITING -> picture(asked, body.put("type", "image_edit")).put("source", picture(task));
      case VIDEO_GENERATION, IMAGE_TO_VIDEO -> video(asked, task, body.put("type", "video"));
      default -> throw new InvalidInput("/capability", "capability: luma offers no " + task.capability().word());
    };
  }

  private static JsonObject picture(Asked asked, JsonObject body) {
    put(body, "aspect_ratio", asked.ratio(IMAGE_RATIOS));
    String format = asked.oneOf("output_format", "png", "jpeg", "jpg");
    put(body, "output_format", format == null ? null : format.replace("jpg", "jpeg"));
    return body;
  }

  private static JsonObject video(Asked asked, Submission task, JsonObject body) {
    put(body, "aspect_ratio", asked.ratio(VIDEO_RATIOS));
    JsonObject video = new JsonObject();
    put(video, "resolution", asked.oneOf("resolution", "360p", "540p", "720p", "1080p"));
    put(video, "duration", LumaInput.seconds(task, 5, 10));
    if (task.capability() == ProviderCapability.IMAGE_TO_VIDEO) {
      video.put("start_frame", picture(task));
    }
    return video.isEmpty() ? body : body.put("video", video);
  }

  /** A link, or base64 and its type. */
  private static JsonObject picture(Submission task) {
    String given = task.input().getString("image_url");
    if (!given.startsWith("data:")) {
      return new JsonObject().put("url", given);
    }
    Matcher inline = BASE64.matcher(given).region(0, Math.min(200, given.length()));
    if (!inline.lookingAt()) {
      throw InvalidInput.input("image_url", "must be a link or a data URI in base64 with its type, such as data:image/png;base64,…");
    }
    return new JsonObject().put("data", given.substring(inline.end())).put("media_type", inline.group(1));
  }
}
