package dev.computeserver.provider;

import static dev.computeserver.provider.AccountWordsTest.PROCESSORS;
import static dev.computeserver.provider.TwoProviders.gate;
import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A job that was taken and then failed for its account's sake, or for now, waits as a refused submit does. */
@Timeout(120)
class RefusedJobsTest {
  private static final String LIMITED = "{\"id\":\"%s\",\"status\":\"failed\",\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Rate limit reached. Please try again in 0.2s.\"}}";
  private static final String EMPTY = "{\"id\":\"%s\",\"status\":\"failed\",\"error\":{\"code\":\"insufficient_quota\",\"message\":\"You exceeded your current quota\"}}";
  private static final String ANSWERED = "{\"id\":\"%s\",\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"hi\"}]}]}";
  private static final JsonObject TASK = new JsonObject().put("capability", "text_generation").put("provider", "openai")
      .put("input", new JsonObject().put("prompt", "fox"));

  private static Step looked(String provider, String job, String body) {
    return PROCESSORS.get(provider).check(new Job("id-1", new JsonObject(job))).reader().apply(Asking.reply(200, body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "openai|{}|{\"status\":\"failed\",\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"x\"}}|PROVIDER_RATE_LIMITED",
      "openai|{}|{\"status\":\"failed\",\"error\":{\"code\":\"organization_spend_limit_exceeded\",\"message\":\"x\"}}|PROVIDER_QUOTA",
      "openai|{}|{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"You exceeded your current quota, please check your plan\"}}|PROVIDER_QUOTA",
      "google|{}|{\"status\":\"failed\",\"errors\":[{\"code\":\"RESOURCE_EXHAUSTED\",\"message\":\"x\"}]}|PROVIDER_RATE_LIMITED",
      "google|{}|{\"status\":\"failed\",\"errors\":[{\"code\":\"QUOTA_EXCEEDED\",\"message\":\"x\"}]}|PROVIDER_QUOTA",
      "google|{}|{\"status\":\"failed\",\"errors\":[{\"code\":429,\"message\":\"x\"}]}|PROVIDER_RATE_LIMITED",
      "elevenlabs|{\"kind\":\"image\"}|{\"status\":\"failed\",\"failure_reason\":\"charging_failed\"}|PROVIDER_QUOTA",
      "elevenlabs|{\"kind\":\"image\"}|{\"status\":\"failed\",\"failure_reason\":\"rate_limit_exceeded\"}|PROVIDER_RATE_LIMITED",
      "elevenlabs|{\"kind\":\"image\"}|{\"status\":\"failed\",\"failure_reason\":\"dependency_failed\",\"error_message\":\"Too many concurrent requests\"}|PROVIDER_RATE_LIMITED",
      "luma|{\"attempt\":1,\"api\":\"agents\"}|{\"state\":\"failed\",\"failure_code\":\"rate_limited\"}|PROVIDER_RATE_LIMITED",
      "luma|{\"attempt\":1,\"api\":\"agents\"}|{\"state\":\"failed\",\"failure_code\":\"budget_exhausted\"}|PROVIDER_QUOTA",
      "luma|{\"attempt\":1}|{\"state\":\"failed\",\"failure_reason\":\"Insufficient credits\"}|PROVIDER_QUOTA",
      "luma|{\"attempt\":1}|{\"state\":\"failed\",\"failure_reason\":\"Too many concurrent generations\"}|PROVIDER_RATE_LIMITED",
      "runway|{}|{\"status\":\"FAILED\",\"failureCode\":\"INTERNAL\",\"failure\":\"You do not have enough credits\"}|PROVIDER_QUOTA",
      "runway|{}|{\"status\":\"FAILED\",\"failureCode\":\"THIRD_PARTY.UNAVAILABLE\",\"failure\":\"rate limited\",\"cost\":{\"credits\":0}}|PROVIDER_RATE_LIMITED",
      "flux|{\"poll\":\"/p\"}|{\"status\":\"Error\",\"details\":{\"error\":\"rate_limit_exceeded\"}}|PROVIDER_RATE_LIMITED",
      "flux|{\"poll\":\"/p\"}|{\"status\":\"Error\",\"details\":\"Insufficient credits\"}|PROVIDER_QUOTA",
      "replicate|{\"capability\":\"image_generation\"}|{\"status\":\"failed\",\"error\":\"Request was throttled. Your rate limit resets in ~30s.\"}|PROVIDER_RATE_LIMITED",
      "replicate|{\"capability\":\"image_generation\"}|{\"status\":\"failed\",\"error\":\"Insufficient credit\"}|PROVIDER_QUOTA",
      "hub|{\"backend\":\"together\",\"path\":\"/p\"}|{\"id\":\"1\",\"status\":\"failed\",\"error\":{\"message\":\"Rate limit exceeded\"}}|PROVIDER_RATE_LIMITED",
      "stability|{\"result\":\"/r\"}|{\"status\":\"failed\",\"errors\":[\"rate_limit_exceeded\"]}|PROVIDER_RATE_LIMITED"})
  void isToldByTheProvidersWordsAndNotCharged(String provider, String job, String body, Code code) {
    Step.Failed failed = (Step.Failed) looked(provider, job, body);
    assertEquals(code, failed.code(), failed::message);
    assertEquals(Charged.NO, failed.charged());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"rate_limit_error|x|PROVIDER_RATE_LIMITED", "billing_error|x|PROVIDER_QUOTA",
      "invalid_request_error|Your credit balance is too low to access the Anthropic API|PROVIDER_QUOTA", "invalid_request_error|max_tokens: too high|INVALID_INPUT"})
  void soIsAMessageInABatch(String type, String message, Code code) {
    JsonObject error = new JsonObject().put("type", "error").put("error", new JsonObject().put("type", type).put("message", message));
    String line = new JsonObject().put("custom_id", "m").put("result", new JsonObject().put("type", "errored").put("error", error)).encode();
    Step.Failed failed = (Step.Failed) AnthropicResult.ofBatch(Asking.reply(200, line), "m");
    assertEquals(code, failed.code());
    assertEquals(Charged.NO, failed.charged());
  }

  /** A model may tell of anybody's account; a text about limits is none; and what the provider charges has begun. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "replicate|{\"capability\":\"text_generation\"}|{\"status\":\"failed\",\"error\":\"openai: You exceeded your current quota\"}|PROVIDER_FAILED|UNKNOWN",
      "luma|{\"attempt\":1}|{\"state\":\"failed\",\"failure_reason\":\"the prompt 'rate limited' was not understood\"}|PROVIDER_FAILED|UNKNOWN",
      "runway|{}|{\"status\":\"FAILED\",\"failureCode\":\"INTERNAL\",\"failure\":\"rate limited\",\"cost\":{\"credits\":5}}|PROVIDER_RATE_LIMITED|YES",
      "openai|{}|{\"status\":\"failed\",\"error\":{\"code\":\"rate_limit_exceeded\"},\"usage\":{\"total_tokens\":9}}|PROVIDER_RATE_LIMITED|YES"})
  void orItStaysWhatItIs(String provider, String job, String body, Code code, Charged charged) {
    Step.Failed failed = (Step.Failed) looked(provider, job, body);
    assertEquals(code, failed.code(), failed::message);
    assertEquals(charged, failed.charged());
  }

  private static FakeProvider openai(Vertx vertx, Function<String, Behaviour> submits, Function<String, Behaviour> looks) {
    AtomicInteger ids = new AtomicInteger();
    return new FakeProvider(vertx, seen -> seen.method().equals("POST") ? submits.apply("resp_" + ids.incrementAndGet())
        : looks.apply(seen.path().substring(seen.path().lastIndexOf('/') + 1)));
  }

  private static TestNode node(FakeProvider fake, String pause) {
    return new TestNode(Map.of("OPENAI_API_KEY", "the-key", "COMPUTE_PROVIDERS_OPENAI_BASE_URL", fake.baseUrl(),
        "COMPUTE_TASKS_RETRY_FIRST_MS", pause, "COMPUTE_TASKS_RETRY_MAX_MS", pause, "COMPUTE_PROVIDERS_OPENAI_POLLING_FIRST_MS", "20",
        "COMPUTE_PROVIDERS_OPENAI_POLLING_MIN_MS", "20"));
  }

  private static Behaviour pending(String id) {
    return reply(200, "{\"id\":\"" + id + "\",\"status\":\"queued\"}");
  }

  /** More often than there are attempts. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRateLimitWaitsAtTheGateAndCostsNoAttempt(boolean atOnce) {
    Vertx vertx = Vertx.vertx();
    AtomicLong lastRefusal = new AtomicLong();
    AtomicInteger soonest = new AtomicInteger(Integer.MAX_VALUE);
    Function<String, Behaviour> state = id -> {
      boolean refused = Integer.parseInt(id.substring("resp_".length())) <= 6;
      if (refused) {
        lastRefusal.set(System.nanoTime());
      }
      return reply(200, (refused ? LIMITED : ANSWERED).formatted(id));
    };
    try (FakeProvider fake = openai(vertx, id -> {
      long last = lastRefusal.get();
      soonest.getAndUpdate(before -> last == 0 ? before : Math.min(before, (int) TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - last)));
      return atOnce ? state.apply(id) : pending(id);
    }, state); TestNode node = node(fake, "100")) {
      JsonObject task = node.run(TASK.copy());
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(1, task.getInteger("attempt"), task::encodePrettily);
      assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
      assertTrue(soonest.get() >= Duration.ofMillis(180).toMillis(), "it came again after " + soonest.get() + " ms, which is before the time that was named");
    } finally {
      TestStore.await(vertx.close());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anEmptyAccountShutsTheGate(boolean atOnce) {
    Vertx vertx = Vertx.vertx();
    Function<String, Behaviour> empty = id -> reply(200, EMPTY.formatted(id));
    try (FakeProvider fake = openai(vertx, atOnce ? empty : RefusedJobsTest::pending, empty); TestNode node = node(fake, "60000")) {
      JsonObject task = node.run(TASK.copy());
      assertEquals("provider_quota", task.getJsonObject("error").getString("code"), task::encodePrettily);
      assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"), task::encodePrettily);
      JsonObject gate = gate(node, "openai");
      assertEquals("shut", gate.getString("state"), gate::encode);
      assertEquals("provider_quota", gate.getString("code"));
      assertEquals("OPENAI_API_KEY", gate.getString("api_key_env"));
    } finally {
      TestStore.await(vertx.close());
    }
  }

  @Test
  void whatItMayNotUseHoldsUpNobodyElse() {
    assertTrue(OwnRefusal.is(new Step.Failed(Code.PROVIDER_AUTH, "your key has no access to the model", false, 200, Charged.NO), "m"));
    assertTrue(!OwnRefusal.is(new Step.Failed(Code.PROVIDER_QUOTA, "no credits for the model", false, 200, Charged.NO), "m"));
  }
}
