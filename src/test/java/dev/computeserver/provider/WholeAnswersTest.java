package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.media.DataUri;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that should be the result, have come whole and are not. */
class WholeAnswersTest {
  private static final String PAGE = "<!DOCTYPE html>\n<html><body>Welcome</body></html>";
  private static final String PNG = "\u0089PNG\r\n\u001a\nfox";
  /** Holds both letters that are other ones in URLs. */
  private static final byte[] SIGNS = {(byte) 0xfb, (byte) 0xef, (byte) 0xbe, (byte) 0xff, (byte) 0xff, (byte) 0xfe};
  private static final String OF_URLS = Base64.getUrlEncoder().encodeToString(SIGNS);

  private static ProviderProcessor processor(String provider) {
    return ProcessorRegistry.ofAll().of(Named.of(ProviderType.class, provider).orElseThrow()).orElseThrow();
  }

  private static Exchange submit(String provider, String capability, String model, String input) {
    return processor(provider).submit(Asking.of(capability, model, input));
  }

  private static Reply reply(String type, String body) {
    return new Reply(200, MultiMap.caseInsensitiveMultiMap().add("Content-Type", type), Buffer.buffer(body.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static Step.Failed failed(Exchange submit, String body) {
    return assertInstanceOf(Step.Failed.class, submit.reader().apply(reply("application/json", body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"stability|image_generation|core|{\"prompt\":\"p\"}", "openai|image_generation|gpt-image-1|{\"prompt\":\"p\"}",
      "openai|text_embedding|e|{\"text\":\"p\"}", "openai|speech_synthesis|tts|{\"text\":\"p\"}", "google|image_generation|g|{\"prompt\":\"p\"}",
      "google|text_generation|g|{\"prompt\":\"p\"}", "google|text_embedding|g|{\"text\":\"p\"}", "huggingface|text_generation|a/b|{\"prompt\":\"p\"}",
      "anthropic|text_generation|claude|{\"prompt\":\"p\",\"max_tokens\":20}", "ideogram|image_generation|ideogram-v3|{\"prompt\":\"p\"}"})
  void aPageOrNothingIsAFailureAndNoDoubt(String provider, String capability, String model, String input) {
    for (String body : new String[] {PAGE, ""}) {
      for (String type : new String[] {"image/png", "text/html", "application/json"}) {
        Step step = submit(provider, capability, model, input).reader().apply(reply(type, body));
        assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, step).code(), type + body);
      }
    }
  }

  @Test
  void anotherKindOfFileToo() {
    assertEquals(Code.PROVIDER_FAILED, failed(submit("huggingface", "text_generation", "a/b", "{\"prompt\":\"p\"}"), PNG).code());
  }

  @Test
  void aDocumentThatBreaksOffStaysInDoubt() {
    Exchange submit = submit("openai", "image_generation", "gpt-image-1", "{\"prompt\":\"p\"}");
    assertThrows(RuntimeException.class, () -> submit.reader().apply(reply("application/json", "{\"data\":[{\"b64_json\":\"iVBO")));
  }

  @Test
  void aPictureIsNoText() {
    Step.Failed failed = failed(submit("google", "text_generation", "g", "{\"prompt\":\"p\"}"),
        "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"iVBORw0KGgo=\"}}]},\"finishReason\":\"STOP\"}]}");
    assertEquals(Code.PROVIDER_FAILED, failed.code());
    assertEquals(Charged.YES, failed.charged());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "google|{\"prompt\":\"p\",\"max_tokens\":20}|INVALID_INPUT|{\"candidates\":[{\"content\":{},\"finishReason\":\"MAX_TOKENS\"}]}",
      "google|{\"prompt\":\"p\"}|PROVIDER_FAILED|{\"candidates\":[{\"content\":{},\"finishReason\":\"MAX_TOKENS\"}]}",
      "huggingface|{\"prompt\":\"p\",\"max_tokens\":20}|INVALID_INPUT|{\"choices\":[{\"message\":{\"content\":\"\"},\"finish_reason\":\"length\"}]}",
      "huggingface|{\"prompt\":\"p\"}|PROVIDER_FAILED|{\"choices\":[{\"message\":{\"content\":\"\"},\"finish_reason\":\"length\"}]}"})
  void aLengthThatNobodyChoseIsNotTheClientsFault(String provider, String input, Code code, String body) {
    Step.Failed failed = failed(submit(provider, "text_generation", "a/b", input), body);
    assertEquals(code, failed.code());
    assertTrue(failed.message().contains("input.max_tokens"), failed.message());
    assertEquals(Charged.YES, failed.charged());
  }

  @ParameterizedTest
  @ValueSource(ints = {405, 501})
  void aMethodThatTheProviderHasNotIsNotTheClientsFault(int status) {
    for (ProviderProcessor processor : ProcessorRegistry.ofAll().all()) {
      Reply reply = new Reply(status, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer("{\"detail\":\"Method Not Allowed\"}"));
      assertTrue(processor.tookNothing(reply), processor.providerType().word());
      Step.Failed refused = processor.refused(reply);
      assertEquals(Code.PROVIDER_FAILED, refused.code(), processor.providerType().word());
      assertFalse(refused.retryable(), processor.providerType().word());
    }
  }

  @Test
  void base64OfUrlsIsRead() {
    Step.Done done = assertInstanceOf(Step.Done.class, submit("openai", "image_generation", "gpt-image-1", "{\"prompt\":\"p\"}").reader()
        .apply(reply("application/json", new JsonObject("{\"data\":[{\"b64_json\":\"" + OF_URLS + "\"}]}").encode())));
    assertArrayEquals(SIGNS, done.media().get(0).content().getBytes());
    assertArrayEquals(SIGNS, Media.from("data:image/png;base64," + OF_URLS, null).content().getBytes());
    DataUri input = DataUri.of("data:image/png;base64," + OF_URLS);
    assertArrayEquals(SIGNS, input.bytes());
    assertArrayEquals(SIGNS, input.head(6));
    assertEquals("data:image/png;base64," + Base64.getEncoder().encodeToString(SIGNS), input.as("image/png"), "as each provider reads it");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"replicate|a/b|{\"id\":\"j1\",\"status\":\"starting\"}", "black_forest_labs|flux-2-pro|{\"id\":\"j1\"}",
      "fal_standard|fal-ai/flux/dev|{\"request_id\":\"j1\",\"detail\":\"x\"}", "luma|photon-1|{\"id\":\"j1\"}"})
  void aFailedReplyThatNamesItsJobIsNoDoubt(String provider, String model, String body) {
    Exchange submit = submit(provider, "image_generation", model, "{\"prompt\":\"a fox\"}");
    Step named = NamedJob.in(submit, new Reply(502, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer(body))).orElseThrow();
    assertEquals("j1", assertInstanceOf(Step.Waiting.class, named).job().externalId());
    for (String other : new String[] {PAGE, "", "{}", "{\"detail\":\"x\"}"}) {
      assertTrue(NamedJob.in(submit, new Reply(502, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer(other))).isEmpty(), other);
    }
  }
}
