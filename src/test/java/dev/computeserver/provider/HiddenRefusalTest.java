package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static dev.computeserver.provider.TwoProviders.FAL;
import static dev.computeserver.provider.TwoProviders.gate;
import static dev.computeserver.provider.TwoProviders.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.TestNode;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A refusal with status 200 is one all the same: it is not charged, and what concerns the account waits for the account. */
@Timeout(120)
class HiddenRefusalTest {
  private static final Map<String, ProviderProcessor> PROCESSORS = Map.ofEntries(Map.entry("fal", new FalStandard()), Map.entry("replicate", new Replicate()),
      Map.entry("hub", new HuggingFace()), Map.entry("luma", new Luma()), Map.entry("flux", new BlackForestLabs()), Map.entry("runway", new Runway()),
      Map.entry("comfy", new Comfyui(ComfyWorkflows.read(null))), Map.entry("openai", new Openai()), Map.entry("google", new Google()),
      Map.entry("anthropic", new Anthropic()), Map.entry("stability", new Stability()), Map.entry("ideogram", new Ideogram()), Map.entry("elevenlabs", new ElevenLabs()));

  private static Optional<Reply> hidden(Reply reply) {
    return HiddenRefusal.in(reply, null);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "openai|{\"error\":{\"code\":\"insufficient_quota\",\"type\":\"insufficient_quota\",\"message\":\"x\"}}|PROVIDER_QUOTA",
      "openai|{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"x\"},\"data\":[]}|PROVIDER_RATE_LIMITED",
      "openai|{\"error\":{\"code\":\"invalid_api_key\",\"type\":\"invalid_request_error\"}}|PROVIDER_AUTH", "openai|{\"error\":{\"type\":\"invalid_request_error\",\"param\":\"size\"}}|INVALID_INPUT",
      "openai|{\"error\":{\"code\":\"moderation_blocked\"}}|CONTENT_REFUSED", "openai|{\"error\":{\"code\":\"server_is_overloaded\"}}|PROVIDER_UNAVAILABLE",
      "google|{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"x\"}}|PROVIDER_RATE_LIMITED", "google|[{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\"}}]|PROVIDER_RATE_LIMITED",
      "google|{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}|PROVIDER_UNAVAILABLE", "google|{\"error\":{\"code\":403,\"status\":\"PERMISSION_DENIED\"}}|PROVIDER_AUTH",
      "anthropic|{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"x\"},\"request_id\":\"req_1\"}|PROVIDER_RATE_LIMITED",
      "anthropic|{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}|PROVIDER_UNAVAILABLE", "anthropic|{\"error\":{\"type\":\"billing_error\"}}|PROVIDER_QUOTA",
      "anthropic|{\"error\":{\"type\":\"authentication_error\"}}|PROVIDER_AUTH",
      "stability|{\"id\":\"1\",\"name\":\"rate_limit_exceeded\",\"errors\":[\"x\"]}|PROVIDER_RATE_LIMITED", "stability|{\"id\":\"1\",\"name\":\"content_moderation\",\"errors\":[\"x\"]}|CONTENT_REFUSED",
      "stability|{\"id\":\"1\",\"name\":\"payment_required\",\"errors\":[\"x\"]}|PROVIDER_QUOTA",
      "replicate|{\"title\":\"Too many requests\",\"detail\":\"Request was throttled.\",\"status\":429}|PROVIDER_RATE_LIMITED", "replicate|{\"title\":\"Insufficient credit\",\"status\":402}|PROVIDER_QUOTA",
      "fal|{\"detail\":\"User is locked. Reason: Exhausted balance.\",\"status\":403}|PROVIDER_QUOTA", "hub|{\"error\":\"Rate limit reached. Please log in\"}|PROVIDER_RATE_LIMITED",
      "hub|{\"error\":{\"type\":\"service_unavailable\",\"message\":\"The engine is currently overloaded\"}}|PROVIDER_UNAVAILABLE", "flux|{\"error\":\"rate_limit_exceeded\",\"retry_after\":5}|PROVIDER_RATE_LIMITED",
      "runway|{\"error\":\"Too many requests\"}|PROVIDER_RATE_LIMITED", "luma|{\"detail\":\"Too many concurrent requests\"}|PROVIDER_RATE_LIMITED", "comfy|{\"error\":\"Unauthorized\"}|PROVIDER_AUTH",
      "ideogram|{\"error\":{\"code\":\"rate_limited\",\"message\":\"x\"}}|PROVIDER_RATE_LIMITED", "elevenlabs|{\"detail\":{\"status\":\"quota_exceeded\",\"message\":\"x\"}}|PROVIDER_QUOTA",
      "elevenlabs|{\"detail\":{\"code\":\"system_busy\"}}|PROVIDER_RATE_LIMITED",
      "openai|{\"error\":{\"message\":\"You exceeded your current quota\"}}|PROVIDER_QUOTA", "openai|{\"error\":{\"message\":\"Incorrect API key provided: sk-x\"}}|PROVIDER_AUTH",
      "openai|{\"error\":{\"message\":\"Rate limit reached\",\"type\":\"requests\"}}|PROVIDER_RATE_LIMITED", "runway|{\"error\":\"You do not have enough credits to run this task.\"}|PROVIDER_QUOTA",
      "fal|{\"detail\":\"Exhausted balance\"}|PROVIDER_QUOTA", "ideogram|{\"message\":\"Insufficient credits\"}|PROVIDER_QUOTA",
      "hub|{\"error\":\"Model a/b is currently loading\",\"estimated_time\":20.5}|PROVIDER_UNAVAILABLE", "google|{\"error\":{\"message\":\"API key expired\"}}|PROVIDER_AUTH",
      "hub|{\"Error\":\"Rate limit reached\"}|PROVIDER_RATE_LIMITED", "hub|{\"ERROR\":{\"Code\":\"Rate_Limit_Exceeded\"}}|PROVIDER_RATE_LIMITED",
      "runway|{\"status\":\"ERROR\",\"message\":\"Too many requests\"}|PROVIDER_RATE_LIMITED", "runway|{\"status\":\" Error \",\"statusCode\":429}|PROVIDER_RATE_LIMITED",
      "luma|{\"state\":{\"code\":429,\"message\":\"x\"}}|PROVIDER_RATE_LIMITED", "luma|{\"status\":[{\"code\":\"insufficient_credits\"}]}|PROVIDER_QUOTA",
      "flux|{\"errors\":[[{\"errorCode\":402}]]}|PROVIDER_QUOTA", "flux|[{\"Error\":{\"message\":\"Too many requests\"}},{\"Error\":{\"code\":429}}]|PROVIDER_RATE_LIMITED",
      "ideogram|{\"error\":[\"x\",\"Insufficient credits\"]}|PROVIDER_QUOTA", "comfy|{\"error\":{\"error\":{\"code\":\"rate_limited\"}}}|PROVIDER_RATE_LIMITED",
      "hub|{\"status\":\"err\",\"details\":{\"httpStatus\":\"401\"}}|PROVIDER_AUTH", "stability|{\"Name\":\"rate_limit_exceeded\"}|PROVIDER_RATE_LIMITED"})
  void isReadByTheProvidersOwnWords(String provider, String body, Code code) {
    Reply refusal = hidden(reply(200, body)).orElseThrow();
    Step.Failed failed = PROCESSORS.get(provider).refused(refusal);
    assertEquals(code, failed.code());
    assertTrue(PROCESSORS.get(provider).tookNothing(Exchange.get("/", read -> null), refusal), "it is sure that nothing was begun");
    assertEquals(code == Code.CONTENT_REFUSED && provider.equals("openai") ? Charged.UNKNOWN : Charged.NO, failed.charged());
    assertEquals(200, failed.httpStatus());
    assertTrue(failed.message().startsWith("the provider answered 200: "), failed.message());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "<html>", "{\"error\":null}", "{\"error\":\"tired\"}", "{\"error\":{\"message\":\"Something went wrong\"}}", "{\"detail\":\"odd\"}", "{\"code\":200}",
      "{\"error\":{\"code\":\"Expired\"}}", "{\"status\":\"failed\",\"error\":{\"code\":\"rate_limit_exceeded\"}}", "{\"error\":{\"message\":\"Stopped by moderation\"}}", "{\"state\":\"failed\",\"error\":\"rate limit\"}"})
  void whatIsNoRefusalStaysWhatItIs(String body) {
    assertEquals(Optional.empty(), hidden(reply(200, body)));
  }

  @Test
  void whatIsReadOtherwiseIsNone() {
    Reply reply = reply(200, "{\"error\":{\"code\":\"rate_limit_exceeded\"}}");
    assertEquals(Optional.empty(), HiddenRefusal.in(reply, new Step.NotFound()));
    Reply job = reply(200, "{\"id\":\"1\",\"status\":\"Error\",\"details\":{\"code\":\"invalid_request\"}}");
    Step failed = new BlackForestLabs().check(new Job("1", new JsonObject().put("poll", "/p"))).reader().apply(job);
    assertEquals(Optional.empty(), HiddenRefusal.in(job, failed), "a job's state");
    assertEquals(Optional.empty(), hidden(reply(500, "{\"error\":{\"code\":\"rate_limit_exceeded\"}}")), "another status has a meaning of its own");
  }

  @Test
  void waitsForTheAccountAndCostsNoAttempt() {
    AtomicInteger refusals = new AtomicInteger();
    try (TwoProviders providers = new TwoProviders(submit -> refusals.incrementAndGet() <= 3
        ? FakeProvider.reply(200, "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"slow down\"}}", "Retry-After", "0.1") : null);
        TestNode node = providers.node()) {
      JsonObject task = node.run(task("fox", FAL));
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(1, task.getInteger("attempt"), task::encodePrettily);
      assertEquals(4, providers.submits.all().size());
    }
  }

  @Test
  void shutsTheGateWhereTheAccountIsEmpty() {
    try (TwoProviders providers = new TwoProviders(submit -> FakeProvider.reply(200, "{\"error\":{\"code\":\"insufficient_quota\"},\"status\":402}"));
        TestNode node = providers.node("COMPUTE_TASKS_RETRY_FIRST_MS", "60000", "COMPUTE_TASKS_RETRY_MAX_MS", "60000")) {
      JsonObject task = node.run(task("fox", FAL));
      assertEquals("provider_quota", task.getJsonObject("error").getString("code"), task::encodePrettily);
      assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
      assertEquals("provider_quota", gate(node, FAL).getString("code"));
    }
  }
}
