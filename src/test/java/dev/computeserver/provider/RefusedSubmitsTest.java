package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.task.TaskError.Code;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the providers of jobs say when they take nothing: whether it is sure that nothing was begun, what it means and how long it lasts. */
class RefusedSubmitsTest {
  private static final Map<String, ProviderProcessor> PROCESSORS = Map.of("fal", new FalStandard(), "replicate", new Replicate(), "hub", new HuggingFace(),
      "luma", new Luma(), "flux", new BlackForestLabs(), "runway", new Runway(), "comfy", new Comfyui(ComfyWorkflows.read(null)));

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "fal|429|{\"detail\":\"concurrent_requests_limit\"}|PROVIDER_RATE_LIMITED", "fal|403|{\"detail\":\"User is locked. Reason: Exhausted balance.\"}|PROVIDER_QUOTA",
      "fal|402|{\"detail\":\"x\"}|PROVIDER_QUOTA", "fal|401|{\"detail\":\"x\"}|PROVIDER_AUTH", "fal|403|{\"detail\":\"not yours\"}|PROVIDER_AUTH",
      "replicate|429|{\"detail\":\"Request was throttled. Your rate limit resets in ~30s.\"}|PROVIDER_RATE_LIMITED", "replicate|402|{\"title\":\"Insufficient credit\"}|PROVIDER_QUOTA",
      "replicate|401|{\"title\":\"Unauthenticated\"}|PROVIDER_AUTH", "replicate|403|{}|PROVIDER_AUTH",
      "hub|503|{\"error\":\"Model a/b is currently loading\",\"estimated_time\":20.5}|PROVIDER_UNAVAILABLE", "hub|503|{\"error\":\"x\",\"estimated_time\":\"20\"}|PROVIDER_UNAVAILABLE",
      "hub|503|{\"error\":{\"message\":\"The engine is currently overloaded, please try again later\",\"type\":\"service_unavailable\"}}|PROVIDER_UNAVAILABLE",
      "hub|529|{\"error\":{\"message\":\"Overloaded\"}}|PROVIDER_UNAVAILABLE", "hub|503|{\"error\":\"temporarily unavailable due to upstream capacity limits\"}|PROVIDER_UNAVAILABLE",
      "hub|429|{\"error\":\"Model is overloaded\",\"error_type\":\"overloaded\"}|PROVIDER_RATE_LIMITED", "hub|402|{\"error\":\"You have exceeded your monthly included credits\"}|PROVIDER_QUOTA",
      "luma|429|{\"detail\":\"Too many concurrent jobs\"}|PROVIDER_RATE_LIMITED", "luma|409|{\"detail\":\"busy\"}|PROVIDER_UNAVAILABLE",
      "luma|503|{\"detail\":\"Image ingestion is unavailable\"}|PROVIDER_UNAVAILABLE", "luma|400|{\"detail\":\"Insufficient credits\"}|PROVIDER_QUOTA", "luma|403|{\"detail\":\"Not enough credits\"}|PROVIDER_QUOTA",
      "flux|429|{\"detail\":\"Too many active tasks\"}|PROVIDER_RATE_LIMITED", "flux|402|{\"detail\":\"x\"}|PROVIDER_QUOTA", "flux|403|{\"detail\":\"Not authenticated\"}|PROVIDER_AUTH",
      "runway|503|{\"error\":\"The service is overloaded.\"}|PROVIDER_UNAVAILABLE", "runway|502|{\"error\":\"Busy\"}|PROVIDER_UNAVAILABLE",
      "runway|429|{\"error\":\"Daily limit\"}|PROVIDER_RATE_LIMITED", "runway|400|{\"error\":\"You do not have enough credits to run this task.\"}|PROVIDER_QUOTA",
      "comfy|401|proxy|PROVIDER_AUTH", "comfy|413|too large|INVALID_INPUT",
      "hub|503|{\"error\":\"Model too busy\"}|PROVIDER_UNAVAILABLE",
      "flux|503|{\"detail\":\"Service overloaded, try again\"}|PROVIDER_UNAVAILABLE", "luma|503|{\"detail\":\"overloaded\"}|PROVIDER_UNAVAILABLE",
      "luma|529|{\"detail\":\"No capacity left\"}|PROVIDER_UNAVAILABLE", "comfy|503|queue full|PROVIDER_UNAVAILABLE", "comfy|503|{\"error\":\"The queue is full\"}|PROVIDER_UNAVAILABLE",
      "flux|503|no healthy upstream|PROVIDER_UNAVAILABLE", "runway|503|<html>no healthy upstream</html>|PROVIDER_UNAVAILABLE",
      "replicate|503|upstream connect error or disconnect/reset before headers. reset reason: connection failure|PROVIDER_UNAVAILABLE",
      "fal|503|<html><h1>503 Service Unavailable</h1>No server is available to handle this request.</html>|PROVIDER_UNAVAILABLE",
      "replicate|521|<html>|PROVIDER_UNAVAILABLE", "luma|523|<html>|PROVIDER_UNAVAILABLE", "runway|525|<html>|PROVIDER_UNAVAILABLE", "fal|526||PROVIDER_UNAVAILABLE"})
  void knowsTheWordsForNothingWasBegun(String provider, int status, String body, Code code) {
    Reply said = reply(status, body == null ? "" : body);
    assertTrue(PROCESSORS.get(provider).tookNothing(said));
    assertEquals(code, PROCESSORS.get(provider).refused(said).code());
    boolean later = code == Code.PROVIDER_RATE_LIMITED || code == Code.PROVIDER_UNAVAILABLE;
    assertEquals(later, PROCESSORS.get(provider).refused(said).retryable());
  }

  /** Gateways say such things of requests that they have passed on, too. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "fal|500|{\"detail\":\"x\",\"error_type\":\"internal_error\"}", "fal|503|{\"detail\":\"No runner available\",\"error_type\":\"runner_scheduling_failure\"}",
      "replicate|503|{\"detail\":\"x\"}", "replicate|500|{}",
      "hub|503|{\"error\":\"Model too busy, unable to get response in less than 120 second(s)\"}", "hub|500|{\"error\":\"overloaded\"}", "hub|504|<html>", "luma|502|{\"detail\":\"Upstream service unavailable\"}", "luma|503|{\"detail\":\"Service Unavailable\"}",
      "flux|503|{\"detail\":\"Service Unavailable\"}", "runway|502|<html>", "runway|503|", "runway|504|{\"error\":\"Slow\"}", "runway|500|{\"error\":\"x\"}",
      "flux|503|{\"id\":\"b1\",\"detail\":\"overloaded\"}", "flux|503|<html>overloaded</html>", "flux|500|{\"detail\":\"overloaded\"}",
      "replicate|503|{\"detail\":\"The director is at capacity\"}", "runway|502|<html>no healthy upstream</html>",
      "luma|503|upstream connect error or disconnect/reset before headers. reset reason: connection termination", "comfy|500|Internal Server Error", "comfy|502|<html>", "fal|408|{}", "fal|520|<html>", "fal|522|<html>", "fal|524|<html>"})
  void elseItIsUnknown(String provider, int status, String body) {
    assertEquals(false, PROCESSORS.get(provider).tookNothing(reply(status, body == null ? "" : body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "replicate|{\"detail\":\"Request was throttled. Your rate limit resets in ~30s.\"}||30", "replicate|{\"detail\":\"x\",\"retry_after\":9}||9.0",
      "replicate|{\"retry_after\":9}|7|7", "flux|{\"error\":\"rate_limit_exceeded\",\"retry_after\":5}||5.0", "flux|{\"retry_after\":\"soon\"}||",
      "hub|{\"estimated_time\":20.5}||20.5", "hub|{\"estimated_time\":\"20\"}||20.0", "hub|{\"estimated_time\":-1}||", "hub|not JSON|3|3", "luma|{}|12|12", "runway|{}|9|9",
      "fal|{}|1|1", "comfy|{}||", "replicate|{\"detail\":\"Request was throttled. Expected available in 1 second.\"}||1", "fal|{\"detail\":\"x\",\"retry_after\":4}||4.0",
      "luma|{\"detail\":\"Too many requests, please wait 30 seconds\"}||30", "runway|{\"error\":\"Try again in 1m30s.\"}||90", "flux|{\"detail\":\"Retry after 250ms\"}|soon|0.25",
      "hub|{\"error\":\"Rate limit reached. Please try again in 20s\"}||20", "comfy|100 requests in 10 seconds are allowed||"})
  void readsThePauseThatIsAskedFor(String provider, String body, String header, String pause) {
    Reply said = header == null ? reply(429, body) : reply(429, body, "Retry-After", header);
    assertEquals(pause, PROCESSORS.get(provider).retryAfter(said));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"hub|RateLimit|\"api\";r=0;t=55|55", "replicate|ratelimit-reset|12|12", "luma|X-RateLimit-Reset|9|9",
      "hub|X-RateLimit-Reset|1796500000|", "hub|RateLimit|odd|", "runway|retry-after-ms|1500|1.5", "fal|X-RateLimit-Reset|1m|60"})
  void readsWhenALimitIsReset(String provider, String header, String value, String pause) {
    assertEquals(pause, PROCESSORS.get(provider).retryAfter(reply(429, "{}", header, value)));
    assertEquals(header.equals("retry-after-ms") ? pause : null, PROCESSORS.get(provider).retryAfter(reply(200, "{}", header, value)));
  }
}
