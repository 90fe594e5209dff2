package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.*;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.media.DataUri;
import dev.computeserver.sandbox.FieldRules.Wrong;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A model, the input that it knows and what it makes of it.
 *
 * @param version the only one that is served, or null of an official model, which hides it
 * @param list whether it puts files out as a list
 */
record ReplicateModel(String name, String version, ProviderCapability capability, boolean list, FieldRules fields) {

  private static final int EMBEDDING = 768;
  /** Of a data URI: 256 KB in base64, above which the provider wants links. */
  private static final int MOST_INLINE = 350_100;
  private static final String SEED = " seed:#0..4294967295";
  private static final String RATIO = " aspect_ratio:1:1|16:9|21:9|3:2|2:3|4:5|5:4|3:4|4:3|9:16|9:21";
  private static final String PRO = " output_format:webp|jpg|png output_quality:#0..100 prompt_upsampling:flag";
  private static final String OPEN = " go_fast:flag megapixels:1|0.25 num_outputs:#1..4 output_format:webp|jpg|png output_quality:#0..100"
      + " disable_safety_checker:flag" + SEED;
  private static final String PICTURE = " input_image:file aspect_ratio:match_input_image|1:1|16:9|9:16|4:3|3:4|3:2|2:3|4:5|5:4|21:9|9:21|2:1|1:2";

  private static final List<ReplicateModel> ALL = List.of(
      official("black-forest-labs/flux-schnell", IMAGE_GENERATION, true, "prompt*:text num_inference_steps:#1..4" + RATIO + OPEN),
      official("black-forest-labs/flux-dev", IMAGE_GENERATION, true, "prompt*:text num_inference_steps:#1..50 guidance:0..10 image:file"
          + " prompt_strength:0..1" + RATIO + OPEN),
      official("black-forest-labs/flux-1.1-pro", IMAGE_GENERATION, false, "prompt*:text width:#256..1440 height:#256..1440"
          + " aspect_ratio:custom|1:1|16:9|3:2|2:3|4:5|5:4|9:16|3:4|4:3 image_prompt:file safety_tolerance:#1..6" + PRO + SEED),
      official("black-forest-labs/flux-2-pro", IMAGE_GENERATION, false, "prompt*:text input_images:list resolution:text"
          + " width:#256..2048 height:#256..2048 aspect_ratio:match_input_image|custom|1:1|16:9|3:2|2:3|4:5|5:4|9:16|3:4|4:3"
          + " safety_tolerance:#1..5" + PRO + SEED),
      official("black-forest-labs/flux-kontext-pro", IMAGE_EDITING, false, "prompt*:text output_format:jpg|png safety_tolerance:#0..6"
          + " prompt_upsampling:flag" + PICTURE + SEED),
      official("black-forest-labs/flux-fill-pro", INPAINTING, false, "prompt*:text image*:file mask:file outpaint:text steps:#15..50"
          + " guidance:1.5..100 output_format:jpg|png safety_tolerance:#1..6 prompt_upsampling:flag" + SEED),
      official("black-forest-labs/flux-fill-dev", INPAINTING, true, "prompt*:text image*:file mask:file num_inference_steps:#1..50"
          + " guidance:0..100" + OPEN),
      official("minimax/video-01", VIDEO_GENERATION, false, "prompt*:text first_frame_image:file subject_reference:file prompt_optimizer:flag"),
      official("meta/meta-llama-3-8b-instruct", TEXT_GENERATION, false, "prompt:any max_tokens:#1..1000000 min_tokens:#0..1000000"
          + " temperature:0..5 top_p:0..1 top_k:#0..1000 presence_penalty:-10..10 frequency_penalty:-10..10 prompt_template:text"),
      pinned("851-labs/background-remover", "a029dff38972b5fda4ec5d75d7d1cd25aeff621d2cf4946a41055d7db66b80bc", BACKGROUND_REMOVAL,
          "image*:file format:text threshold:0..1 reverse:flag background_type:text"),
      pinned("nightmareai/real-esrgan", "f121d640bd286e1fdc67f9799164c1d5be36ff74576ee11c803ae5b665dd46aa", SUPER_RESOLUTION,
          "image*:file scale:0..10 face_enhance:flag"),
      pinned("yorickvp/llava-13b", "80537f9eead1a5bfa72d5ac6ea6414379be41d4d4f6679fd776e9535d1eb58bb", IMAGE_UNDERSTANDING,
          "image*:file prompt*:text max_tokens:#0..1000000 temperature:0..5 top_p:0..1"),
      pinned("bytedance/latentsync", "839aba2e94ed8b18657a685c07f532946337e93c216e152c0bdf7b66cb54877d", LIP_SYNC,
          "video*:file audio*:file guidance_scale:0..10" + SEED),
      pinned("replicate/all-mpnet-base-v2", "b6b7585c9640cd7a9572c6e129c9549d79c9c31f0d3fdce7baac7c67ca38f305", TEXT_EMBEDDING,
          "text:any text_batch:any"),
      pinned("jaaari/kokoro-82m", "dfdf537ba482b029e0a761699e6f55e9162cfd159270bfe0e44857caa5f275a6", SPEECH_SYNTHESIS,
          "text*:any voice:text speed:0.1..5"),
      pinned("openai/whisper", "8099696689d249cf8b122d833c36ac3f75505c666a395ca40ef26f68e7d3d16e", SPEECH_RECOGNITION,
          "audio*:file language:text translate:flag transcription:text temperature:0..1 patience:0..10"
          + " suppress_tokens:text initial_prompt:text condition_on_previous_text:flag"),
      pinned("meta/musicgen", "671ac645ce5e552cc63a54a2bbff63fcf798043055d2dac5fc9e36a837eedcfb", MUSIC_GENERATION,
          "prompt:text input_audio:file duration:#1..3600 model_version:stereo-melody-large|stereo-large|melody-large|large output_format:wav|mp3"
          + " temperature:0..10 top_k:#0..1000 top_p:0..1" + SEED),
      pinned("sepal/audiogen", "154b3e5141493cb1b8cec976d9aa90f2b691137e39ad906d2421b74c2a8c52b8", SOUND_GENERATION,
          "prompt*:text duration:1..10 output_format:wav|mp3 temperature:0..10 top_k:#0..1000 top_p:0..1 classifier_free_guidance:#0..10"),
      pinned("firtoz/trellis", "4876f2a8da1c544772dffa32e8889da4a1bab3a1f5c1937bfcfccb99ae347251", MODEL_3D_GENERATION,
          "images*:list generate_model:flag generate_color:flag generate_normal:flag save_gaussian_ply:flag randomize_seed:flag"
          + " texture_size:#512..2048 mesh_simplify:0.9..0.98" + SEED));

  private static ReplicateModel official(String name, ProviderCapability capability, boolean list, String fields) {
    return new ReplicateModel(name, null, capability, list, FieldRules.of(fields));
  }

  private static ReplicateModel pinned(String name, String version, ProviderCapability capability, String fields) {
    return new ReplicateModel(name, version, capability, false, FieldRules.of(fields));
  }

  /** An official model by its name. */
  static Optional<ReplicateModel> official(String name) {
    return ALL.stream().filter(each -> each.version == null && each.name.equals(name)).findFirst();
  }

  /** By {@code owner/name} of an official model, {@code owner/name:version} or the bare version. */
  static Optional<ReplicateModel> versioned(String version) {
    return official(version).or(() -> ALL.stream().filter(each -> each.version != null
        && (version.equals(each.version) || version.equals(each.name + ":" + each.version))).findFirst());
  }

  static ReplicateModel named(String name) {
    return ALL.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
  }

  /** The first fault of an input. */
  Optional<Wrong> wrong(JsonObject input) {
    if (capability == TEXT_EMBEDDING && texts(input).isEmpty()) {
      return Optional.of(new Wrong("text_batch", "value_error", "must be the text of a JSON list where text is empty"));
    }
    return fields.wrong(input, true).or(() -> sources(input).stream().filter(file -> DataUri.is(file) && file.length() > MOST_INLINE).findFirst()
        .map(file -> new Wrong("", "value_error", "a file above 256 KB must be a link")));
  }

  private static List<String> texts(JsonObject input) {
    try {
      JsonArray batch = new JsonArray(FalOrders.text(input, "text_batch", "[]"));
      List<String> texts = new ArrayList<>(batch.stream().map(String.class::cast).toList());
      return texts.isEmpty() && input.getString("text") != null ? List.of(input.getString("text")) : texts;
    } catch (RuntimeException noList) {
      return List.of();
    }
  }

  List<Order> orders(SandboxJob job, JsonObject input) {
    List<Order> orders = new ArrayList<>();
    if (capability == TEXT_EMBEDDING) {
      texts(input).forEach(text -> orders.add(new Order(TEXT_EMBEDDING, text, List.of(), new Shape(EMBEDDING, 0, 0, ""), 0, false)));
      return orders;
    }
    List<String> sources = sources(input);
    ProviderCapability what = sources.isEmpty() ? capability : capability == IMAGE_GENERATION ? IMAGE_EDITING
        : capability == VIDEO_GENERATION ? IMAGE_TO_VIDEO : capability == INPAINTING && sources.size() == 1 ? IMAGE_EDITING : capability;
    int count = list ? (int) Math.max(1, FalOrders.number(input, "num_outputs")) : 1;
    for (int i = 0; i < count; i++) {
      orders.add(new Order(what, FalOrders.text(input, "prompt", FalOrders.text(input, "text", "")), sources, shape(input),
          FalOrders.seed(job, input) + i, false));
    }
    return orders;
  }

  private static List<String> sources(JsonObject input) {
    List<String> sources = new ArrayList<>();
    for (String field : List.of("image", "mask", "input_image", "input_images", "first_frame_image", "images", "video", "audio")) {
      Object value = input.getValue(field) instanceof JsonArray list ? list.isEmpty() ? null : list.getValue(0) : input.getValue(field);
      if (value instanceof String file) {
        sources.add(file);
      }
    }
    return sources;
  }

  private static Shape shape(JsonObject input) {
    int[] size = FalOrders.size(input);
    boolean small = "0.25".equals(input.getValue("megapixels"));
    int wide = (int) FalOrders.number(input, "width");
    int high = (int) FalOrders.number(input, "height");
    return new Shape(wide > 0 ? wide : small ? size[0] / 2 : size[0], high > 0 ? high : small ? size[1] / 2 : size[1],
        Math.max(FalOrders.number(input, "duration"), FalOrders.number(input, "scale")),
        FalOrders.text(input, "output_format", FalOrders.text(input, "format", "png")));
  }
}
