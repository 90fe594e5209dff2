package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The input of a capability as fal's models name it. Each model has fields of its own: those of the usual models are known
 * here, and what such a model lacks is refused; any other model is given the usual names. What a model alone knows comes
 * from {@code provider_options}.
 */
final class FalInput {
  private static final Pattern KNOWN_PICTURES = Pattern.compile("fal-ai/(flux/|flux-1/|flux-2|flux-pro|nano-banana).*(?<!/base)");
  private static final Pattern NO_WEBP = Pattern.compile("fal-ai/(flux/|flux-1/|flux-pro|flux-2-(pro|max|flex)).*");
  private static final Pattern WEBP = Pattern.compile("fal-ai/(flux-2(/.*)?|nano-banana.*|gemini-.*-image.*|imagen4.*)");
  private static final Pattern BY_RATIO = Pattern.compile("fal-ai/(nano-banana|gemini-.*-image|imagen|flux-pro/kontext|flux-pro/v1.1-ultra).*");
  private static final Pattern ONE_PICTURE = Pattern.compile("fal-ai/flux-2-(pro|max|flex).*");
  private static final Pattern FIXED_KLING = Pattern.compile("fal-ai/kling-video/v[12].*");
  private static final Pattern WAN = Pattern.compile("fal-ai/wan/v2\\.[12].*-to-video.*");
  private static final Pattern NEW_KLING = Pattern.compile("fal-ai/kling-video/(v2\\.6|v3|o[13]).*");
  private static final String[] RATIOS = {"21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16"};
  private static final int MOST_PICTURES = 4;
  /** Of letters in what a 3D model is to show. */
  private static final int MOST_WORDS = 1_024;
  /** How many times as large a model makes a picture at most. */
  private static final Map<String, Integer> MOST_TIMES = Map.of("clarity-upscaler", 4, "seedvr", 10);

  private final String model;
  private final Asked asked;
  private final JsonObject in;
  private final JsonObject out = new JsonObject();

  private FalInput(Submission task) {
    this.model = task.model();
    this.in = task.input();
    this.asked = new Asked(in, model);
  }

  static JsonObject of(Submission task) {
    FalInput input = new FalInput(task);
    switch (task.capability()) {
      case IMAGE_GENERATION -> input.generation();
      case IMAGE_EDITING -> input.editing();
      case INPAINTING -> input.same("prompt", "image_url", "mask_url", "seed");
      case BACKGROUND_REMOVAL -> input.cutOut();
      case SUPER_RESOLUTION -> input.upscale();
      case IMAGE_UNDERSTANDING -> input.question();
      case VIDEO_GENERATION, IMAGE_TO_VIDEO -> input.video();
      case LIP_SYNC -> input.same("video_url", "audio_url");
      case TEXT_GENERATION -> input.text();
      case MODEL_3D_GENERATION -> input.shape();
      case TEXT_EMBEDDING -> throw new InvalidInput("/capability", "capability: fal_standard offers no text_embedding");
      default -> {
        return FalSound.of(task);
      }
    }
    return input.out;
  }

  private void same(String... fields) {
    for (String field : fields) {
      asked.copy(field, out, field);
    }
  }

  private void generation() {
    same("prompt", "seed");
    if (isKnown()) {
      asked.without("negative_prompt").wholeBetween("num_outputs", 1, MOST_PICTURES);
    }
    if (ONE_PICTURE.matcher(model).matches()) {
      asked.single();
    } else {
      asked.copy("num_outputs", out, "num_images");
    }
    same("negative_prompt");
    if (BY_RATIO.matcher(model).matches()) {
      put("aspect_ratio", asked.ratio(RATIOS));
    } else {
      imageSize();
    }
    format();
  }

  private void editing() {
    same("prompt", "seed");
    if (model.endsWith("/edit")) {
      out.put("image_urls", new JsonArray().add(in.getString("image_url")));
    } else {
      same("image_url");
    }
    if (isKnown() && !model.endsWith("/image-to-image")) {
      asked.without("strength");
    }
    same("strength");
    format();
  }

  private void cutOut() {
    same("image_url");
    if (model.contains("birefnet")) {
      format("png", "webp", "gif");
    } else if (model.contains("/bria/")) {
      asked.oneOf("output_format", "png");
    } else {
      format();
    }
  }

  private void upscale() {
    if (model.contains("esrgan") || model.contains("seedvr")) {
      asked.without("prompt");
    }
    same("image_url", "prompt");
    MOST_TIMES.forEach((part, most) -> {
      if (model.contains(part)) {
        asked.between("scale", 1, most);
      }
    });
    asked.copy("scale", out, model.contains("esrgan") ? "scale" : "upscale_factor");
  }

  private void question() {
    if (model.contains("moondream")) {
      asked.without("max_tokens");
    }
    same("image_url", "prompt", "max_tokens");
  }

  private void video() {
    boolean moves = in.containsKey("image_url");
    boolean kling = FIXED_KLING.matcher(model).matches();
    if (WAN.matcher(model).matches()) {
      wan();
    }
    // Each of these models wants words, too; these leave it to the picture what happens.
    out.put("prompt", in.getString("prompt", "Animate this picture."));
    if (kling) {
      asked.without("resolution", "seed").oneOf("duration_seconds", List.of(5, 10));
    }
    if (kling && moves && model.contains("/v2")) {
      asked.without("aspect_ratio");
    } else if (kling) {
      asked.oneOf("aspect_ratio", "16:9", "9:16", "1:1");
    }
    Integer seconds = asked.wholeBetween("duration_seconds", 1, 3_600);
    put("duration", seconds == null ? null : seconds + (model.contains("/veo") ? "s" : ""));
    same("aspect_ratio", "resolution", "seed");
    asked.copy("image_url", out, NEW_KLING.matcher(model).matches() ? "start_image_url" : "image_url");
  }

  /** Its length is a number of frames, so that no seconds can be asked for. */
  private void wan() {
    asked.without("duration_seconds").oneOf("aspect_ratio", "16:9", "9:16", "1:1");
    asked.oneOf("resolution", model.contains("-5b") ? new String[] {"580p", "720p"} : new String[] {"480p", "580p", "720p"});
  }

  /** One prompt is all that it takes, so that a conversation becomes one text. */
  private void text() {
    List<JsonObject> messages = in.getJsonArray("messages", new JsonArray()).stream().map(JsonObject.class::cast).toList();
    List<JsonObject> said = messages.stream().filter(message -> !isSystem(message)).toList();
    String system = Stream.concat(Stream.ofNullable(in.getString("system")),
        messages.stream().filter(FalInput::isSystem).map(message -> message.getString("content"))).collect(Collectors.joining("\n\n"));
    if (!messages.isEmpty() && said.isEmpty()) {
      throw InvalidInput.input("messages", "must hold a message of the role user");
    }
    out.put("prompt", said.isEmpty() ? in.getString("prompt") : said.size() == 1 ? said.get(0).getString("content") : said.stream()
        .map(message -> message.getString("role") + ": " + message.getString("content")).collect(Collectors.joining("\n\n")));
    out.put("model", "google/gemini-2.5-flash");
    put("system_prompt", system.isEmpty() ? null : system);
    same("max_tokens", "temperature");
  }

  private static boolean isSystem(JsonObject message) {
    return "system".equals(message.getString("role"));
  }

  private void shape() {
    boolean fromWords = model.contains("text-to-3d");
    if (!fromWords && !in.containsKey("image_url")) {
      throw InvalidInput.input("image_url", "is needed: " + model + " makes models from pictures only");
    }
    if (model.matches("fal-ai/(trellis|hunyuan3d).*") && !fromWords) {
      asked.without("prompt");
    }
    if (fromWords) {
      words();
    }
    same("prompt");
    asked.copy("image_url", out, model.contains("hunyuan3d") ? "input_image_url" : "image_url");
  }

  private void words() {
    asked.without("image_url");
    if (in.getString("prompt") == null) {
      throw InvalidInput.input("prompt", "is needed: " + model + " makes models from words only");
    }
    if (model.contains("hunyuan3d") && in.getString("prompt").length() > MOST_WORDS) {
      throw InvalidInput.input("prompt", "must have at most " + MOST_WORDS + " characters for " + model);
    }
  }

  private void imageSize() {
    if (in.containsKey("width") || in.containsKey("height")) {
      int width = in.getInteger("width", in.getInteger("height"));
      out.put("image_size", new JsonObject().put("width", width).put("height", in.getInteger("height", width)));
    } else if (in.containsKey("aspect_ratio")) {
      out.put("image_size", switch (in.getString("aspect_ratio")) {
        case "1:1" -> "square_hd";
        case "4:3" -> "landscape_4_3";
        case "3:4" -> "portrait_4_3";
        case "16:9" -> "landscape_16_9";
        case "9:16" -> "portrait_16_9";
        default -> throw InvalidInput.input("aspect_ratio", "must be one of 1:1, 4:3, 3:4, 16:9, 9:16, or give width and height");
      });
    }
  }

  private void format() {
    if (WEBP.matcher(model).matches()) {
      format("jpeg", "png", "webp");
    } else if (NO_WEBP.matcher(model).matches()) {
      format("jpeg", "png");
    } else if (in.containsKey("output_format")) {
      out.put("output_format", in.getString("output_format").replace("jpg", "jpeg"));
    }
  }

  private void format(String... offered) {
    if (in.containsKey("output_format")) {
      JsonObject plain = new JsonObject().put("output_format", in.getString("output_format").replace("jpg", "jpeg"));
      out.put("output_format", new Asked(plain, model).oneOf("output_format", offered));
    }
  }

  private void put(String field, Object value) {
    if (value != null) {
      out.put(field, value);
    }
  }

  private boolean isKnown() {
    return KNOWN_PICTURES.matcher(model).matches();
  }
}
