package dev.computeserver.provider;

import dev.computeserver.config.ProviderConfig;
import dev.computeserver.task.Phase;
import dev.computeserver.task.TaskState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** What a running attempt keeps in the task's {@code job}, phase by phase. */
final class Documents {
  private Documents() {
  }

  /**
   * Of a submit that is about to be sent: enough to recognise it in a provider's list of jobs, and whether it tells the
   * provider where to report.
   */
  static JsonObject intent(Exchange exchange, String callbackUrl, Instant now) {
    byte[] body = exchange.body() == null ? new byte[0] : exchange.body().getBytes();
    JsonObject intent = new JsonObject().put("submitting_at", now.toString());
    // The token at the end of the URL looks the same however the URL is encoded.
    String token = callbackUrl == null ? null : callbackUrl.substring(callbackUrl.lastIndexOf('/') + 1);
    if (token != null && (exchange.target().contains(token) || holds(body, token.getBytes(StandardCharsets.US_ASCII)))) {
      intent.put("calls_back", true);
    }
    return exchange.body() == null ? intent : intent.put("request_sha256", sha256(body));
  }

  /** The same once its reply cannot come any more: who finds a job that looks like this one's need not wait for it to tell its own. */
  static JsonObject lost(JsonObject intent) {
    return (intent == null ? new JsonObject() : intent.copy()).put("lost", true);
  }

  static boolean isLost(JsonObject intent) {
    return intent != null && intent.getBoolean("lost", false);
  }

  private static boolean holds(byte[] body, byte[] text) {
    for (int i = 0; i <= body.length - text.length; i++) {
      if (body[i] == text[0] && Arrays.equals(body, i, i + text.length, text, 0, text.length)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the provider was told where to report. */
  static boolean callsBack(JsonObject intent) {
    return intent != null && intent.getBoolean("calls_back", false);
  }

  static JsonObject job(Job job, Instant now) {
    return new JsonObject().put("data", job.data()).put("submitted_at", now.toString());
  }

  static Job job(TaskState state) {
    return new Job(state.externalId(), state.job().getJsonObject("data"));
  }

  static Instant submittedAt(JsonObject job, Instant unknown) {
    String at = job == null ? null : job.getString("submitted_at");
    return at == null ? unknown : Instant.parse(at);
  }

  static Instant submittingAt(JsonObject intent, Instant unknown) {
    String at = intent == null ? null : intent.getString("submitting_at");
    return at == null ? unknown : Instant.parse(at);
  }

  /** Of a finished job: what is to be fetched, what is to be told, and the job, should it be asked for its result again. */
  static JsonObject document(Step.Done done, TaskState state) {
    return new JsonObject().put("media", new JsonArray(done.media().stream().map(Media::toJson).toList())).put("result", done.result())
        .put("job", knownJob(state).map(job -> state.job()).orElse(null));
  }

  /** The job that can be asked for its result, whether it runs or has finished; empty where the submit itself was answered with it. */
  static Optional<Job> knownJob(TaskState state) {
    JsonObject document = state.phase() == Phase.STORING && state.job() != null ? state.job().getJsonObject("job") : state.job();
    JsonObject data = document == null ? null : document.getJsonObject("data");
    return state.externalId() == null || data == null ? Optional.empty() : Optional.of(new Job(state.externalId(), data));
  }

  static Step.Done read(JsonObject document) {
    List<Media> media = document.getJsonArray("media").stream().map(each -> ((JsonObject) each).mapTo(Media.class)).toList();
    return new Step.Done(media, document.getJsonObject("result"));
  }

  /** What so many output files of a model cost, or a job without any; null where the price list does not say. */
  static JsonObject cost(ProviderConfig config, String model, int files) {
    return config == null ? null : config.price(model).map(price -> price.multiply(BigDecimal.valueOf(Math.max(1, files))))
        .map(amount -> new JsonObject().put("amount", amount.setScale(Math.max(4, amount.scale())).toPlainString()).put("currency", "USD")
            .put("basis", "price_list"))
        .orElse(null);
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
