package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnthropicThroughSandboxTest {
  private static ThroughSandbox sandbox;

  @BeforeAll
  static void start() {
    sandbox = new ThroughSandbox("anthropic");
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "text_generation|{\"prompt\":\"one two three\",\"system\":\"be brief\",\"max_tokens\":99}|{}|3 words",
      "text_generation|{\"prompt\":\"one two three\",\"temperature\":0.5}|{}|3 words",
      "text_generation|{\"prompt\":\"one two three\",\"max_tokens\":20000}|{}|3 words",
      "text_generation|{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"},{\"role\":\"user\",\"content\":\"one two\"}]}|{\"batch\":true}|2 words",
      "image_understanding|{\"image_url\":\"IMAGE\",\"prompt\":\"how big?\"}|{}|64 pixels wide",
      "image_understanding|{\"image_url\":\"IMAGE\",\"prompt\":\"how big?\"}|{\"batch\":true}|64 pixels wide"})
  void makesATextForEachCapability(String capability, String input, String options, String part) {
    JsonObject in = new JsonObject(input.replace("IMAGE", ThroughSandbox.picture(64)));
    JsonObject ended = sandbox.node.run(sandbox.task(capability, null, in, new JsonObject(options)));
    assertEquals("completed", ended.getString("status"), ended::encodePrettily);
    assertTrue(ended.getJsonObject("result").getString("text").contains(part), ended::encodePrettily);
    assertEquals("end_turn", ended.getJsonObject("result").getString("finish_reason"));
  }

  @ParameterizedTest
  @CsvSource({"refused,false,content_refused", "submit_401,false,provider_auth",
      "submit_402,false,provider_quota", "submit_422,false,invalid_input", "submit_cut,false,submission_unknown",
      "refused,true,content_refused", "fails,true,provider_failed", "invalid,true,invalid_input"})
  void tellsWhatWentWrong(String fault, boolean batch, String code) {
    JsonObject options = new JsonObject().put("batch", batch).put("sandbox", new JsonObject().put("fault", fault));
    assertEquals(code, sandbox.failure(sandbox.task("text_generation", null, new JsonObject().put("prompt", "a fox"), options)));
  }

  @Test
  void anOverloadedProviderIsWaitedFor() {
    JsonObject options = new JsonObject().put("sandbox", new JsonObject().put("fault", "fails").put("times", 1));
    JsonObject ended = sandbox.node.run(sandbox.task("text_generation", null, new JsonObject().put("prompt", "a fox"), options));
    assertEquals("completed", ended.getString("status"), ended::encodePrettily);
    assertEquals(1, ended.getJsonArray("attempts").size());
  }

  @Test
  void aBatchWhoseAnswerWasLostIsFound() {
    JsonObject options = new JsonObject().put("batch", true).put("sandbox", new JsonObject().put("fault", "submit_cut"));
    try (ThroughSandbox alone = new ThroughSandbox("anthropic")) {
      JsonObject ended = alone.node.run(alone.task("text_generation", null, new JsonObject().put("prompt", "a lost fox"), options));
      assertEquals("completed", ended.getString("status"), ended::encodePrettily);
      assertEquals(1, ended.getJsonArray("attempts").size());
    }
  }

  @Test
  void theSandboxRefusesWhatAnthropicDoesNotKnow() {
    JsonObject odd = new JsonObject().put("odd_option", 1);
    assertEquals("invalid_input", sandbox.failure(sandbox.task("text_generation", null, new JsonObject().put("prompt", "a fox"), odd)));
  }
}
