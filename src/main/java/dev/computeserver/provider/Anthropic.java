package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_UNDERSTANDING;
import static dev.computeserver.catalog.ProviderCapability.TEXT_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Anthropic's Messages: the answer comes with the reply, as a stream where it may take minutes. With the option
 * {@code "batch": true}, which is ours and not sent, the message goes into a batch of one: half the price, within a day.
 */
final class Anthropic implements ProviderProcessor {
  /** From this version on no sampling parameter is taken. */
  private static final String VERSION = "2026-10-21";
  private static final String SAMPLING_VERSION = "2023-06-01";
  private static final String BATCHES = "/v1/messages/batches";
  private static final Set<String> SPENT = Set.of("enforced_spend_limit_reached", "contract_spend_limit_reached", "organization_on_hold");
  static final Pattern OVERDRAWN = Pattern.compile("(?i)credit balance|spend(ing)? limit|usage limit");

  @Override
  public ProviderType providerType() {
    return ProviderType.ANTHROPIC;
  }

  @Override
  public Set<ProviderCapability> capabilities() {
    return Set.of(TEXT_GENERATION, IMAGE_UNDERSTANDING);
  }

  @Override
  public Authorization authorization() {
    return new Authorization("x-api-key", "");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return InputForm.BYTES;
  }

  @Override
  public Exchange submit(Submission task) {
    JsonObject body = AnthropicInput.message(task).mergeIn(task.options());
    boolean batch = inBatch(task);
    body.remove("batch");
    String version = AnthropicInput.samples(body) ? SAMPLING_VERSION : VERSION;
    if (batch) {
      body.remove("stream");
      JsonObject request = new JsonObject().put("custom_id", task.jobId().toString()).put("params", body);
      Object wishes = body.remove("sandbox");
      JsonObject whole = new JsonObject().put("requests", new JsonArray().add(request));
      return Exchange.post(BATCHES, wishes == null ? whole : whole.put("sandbox", wishes), reply -> new Step.Waiting(
          jobOf(reply.json(), new JsonObject().put("custom_id", task.jobId().toString()).put("version", version)), null))
          .header("anthropic-version", version).ofStatus();
    }
    return Exchange.post("/v1/messages", body, AnthropicResult::answer).answering().header("anthropic-version", version)
        .header("Accept", Boolean.TRUE.equals(body.getValue("stream")) ? "text/event-stream" : "application/json");
  }

  private static Job jobOf(JsonObject batch, JsonObject data) {
    return new Job(Ids.required(batch, "id"), data);
  }

  private static boolean isUnsure(Job job) {
    return job.data().getBoolean("unsure", false);
  }

  private static String path(Job job) {
    return BATCHES + "/" + Json.encoded(job.externalId());
  }

  @Override
  public Exchange check(Job job) {
    return Exchange.get(path(job), reply -> looked(job, reply.json())).header("anthropic-version", job.link("version")).ofStatus();
  }

  private static Step looked(Job job, JsonObject batch) {
    if (!Words.required(batch, "processing_status").equals("ended")) {
      return new Step.Waiting(job, null);
    }
    // The link in the reply is not followed: the key belongs to the configured host only.
    boolean unsure = isUnsure(job);
    String ours = job.link("custom_id");
    return new Step.Then(Exchange.get(path(job) + "/results",
        reply -> unsure ? AnthropicResult.ofFoundBatch(reply, ours) : AnthropicResult.ofBatch(reply, ours))
        .header("anthropic-version", job.link("version")).header("Accept", "*/*"));
  }

  /** What the batch has finished by then is charged. One that may not be ours is left alone. */
  @Override
  public Optional<Exchange> cancel(Job job) {
    if (isUnsure(job)) {
      return Optional.empty();
    }
    return Optional.of(Exchange.post(path(job) + "/cancel", reply -> new Step.Cancelling(Charged.UNKNOWN))
        .header("anthropic-version", job.link("version")).ofStatus());
  }

  /**
   * A lost batch is the only batch of one message since it was sent that no other task has. That it is ours shows in its results, which name our id;
   * a lost message cannot be found.
   */
  @Override
  public Optional<Exchange> find(Submission task, Instant sentAt) {
    return inBatch(task) ? Optional.of(Exchange.get(BATCHES + "?limit=100", reply -> found(reply.json(), task, sentAt))
        .header("anthropic-version", VERSION).ofStatus()) : Optional.empty();
  }

  private static Step found(JsonObject list, Submission task, Instant sentAt) {
    if (!(list.getValue("data") instanceof JsonArray)) {
      throw new MissingField("data");
    }
    JsonObject data = new JsonObject().put("custom_id", task.jobId().toString()).put("version", VERSION).put("unsure", true);
    List<Job> candidates = Json.objects(list, "data").stream()
        .filter(each -> Ids.in(each, "id") != null && !Json.time(each, "created_at", Instant.MIN).isBefore(sentAt.minusSeconds(10)))
        .filter(each -> Json.object(each, "request_counts").stream().map(count -> Json.number(count.getValue()))
            .mapToDouble(count -> count == null ? 0 : count).sum() == 1)
        .map(each -> jobOf(each, data))
        .toList();
    return candidates.isEmpty() ? new Step.NotFound() : new Step.Found(candidates, null, true);
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject error = error(reply);
    String message = Json.text(error, "message", reply.text(300));
    Step.Failed usual = Refusal.byStatus(reply, message);
    if (SPENT.contains(Json.text(Json.object(error, "details"), "error_code", "")) || reply.status() == 400 && OVERDRAWN.matcher(message).find()) {
      return Refusal.failed(Code.PROVIDER_QUOTA, false, reply, message);
    }
    boolean retryable = reply.status() == 409 || usual.retryable();
    String told = reply.headers().get("x-should-retry");
    Code ours = reply.status() == 409 ? Code.PROVIDER_FAILED : usual.code();
    return new Step.Failed(ours, usual.message(), told == null ? retryable : told.equals("true"), usual.httpStatus(), usual.charged());
  }

  /**
   * An overload is told before anything begins; 529 is no gateway's status. Any other error of Anthropic's own making ends a message, and
   * is not charged; a batch may run on all the same.
   */
  @Override
  public boolean tookNothing(Exchange submit, Reply reply) {
    String own = Json.text(error(reply), "type", "");
    return tookNothing(reply) || reply.status() == 529 || own.equals("overloaded_error")
        || !own.isEmpty() && reply.status() >= 500 && !submit.target().equals(BATCHES);
  }

  @Override
  public String retryAfter(Reply reply) {
    String told = Refusal.pause(reply, "retry_after");
    return told != null || reply.status() != 429 ? told : AskedPause.untilReset(reply, "anthropic-ratelimit-%s-remaining",
        "anthropic-ratelimit-%s-reset", "requests", "tokens", "input-tokens", "output-tokens");
  }

  private static JsonObject error(Reply reply) {
    return Json.object(reply.jsonOrEmpty(), "error");
  }

  private static boolean inBatch(Submission task) {
    return Boolean.TRUE.equals(task.options().getValue("batch"));
  }
}
