package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.INPAINTING;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.FieldRules.Wrong;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The fields that a FLUX model knows, and what it makes from them. */
record BlackForestLabsModel(ProviderCapability what, FieldRules fields) {

  private static final String SHARED = " seed:#0..4294967295 output_format:jpeg|png|webp safety_tolerance:#0..6 webhook_url:text"
      + " webhook_secret:text user:text";
  private static final String PICTURES = " input_image:file input_image_2:file input_image_3:file input_image_4:file";
  private static final String MORE_PICTURES = PICTURES + " input_image_5:file input_image_6:file input_image_7:file input_image_8:file";
  private static final String SIZE = " width:#64..8192 height:#64..8192";
  private static final String OLD_SIZE = " width:#256..1440 height:#256..1440 prompt_upsampling:flag image_prompt:file";
  private static final String THIRD = " safety_tolerance:#0..4 version:latest";
  private static final String VIDEO = " mode*:t2v|i2v|v2v|draft_enhance prompt:text keyframes:any start_video:file draft_cache:text duration:any"
      + " aspect_ratio:auto|21:9|16:9|4:3|1:1|3:4|9:16|9:21 resolution:hd|fhd|qhd|uhd generate_audio:flag draft:flag" + THIRD;
  private static final String RATIO = " aspect_ratio:auto|21:9|2:1|16:9|3:2|7:5|4:3|5:4|1:1|4:5|3:4|5:7|2:3|9:16|1:2|9:21";

  private static final FieldRules SECOND = FieldRules.of("prompt*:text disable_pup:flag" + MORE_PICTURES + SIZE + SHARED);
  private static final FieldRules FLEX = FieldRules.of("prompt*:text prompt_upsampling:flag guidance:1.5..10 steps:#1..50" + MORE_PICTURES + SIZE + SHARED);
  private static final FieldRules KLEIN = FieldRules.of("prompt*:text" + PICTURES + SIZE + SHARED);
  private static final FieldRules KONTEXT = FieldRules.of("prompt*:text aspect_ratio:text prompt_upsampling:flag" + PICTURES + SHARED);

  private static final Map<String, BlackForestLabsModel> ALL = Map.ofEntries(
      of("flux-2-pro", SECOND), of("flux-2-max", SECOND), of("flux-2-pro-preview", SECOND), of("flux-2-flex", FLEX),
      of("flux-2-klein-4b", KLEIN), of("flux-2-klein-9b", KLEIN), of("flux-2-klein-9b-preview", KLEIN),
      of("flux-kontext-pro", KONTEXT), of("flux-kontext-max", KONTEXT),
      of("flux-3-image", FieldRules.of("prompt*:text images:any resolution:768sq|1k|1.5k|2k|4k grounding:flag" + RATIO + THIRD)),
      of("flux-pro-1.1", FieldRules.of("prompt*:text" + OLD_SIZE + SHARED)),
      of("flux-pro-1.1-ultra", FieldRules.of("prompt*:text aspect_ratio:text raw:flag image_prompt:file image_prompt_strength:0..1" + SHARED)),
      of("flux-dev", FieldRules.of("prompt*:text steps:#1..50 guidance:1.5..5" + OLD_SIZE + SHARED)),
      Map.entry("flux-pro-1.0-fill", new BlackForestLabsModel(INPAINTING,
          FieldRules.of("image*:file mask:file prompt:text steps:#15..50 guidance:1.5..100 prompt_upsampling:flag" + SHARED))),
      Map.entry("flux-3-video", new BlackForestLabsModel(VIDEO_GENERATION, FieldRules.of(VIDEO))));

  private static Map.Entry<String, BlackForestLabsModel> of(String name, FieldRules fields) {
    return Map.entry(name, new BlackForestLabsModel(IMAGE_GENERATION, fields));
  }

  static Optional<BlackForestLabsModel> of(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** The first fault of a body. */
  Optional<Wrong> wrong(JsonObject body) {
    Optional<Wrong> plain = fields.wrong(body, true);
    if (plain.isPresent() || what != VIDEO_GENERATION) {
      return plain;
    }
    String mode = body.getString("mode");
    String needed = mode.equals("v2v") ? "start_video" : mode.equals("draft_enhance") ? "draft_cache" : mode.equals("i2v") ? "keyframes" : "prompt";
    if (body.getValue(needed) == null || !mode.equals("draft_enhance") && body.getValue("prompt") == null) {
      return Optional.of(new Wrong(body.getValue(needed) == null ? needed : "prompt", "missing", "Field required"));
    }
    Object seconds = body.getValue("duration");
    boolean fits = seconds == null || "auto".equals(seconds) || seconds instanceof Integer whole && whole >= 5 && whole <= 20;
    return fits ? Optional.empty() : Optional.of(new Wrong("duration", "value_error", "must be auto or 5..20"));
  }

  Order order(SandboxJob job, JsonObject body) {
    List<String> sources = sources(body);
    ProviderCapability made = switch (what) {
      case INPAINTING -> sources.size() > 1 ? INPAINTING : IMAGE_EDITING;
      case VIDEO_GENERATION -> sources.isEmpty() ? VIDEO_GENERATION : IMAGE_TO_VIDEO;
      default -> sources.isEmpty() ? IMAGE_GENERATION : IMAGE_EDITING;
    };
    int[] size = FalOrders.size(body);
    int wide = (int) FalOrders.number(body, "width");
    int high = (int) FalOrders.number(body, "height");
    Shape shape = new Shape(wide > 0 ? wide : size[0], high > 0 ? high : size[1], FalOrders.number(body, "duration"),
        FalOrders.text(body, "output_format", "jpeg"));
    return new Order(made, FalOrders.text(body, "prompt", ""), sources, shape, FalOrders.seed(job, body), false);
  }

  private static List<String> sources(JsonObject body) {
    List<String> sources = new ArrayList<>();
    for (String field : List.of("input_image", "images", "image", "mask", "keyframes")) {
      Object value = body.getValue(field);
      while (value instanceof JsonArray list) {
        value = list.isEmpty() ? null : list.getValue(list.size() > 1 && list.getValue(0) instanceof Number ? 1 : 0);
      }
      if (value instanceof String picture) {
        sources.add(picture.startsWith("http") ? picture : "data:application/octet-stream;base64," + picture);
      }
    }
    return sources;
  }
}
