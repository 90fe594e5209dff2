package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.task.TaskError.Code;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An empty account is told as one, whatever the status and wherever the words stand; a request that has such words in it is not. */
class AccountWordsTest {
  static final Map<String, ProviderProcessor> PROCESSORS = Map.ofEntries(Map.entry("fal", new FalStandard()), Map.entry("replicate", new Replicate()),
      Map.entry("hub", new HuggingFace()), Map.entry("luma", new Luma()), Map.entry("flux", new BlackForestLabs()), Map.entry("runway", new Runway()),
      Map.entry("comfy", new Comfyui(ComfyWorkflows.read(null))), Map.entry("openai", new Openai()), Map.entry("google", new Google()),
      Map.entry("anthropic", new Anthropic()), Map.entry("stability", new Stability()), Map.entry("ideogram", new Ideogram()), Map.entry("elevenlabs", new ElevenLabs()));

  static Stream<ProviderProcessor> all() {
    return PROCESSORS.values().stream();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "ideogram|400|{\"message\":\"Insufficient credits\"}", "runway|400|{\"error\":\"Insufficient credits\"}", "luma|400|{\"detail\":\"No more credits\"}",
      "hub|400|{\"error\":{\"message\":\"x\",\"code\":\"insufficient_quota\"}}", "flux|403|{\"detail\":\"Insufficient credits. Please add credits\"}",
      "fal|403|{\"detail\":\"Exhausted credits\"}", "hub|403|{\"detail\":\"User is locked. Reason: Exhausted balance.\"}",
      "replicate|403|{\"title\":\"Monthly spend limit reached\",\"detail\":\"You've reached your monthly spend limit.\"}",
      "elevenlabs|401|{\"detail\":{\"status\":\"payment_issue\",\"message\":\"Your subscription has a failed or incomplete payment.\"}}",
      "stability|429|{\"name\":\"insufficient_credits\",\"errors\":[\"x\"]}", "hub|429|{\"error\":\"You have exceeded your monthly included credits\"}",
      "flux|429|{\"detail\":\"Insufficient credits\"}", "openai|429|{\"error\":{\"message\":\"You exceeded your current quota, please check your plan and billing details.\"}}",
      "google|403|{\"error\":{\"code\":403,\"message\":\"This API method requires billing to be enabled.\",\"status\":\"PERMISSION_DENIED\"}}",
      "comfy|400|Payment Required: Please add credits to your account"})
  void areKnownUnderAnyStatus(String provider, int status, String body) {
    assertEquals(Code.PROVIDER_QUOTA, PROCESSORS.get(provider).refused(reply(status, body)).code());
    assertFalse(PROCESSORS.get(provider).refused(reply(status, body)).retryable());
  }

  @ParameterizedTest
  @MethodSource("all")
  void areKnownAtAllProviders(ProviderProcessor processor) {
    for (String words : List.of("Insufficient credits", "You do not have enough credits to run this task.", "Your credit balance is too low", "Out of credits", "You have no credits left")) {
      for (String body : List.of("{\"error\":\"%s\"}", "{\"detail\":\"%s\"}", "{\"message\":\"%s\"}", "{\"error\":{\"message\":\"%s\"}}", "%s")) {
        assertEquals(Code.PROVIDER_QUOTA, processor.refused(reply(403, body.formatted(words))).code(), () -> processor.providerType() + ": " + body.formatted(words));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"Insufficient credits is too short\",\"type\":\"value_error\"}]}",
      "{\"error\":{\"message\":\"out of credits: not allowed\",\"param\":\"prompt\",\"type\":\"invalid_request_error\"}}", "{\"error\":\"Bad prompt\",\"prompt\":\"insufficient credits\"}",
      "{\"message\":\"The prompt 'insufficient credits' is too short\"}", "{\"error\":\"The prompt \\\"a sign: no more credits\\\" is odd\"}",
      "{\"error\":\"no more credits\",\"issues\":[{\"path\":[\"promptText\"],\"message\":\"x\"}]}", "{\"detail\":\"no credits: x\",\"invalid_fields\":[{\"field\":\"input.prompt\"}]}"})
  void areNotThoseOfTheRequest(String body) {
    assertFalse(AccountWords.refuse(reply(400, body)));
  }

  @Test
  void areNotThoseOfALimitThatPasses() {
    String minute = "You exceeded your current quota of 5 requests per minute";
    assertEquals(Code.PROVIDER_RATE_LIMITED, new Openai().refused(reply(429, "{\"error\":{\"message\":\"" + minute + "\"}}")).code());
    String google = "{\"error\":{\"code\":429,\"message\":\"You exceeded your current quota, please check your plan and billing details.\",\"status\":\"RESOURCE_EXHAUSTED\"}}";
    assertEquals(Code.PROVIDER_RATE_LIMITED, new Google().refused(reply(429, google)).code());
    assertTrue(new Google().refused(reply(429, google)).retryable());
    assertEquals(Code.INVALID_INPUT, new Runway().refused(reply(404, "{\"error\":\"no credits\"}")).code(), "another status has a meaning of its own");
  }
}
