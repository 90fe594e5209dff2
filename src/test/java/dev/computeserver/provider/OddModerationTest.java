package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider refuses or withholds for its content is known by its words in any case and spelling, and by nothing else. */
class OddModerationTest {
  private static final String PICTURE = "{\"image\":\"eHl6\",\"%s\":\"%s\"}";

  private static String told(ProviderProcessor processor, String capability, String model, Reply reply) {
    return Told.by(processor.submit(Asking.of(capability, model, "{\"prompt\":\"p\"}")), reply);
  }

  @ParameterizedTest
  @ValueSource(strings = {"content_filtered", "Content-Filtered", "CONTENT FILTERED", "CONTENT_FILTERED"})
  void stabilityBlurs(String reason) {
    assertEquals("content_refused unknown", told(new Stability(), "image_generation", "core", reply(200, "a file", "Content-Type", "image/png", "finish-reason", reason)));
    assertEquals("content_refused unknown", told(new Stability(), "image_generation", "core", reply(200, PICTURE.formatted("finish_reason", reason), "Content-Type", "application/json")));
    assertEquals("content_refused unknown", told(new Stability(), "image_generation", "core", reply(200, PICTURE.formatted("finishReason", reason), "Content-Type", "application/json")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"Content_Moderation", "content moderation", "PUBLIC_FIGURE"})
  void stabilityRefuses(String name) {
    assertEquals(Code.CONTENT_REFUSED, new Stability().refused(reply(403, new JsonObject().put("name", name).encode())).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Moderated", "CONTENT_POLICY_VIOLATION", "bad prompt"})
  void elevenlabsRefuses(String word) {
    assertEquals(Code.CONTENT_REFUSED, new ElevenLabs().refused(reply(400, "{\"detail\":{\"status\":\"" + word + "\"}}")).code());
    assertEquals("content_refused no", Told.by(new ElevenLabs().check(new Job("1", new JsonObject().put("kind", "video"))),
        reply(200, "{\"status\":\"failed\",\"failure_reason\":\"" + word + "\"}")));
  }

  @ParameterizedTest
  @CsvSource({"false, content_refused yes", "False, content_refused yes", "true, done [link]"})
  void ideogramWithholds(String safe, String wanted) {
    String body = "{\"data\":[{\"url\":\"https://f/0\",\"is_image_safe\":\"" + safe + "\"}]}";
    assertEquals(wanted, told(new Ideogram(), "image_generation", "ideogram-v3", reply(200, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"\"content_policy_violation\"", "[\"content_policy_violation\"]", "[{\"type\":\"Content_Policy_Violation\"}]",
      "\"Content policy violation: the prompt was flagged\"", "[{\"type\":\"NO_MEDIA_GENERATED\",\"msg\":\"none\"}]"})
  void falRefuses(String detail) {
    for (int status : new int[] {400, 403, 422, 500}) {
      Reply refusal = reply(status, "{\"detail\":" + detail + "}");
      assertEquals(Code.CONTENT_REFUSED, new FalStandard().refused(refusal).code(), "status " + status);
      assertEquals(true, new FalStandard().endsJob(refusal), "status " + status);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"[\"true\"]|content_refused yes", "\"True\"|content_refused yes", "[\"false\"]|done [link]"})
  void falBlackens(String concepts, String wanted) {
    Exchange result = Exchange.get("/", reply -> FalResult.of(reply, true));
    assertEquals(wanted, Told.by(result, reply(200, "{\"images\":[{\"url\":\"https://f/0\"}],\"has_nsfw_concepts\":" + concepts + "}")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"\"\"|done {\"text\":\"hi\",\"finish_reason\":\"stop\"}", "\" \"|done {\"text\":\"hi\",\"finish_reason\":\"stop\"}",
      "null|done {\"text\":\"hi\",\"finish_reason\":\"stop\"}", "\"no\"|content_refused unknown"})
  void onlyARefusalWithWordsIsOne(String refusal, String wanted) {
    String body = "{\"choices\":[{\"message\":{\"content\":\"hi\",\"refusal\":" + refusal + "}}]}";
    assertEquals(wanted, told(new HuggingFace(), "text_generation", "a/b", reply(200, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"\"\"|done {\"text\":\"hi\"}", "\" \"|done {\"text\":\"hi\"}", "\"no\"|content_refused yes"})
  void inAResponseToo(String refusal, String wanted) {
    String body = "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"text\":\"hi\",\"refusal\":" + refusal + "}]}]}";
    assertEquals(wanted, Told.by(new Openai().check(new Job("1", new JsonObject())), reply(200, body)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content_Filter", "CONTENT-FILTER"})
  void aFilterIsKnownByItsWord(String reason) {
    assertEquals("content_refused unknown", told(new HuggingFace(), "text_generation", "a/b",
        reply(200, "{\"choices\":[{\"message\":{\"content\":\"h\"},\"finish_reason\":\"" + reason + "\"}]}")));
    assertEquals("content_refused yes", Told.by(new Openai().check(new Job("1", new JsonObject())),
        reply(200, "{\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"" + reason + "\"}}")));
  }

  @ParameterizedTest
  @CsvSource({"Moderation_Blocked", "CONTENT_POLICY_VIOLATION"})
  void openaiRefuses(String code) {
    Step.Failed refused = new Openai().refused(reply(400, "{\"error\":{\"code\":\"" + code + "\"}}"));
    assertEquals(Code.CONTENT_REFUSED, refused.code());
    assertEquals(Charged.UNKNOWN, refused.charged());
  }

  @ParameterizedTest
  @CsvSource({"safety.input.text", "Safety.Output.Image"})
  void runwayRefuses(String code) {
    assertEquals("content_refused yes", Told.by(new Runway().check(new Job("1", new JsonObject())), reply(200, "{\"status\":\"FAILED\",\"failureCode\":\"" + code + "\"}")));
  }
}
