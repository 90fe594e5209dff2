package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads what Google answers. A refusal comes with status 200 and is told by words in the body. */
final class GoogleAnswer {
  private static final Set<String> GOOD_ENDS = Set.of("STOP", "MAX_TOKENS", "FINISH_REASON_UNSPECIFIED");
  private static final Set<String> WORTH_A_RETRY = Set.of("NO_IMAGE", "IMAGE_OTHER", "MALFORMED_RESPONSE");
  private static final Pattern ABOUT_CONTENT = Pattern.compile("safety|block|prohibit|recitation|spii|content_policy|policy_violation");
  private static final Pattern FILE = Pattern.compile("/files/([^:/?#]+)");
  private static final Pattern RATE = Pattern.compile("rate=(\\d{4,6})");

  private GoogleAnswer() {
  }

  static boolean aboutContent(String word) {
    return ABOUT_CONTENT.matcher(word.toLowerCase(Locale.ROOT)).find();
  }

  /** The reply to generateContent. */
  static Step content(Reply reply, Submission task) {
    ProviderCapability what = task.capability();
    // Samples alone: speech without a header.
    boolean raw = "pcm".equals(task.input().getString("output_format"));
    JsonObject json = reply.json();
    JsonObject feedback = object(json, "promptFeedback");
    if (feedback.getString("blockReason") != null) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider refuses the prompt: " + feedback.getString("blockReason")
          + "; change the prompt or the input", false, reply.status(), Charged.UNKNOWN);
    }
    JsonObject candidate = objects(json, "candidates").stream().findFirst().orElseThrow(() -> new MissingField("candidates"));
    String end = candidate.getString("finishReason") == null ? "STOP" : candidate.getString("finishReason");
    if (!GOOD_ENDS.contains(end)) {
      return ended(end, candidate.getString("finishMessage", "the provider gives no reason"), task.attempt() == 1, reply.status());
    }
    List<Media> media = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (JsonObject part : objects(object(candidate, "content"), "parts")) {
      if (!Boolean.TRUE.equals(part.getValue("thought"))) {
        text.append(part.getString("text") == null ? "" : part.getString("text"));
        if (part.getJsonObject("inlineData") != null) {
          media.add(inline(part.getJsonObject("inlineData").getString("data"), part.getJsonObject("inlineData").getString("mimeType"), raw));
        }
      }
    }
    boolean words = what == ProviderCapability.TEXT_GENERATION || what == ProviderCapability.IMAGE_UNDERSTANDING;
    if (media.isEmpty() && (!words || text.isEmpty())) {
      return nothing(words, end, text.toString(), reply.status());
    }
    JsonObject result = new JsonObject();
    if (words || !text.isEmpty()) {
      result.put("text", text.toString());
    }
    return Google.done(media, with(result, "usage", json.getJsonObject("usageMetadata")).put("finish_reason", end));
  }

  private static Step.Failed nothing(boolean words, String end, String text, int status) {
    if (words && end.equals("MAX_TOKENS")) {
      return new Step.Failed(Code.INVALID_INPUT, "no text was made within input.max_tokens; raise it", false, status, Charged.YES);
    }
    String said = text.isEmpty() ? "" : " but said: " + text;
    return new Step.Failed(Code.PROVIDER_FAILED, words ? "the provider made no text" : "the provider made no file" + said, true, status, Charged.YES);
  }

  /** Some ends are worth one more try, and no third one. */
  private static Step.Failed ended(String reason, String message, boolean first, int status) {
    boolean refused = aboutContent(reason);
    return new Step.Failed(refused ? Code.CONTENT_REFUSED : Code.PROVIDER_FAILED, "the provider stopped with " + reason + ": " + message,
        !refused && first && WORTH_A_RETRY.contains(reason), status, Charged.UNKNOWN);
  }

  static Step vectors(Reply reply, int wanted) {
    JsonObject json = reply.json();
    List<JsonObject> all = json.getJsonObject("embedding") == null ? objects(json, "embeddings") : List.of(json.getJsonObject("embedding"));
    List<JsonArray> vectors = all.stream().map(each -> each.getJsonArray("values")).filter(values -> values != null && !values.isEmpty()).toList();
    if (vectors.size() != wanted) {
      throw new MissingField("values of " + wanted + " embeddings");
    }
    JsonObject result = new JsonObject().put("vectors", new JsonArray(vectors)).put("dimensions", vectors.get(0).size());
    return Google.done(List.of(), with(result, "usage", json.getJsonObject("usageMetadata")));
  }

  /** A look at an interaction. */
  static Step interaction(Job job, JsonObject json, int status) {
    String word = required(json, "status");
    return switch (word) {
      case "completed" -> output(job, json, status);
      case "incomplete" -> cutShort(job, json, status);
      case "failed", "cancelled", "budget_exceeded", "requires_action", "requires_continuation" -> failed(json, "it ended as " + word, status);
      default -> new Step.Waiting(job, null);
    };
  }

  /** What there is of it, which may be a part only. */
  private static Step cutShort(Job job, JsonObject json, int status) {
    Step part = contents(json).isEmpty() ? null : output(job, json, status);
    return part == null || part instanceof Step.Failed ? failed(json, "it stopped early", status) : part;
  }

  private static Step.Failed failed(JsonObject json, String how, int status) {
    List<JsonObject> errors = new ArrayList<>(objects(json, "errors"));
    errors.add(object(json, "error"));
    objects(json, "steps").forEach(step -> errors.add(object(step, "error")));
    JsonObject first = errors.stream().filter(error -> !error.isEmpty()).findFirst().orElse(new JsonObject());
    String code = String.valueOf(first.getValue("code", ""));
    Code ours = aboutContent(code) ? Code.CONTENT_REFUSED : code.equals("quota_exceeded") ? Code.PROVIDER_QUOTA
        : code.matches("(?i)invalid.*") ? Code.INVALID_INPUT : Code.PROVIDER_FAILED;
    return new Step.Failed(ours, "the provider's interaction failed: " + first.getString("message", how), ours == Code.PROVIDER_FAILED
        && (code.isEmpty() || code.matches("(?i).*(internal|unavailable|deadline|500|503|504).*")), status, Charged.UNKNOWN);
  }

  private static Step output(Job job, JsonObject json, int status) {
    List<JsonObject> contents = contents(json);
    JsonObject facts = with(new JsonObject(), "usage", json.getJsonObject("usage"));
    if ("incomplete".equals(json.getString("status"))) {
      facts.put("finish_reason", "incomplete");
    }
    if (job.link("capability").equals(ProviderCapability.SPEECH_RECOGNITION.word())) {
      // Silence has a text without words, which is not the same as none.
      if (contents.isEmpty()) {
        throw new MissingField("steps");
      }
      return Google.done(List.of(), transcript(contents).mergeIn(facts));
    }
    String type = job.link("capability").equals(ProviderCapability.MUSIC_GENERATION.word()) ? "audio" : "video";
    JsonObject file = contents.stream().filter(each -> type.equals(each.getString("type"))
        || String.valueOf(each.getValue("mime_type")).startsWith(type + "/")).findFirst().orElse(null);
    if (file == null) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider ended without a " + type + ", as it does for what it will not make; "
          + "change the prompt or the input", false, status, Charged.UNKNOWN);
    }
    String mime = file.getString("mime_type");
    if (file.getString("data") != null) {
      return Google.done(List.of(inline(file.getString("data"), mime, false)), facts);
    }
    String uri = required(file, "uri");
    Matcher id = FILE.matcher(uri);
    if (!id.find()) {
      return Google.done(List.of(Media.at(uri, mime)), facts);
    }
    return new Step.Then(Exchange.get("/v1beta/files/" + id.group(1), reply -> stored(job, reply, Media.atAuthorized(
        uri.contains(":download") ? uri : uri + ":download?alt=media", mime), facts)));
  }

  private static Step stored(Job job, Reply reply, Media media, JsonObject facts) {
    JsonObject json = reply.json();
    String state = required(json.getJsonObject("file", json), "state");
    return switch (state) {
      case "FAILED" -> new Step.Failed(Code.PROVIDER_FAILED, "the provider could not store the file that it made", true, reply.status(),
          Charged.UNKNOWN);
      case "PROCESSING" -> new Step.Waiting(job, null);
      default -> Google.done(List.of(media), facts);
    };
  }

  private static JsonObject transcript(List<JsonObject> contents) {
    List<JsonObject> texts = contents.stream().filter(each -> "text".equals(each.getString("type"))).toList();
    JsonArray words = new JsonArray();
    for (JsonObject text : texts) {
      for (JsonObject word : objects(text, "annotations")) {
        if ("word_info".equals(word.getString("type"))) {
          words.add(new JsonObject().put("text", word.getString("text")).put("start", seconds(word.getValue("start_offset")))
              .put("end", seconds(word.getValue("end_offset"))).put("speaker_id", word.getValue("speaker")));
          words.add(new JsonObject().put("text", " ").put("type", "spacing"));
        }
      }
    }
    return new JsonObject().put("text", texts.stream().map(each -> each.getString("text", "")).collect(Collectors.joining()))
        .put("segments", Sentences.of(words));
  }

  private static Double seconds(Object offset) {
    String text = String.valueOf(offset);
    return text.matches("\\d+(\\.\\d+)?s?") ? Double.valueOf(text.replace("s", "")) : null;
  }

  private static List<JsonObject> contents(JsonObject json) {
    return objects(json, "steps").stream().filter(step -> "model_output".equals(step.getString("type")))
        .flatMap(step -> objects(step, "content").stream()).toList();
  }

  private static JsonObject object(JsonObject json, String field) {
    return json.getValue(field) instanceof JsonObject object ? object : new JsonObject();
  }

  private static List<JsonObject> objects(JsonObject json, String field) {
    return json.getValue(field) instanceof JsonArray list ? list.stream().map(JsonObject.class::cast).toList() : List.of();
  }

  /** Bare samples get a WAV header, since nobody could play them without. */
  private static Media inline(String base64, String type, boolean raw) {
    Media media = Media.ofBase64(base64, type);
    if (raw || type == null || !type.toLowerCase(Locale.ROOT).startsWith("audio/l16")) {
      return media;
    }
    Matcher rate = RATE.matcher(type);
    return Media.of(wav(media.content(), rate.find() ? Integer.parseInt(rate.group(1)) : 24_000), "audio/wav");
  }

  private static Buffer wav(Buffer samples, int rate) {
    return Buffer.buffer("RIFF").appendIntLE(36 + samples.length()).appendString("WAVEfmt ").appendIntLE(16).appendShortLE((short) 1)
        .appendShortLE((short) 1).appendIntLE(rate).appendIntLE(rate * 2).appendShortLE((short) 2).appendShortLE((short) 16)
        .appendString("data").appendIntLE(samples.length()).appendBuffer(samples);
  }

  private static JsonObject with(JsonObject to, String name, Object value) {
    return value == null ? to : to.put(name, value);
  }

  static String required(JsonObject json, String field) {
    String value = json.getString(field);
    if (value == null || value.isEmpty()) {
      throw new MissingField(field);
    }
    return value;
  }
}
