package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Reads a fal model's input as orders for the shop. */
final class FalOrders {

  private static final int MOST_IMAGES = 4;

  private FalOrders() { }

  static List<Order> of(SandboxJob job, JsonObject input) {
    ProviderCapability what = FalModel.of(job.model()).orElseThrow().capability();
    long seed = seed(job, input);
    boolean many = what == ProviderCapability.IMAGE_GENERATION || what == ProviderCapability.IMAGE_EDITING
        || what == ProviderCapability.INPAINTING;
    int count = many ? (int) Math.max(1, Math.min(MOST_IMAGES, number(input, "num_images"))) : 1;
    String prompt = text(input, "prompt", text(input, "text", ""));
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      orders.add(new Order(what, prompt, sources(what, input), shape(what, job.model(), input), seed + i,
          job.fault() == Fault.NSFW));
    }
    return orders;
  }

  /** The asked seed, or one that belongs to the job. */
  static long seed(SandboxJob job, JsonObject input) {
    return input.getValue("seed") instanceof Number asked ? asked.longValue() : job.id().hashCode() & 0x7FFFFFFF;
  }

  /** The names of the input fields behind an order's sources. */
  static List<String> sourceFields(ProviderCapability what) {
    return switch (what) {
      case IMAGE_EDITING, BACKGROUND_REMOVAL, SUPER_RESOLUTION, IMAGE_UNDERSTANDING, IMAGE_TO_VIDEO,
          MODEL_3D_GENERATION -> List.of("image_url");
      case INPAINTING -> List.of("image_url", "mask_url");
      case LIP_SYNC -> List.of("video_url", "audio_url");
      case SPEECH_RECOGNITION -> List.of("audio_url");
      default -> List.of();
    };
  }

  private static List<String> sources(ProviderCapability what, JsonObject input) {
    List<String> urls = new ArrayList<>();
    for (String field : sourceFields(what)) {
      String first = input.getValue(field + "s") instanceof JsonArray list && !list.isEmpty()
          && list.getValue(0) instanceof String link ? link : "";
      String url = text(input, field, text(input, "input_" + field, first));
      // A 3D model is made from words, too.
      if (!url.isEmpty()) {
        urls.add(url);
      }
    }
    return urls;
  }

  private static Shape shape(ProviderCapability what, String model, JsonObject input) {
    int[] size = size(input);
    double amount = switch (what) {
      case SUPER_RESOLUTION -> Math.max(number(input, "upscale_factor"), number(input, "scale"));
      case VIDEO_GENERATION, IMAGE_TO_VIDEO, MUSIC_GENERATION, SOUND_GENERATION ->
          Math.max(number(input, "duration"),
              Math.max(number(input, "duration_seconds"), number(input, "seconds_total")));
      default -> 0;
    };
    boolean flux = what == ProviderCapability.IMAGE_GENERATION && model.contains("flux");
    return new Shape(size[0], size[1], amount, text(input, "output_format", flux ? "jpeg" : "png"));
  }

  static int[] size(JsonObject input) {
    if (input.getValue("image_size") instanceof JsonObject size) {
      return new int[] {(int) number(size, "width"), (int) number(size, "height")};
    }
    String ratio = text(input, "aspect_ratio", "");
    if (ratio.matches("\\d{1,2}:\\d{1,2}")) {
      int wide = Integer.parseInt(ratio.split(":")[0]);
      int high = Integer.parseInt(ratio.split(":")[1]);
      int most = Math.max(1, Math.max(wide, high));
      return new int[] {1024 * wide / most, 1024 * high / most};
    }
    return switch (text(input, "image_size", "")) {
      case "square_hd" -> new int[] {1024, 1024};
      case "square" -> new int[] {512, 512};
      case "portrait_4_3" -> new int[] {768, 1024};
      case "portrait_16_9" -> new int[] {576, 1024};
      case "landscape_4_3" -> new int[] {1024, 768};
      case "landscape_16_9" -> new int[] {1024, 576};
      default -> new int[] {0, 0};
    };
  }

  static String text(JsonObject input, String field, String otherwise) {
    return input.getValue(field) instanceof String text ? text : otherwise;
  }

  // Durations come as "5" as well as 5.
  static double number(JsonObject input, String field) {
    Object value = input.getValue(field);
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    return value instanceof String text && text.matches("\\d{1,6}(\\.\\d{1,6})?") ? Double.parseDouble(text) : 0;
  }
}
