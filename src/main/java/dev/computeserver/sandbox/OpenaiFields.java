package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.Fields.BOOLEAN;
import static dev.computeserver.sandbox.Fields.FILE;
import static dev.computeserver.sandbox.Fields.FILLED;
import static dev.computeserver.sandbox.Fields.LIST;
import static dev.computeserver.sandbox.Fields.OBJECT;
import static dev.computeserver.sandbox.Fields.TEXT;
import static dev.computeserver.sandbox.Fields.matching;
import static dev.computeserver.sandbox.Fields.number;
import static dev.computeserver.sandbox.Fields.oneOf;
import static dev.computeserver.sandbox.Fields.whole;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.Predicate;

/** What OpenAI's endpoints take. */
final class OpenaiFields {

  static final Fields GENERATION = images(new Fields());
  static final Fields EDIT = images(new Fields()).may("image", FILE).may("image[]", FILE).may("mask", FILE).may("markup", FILE)
      .may("input_fidelity", oneOf("high", "low"));

  static final Fields RESPONSE = new Fields()
      .needs("model", FILLED).needs("input", FILLED.or(OpenaiFields::items)).may("instructions", TEXT)
      .may("max_output_tokens", whole(16, 10_000_000)).may("temperature", number(0, 2)).may("top_p", number(0, 1)).may("reasoning", OBJECT)
      .may("text", OBJECT).may("tools", LIST).may("tool_choice", TEXT.or(OBJECT)).may("metadata", OBJECT).may("store", BOOLEAN)
      .may("stream", value -> Boolean.FALSE.equals(value)).may("background", BOOLEAN).may("service_tier", TEXT)
      .may("safety_identifier", TEXT).may("previous_response_id", TEXT).may("truncation", oneOf("auto", "disabled")).may("include", LIST)
      .may("user", TEXT);

  static final Fields EMBEDDING = new Fields()
      .needs("input", FILLED.or(OpenaiFields::texts)).needs("model", FILLED).may("dimensions", whole(1, 3_072))
      .may("encoding_format", oneOf("float")).may("user", TEXT);

  static final Fields SPEECH = new Fields()
      .needs("model", FILLED).needs("input", value -> value instanceof String text && !text.isEmpty() && text.length() <= 4_096)
      .needs("voice", oneOf("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse")
          .or(value -> value instanceof JsonObject own && own.getValue("id") instanceof String))
      .may("instructions", TEXT).may("response_format", oneOf("mp3", "opus", "aac", "flac", "wav", "pcm")).may("speed", number(0.25, 4))
      .may("stream_format", oneOf("audio"));

  static final Fields TRANSCRIPTION = new Fields()
      .needs("file", FILE).needs("model", FILLED).may("language", matching("[a-z]{2,3}")).may("languages[]", TEXT).may("prompt", TEXT)
      .may("keywords[]", TEXT).may("response_format", oneOf("json", "verbose_json", "diarized_json")).may("temperature", number(0, 1))
      .may("timestamp_granularities[]", oneOf("word", "segment")).may("chunking_strategy", TEXT.or(OBJECT)).may("include[]", TEXT);

  private OpenaiFields() { }

  private static Fields images(Fields fields) {
    return fields.needs("prompt", value -> value instanceof String text && !text.isEmpty() && text.length() <= 32_000)
        .needs("model", FILLED).may("n", whole(1, 10)).may("size", OpenaiFields::size)
        .may("quality", oneOf("auto", "low", "medium", "high", "xhigh", "max")).may("background", oneOf("auto", "opaque", "transparent"))
        .may("output_format", oneOf("png", "jpeg", "webp", "gif", "svg")).may("output_compression", whole(0, 100))
        .may("moderation", oneOf("auto", "low")).may("complexity", oneOf("low", "medium", "high")).may("frame_count", whole(2, 16))
        .may("frame_duration_ms", whole(1, 60_000)).may("stream", value -> Boolean.FALSE.equals(value)).may("partial_images", whole(0, 3))
        .may("safety_identifier", TEXT).may("user", TEXT);
  }

  private static boolean size(Object value) {
    if ("auto".equals(value)) {
      return true;
    }
    if (!(value instanceof String text) || !text.matches("\\d{2,4}x\\d{2,4}")) {
      return false;
    }
    int wide = Integer.parseInt(text.split("x")[0]);
    int high = Integer.parseInt(text.split("x")[1]);
    return wide % 16 == 0 && high % 16 == 0 && wide <= 3 * high && high <= 3 * wide && Math.max(wide, high) <= 3_840
        && wide * high <= 3_840 * 2_160;
  }

  private static boolean texts(Object value) {
    return value instanceof JsonArray list && !list.isEmpty() && list.size() <= 2_048
        && list.stream().allMatch(((Predicate<Object>) FILLED)::test);
  }

  private static boolean items(Object value) {
    return value instanceof JsonArray list && !list.isEmpty() && list.stream().allMatch(item -> item instanceof JsonObject message
        && oneOf("user", "assistant", "system", "developer").test(message.getValue("role"))
        && (message.getValue("content") instanceof String || message.getValue("content") instanceof JsonArray parts
            && parts.stream().allMatch(OpenaiFields::part)));
  }

  private static boolean part(Object value) {
    if (!(value instanceof JsonObject part)) {
      return false;
    }
    return switch (String.valueOf(part.getValue("type"))) {
      case "input_text" -> part.getValue("text") instanceof String;
      case "input_image" -> matching("(?s)(https?:|data:image/).*").test(part.getValue("image_url"))
          && (part.getValue("detail") == null || oneOf("low", "high", "auto", "original").test(part.getValue("detail")));
      default -> false;
    };
  }
}
