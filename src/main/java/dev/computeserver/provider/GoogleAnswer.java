package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads what Google answers. A refusal comes with status 200 and is told by words in the body. */
final class GoogleAnswer {
  private static final Set<String> WORTH_A_RETRY = Set.of("NO_IMAGE", "IMAGE_OTHER", "MALFORMED_RESPONSE");
  private static final Pattern ABOUT_CONTENT = Pattern.compile("safety|block|prohibit|recitation|spii|content_policy|policy_violation");
  private static final Pattern PASSING = Pattern.compile("(?i)internal|unavailable|deadline|500|503|504");
  private static final Pattern LIMITED = Pattern.compile("(?i)resource_exhausted|rate_limit|too_many_requests|429");
  private static final Pattern FILE = Pattern.compile("/files/([^:/?#]+)");
  private static final Pattern RATE = Pattern.compile("rate=(\\d{4,6})");
  private static final int MOST_WORDS = 500;

  private GoogleAnswer() {
  }

  static boolean aboutContent(String word) {
    return ABOUT_CONTENT.matcher(word.toLowerCase(Locale.ROOT)).find();
  }

  /** The reply to generateContent, whole or in pieces; what one candidate was stopped for costs the others nothing. */
  static Step content(Reply reply, Submission task) {
    List<JsonObject> pieces = reply.objects();
    if (pieces.isEmpty()) {
      throw new MissingField("candidates");
    }
    List<GoogleCandidate> all = GoogleCandidate.of(pieces);
    boolean words = task.capability() == ProviderCapability.TEXT_GENERATION || task.capability() == ProviderCapability.IMAGE_UNDERSTANDING;
    if (words && (pieces.size() > 1 || reply.isEvents()) && all.stream().anyMatch(each -> !each.text().isEmpty() && !each.hasEnded())) {
      throw new MissingField("finishReason");
    }
    GoogleCandidate first = all.stream().filter(each -> isGood(each, words)).findFirst().orElse(null);
    if (first == null) {
      return without(pieces, all.isEmpty() ? GoogleCandidate.NONE : all.get(0), words, task, reply);
    }
    // Samples alone: speech without a header.
    boolean raw = "pcm".equals(task.input().getString("output_format"));
    List<Media> media = all.stream().flatMap(each -> isGood(each, words) ? each.files().stream().map(file -> inline(file, raw))
        : words ? Stream.empty() : Stream.of(Media.missing(stopped(each)))).toList();
    JsonObject result = new JsonObject();
    if (words || !first.text().isEmpty()) {
      result.put("text", first.text());
    }
    return Google.done(media, withUsage(result, pieces.get(pieces.size() - 1), "usageMetadata").put("finish_reason", first.end()));
  }

  private static boolean isGood(GoogleCandidate candidate, boolean words) {
    return candidate.holds(words) && !aboutContent(candidate.end());
  }

  private static Step.Failed without(List<JsonObject> pieces, GoogleCandidate first, boolean words, Submission task, Reply reply) {
    String blocked = pieces.stream().map(piece -> GoogleCandidate.word(GoogleCandidate.object(piece, "promptFeedback"), "blockReason"))
        .filter(Objects::nonNull).findFirst().orElse(null);
    if (blocked != null) {
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider refuses the prompt: " + blocked + "; change the prompt or the input", false,
          reply.status(), Charged.UNKNOWN);
    }
    return first.endedWell() ? nothing(words, first.end(), first.text(), task, reply) : ended(first, task, reply);
  }

  private static Step.Failed nothing(boolean words, String end, String text, Submission task, Reply reply) {
    if (words && end.equals("MAX_TOKENS")) {
      return Refusal.noText(reply, task.input().getValue("max_tokens") != null || task.options().encode().contains("maxOutputTokens"));
    }
    Step.Failed empty = Refusal.empty(reply, words ? "a text" : "a file", Charged.YES);
    String message = text.isEmpty() ? empty.message() : "the provider made no file but said: " + shortened(text);
    return new Step.Failed(empty.code(), message, isFirst(task), empty.httpStatus(), empty.charged());
  }

  private static Step.Failed ended(GoogleCandidate candidate, Submission task, Reply reply) {
    boolean refused = aboutContent(candidate.end());
    return new Step.Failed(refused ? Code.CONTENT_REFUSED : Code.PROVIDER_FAILED, stopped(candidate),
        !refused && isFirst(task) && WORTH_A_RETRY.contains(candidate.end()), reply.status(), Charged.UNKNOWN);
  }

  private static String stopped(GoogleCandidate candidate) {
    String said = candidate.text().isEmpty() ? "the provider gives no reason" : shortened(candidate.text());
    return "the provider stopped with " + candidate.end() + ": " + Objects.requireNonNullElse(candidate.message(), said);
  }

  /** Some ends are worth one more try, which is paid again, and no third one. */
  private static boolean isFirst(Submission task) {
    return task.attempt() == 1;
  }

  private static String shortened(String text) {
    return text.length() > MOST_WORDS ? text.substring(0, MOST_WORDS) + "…" : text;
  }

  static Step vectors(Reply reply, int wanted) {
    JsonObject json = reply.json();
    JsonObject result = Vectors.result(Vectors.in(json.getValue(json.getValue("embedding") == null ? "embeddings" : "embedding")), wanted);
    return result == null ? Refusal.empty(reply, "a vector for each text", Charged.YES)
        : Google.done(List.of(), withUsage(result, json, "usageMetadata"));
  }

  /** A look at an interaction. */
  static Step interaction(Job job, Reply reply) {
    JsonObject json = reply.newest("interaction");
    String word = Words.required(json, "status");
    return switch (word) {
      case "completed" -> output(job, json, reply);
      case "incomplete" -> cutShort(job, json, reply);
      case "failed" -> failed(json, "it tells no reason", reply);
      case "canceled" -> new Step.Failed(Code.PROVIDER_FAILED, "the interaction was cancelled at the provider", false, reply.status(), Charged.UNKNOWN);
      case "budget_exceeded", "requires_action", "requires_continuation" -> failed(json, "it ended as " + word, reply);
      default -> new Step.Waiting(job, null);
    };
  }

  /** What there is of it, which may be a part only. */
  private static Step cutShort(Job job, JsonObject json, Reply reply) {
    Step part = contents(json).isEmpty() ? null : output(job, json, reply);
    return part == null || part instanceof Step.Failed ? failed(json, "it stopped early", reply) : part;
  }

  private static Step.Failed failed(JsonObject json, String how, Reply reply) {
    JsonObject first = Stream.of(Json.objects(json, "errors").stream(), Stream.of(Json.object(json, "error")),
        Json.objects(json, "steps").stream().map(step -> Json.object(step, "error"))).flatMap(each -> each)
        .filter(error -> !error.isEmpty()).findFirst().orElse(new JsonObject());
    String code = String.valueOf(first.getValue("code", ""));
    Code ours = aboutContent(code) ? Code.CONTENT_REFUSED : Words.of(code).equals("quota_exceeded") ? Code.PROVIDER_QUOTA
        : LIMITED.matcher(code).find() ? Code.PROVIDER_RATE_LIMITED : code.matches("(?i)invalid.*") ? Code.INVALID_INPUT : Code.PROVIDER_FAILED;
    boolean again = ours == Code.PROVIDER_FAILED && PASSING.matcher(code).find();
    String message = Json.text(first, "message", how);
    return AccountWords.ofJob(new Step.Failed(ours, "the provider's interaction failed: " + message, again, reply.status(), Charged.UNKNOWN),
        code + " " + Json.text(first, "message", ""));
  }

  private static Step output(Job job, JsonObject json, Reply reply) {
    List<JsonObject> contents = contents(json);
    JsonObject facts = withUsage(new JsonObject(), json, "usage");
    if (Words.of(json.getValue("status")).equals("incomplete")) {
      facts.put("finish_reason", "incomplete");
    }
    String capability = job.link("capability");
    if (ProviderCapability.SPEECH_RECOGNITION.word().equals(capability)) {
      // Silence has a text without words, which is not the same as none.
      return contents.isEmpty() ? Refusal.empty(reply, "a text", Charged.YES) : Google.done(List.of(), transcript(contents).mergeIn(facts));
    }
    String type = ProviderCapability.MUSIC_GENERATION.word().equals(capability) ? "audio" : "video";
    JsonObject file = contents.stream().filter(each -> type.equals(each.getValue("type"))
        || String.valueOf(GoogleCandidate.word(each, "mimeType")).startsWith(type + "/")).findFirst().orElse(null);
    if (file == null) {
      String said = texts(contents);
      return new Step.Failed(Code.CONTENT_REFUSED, "the provider ended without a " + type + ", as it does for what it will not make"
          + (said.isEmpty() ? "" : ", but said: " + shortened(said)) + "; change the prompt or the input", false, reply.status(), Charged.UNKNOWN);
    }
    if (!Json.text(file, "data", "").isEmpty()) {
      return Google.done(List.of(inline(file, false)), facts);
    }
    String uri = Json.text(file, "uri", "");
    Matcher id = FILE.matcher(uri);
    Media media = linked(uri, GoogleCandidate.word(file, "mimeType"));
    if (!id.find()) {
      return Google.done(List.of(media), facts);
    }
    return new Step.Then(Exchange.get("/v1beta/files/" + id.group(1), look -> stored(job, look, media, facts)).ofStatus());
  }

  /** Of Google's own files only who has the key gets the content. */
  private static Media linked(String uri, String type) {
    return FILE.matcher(uri).find() ? Media.atAuthorized(uri.contains(":download") ? uri : uri + ":download?alt=media", type) : Media.from(uri, type);
  }

  private static Step stored(Job job, Reply reply, Media media, JsonObject facts) {
    JsonObject json = reply.json();
    JsonObject file = json.getValue("file") instanceof JsonObject nested ? nested : json;
    return switch (Words.required(file, "state")) {
      case "failed" -> new Step.Failed(Code.PROVIDER_FAILED, "the provider could not store the file that it made", false, reply.status(),
          Charged.UNKNOWN);
      case "processing" -> new Step.Waiting(job, null);
      default -> Google.done(List.of(media), facts);
    };
  }

  private static JsonObject transcript(List<JsonObject> contents) {
    JsonArray words = new JsonArray();
    for (JsonObject word : contents.stream().filter(GoogleAnswer::isText).flatMap(text -> Json.objects(text, "annotations").stream()).toList()) {
      if ("word_info".equals(word.getValue("type"))) {
        words.add(new JsonObject().put("text", word.getValue("text")).put("start", seconds(word.getValue("start_offset")))
            .put("end", seconds(word.getValue("end_offset"))).put("speaker_id", word.getValue("speaker")));
        words.add(new JsonObject().put("text", " ").put("type", "spacing"));
      }
    }
    return new JsonObject().put("text", texts(contents)).put("segments", Sentences.of(words));
  }

  private static String texts(List<JsonObject> contents) {
    return contents.stream().filter(GoogleAnswer::isText).map(each -> Json.text(each, "text", "")).collect(Collectors.joining());
  }

  private static boolean isText(JsonObject content) {
    return "text".equals(content.getValue("type"));
  }

  private static Double seconds(Object offset) {
    return Json.number(offset instanceof String text ? text.replaceFirst("s$", "") : offset);
  }

  private static List<JsonObject> contents(JsonObject json) {
    return Json.objects(json, "steps").stream().filter(step -> "model_output".equals(step.getValue("type")))
        .flatMap(step -> GoogleCandidate.parts(step, "content").stream()).toList();
  }

  /** Bare samples get a WAV header, since nobody could play them without. */
  private static Media inline(JsonObject file, boolean raw) {
    String type = Objects.requireNonNullElse(GoogleCandidate.word(file, "mimeType"), "");
    String uri = GoogleCandidate.word(file, "fileUri");
    Media media = uri == null ? Media.ofBase64(Json.text(file, "data"), type.isEmpty() ? null : type) : linked(uri, type.isEmpty() ? null : type);
    if (raw || !media.here() || !type.toLowerCase(Locale.ROOT).startsWith("audio/l16")) {
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

  private static JsonObject withUsage(JsonObject to, JsonObject from, String field) {
    JsonObject usage = GoogleCandidate.object(from, field);
    return usage.isEmpty() ? to : to.put("usage", usage);
  }
}
