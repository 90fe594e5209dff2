package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads a prediction; what its output is like depends on the model. */
final class ReplicateResult {
  private static final Pattern PERCENT = Pattern.compile("(\\d{1,3})%\\|");
  private static final Pattern SEED = Pattern.compile("(?i)using seed: (\\d{1,15})");
  private static final Pattern UNSAFE = Pattern.compile(
      "(?i)nsfw|\\(E005\\)|flagged as sensitive|safety (checker|filter)|content (policy|moderation)");
  private static final Pattern PASSING = Pattern.compile("(?i)\\(code: PA\\)|interrupted; please retry");
  /** What models say of a file that they were given; of their own they may say the same. */
  private static final Pattern UNREADABLE = Pattern.compile("(?i)cannot identify image file|\\b(fail(ed|ure)|unable|could not|couldn't|cannot|can't)( to)? (read|load|open|decode"
      + "|download|fetch|access) (?!.*(weights|checkpoint|lora|pipeline))[^.]{0,40}\\b(images?|pictures?|inputs?|videos?|audio|frames?|urls?)\\b"
      + "|\\b(invalid|unsupported|corrupt(ed)?) (image|video|audio)\\b|not a valid (image|video|audio|url)\\b");
  /** The provider's own words; a model may have any others, about an account of its maker's or of the client's at somebody else. */
  private static final Pattern ACCOUNT = Pattern.compile("(?i)request was throttled|rate limit resets in|^insufficient credit|monthly spend limit");
  private static final int LONGEST_MESSAGE = 500;
  private static final int LATEST_LETTERS = 8 * 1024;

  private ReplicateResult() {
  }

  static Step of(Job job, JsonObject json) {
    return switch (Words.required(json, "status")) {
      case "succeeded" -> succeeded(job, json);
      case "failed" -> failed(job, json);
      case "canceled" -> new Step.Failed(Code.PROVIDER_FAILED, "the prediction was cancelled at the provider: " + why(json), false, null,
          Charged.YES);
      case "aborted" -> new Step.Failed(Code.PROVIDER_FAILED, "the provider ended the prediction before it began: " + why(json), true, null,
          Charged.NO);
      case "starting" -> new Step.Waiting(job, new JsonObject().put("message", "starting"));
      default -> new Step.Waiting(job, logged(Json.text(json, "logs", "")));
    };
  }

  /** Official models, whose version is hidden, are priced by output; all others by time, which a failure has used as well. */
  private static Step failed(Job job, JsonObject json) {
    Charged charged = "hidden".equals(json.getValue("version")) ? Charged.NO : Charged.UNKNOWN;
    String why = why(json);
    if (refusesContent(why)) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider refused the prompt, an input or what it made: " + why, false, null, charged);
    }
    String files = Objects.requireNonNullElse(job.link("files"), "an input");
    if (!files.isEmpty() && UNREADABLE.matcher(why).find()) {
      return new Step.Failed(Code.INVALID_INPUT, files + " could not be read by the provider; give a link to a file of the right kind: " + why, false, null,
          charged);
    }
    Step.Failed failed = new Step.Failed(Code.PROVIDER_FAILED, "the prediction failed: " + why, PASSING.matcher(why).find(), null, charged);
    return ACCOUNT.matcher(why).find() ? AccountWords.ofJob(failed, why) : failed;
  }

  static boolean refusesContent(String text) {
    return UNSAFE.matcher(text).find();
  }

  private static String why(JsonObject json) {
    Object error = json.getValue("error");
    return error == null || error.toString().isBlank() ? "it gives no reason" : cut(error.toString());
  }

  private static String cut(String text) {
    return text.substring(0, Math.min(text.length(), LONGEST_MESSAGE));
  }

  /** The last line of the logs, and the percentage of the newest progress bar in the latest of them. */
  private static JsonObject logged(String logs) {
    String latest = logs.substring(Math.max(0, logs.length() - LATEST_LETTERS)).stripTrailing();
    if (latest.isBlank()) {
      return null;
    }
    JsonObject progress = new JsonObject();
    Matcher bar = PERCENT.matcher(latest);
    while (bar.find()) {
      progress.put("percent", Math.min(100, Integer.parseInt(bar.group(1))));
    }
    String line = latest.substring(Math.max(latest.lastIndexOf('\n'), latest.lastIndexOf('\r')) + 1);
    return progress.put("message", cut(line));
  }

  private static Step succeeded(Job job, JsonObject json) {
    Object output = json.getValue("output");
    if (output == null && Boolean.TRUE.equals(json.getValue("data_removed"))) {
      return new Step.Failed(Code.OUTPUT_UNAVAILABLE, "the provider has removed the output, which it keeps for an hour", false, null, Charged.YES);
    }
    ProviderCapability what = Named.of(ProviderCapability.class, job.link("capability")).orElseThrow();
    JsonObject data = facts(json);
    List<Media> files = List.of();
    boolean told = switch (what) {
      case IMAGE_UNDERSTANDING, TEXT_GENERATION -> text(output, data);
      case TEXT_EMBEDDING -> vectors(output, data);
      case SPEECH_RECOGNITION -> transcript(output, data, job.link("timestamps") == null);
      default -> {
        files = files(output);
        yield !files.isEmpty();
      }
    };
    if (!told && isNothing(output)) {
      return Step.Failed.empty("the prediction succeeded without an output", null, Charged.YES);
    }
    return told ? new Step.Done(files, data.isEmpty() ? null : data)
        : new Step.Failed(Code.PROVIDER_FAILED, "the prediction succeeded, but its output is nothing that " + what.word()
            + " can give; choose a model for it: " + cut(String.valueOf(output)), false, null, Charged.YES);
  }

  private static boolean isNothing(Object output) {
    return output == null || "".equals(output) || output instanceof JsonArray list && list.isEmpty()
        || output instanceof JsonObject object && object.isEmpty();
  }

  private static JsonObject facts(JsonObject json) {
    JsonObject data = new JsonObject();
    if (json.getValue("metrics") instanceof JsonObject metrics && !metrics.isEmpty()) {
      data.put("usage", metrics);
    }
    Matcher seed = SEED.matcher(Json.text(json, "logs", ""));
    return seed.find() ? data.put("seed", Long.parseLong(seed.group(1))) : data;
  }

  /** A link, several, or an object of links; of a 3D model's files only the model itself. Empty where there is no link at all. */
  private static List<Media> files(Object output) {
    if (output instanceof JsonObject object) {
      Object model = object.getValue("model_file");
      return model != null ? files(model) : object.stream().flatMap(field -> files(field.getValue()).stream()).toList();
    }
    if (output instanceof JsonArray list) {
      List<List<Media>> each = list.stream().map(ReplicateResult::files).toList();
      boolean none = each.stream().allMatch(List::isEmpty);
      // One that is no link among others that are is a file that is lacking.
      return none ? List.of() : each.stream().flatMap(files -> files.isEmpty() ? Stream.of(Media.from(null, null)) : files.stream()).toList();
    }
    return output instanceof String text && Media.isLink(text) ? List.of(Media.from(text, null)) : List.of();
  }

  /** Models that stream leave their tokens in a list. */
  private static boolean text(Object output, JsonObject data) {
    String text = Json.words(output);
    if (text != null) {
      data.put("text", text);
    }
    return text != null && !text.isEmpty();
  }

  private static boolean vectors(Object output, JsonObject data) {
    List<?> vectors = Vectors.in(output);
    JsonObject result = vectors.isEmpty() ? null : Vectors.result(vectors, vectors.size());
    data.mergeIn(result == null ? new JsonObject() : result);
    return result != null;
  }

  private static boolean transcript(Object output, JsonObject data, boolean timestamps) {
    if (!(output instanceof JsonObject object)) {
      // In silence there is no word.
      return text(output, data) || output instanceof String;
    }
    String text = Json.text(object, "transcription", Json.text(object, "text"));
    if (text == null) {
      return false;
    }
    data.put("text", text);
    String language = Json.text(object, "detected_language", Json.text(object, "language"));
    if (language != null) {
      data.put("language", language);
    }
    String parts = object.getValue("segments") instanceof JsonArray ? "segments" : "chunks";
    if (timestamps && object.getValue(parts) instanceof JsonArray) {
      data.put("segments", Segments.of(object, parts));
    }
    return true;
  }
}
