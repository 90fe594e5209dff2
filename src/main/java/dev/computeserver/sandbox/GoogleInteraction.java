package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.MUSIC_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Interactions: what they may hold, what they order and how they look. Only video, music and transcripts are made. */
final class GoogleInteraction {

  private static final FieldRules BODY = FieldRules.of("model*:text input*:any background:flag store:flag stream:flag system_instruction:text"
      + " previous_interaction_id:text tools:list service_tier:flex|standard|priority|deferred labels:object safety_settings:list"
      + " generation_config:object response_format:object webhook_config:object continuation_token:text");
  private static final FieldRules CONTENT = FieldRules.of("type*:text|image|audio|video|document text:any data:file uri:text mime_type:text");
  private static final FieldRules CONFIG = FieldRules.of("max_output_tokens:#1..10000000 seed:#0..4294967295 stop_sequences:list"
      + " thinking_level:minimal|low|medium|high thinking_summaries:text speech_config:list transcription_config:object video_config:object"
      + " temperature:0..2 top_p:0..1");
  private static final FieldRules TRANSCRIPTION = FieldRules.of("mode:any language_codes:list custom_vocabulary:list");
  private static final FieldRules VIDEO_CONFIG = FieldRules.of("task*:text_to_video|image_to_video|reference_to_video|edit|extend");
  private static final FieldRules VIDEO = FieldRules.of("type*:video aspect_ratio:16:9|9:16 duration:text resolution:360p|720p|1080p|4k delivery:inline|uri");
  private static final FieldRules AUDIO = FieldRules.of("type*:audio mime_type:audio/mp3|audio/ogg_opus|audio/l16|audio/wav|audio/alaw|audio/mulaw"
      + " sample_rate:#8000..48000 bit_rate:#8000..512000 delivery:inline|uri");
  private static final FieldRules HOOK = FieldRules.of("uris*:list user_metadata:object");

  private GoogleInteraction() { }

  static Optional<String> wrong(JsonObject body) {
    List<Optional<String>> all = new ArrayList<>();
    all.add(wrong("", BODY, body));
    contents(body).forEach(content -> all.add(wrong("input.", CONTENT, content)));
    JsonObject config = body.getJsonObject("generation_config", new JsonObject());
    all.add(wrong("generation_config.", CONFIG, config));
    if (config.getJsonObject("transcription_config") != null) {
      all.add(wrong("transcription_config.", TRANSCRIPTION, config.getJsonObject("transcription_config")));
    }
    if (config.getJsonObject("video_config") != null) {
      all.add(wrong("video_config.", VIDEO_CONFIG, config.getJsonObject("video_config")));
    }
    JsonObject format = body.getJsonObject("response_format");
    if (format != null) {
      boolean video = "video".equals(format.getValue("type"));
      all.add(wrong("response_format.", video ? VIDEO : AUDIO, format));
      all.add(seconds(format) < 0 || seconds(format) >= 3 && seconds(format) <= 15 ? Optional.empty()
          : Optional.of("response_format.duration must be from 3s to 15s"));
    }
    if (body.getJsonObject("webhook_config") != null) {
      all.add(wrong("webhook_config.", HOOK, body.getJsonObject("webhook_config")));
      all.add(Boolean.TRUE.equals(body.getValue("background")) ? Optional.empty() : Optional.of("webhook_config needs background"));
    }
    return all.stream().flatMap(Optional::stream).findFirst();
  }

  private static Optional<String> wrong(String place, FieldRules rules, JsonObject given) {
    return rules.wrong(given, true).map(wrong -> place + wrong.field() + " " + wrong.message());
  }

  private static List<JsonObject> contents(JsonObject body) {
    Object input = body.getValue("input");
    if (input instanceof String text) {
      return List.of(JsonObject.of("type", "text", "text", text));
    }
    return input instanceof JsonObject one ? List.of(one) : input instanceof JsonArray list ? list.stream().map(JsonObject.class::cast).toList() : List.of();
  }

  /** Seconds of the wanted length; -1 where none is wanted, 0 where it cannot be read. */
  private static double seconds(JsonObject format) {
    String text = format.getString("duration");
    return text == null ? -1 : text.matches("\\d{1,4}(\\.\\d+)?s") ? Double.parseDouble(text.replace("s", "")) : 0;
  }

  private static ProviderCapability what(JsonObject body) {
    JsonObject config = body.getJsonObject("generation_config", new JsonObject());
    if (config.containsKey("transcription_config")) {
      return SPEECH_RECOGNITION;
    }
    String type = body.getJsonObject("response_format", new JsonObject()).getString("type", "");
    boolean picture = contents(body).stream().anyMatch(each -> "image".equals(each.getString("type")));
    return type.equals("audio") ? MUSIC_GENERATION : picture ? IMAGE_TO_VIDEO : VIDEO_GENERATION;
  }

  static Order order(SandboxJob job, JsonObject body) {
    ProviderCapability what = what(body);
    String prompt = String.join("\n", contents(body).stream().map(each -> each.getString("text", "")).filter(text -> !text.isEmpty()).toList());
    List<String> sources = contents(body).stream().filter(each -> each.getString("data") != null)
        .map(each -> "data:" + each.getString("mime_type") + ";base64," + each.getString("data")).toList();
    JsonObject format = body.getJsonObject("response_format", new JsonObject());
    boolean upright = "9:16".equals(format.getString("aspect_ratio"));
    return new Order(what, prompt, sources, new Shape(upright ? 720 : 1280, upright ? 1280 : 720, Math.max(0, seconds(format)), ""),
        job.id().hashCode() & 0x7FFFFFFF, false);
  }

  static JsonObject view(SandboxJob job, String model, String status) {
    return JsonObject.of("id", job.id(), "object", "interaction", "model", model, "status", status, "created", job.acceptedAt().toString());
  }

  /** How a fault of the outcome shows; empty for those that show elsewhere. */
  static Optional<JsonObject> failure(SandboxJob job) {
    return switch (job.fault()) {
      case FAILS -> Optional.of(JsonObject.of("code", "internal", "message", "The model failed."));
      case REFUSED, NSFW -> Optional.of(JsonObject.of("code", "content_blocked", "message", "The content was blocked."));
      case INVALID -> Optional.of(JsonObject.of("code", "invalid_argument", "message", "The input is invalid."));
      default -> Optional.empty();
    };
  }

  static JsonObject ended(SandboxJob job, JsonObject body, Made made, String uri) {
    JsonObject content;
    if (what(body) == SPEECH_RECOGNITION) {
      content = JsonObject.of("type", "text", "text", made.text(), "annotations", words(body, made));
    } else {
      content = JsonObject.of("type", made.contentType().split("/")[0], "mime_type", made.contentType());
      boolean link = "uri".equals(body.getJsonObject("response_format", new JsonObject()).getString("delivery"));
      content.put(link ? "uri" : "data", link ? uri : GoogleSandbox.base64(made));
    }
    return view(job, body.getString("model"), "completed").put("steps", JsonArray.of(JsonObject.of("type", "model_output", "content", JsonArray.of(content))))
        .put("usage", JsonObject.of("total_input_tokens", 20, "total_output_tokens", made.bytes().length / 4));
  }

  private static JsonArray words(JsonObject body, Made made) {
    JsonArray words = new JsonArray();
    Object mode = body.getJsonObject("generation_config").getJsonObject("transcription_config").getValue("mode");
    String[] all = made.text().split(" ");
    double each = Math.max(0.1, made.seconds()) / all.length;
    for (int i = 0; i < all.length && mode instanceof JsonObject; i++) {
      words.add(JsonObject.of("type", "word_info", "text", all[i], "start_offset", i * each + "s", "end_offset", (i + 1) * each + "s", "speaker", "spk_1"));
    }
    return words;
  }

  static JsonObject event(SandboxJob job, Instant now) {
    String type = job.fault() != null && failure(job).isPresent() ? "failed" : job.phase(now) == SandboxJob.Phase.CANCELLED ? "cancelled" : "completed";
    return JsonObject.of("type", "interaction." + type, "version", "v1", "timestamp", now.toString(), "data", JsonObject.of("id", job.id()));
  }
}
