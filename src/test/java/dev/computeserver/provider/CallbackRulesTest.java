package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.callback.Ed25519Lines;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Secret;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What processors read from callbacks, and whether they asked for them. */
class CallbackRulesTest {
  private static final String URL = "https://us/v1/provider-callbacks/p/t/1-abcDEF_-";

  private static CallbackRules callbacks(String provider) {
    return ProcessorRegistry.ofAll().of(Named.of(ProviderType.class, provider).orElseThrow()).flatMap(ProviderProcessor::callbacks).orElseThrow();
  }

  private static CallbackRules.OfAttempt rules(String provider) {
    return (CallbackRules.OfAttempt) callbacks(provider);
  }

  private static Job job(String provider, String capability, String model, String body, String... headers) {
    return rules(provider).about().job(Named.of(ProviderCapability.class, capability).orElseThrow(), model, Asking.reply(200, body, headers));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "fal_standard|image_generation|fal-ai/flux/dev|{\"request_id\":\"r1\",\"gateway_request_id\":\"r2\"}|r1|{\"status\":\"/fal-ai/flux/requests/r1/status\","
          + "\"response\":\"/fal-ai/flux/requests/r1\",\"cancel\":\"/fal-ai/flux/requests/r1/cancel\",\"gives\":\"file\"}",
      "fal_standard|image_generation|workflows/me/app/x|{\"request_id\":\"r1\"}|r1|{\"status\":\"/workflows/me/app/requests/r1/status\","
          + "\"response\":\"/workflows/me/app/requests/r1\",\"cancel\":\"/workflows/me/app/requests/r1/cancel\",\"gives\":\"file\"}",
      "black_forest_labs|image_generation|flux-2-pro|{\"id\":\"b1\",\"status\":\"Ready\"}|b1|{\"poll\":\"/v1/get_result?id=b1\"}",
      "black_forest_labs|image_generation|flux-2-pro|{\"task_id\":\"b1\",\"status\":\"SUCCESS\"}|b1|{\"poll\":\"/v1/get_result?id=b1\"}",
      "google|video_generation|omni|{\"type\":\"interaction.completed\",\"data\":{\"id\":\"v1_Ch\"}}|v1_Ch|{\"capability\":\"video_generation\"}"})
  void tellWhatTheNextLookNeeds(String provider, String capability, String model, String body, String id, String data) {
    assertEquals(new Job(id, new JsonObject(data)), job(provider, capability, model, body));
  }

  @ParameterizedTest
  @CsvSource({"generation_id", "request_id"})
  void ofIdeogramMustNameTheSameJobInHeaderAndBody(String field) {
    String body = new JsonObject().put(field, "g1").encode();
    assertEquals("g1", job("ideogram", "image_generation", "ideogram-v4", body, "X-Ideogram-Webhook-Generation-Id", "g1").externalId());
    assertThrows(MissingField.class, () -> job("ideogram", "image_generation", "ideogram-v4", body, "X-Ideogram-Webhook-Generation-Id", "g2"));
    assertThrows(MissingField.class, () -> job("ideogram", "image_generation", "ideogram-v4", body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "openai|{\"type\":\"response.completed\",\"data\":{\"id\":\"resp_1\"}}|resp_1",
      "elevenlabs|{\"type\":\"flows_generation\",\"data\":{\"id\":\"f1\",\"status\":\"completed\"}}|f1"})
  void atTheAccountsAddressTellTheJob(String provider, String body, String id) {
    CallbackRules.OfAccount rules = (CallbackRules.OfAccount) callbacks(provider);
    assertEquals(id, rules.job().apply(Asking.reply(200, body)));
    assertThrows(MissingField.class, () -> rules.job().apply(Asking.reply(200, "{\"data\":{\"request_id\":\"x\"}}")));
  }

  @Test
  void areCheckedWithTheKeysOfTheProvidersOwnHost() {
    assertEquals("rest:/.well-known/jwks.json", ((Ed25519Lines) rules("fal_standard").scheme().orElseThrow()).source().target());
    assertEquals("https://rest.fal.ai", new FalStandard().otherHosts("https://queue.fal.run").get("rest"));
    assertEquals(Map.of(), new FalStandard().otherHosts("http://127.0.0.1:1/fal_standard"), "the sandbox has its own keys");
  }

  @ParameterizedTest
  @CsvSource({"comfyui", "stability", "anthropic", "huggingface"})
  void areNotDeclaredWhereTheProviderMakesNone(String provider) {
    ProviderType type = Named.of(ProviderType.class, provider).orElseThrow();
    assertEquals(Optional.empty(), ProcessorRegistry.ofAll().of(type).orElseThrow().callbacks());
  }

  @Test
  void haveASecretOfOursWhereTheProviderTakesOne() {
    Submission plain = Asking.of("image_generation", "flux-2-pro", "{\"prompt\":\"p\"}");
    Submission task = new Submission(plain.taskId(), 1, plain.capability(), plain.model(), plain.input(), plain.options(), URL,
        Secret.of("ours"), Map.of());
    assertEquals("ours", new BlackForestLabs().submit(task).body().toJsonObject().getString("webhook_secret"));
    assertFalse(new BlackForestLabs().submit(plain).body().toJsonObject().containsKey("webhook_secret"));
    assertFalse(task.toString().contains("ours"));
  }

  private static boolean callsBack(Exchange exchange, String url) {
    return Documents.callsBack(Documents.intent(exchange, url, Instant.now()));
  }

  @Test
  void areExpectedWhereTheRequestCarriesTheirUrl() {
    assertTrue(callsBack(Exchange.post("/m?hook=" + URLEncoder.encode(URL, StandardCharsets.UTF_8), new JsonObject(), reply -> null), URL));
    assertTrue(callsBack(Exchange.post("/m", new JsonObject().put("text", "1-abc").put("hook", URL), reply -> null), URL));
    assertFalse(callsBack(Exchange.post("/m", new JsonObject().put("text", "1-abcDEF_"), reply -> null), URL));
    assertFalse(callsBack(Exchange.post("/m", reply -> null), URL));
    assertFalse(callsBack(Exchange.post("/m", new JsonObject().put("hook", URL), reply -> null), null));
    assertFalse(Documents.callsBack(null));
  }
}
