package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoogleTest {
  private static final String TURN = "{\"contents\":[{\"role\":\"user\",\"parts\":[";
  private static final String DATA = "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"cG5n\"}}";

  private final Google google = new Google();

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "text_generation|{\"prompt\":\"p\",\"max_tokens\":5,\"temperature\":0.5}|:generateContent|" + TURN + "{\"text\":\"p\"}]}],\"generationConfig\":{\"maxOutputTokens\":5,\"temperature\":0.5}}",
      "image_understanding|{\"prompt\":\"p\",\"image_url\":\"FILE\"}|:generateContent|" + TURN + DATA + ",{\"text\":\"p\"}]}]}",
      "image_generation|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\",\"seed\":3}|:generateContent|" + TURN + "{\"text\":\"p\"}]}],\"generationConfig\":{\"responseModalities\":[\"TEXT\",\"IMAGE\"],\"imageConfig\":{\"aspectRatio\":\"16:9\"},\"seed\":3}}",
      "image_generation|{\"prompt\":\"p\",\"width\":2048,\"height\":1152,\"seed\":4294967295}|:generateContent|" + TURN + "{\"text\":\"p\"}]}],\"generationConfig\":{\"responseModalities\":[\"TEXT\",\"IMAGE\"],\"imageConfig\":{\"aspectRatio\":\"16:9\",\"imageSize\":\"2K\"},\"seed\":2147483647}}",
      "image_editing|{\"prompt\":\"p\",\"image_url\":\"FILE\"}|:generateContent|" + TURN + DATA + ",{\"text\":\"p\"}]}],\"generationConfig\":{\"responseModalities\":[\"TEXT\",\"IMAGE\"]}}",
      "speech_synthesis|{\"text\":\"t\",\"language\":\"en-US\"}|:generateContent|" + TURN + "{\"text\":\"t\"}]}],\"generationConfig\":{\"responseModalities\":[\"AUDIO\"],\"speechConfig\":{\"voiceConfig\":{\"prebuiltVoiceConfig\":{\"voiceName\":\"Kore\"}},\"languageCode\":\"en-US\"}}}",
      "text_embedding|{\"text\":\"t\",\"dimensions\":64}|:embedContent|{\"content\":{\"parts\":[{\"text\":\"t\"}]},\"embedContentConfig\":{\"outputDimensionality\":64}}",
      "text_embedding|{\"texts\":[\"t\"]}|:batchEmbedContents|{\"requests\":[{\"content\":{\"parts\":[{\"text\":\"t\"}]},\"model\":\"models/m\"}]}"})
  void asksForContentInCamelCase(String capability, String input, String verb, String body) {
    Exchange exchange = google.submit(Asking.of(capability, "m", input));
    assertEquals("/v1beta/models/m" + verb, exchange.target());
    assertEquals(new JsonObject(body), exchange.body().toJsonObject());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_to_video|{\"prompt\":\"p\",\"image_url\":\"FILE\",\"duration_seconds\":5}|{\"model\":\"m\",\"background\":true,\"input\":[{\"type\":\"image\",\"data\":\"cG5n\",\"mime_type\":\"image/png\"},{\"type\":\"text\",\"text\":\"<FIRST_FRAME> p\"}],\"response_format\":{\"type\":\"video\",\"duration\":\"5s\",\"delivery\":\"uri\"},\"generation_config\":{\"video_config\":{\"task\":\"image_to_video\"}}}",
      "music_generation|{\"prompt\":\"p\",\"instrumental\":true}|{\"model\":\"m\",\"background\":true,\"input\":[{\"type\":\"text\",\"text\":\"p\\nInstrumental only, no vocals.\"}],\"response_format\":{\"type\":\"audio\",\"mime_type\":\"audio/mp3\"}}",
      "speech_recognition|{\"audio_url\":\"FILE\",\"language\":\"en-US\",\"timestamps\":false}|{\"model\":\"m\",\"background\":true,\"input\":[{\"type\":\"audio\",\"data\":\"d2F2\",\"mime_type\":\"audio/wav\"}],\"generation_config\":{\"transcription_config\":{\"mode\":\"verbatim\",\"language_codes\":[\"en-US\"]}}}"})
  void interactsInTheBackground(String capability, String input, String body) {
    Exchange exchange = google.submit(Asking.of(capability, "m", input));
    assertEquals("/v1beta/interactions", exchange.target());
    assertEquals(new JsonObject(body), exchange.body().toJsonObject());
  }

  @Test
  void asksForACallbackThatNamesTheTaskAndMergesOptionsDeep() {
    Submission plain = Asking.of("video_generation", "m", "{\"prompt\":\"p\"}", "{\"generation_config\":{\"seed\":1}}");
    Submission task = new Submission(plain.taskId(), 1, plain.capability(), "m", plain.input(), plain.options(), "https://us/cb", Map.of());
    JsonObject body = google.submit(task).body().toJsonObject();
    assertEquals(new JsonArray().add("https://us/cb"), body.getJsonObject("webhook_config").getJsonArray("uris"));
    assertEquals(task.taskId().toString(), body.getJsonObject("webhook_config").getJsonObject("user_metadata").getString("task_id"));
    assertEquals("text_to_video", body.getJsonObject("generation_config").getJsonObject("video_config").getString("task"));
    assertEquals(1, body.getJsonObject("generation_config").getInteger("seed"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "video_generation|{\"prompt\":\"p\",\"duration_seconds\":2}|input.duration_seconds",
      "video_generation|{\"prompt\":\"p\",\"duration_seconds\":4.5}|input.duration_seconds",
      "video_generation|{\"prompt\":\"p\",\"seed\":7}|input.seed",
      "video_generation|{\"prompt\":\"p\",\"aspect_ratio\":\"1:1\"}|input.aspect_ratio must be one of 16:9, 9:16",
      "music_generation|{\"prompt\":\"p\",\"duration_seconds\":20}|input.duration_seconds",
      "speech_synthesis|{\"text\":\"p\",\"output_format\":\"mp3\"}|input.output_format",
      "image_generation|{\"prompt\":\"p\",\"num_outputs\":3}|input.num_outputs",
      "image_editing|{\"prompt\":\"p\",\"image_url\":\"FILE\",\"strength\":0.5}|input.strength"})
  void refusesBeforeItIsPaidWhatCannotBeDone(String capability, String input, String field) {
    InvalidInput refused = assertThrows(InvalidInput.class, () -> google.submit(Asking.of(capability, "m", input)));
    assertTrue(refused.getMessage().startsWith(field), refused.getMessage());
    assertEquals("/" + field.split(" ")[0].replace('.', '/'), refused.pointer());
  }

  @Test
  void givesBareSamplesAWavHeader() {
    Exchange exchange = google.submit(Asking.of("speech_synthesis", "m", "{\"text\":\"t\"}"));
    Media media = assertInstanceOf(Step.Done.class, exchange.reader().apply(reply(200, "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"parts\":[{\"inlineData\":"
        + "{\"mimeType\":\"audio/L16;codec=pcm;rate=16000\",\"data\":\"AAAAAA==\"}}]}}]}"))).media().get(0);
    assertEquals("audio/wav", media.contentType());
    assertEquals(48, media.content().length());
    assertEquals(16_000, media.content().getIntLE(24));
    assertEquals(4, media.content().getIntLE(40));
  }

  @Test
  void readsVideosInlineOrByLink() {
    Job job = new Job("v1", new JsonObject().put("capability", "video_generation"));
    String reply = "{\"id\":\"v1\",\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"video\",\"mime_type\":\"video/mp4\",%s}]}]}";
    Step inline = google.check(job).reader().apply(reply(200, reply.formatted("\"data\":\"bXA0\"")));
    assertEquals("mp4", assertInstanceOf(Step.Done.class, inline).media().get(0).content().toString());
    Step linked = google.check(job).reader().apply(reply(200, reply.formatted("\"uri\":\"https://g/v1beta/files/abc:download?alt=media\"")));
    Exchange file = assertInstanceOf(Step.Then.class, linked).exchange();
    assertEquals("/v1beta/files/abc", file.target());
    assertInstanceOf(Step.Waiting.class, file.reader().apply(reply(200, "{\"state\":\"PROCESSING\"}")));
    Media media = assertInstanceOf(Step.Done.class, file.reader().apply(reply(200, "{\"state\":\"ACTIVE\"}"))).media().get(0);
    assertTrue(media.authorized());
    assertEquals("https://g/v1beta/files/abc:download?alt=media", media.url());
  }

  private Step content(String capability, String body) {
    return google.submit(Asking.of(capability, "m", "{\"prompt\":\"p\"}")).reader().apply(reply(200, body));
  }

  @Test
  void anAnswerWithoutWordsIsNoText() {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, content("text_generation", "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"role\":\"model\"}}]}"));
    assertEquals(Code.PROVIDER_FAILED, failed.code());
    assertInstanceOf(Step.Failed.class, content("text_generation", "{\"candidates\":[{}]}"));
    Step.Failed cut = assertInstanceOf(Step.Failed.class, content("text_generation", "{\"candidates\":[{\"finishReason\":\"MAX_TOKENS\"}]}"));
    assertEquals(Code.PROVIDER_FAILED, cut.code());
    assertTrue(cut.message().contains("input.max_tokens"), cut.message());
    assertEquals("STOP", assertInstanceOf(Step.Done.class, content("text_generation", "{\"candidates\":[{\"finishReason\":null,\"content\":{\"parts\":"
        + "[{\"text\":\"hi\"}]}}]}")).result().getString("finish_reason"));
  }

  @Test
  void nobodyKnowsWhetherARefusedPromptIsCharged() {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, content("image_generation", "{\"candidates\":null,\"promptFeedback\":{\"blockReason\":\"OTHER\"}}"));
    assertEquals(Code.CONTENT_REFUSED, failed.code());
    assertEquals(Charged.UNKNOWN, failed.charged());
  }

  @ParameterizedTest
  @CsvSource({"NO_IMAGE,1,true", "NO_IMAGE,2,false", "IMAGE_OTHER,1,true", "MALFORMED_RESPONSE,1,true", "MALFORMED_RESPONSE,2,false", "OTHER,1,false",
      "ESCALATION,1,false"})
  void triesOnceMoreWhatMayEndOtherwise(String reason, int attempt, boolean retryable) {
    Submission task = new Submission(UUID.randomUUID(), attempt, ProviderCapability.IMAGE_GENERATION, "m", new JsonObject("{\"prompt\":\"p\"}"),
        new JsonObject(), null, Map.of());
    Step.Failed failed = assertInstanceOf(Step.Failed.class, google.submit(task).reader().apply(reply(200,
        "{\"candidates\":[{\"finishReason\":\"" + reason + "\"}]}")));
    assertEquals(Code.PROVIDER_FAILED, failed.code());
    assertEquals(retryable, failed.retryable());
  }

  @Test
  void wantsAVectorForEachText() {
    Exchange exchange = google.submit(Asking.of("text_embedding", "m", "{\"texts\":[\"a\",\"b\"]}"));
    assertInstanceOf(Step.Done.class, exchange.reader().apply(reply(200, "{\"embeddings\":[{\"values\":[1]},{\"values\":[2]}]}")));
    assertEquals("provider_failed yes", Told.by(exchange, reply(200, "{\"embeddings\":[{\"values\":[1]}]}")));
    assertEquals("provider_failed yes", Told.by(exchange, reply(200, "{\"embeddings\":[{\"values\":[1]},{\"values\":null}]}")));
  }

  @Test
  void putsOptionsIntoEachRequestOfManyTexts() {
    Exchange exchange = google.submit(Asking.of("text_embedding", "m", "{\"texts\":[\"a\",\"b\"],\"dimensions\":64}",
        "{\"embedContentConfig\":{\"taskType\":\"CLUSTERING\"},\"sandbox\":{\"fault\":\"fails\"}}"));
    String config = "\"model\":\"models/m\",\"embedContentConfig\":{\"outputDimensionality\":64,\"taskType\":\"CLUSTERING\"}}";
    assertEquals(new JsonObject("{\"requests\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}," + config + ",{\"content\":{\"parts\":[{\"text\":\"b\"}]},"
        + config + "],\"sandbox\":{\"fault\":\"fails\"}}"), exchange.body().toJsonObject());
  }

  private Step look(String capability, String body) {
    return google.check(new Job("v1", new JsonObject().put("capability", capability))).reader().apply(reply(200, body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"status\":\"failed\",\"errors\":null,\"steps\":[{\"type\":\"model_output\",\"error\":{\"code\":\"content_blocked\",\"message\":\"no\"}}]}|CONTENT_REFUSED|false|no",
      "{\"status\":\"failed\",\"errors\":[{\"code\":\"internal\",\"message\":\"oops\"}]}|PROVIDER_FAILED|true|oops",
      "{\"status\":\"incomplete\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"I\"}]}]}|PROVIDER_FAILED|false|it stopped early",
      "{\"status\":\"completed\",\"steps\":null}|CONTENT_REFUSED|false|change the prompt or the input"})
  void readsWhyAnInteractionFailed(String body, Code code, boolean retryable, String text) {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, look("video_generation", body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertTrue(failed.message().endsWith(text), failed.message());
  }

  @Test
  void takesMusicByItsMediaTypeToo() {
    Step.Done done = assertInstanceOf(Step.Done.class, look("music_generation", "{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":"
        + "[{\"type\":\"music\",\"mime_type\":\"audio/mp3\",\"data\":\"SUQz\"}]}]}"));
    assertEquals("ID3", done.media().get(0).content().toString());
  }

  @Test
  void aTranscriptNeedsAText() {
    assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, look("speech_recognition", "{\"status\":\"completed\"}")).code());
    Step.Done part = assertInstanceOf(Step.Done.class, look("speech_recognition", "{\"status\":\"incomplete\",\"steps\":[{\"type\":\"model_output\",\"content\":"
        + "[{\"type\":\"text\",\"text\":\"Hi\",\"annotations\":null}]}]}"));
    assertEquals("incomplete", part.result().getString("finish_reason"));
  }

  @Test
  void readsTranscriptsWithTheirWords() {
    Job job = new Job("v1", new JsonObject().put("capability", "speech_recognition"));
    Step step = google.check(job).reader().apply(reply(200, "{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"Hi you.\","
        + "\"annotations\":[{\"type\":\"word_info\",\"text\":\"Hi\",\"start_offset\":\"0.4s\",\"end_offset\":\"0.6s\"},{\"type\":\"word_info\",\"text\":\"you.\","
        + "\"start_offset\":\"0.7s\",\"end_offset\":\"1s\"}]}]}]}"));
    JsonObject result = assertInstanceOf(Step.Done.class, step).result();
    assertEquals("Hi you.", result.getString("text"));
    assertEquals(new JsonArray("[{\"text\":\"Hi you.\",\"start\":0.4,\"end\":1.0}]"), result.getJsonArray("segments"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "400|{\"error\":{\"code\":400,\"message\":\"API key not valid\",\"status\":\"INVALID_ARGUMENT\"}}|PROVIDER_AUTH|false",
      "400|{\"error\":{\"code\":\"invalid_request\",\"message\":\"x\"}}|INVALID_INPUT|false",
      "400|{\"error\":{\"code\":400,\"message\":\"enable billing\",\"status\":\"FAILED_PRECONDITION\"}}|PROVIDER_QUOTA|false",
      "429|{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}|PROVIDER_RATE_LIMITED|true",
      "429|{\"error\":{\"code\":429,\"message\":\"Your prepayment credits are depleted.\",\"status\":\"RESOURCE_EXHAUSTED\"}}|PROVIDER_QUOTA|false",
      "402|{\"error\":{\"code\":402,\"status\":\"RESOURCE_EXHAUSTED\"}}|PROVIDER_QUOTA|false", "429|{\"error\":\"slow\"}|PROVIDER_RATE_LIMITED|true",
      "429|{\"error\":{\"code\":\"quota_exceeded\",\"message\":\"x\"}}|PROVIDER_QUOTA|false",
      "409|{\"error\":{\"code\":\"conflict\"}}|PROVIDER_UNAVAILABLE|true",
      "503|{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}|PROVIDER_UNAVAILABLE|true"})
  void readsErrorsOfBothFamilies(int status, String body, Code code, boolean retryable) {
    Step.Failed failed = google.refused(reply(status, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|{\"candidates\":[]}|provider_failed yes again",
      "image_generation|{\"candidates\":null,\"promptFeedback\":null}|provider_failed yes again",
      "image_generation|{}|provider_failed yes again",
      "image_generation|{\"candidates\":[{\"content\":{\"parts\":null},\"finishReason\":\"STOP\"}]}|provider_failed yes again",
      "image_generation|{\"candidates\":[{\"content\":null,\"finishReason\":7}]}|provider_failed yes again",
      "image_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"I would rather not\"}]}}]}|provider_failed yes again",
      "image_generation|{\"candidates\":[null,{\"content\":{\"parts\":[null,{\"text\":null},{\"inlineData\":{\"mimeType\":null,\"data\":\"cG5n\"}},{\"inlineData\":{}},{\"inlineData\":{\"data\":\"\"}},{\"inlineData\":\"x\"}]}}],\"usageMetadata\":null}|done [here, missing, missing, missing] {\"finish_reason\":\"STOP\"}",
      "speech_synthesis|{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"audio/L16;rate=24000\",\"data\":\"\"}}]}}]}|done [missing] {\"finish_reason\":\"STOP\"}",
      "text_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\",\"thought\":\"yes\"},{\"text\":\"b\",\"thought\":true},{\"text\":\"c\"}]}}],\"usageMetadata\":[]}|done {\"text\":\"ac\",\"finish_reason\":\"STOP\"}",
      "text_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"text\":7}]},\"finishReason\":\"STOP\"}]}|provider_failed yes again",
      "text_generation|{\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"candidates\":[{\"content\":{\"parts\":[]}}]}|content_refused unknown",
      "text_generation|{\"promptFeedback\":{\"blockReason\":\"BLOCK_REASON_UNSPECIFIED\"},\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]}}]}|done {\"text\":\"x\",\"finish_reason\":\"STOP\"}",
      "text_generation|[]|unreadable",
      "text_embedding|{\"embedding\":null,\"embeddings\":null}|provider_failed yes",
      "text_embedding|{\"embedding\":{\"values\":[1,2]},\"usageMetadata\":7}|done {\"vectors\":[[1,2]],\"dimensions\":2}",
      "text_embedding|{\"embedding\":{\"values\":[1,NaN]}}|provider_failed yes"})
  void anOddAnswerIsReadForWhatIsNeeded(String capability, String body, String wanted) {
    String input = capability.equals("text_generation") || capability.equals("image_generation") ? "{\"prompt\":\"p\"}" : "{\"text\":\"t\"}";
    assertEquals(wanted, Told.by(google.submit(Asking.of(capability, "m", input)), reply(200, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "video_generation|{\"status\":\"dreaming\"}|waiting",
      "video_generation|{\"status\":null,\"id\":\"v1\"}|unreadable",
      "video_generation|{\"status\":\"cancelled\"}|provider_failed unknown",
      "video_generation|{\"status\":\"completed\",\"steps\":[null,{\"type\":\"model_output\",\"content\":[null,{\"type\":\"video\",\"mime_type\":null,\"data\":\"\"}]}],\"usage\":null}|done [missing]",
      "video_generation|{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"video\",\"uri\":\"https://elsewhere/v.mp4\"}]}]}|done [link]",
      "video_generation|{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"video\",\"uri\":\"https://g/v1beta/files/abc\",\"data\":null}]}]}|then /v1beta/files/abc",
      "video_generation|{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"no\"}]}]}|content_refused unknown",
      "video_generation|{\"status\":\"failed\",\"errors\":[null,{\"code\":503,\"message\":null}]}|provider_failed unknown again",
      "video_generation|{\"status\":\"failed\",\"error\":\"oops\"}|provider_failed unknown",
      "video_generation|{\"status\":\"failed\",\"errors\":[{\"code\":\"resource_exhausted\"}]}|provider_rate_limited no again",
      "video_generation|{\"status\":\"requires_action\"}|provider_failed unknown",
      "video_generation|{\"status\":\"budget_exceeded\"}|provider_failed unknown",
      "speech_recognition|{\"status\":\"completed\",\"steps\":[]}|provider_failed yes",
      "speech_recognition|{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"\",\"annotations\":{}}]}]}|done {\"text\":\"\",\"segments\":[]}",
      "speech_recognition|{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"Hi.\",\"annotations\":[null,{\"type\":\"word_info\",\"text\":\"Hi.\",\"start_offset\":7,\"end_offset\":\"NaN\",\"speaker\":3}]}]}]}|done {\"text\":\"Hi.\",\"segments\":[{\"text\":\"Hi.\",\"start\":7.0}]}"})
  void anOddLookIsReadForWhatIsNeeded(String capability, String body, String wanted) {
    assertEquals(wanted, Told.by(google.check(new Job("v1", new JsonObject().put("capability", capability))), reply(200, body)));
  }

  @Test
  void anAnswerWithoutAFileTellsWhatWasSaidAndIsTriedOnceMoreOnly() {
    String body = "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"parts\":[{\"text\":\"I would rather not\"}]}}]}";
    Step.Failed failed = assertInstanceOf(Step.Failed.class, content("image_generation", body));
    assertTrue(failed.message().contains("I would rather not"), failed.message());
    assertTrue(failed.retryable());
    Submission second = new Submission(UUID.randomUUID(), 2, ProviderCapability.IMAGE_GENERATION, "m", new JsonObject("{\"prompt\":\"p\"}"),
        new JsonObject(), null, Map.of());
    assertEquals("provider_failed yes", Told.by(google.submit(second), reply(200, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "503|{\"error\":{\"code\":503,\"message\":\"The model is overloaded. Please try again later.\",\"status\":\"UNAVAILABLE\"}}|true|true",
      "503|{\"error\":{\"code\":503,\"message\":\"This model is currently experiencing high demand.\"}}|true|true",
      "503|{\"error\":{\"code\":\"service_unavailable\",\"message\":\"x\"}}|true|true", "503|{}|false|false", "503|overloaded|false|false",
      "500|{\"error\":{\"code\":500,\"message\":\"x\",\"status\":\"INTERNAL\"}}|true|false", "500|{\"error\":{\"code\":\"internal_error\"}}|false|false",
      "504|{\"error\":{\"code\":504,\"status\":\"DEADLINE_EXCEEDED\"}}|false|false", "429|{}|true|true"})
  void knowsFromTheProvidersWordsThatNothingWasBegun(int status, String body, boolean content, boolean interaction) {
    Reply reply = reply(status, body);
    assertEquals(content, google.tookNothing(google.submit(Asking.of("text_generation", "m", "{\"prompt\":\"p\"}")), reply));
    assertEquals(interaction, google.tookNothing(google.submit(Asking.of("music_generation", "m", "{\"prompt\":\"p\"}")), reply));
  }

  @Test
  void waitsAsLongAsTheBodySays() {
    assertEquals("38", google.retryAfter(reply(429, "{\"error\":{\"details\":[{\"@type\":\"x\"},{\"retryDelay\":\"37.2s\"}]}}")));
    assertEquals("38", google.retryAfter(reply(429, "{\"error\":{\"details\":[null,{\"retryDelay\":7},{\"retryDelay\":\"37.2s\"}]}}")));
    assertEquals("5", google.retryAfter(reply(429, "{}", "Retry-After", "5")));
    assertEquals("37.1", google.retryAfter(reply(429, "{\"error\":{\"message\":\"Quota exceeded. Please retry in 37.1s.\"}}")));
    assertNull(google.retryAfter(reply(429, "nothing")));
  }
}
