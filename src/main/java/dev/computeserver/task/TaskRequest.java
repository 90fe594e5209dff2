package dev.computeserver.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a client asked for, checked and with defaults filled in; frozen once it is accepted. A node of a newer version may have
 * accepted it, so its words are text here, and only who runs it needs to know them.
 *
 * @param providerWords who may run it, best first; empty: any that can
 * @param pinned whether that is one provider that the client insists on
 * @param model a model id that is passed through, or null for the provider's default
 * @param timeoutSeconds bound of the task's whole life
 * @param maxAttempts most attempts, 1 or more
 * @param resubmitUnknown what to do when nothing can tell whether a provider accepted: submit again, or fail
 * @param providerOptions for providers alone, see {@link ProviderOptions}
 * @param webhook where to send events, or null
 * @param metadata the client's own, or null
 */
public record TaskRequest(
    @JsonProperty("capability") String capabilityWord,
    @JsonProperty("providers") List<String> providerWords,
    boolean pinned,
    String model,
    JsonObject input,
    JsonObject providerOptions,
    int priority,
    int timeoutSeconds,
    int maxAttempts,
    boolean resubmitUnknown,
    Webhook webhook,
    JsonObject metadata) {

  public TaskRequest {
    providerWords = List.copyOf(providerWords);
  }

  public TaskRequest(ProviderCapability capability, List<ProviderType> providers, boolean pinned, String model, JsonObject input,
      JsonObject providerOptions, int priority, int timeoutSeconds, int maxAttempts, boolean resubmitUnknown, Webhook webhook, JsonObject metadata) {
    this(capability.word(), providers.stream().map(Named::word).toList(), pinned, model, input, providerOptions, priority, timeoutSeconds,
        maxAttempts, resubmitUnknown, webhook, metadata);
  }

  /** Throws {@link java.util.NoSuchElementException} where this version does not know it. */
  public ProviderCapability capability() {
    return Named.known(ProviderCapability.class, capabilityWord);
  }

  /** Those that this version knows. */
  public List<ProviderType> providers() {
    return providerWords.stream().flatMap(word -> Named.of(ProviderType.class, word).stream()).toList();
  }

  /** Whether this version can run it at all: it knows the capability and, where providers are named, one of them. */
  public boolean known() {
    return Named.of(ProviderCapability.class, capabilityWord).isPresent() && (providerWords.isEmpty() || !providers().isEmpty());
  }

  /** Where a client wants events sent, and which: status words such as {@code completed}. */
  public record Webhook(String url, List<String> events) {
    public Webhook {
      events = List.copyOf(events);
    }
  }

  /** The same without what only a submission needs, so that a waiting job does not keep big inputs in memory. */
  public TaskRequest withoutInput() {
    return new TaskRequest(capabilityWord, providerWords, pinned, model, null, null, priority, timeoutSeconds, maxAttempts,
        resubmitUnknown, webhook, null);
  }

  /** The same for whoever can. */
  public TaskRequest anywhere() {
    return new TaskRequest(capabilityWord, List.of(), false, null, input, providerOptions, priority, timeoutSeconds, maxAttempts, resubmitUnknown,
        webhook, metadata);
  }

  /**
   * What the client gives to one provider alone; null where that is not at hand any more.
   *
   * @param isFirst whether it is the first choice
   * @param sandbox whether the sandbox plays it
   */
  public JsonObject optionsFor(ProviderType provider, boolean isFirst, boolean sandbox) {
    return ProviderOptions.of(providerOptions, provider.word(), isFirst, sandbox);
  }

  /** Where to tell of an event of this type, or null where nobody asked. */
  String hookFor(String type) {
    return webhook != null && webhook.events().contains(type) ? webhook.url() : null;
  }

  /** About as many as {@link #toJson} and the metadata beside it take; what a client cannot make big is left out. */
  public long bytes() {
    return Weight.of(input) + Weight.of(providerOptions) + 2 * Weight.of(metadata);
  }

  /** As it is kept in {@code task_body}. */
  JsonObject toJson() {
    return JsonObject.mapFrom(this);
  }
}
