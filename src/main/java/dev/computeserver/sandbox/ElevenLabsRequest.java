package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.INPAINTING;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What ElevenLabs' requests may hold, and what they order. */
final class ElevenLabsRequest {

  private static final String SEED = " seed:#0..4294967295";
  /** Characters of a text, which no other limit holds for. */
  private static final Map<String, Integer> LONGEST_SPEECH = Map.of("eleven_multilingual_v2", 10_000, "eleven_flash_v2", 30_000,
      "eleven_flash_v2_5", 40_000, "eleven_v3", 5_000);
  private static final FieldRules SPEECH = FieldRules.of("text*:file model_id:text language_code:text voice_settings:any previous_text:text next_text:text"
      + " previous_request_ids:list next_request_ids:list pronunciation_dictionary_locators:list apply_text_normalization:auto|on|off" + SEED);
  private static final FieldRules SOUND = FieldRules.of("text*:text duration_seconds:0.5..30 prompt_influence:0..1 loop:flag model_id:text");
  private static final FieldRules MUSIC = FieldRules.of("prompt:text composition_plan:any music_length_ms:#3000..600000 force_instrumental:flag"
      + " lyrics_text:text model_id:music_v1|music_v2|music_v2_5 sign_with_c2pa:flag store_for_inpainting:flag finetune_id:text" + SEED);
  private static final FieldRules TRANSCRIPT = FieldRules.of("model_id*:scribe_v1|scribe_v2 file:file source_url:text language_code:text"
      + " timestamps_granularity:none|word|character diarize:flag num_speakers:#1..32 tag_audio_events:flag temperature:0..2"
      + " file_format:other|pcm_s16le_16 additional_formats:text keyterms:text use_multi_channel:flag webhook:flag webhook_id:text"
      + " webhook_metadata:text" + SEED);
  private static final String PICTURE = "model_id*:text prompt*:text images:list mask:any quality:low|medium|high webhook:any";
  private static final String SIZE = " resolution:1K|2K|4K";
  private static final String RATIO = " aspect_ratio:auto|1:1|4:5|5:4|3:4|4:3|2:3|3:2|9:16|16:9|21:9";
  private static final FieldRules IMAGE = FieldRules.of(PICTURE + SIZE + RATIO + "|1:2|2:1|1:3|3:1");
  private static final FieldRules GPT_1 = FieldRules.of(PICTURE + " aspect_ratio:1:1|2:3|3:2");
  /** Of models that differ from the others. */
  private static final Map<String, FieldRules> IMAGES = Map.of("gpt-image-1", GPT_1, "gpt-image-1.5", GPT_1,
      "gemini-3.1-flash-image", FieldRules.of(PICTURE + SIZE + RATIO + "|1:4|4:1|1:8|8:1"),
      "gemini-3-pro-image", FieldRules.of(PICTURE + SIZE + RATIO), "gemini-2.5-flash-image", FieldRules.of(PICTURE + RATIO));
  private static final FieldRules VIDEO = FieldRules.of("model_id*:text prompt*:text negative_prompt:text enhance_prompt:flag duration_secs:4|6|8"
      + " aspect_ratio:16:9|9:16 resolution:720p|1080p|4K generate_audio:flag start_frame:any end_frame:any images:list webhook:any" + SEED);
  private static final FieldRules REFERENCE = FieldRules.of("type*:inline_base64 content_base64*:file mime_type*:image/png|image/jpeg|image/webp|image/heic|image/heif");

  private ElevenLabsRequest() { }

  /** What a flow makes, by what is given with the prompt. */
  static ProviderCapability flow(String kind, JsonObject body) {
    if (kind.equals("video")) {
      return body.getValue("start_frame") == null ? VIDEO_GENERATION : IMAGE_TO_VIDEO;
    }
    return body.getValue("mask") != null ? INPAINTING : body.getValue("images") != null ? IMAGE_EDITING : IMAGE_GENERATION;
  }

  static Optional<Reply> wrong(ProviderCapability what, JsonObject body) {
    FieldRules fields = switch (what) {
      case SPEECH_SYNTHESIS -> SPEECH;
      case SOUND_GENERATION -> SOUND;
      case MUSIC_GENERATION -> MUSIC;
      case SPEECH_RECOGNITION -> TRANSCRIPT;
      case VIDEO_GENERATION, IMAGE_TO_VIDEO -> VIDEO;
      default -> IMAGES.getOrDefault(String.valueOf(body.getValue("model_id")), IMAGE);
    };
    Optional<Reply> wrong = fields.wrong(body, what != SPEECH_RECOGNITION).map(each -> schema(each.field(), each.type(), each.message()));
    if (wrong.isPresent()) {
      return wrong;
    }
    if (what == SPEECH_SYNTHESIS && body.getString("text").length() > LONGEST_SPEECH.getOrDefault(body.getString("model_id",
        "eleven_multilingual_v2"), Integer.MAX_VALUE)) {
      return Optional.of(ElevenLabsSandbox.error(400, "text_too_long", "The text is longer than the model takes."));
    }
    if (what == ProviderCapability.MUSIC_GENERATION && body.containsKey("prompt") == body.containsKey("composition_plan")) {
      return Optional.of(schema("prompt", "value_error", "exactly one of prompt and composition_plan is required"));
    }
    if (what == SPEECH_RECOGNITION && body.containsKey("file") == body.containsKey("source_url")) {
      return Optional.of(schema("file", "value_error", "exactly one of file and source_url is required"));
    }
    if (what == INPAINTING && (!body.getString("model_id").startsWith("gpt-image") || sources(body).size() < 2)) {
      return Optional.of(schema("mask", "value_error", "only gpt-image models take a mask, and with an image"));
    }
    return references(body).stream().map(each -> REFERENCE.wrong(each, true)).flatMap(Optional::stream).findFirst()
        .map(each -> schema(each.field(), each.type(), each.message()));
  }

  /** The schema error of a field. */
  static Reply schema(String field, String type, String message) {
    return Reply.json(422, JsonObject.of("detail", JsonArray.of(JsonObject.of("loc", JsonArray.of("body", field), "msg", message, "type", type))));
  }

  static Order order(ProviderCapability what, SandboxJob job, JsonObject body) {
    String prompt = FalOrders.text(body, "prompt", FalOrders.text(body, "text", ""));
    List<String> sources = what == SPEECH_RECOGNITION ? List.of(FalOrders.text(body, "file", FalOrders.text(body, "source_url", ""))) : sources(body);
    int[] size = size(FalOrders.text(body, "aspect_ratio", what == VIDEO_GENERATION || what == IMAGE_GENERATION ? "16:9" : "1:1"),
        FalOrders.text(body, "resolution", "1K"));
    double seconds = Math.max(FalOrders.number(body, "duration_secs"),
        Math.max(FalOrders.number(body, "duration_seconds"), FalOrders.number(body, "music_length_ms") / 1000));
    return new Order(what, prompt, sources, new Shape(size[0], size[1], seconds, "png"), FalOrders.seed(job, body), false)
        .masked(Order.Mask.TRANSPARENT);
  }

  private static int[] size(String ratio, String resolution) {
    int most = resolution.equals("4K") ? 4096 : resolution.equals("2K") ? 2048 : 1024;
    String[] sides = ratio.equals("auto") ? new String[] {"1", "1"} : ratio.split(":");
    int wide = Integer.parseInt(sides[0]);
    int high = Integer.parseInt(sides[1]);
    return new int[] {most * wide / Math.max(wide, high), most * high / Math.max(wide, high)};
  }

  private static List<JsonObject> references(JsonObject body) {
    List<JsonObject> all = new ArrayList<>();
    body.getJsonArray("images", new JsonArray()).forEach(each -> all.add((JsonObject) each));
    for (String name : List.of("mask", "start_frame", "end_frame")) {
      if (body.getJsonObject(name) != null) {
        all.add(body.getJsonObject(name));
      }
    }
    return all;
  }

  private static List<String> sources(JsonObject body) {
    return references(body).stream().map(each -> "data:" + each.getString("mime_type") + ";base64," + each.getString("content_base64")).toList();
  }

  static Reply transcript(SandboxJob job, Made made, JsonObject input) {
    JsonArray words = new JsonArray();
    String[] all = made.text().split(" ");
    double each = Math.max(made.seconds(), 0.1) / all.length;
    boolean timed = !"none".equals(input.getString("timestamps_granularity"));
    for (int i = 0; i < all.length && timed; i++) {
      words.add(JsonObject.of("text", all[i], "start", i * each, "end", (i + 1) * each, "type", "word", "speaker_id", "speaker_0", "logprob", -0.01));
      words.add(JsonObject.of("text", " ", "start", (i + 1) * each, "end", (i + 1) * each, "type", "spacing", "speaker_id", "speaker_0"));
    }
    return new Reply(200, Map.of("Content-Type", "application/json"), JsonObject.of("language_code", "eng", "language_probability", 0.98,
        "text", made.text(), "words", words, "transcription_id", job.id(), "audio_duration_secs", made.seconds()).toBuffer());
  }

  static JsonObject row(SandboxJob job, JsonObject input) {
    return JsonObject.of("history_item_id", job.id(), "request_id", job.id(), "voice_id", job.fact("voice"),
        "model_id", input.getString("model_id", "eleven_multilingual_v2"), "text", input.getString("text"),
        "date_unix", job.acceptedAt().getEpochSecond(), "content_type", "audio/mpeg", "state", "created");
  }
}
