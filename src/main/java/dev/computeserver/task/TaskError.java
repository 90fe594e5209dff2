package dev.computeserver.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;

/**
 * Why an attempt or a task did not work, as clients see it.
 *
 * @param message for people: what is at fault and what to do next; never holds a secret
 * @param providerWord where it happened, or null
 * @param retryable whether the same may work later
 * @param httpStatus what the provider answered, or null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TaskError(
    @JsonProperty("code") String codeWord, String message, @JsonProperty("provider") String providerWord, boolean retryable,
    @JsonProperty("http_status") Integer httpStatus) {
  private static final int MAX_MESSAGE = 2_000;

  public TaskError {
    message = Storable.text(message, MAX_MESSAGE);
  }

  public TaskError(Code code, String message, ProviderType provider, boolean retryable, Integer httpStatus) {
    this(code.word(), message, provider == null ? null : provider.word(), retryable, httpStatus);
  }

  /** Throws {@link java.util.NoSuchElementException} where this version does not know it. */
  public Code code() {
    return Named.known(Code.class, codeWord);
  }

  public JsonObject toJson() {
    return JsonObject.mapFrom(this);
  }

  /** As it was stored, by whichever version; null stays null. */
  public static TaskError of(JsonObject json) {
    return json == null ? null : new TaskError(text(json, "code", Code.INTERNAL.word()), text(json, "message", ""), text(json, "provider", null),
        Boolean.TRUE.equals(json.getValue("retryable")), json.getValue("http_status") instanceof Integer status ? status : null);
  }

  private static String text(JsonObject json, String field, String otherwise) {
    return json.getValue(field) instanceof String text ? text : otherwise;
  }

  /** The contract's {@code error.code}. */
  public enum Code implements Named {
    INVALID_INPUT, CONTENT_REFUSED, PROVIDER_AUTH, PROVIDER_QUOTA, PROVIDER_RATE_LIMITED, PROVIDER_UNAVAILABLE,
    PROVIDER_FAILED, PROVIDER_TIMEOUT, SUBMISSION_UNKNOWN, OUTPUT_UNAVAILABLE, DEADLINE_EXCEEDED, ATTEMPTS_EXHAUSTED, INTERNAL
  }
}
