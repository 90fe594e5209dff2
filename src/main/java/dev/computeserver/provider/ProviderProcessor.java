package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.catalog.TaskType;
import dev.computeserver.config.Secret;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How one provider is spoken to. A processor does no I/O, keeps no state and reads no clock: it makes requests
 * ({@link Exchange}) and reads replies into steps ({@link Step}); sending, storing, waiting, retrying and downloading
 * are the durable flow's, which {@link #process} is.
 */
public interface ProviderProcessor {

  ProviderType providerType();

  Set<ProviderCapability> capabilities();

  /** The kinds of work that its capabilities belong to. */
  default Set<TaskType> supportedTaskTypes() {
    return capabilities().stream().map(ProviderCapability::taskType).collect(Collectors.toUnmodifiableSet());
  }

  /** The header that carries the key, for the provider's own origin only. */
  Authorization authorization();

  /**
   * The provider's other public hosts by a name of ours, for targets such as {@code platform:/v1/models}; they get the key
   * too. Empty where {@code baseUrl} is not the provider's public one: a proxy or a sandbox serves everything itself.
   */
  default Map<String, String> otherHosts(String baseUrl) {
    return Map.of();
  }

  /**
   * Why the key does not open a model, and which one does, for a provider of which each API has keys and models of its own; empty where it does.
   * Without a key only {@code baseUrl} tells the API.
   */
  default Optional<String> closed(String model, String baseUrl, Secret key) {
    return Optional.empty();
  }

  /**
   * The request that asks for the provider's own name of a model, read to {@link Step.Uploaded}; its answer is remembered for a
   * while and stands in {@link Submission#model} then. Empty where the model needs no other name.
   */
  default Optional<Exchange> lookUp(ProviderCapability capability, String model) {
    return Optional.empty();
  }

  /** The provider's own name of a well-known model, for when the look-up does not answer. */
  default Optional<String> usualName(ProviderCapability capability, String model) {
    return Optional.empty();
  }

  /**
   * Whether a link that the provider gave leads to a host of its own, which gets the key too.
   *
   * @param origin scheme, host and port of the link, such as {@code https://api.eu1.example.com}
   */
  default boolean ownsHost(String baseUrl, String origin) {
    return false;
  }

  /**
   * In which form the provider takes the file behind {@code field}, such as {@code image_url}.
   *
   * @param input as the client gave it, but for inline files: one may have a link in its place where it is only asked who fits
   */
  default InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return InputForm.AS_GIVEN;
  }

  /**
   * The request that brings an input to the provider, read to {@link Step.Uploaded}, or to {@link Step.Then} where more than one
   * is needed; for {@link InputForm#UPLOAD}.
   */
  default Exchange upload(String field, InputFile file) {
    throw InvalidInput.input(field, "cannot be uploaded to " + providerType().word());
  }

  /**
   * The request that makes the provider work; sent at most once for an attempt.
   *
   * @throws InvalidInput where the provider cannot do what is asked; nothing is sent then, and nothing paid
   */
  Exchange submit(Submission submission);

  /** The request that asks how a job is doing. */
  Exchange check(Job job);

  /** Where the provider tells of a job while it runs, besides being asked; empty where it does not. */
  default Optional<Channel> channel(Job job) {
    return Optional.empty();
  }

  /** The request that ends a job, or empty where the provider has none. */
  default Optional<Exchange> cancel(Job job) {
    return Optional.empty();
  }

  /**
   * The request that looks for the job of a submit whose reply was lost, read to {@link Step.Waiting} where it is told by an id of
   * ours, to {@link Step.Found} where jobs only look like it, or to {@link Step.NotFound}; empty where the provider offers no way.
   * Likeness is the whole request repeated by the list, and the time; a job whose list entry repeats less may be anybody's.
   *
   * @param sentAt when it was sent, or a little before
   */
  default Optional<Exchange> find(Submission submission, Instant sentAt) {
    return Optional.empty();
  }

  /** How callbacks at {@link Submission#callbackUrl} are told from others' and read; empty where the provider makes none. */
  default Optional<CallbackRules> callbacks() {
    return Optional.empty();
  }

  /** What a reply outside 200 to 299 means; by its status alone unless the provider tells more. */
  default Step.Failed refused(Reply reply) {
    return Refusal.byStatus(reply, reply.text(300));
  }

  /**
   * Whether a reply outside 200 to 299 to a submit says for sure that nothing was accepted and nothing will be charged. Only
   * a 4xx and a 501 do, since a gateway answers 5xx also for what it has passed on, unless it says that it could not or the provider promises more.
   */
  default boolean tookNothing(Reply reply) {
    return reply.status() >= 400 && reply.status() < 500 && reply.status() != 408 || reply.status() == 501 || Refusal.neverReached(reply);
  }

  /** The same where it depends on what was submitted: an answer that ends with the request, or a job that may run on. */
  default boolean tookNothing(Exchange submit, Reply reply) {
    return tookNothing(reply);
  }

  /**
   * Whether a reply outside 200 to 299 to an {@link Exchange#tellingEnd} is how the job has ended. What concerns the account, says that
   * the job or its result is not known, or comes from a gateway is not, whatever it was asked for.
   */
  default boolean endsJob(Reply reply) {
    Code code = refused(reply).code();
    if (code == Code.PROVIDER_AUTH || code == Code.PROVIDER_QUOTA || code == Code.PROVIDER_RATE_LIMITED) {
      return false;
    }
    int status = reply.status();
    return code == Code.CONTENT_REFUSED || status == 400 || status == 422 || status >= 500 && code != Refusal.byStatus(reply, "").code();
  }

  /** For how long the provider asks to be left alone: seconds, with or without a fraction, or an HTTP date; or null. */
  default String retryAfter(Reply reply) {
    return Refusal.pause(reply, "retry_after");
  }

  /** Runs a task from wherever it stands to its end. A provider whose protocol does not fit writes its own. */
  default Future<Void> process(Attempt attempt) {
    return attempt.run(this);
  }

  /**
   * @param header its name
   * @param prefix what stands before the key, such as {@code "Bearer "}
   */
  record Authorization(String header, String prefix) {
  }
}
