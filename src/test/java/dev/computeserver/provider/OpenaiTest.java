package dev.computeserver.provider;

import static dev.computeserver.provider.Spoken.file;
import static dev.computeserver.provider.Spoken.reply;
import static dev.computeserver.provider.Spoken.submission;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenaiTest {
  private static final String IMAGE = "gpt-image-2.6-sunburst";

  private final Openai openai = new Openai();

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|gpt-image-2.6-sunburst|{\"prompt\":\"p\",\"width\":2048,\"height\":1152,\"num_outputs\":2,\"output_format\":\"jpg\"}|/images/generations|{\"model\":\"gpt-image-2.6-sunburst\",\"prompt\":\"p\",\"n\":2,\"size\":\"2048x1152\",\"output_format\":\"jpeg\"}",
      "image_generation|gpt-image-2.6-flare|{\"prompt\":\"p\",\"aspect_ratio\":\"6:4\"}|/images/generations|{\"model\":\"gpt-image-2.6-flare\",\"prompt\":\"p\",\"size\":\"1536x1024\"}",
      "image_generation|gpt-image-3|{\"prompt\":\"p\",\"width\":512}|/images/generations|{\"model\":\"gpt-image-3\",\"prompt\":\"p\",\"size\":\"512x512\"}",
      "image_generation|gpt-image-2.6-flare|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}|/images/generations|{\"model\":\"gpt-image-2.6-flare\",\"prompt\":\"p\",\"size\":\"1280x720\"}",
      "text_generation|gpt-6-luna|{\"prompt\":\"p\",\"system\":\"s\",\"max_tokens\":16,\"temperature\":0.5}|/responses|{\"model\":\"gpt-6-luna\",\"input\":\"p\",\"instructions\":\"s\",\"max_output_tokens\":16,\"temperature\":0.5,\"reasoning\":{\"effort\":\"none\"},\"background\":true}",
      "text_generation|gpt-6-luna|{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}|/responses|{\"model\":\"gpt-6-luna\",\"input\":[{\"role\":\"user\",\"content\":\"a\"}],\"background\":true}",
      "image_understanding|gpt-6-luna|{\"prompt\":\"p\",\"image_url\":\"data:image/png;base64,AA==\"}|/responses|{\"model\":\"gpt-6-luna\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"p\"},{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,AA==\",\"detail\":\"auto\"}]}],\"background\":true}",
      "image_understanding|gpt-6-luna|{\"prompt\":\"p\",\"image_url\":\"data:image/jpg;base64,AA==\"}|/responses|{\"model\":\"gpt-6-luna\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"p\"},{\"type\":\"input_image\",\"image_url\":\"data:image/jpeg;base64,AA==\",\"detail\":\"auto\"}]}],\"background\":true}",
      "text_embedding|text-embedding-3-small|{\"texts\":[\"a\",\"b\"],\"dimensions\":256}|/embeddings|{\"model\":\"text-embedding-3-small\",\"encoding_format\":\"float\",\"input\":[\"a\",\"b\"],\"dimensions\":256}",
      "speech_synthesis|gpt-4o-mini-tts|{\"text\":\"t\",\"voice\":\"nova\",\"output_format\":\"ogg\",\"language\":\"de\"}|/audio/speech|{\"model\":\"gpt-4o-mini-tts\",\"input\":\"t\",\"voice\":\"nova\",\"response_format\":\"opus\",\"instructions\":\"Speak in the language with the code de.\"}",
      "speech_synthesis|gpt-4o-mini-tts|{\"text\":\"t\",\"voice\":\"voice_7\"}|/audio/speech|{\"model\":\"gpt-4o-mini-tts\",\"input\":\"t\",\"voice\":{\"id\":\"voice_7\"},\"response_format\":\"mp3\"}"})
  void putsEachCapabilitysInputIntoItsOwnFields(String capability, String model, String input, String path, String body) {
    Exchange exchange = openai.submit(submission(capability, model, input));
    assertEquals(path, exchange.target());
    assertEquals(new JsonObject(body), exchange.body().toJsonObject());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|gpt-image-2.6-flare|{\"prompt\":\"p\",\"width\":1000}|input.width",
      "image_generation|gpt-image-2.6-flare|{\"prompt\":\"p\",\"width\":4096,\"height\":2048}|input.width",
      "image_generation|gpt-image-2.6-flare|{\"prompt\":\"p\",\"aspect_ratio\":\"4:1\"}|input.aspect_ratio",
      "image_generation|gpt-image-1.5|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}|input.aspect_ratio",
      "image_generation|gpt-image-1.5|{\"prompt\":\"p\",\"width\":512}|input.width",
      "image_generation|gpt-image-2.6-flare|{\"prompt\":\"p\",\"num_outputs\":11}|input.num_outputs",
      "image_generation|gpt-image-2.6-flare|{\"prompt\":\"p\",\"seed\":1}|input.seed",
      "image_editing|gpt-image-2.6-flare|{\"prompt\":\"p\",\"seed\":1}|input.seed",
      "inpainting|gpt-image-2.6-flare|{\"prompt\":\"p\",\"seed\":1}|input.seed",
      "image_generation|gpt-image-2.6-flare|{\"prompt\":\"p\",\"negative_prompt\":\"n\"}|input.negative_prompt",
      "image_generation|gpt-image-2.6-flare|{\"prompt\":\"p\",\"output_format\":\"gif\"}|input.output_format must be one of png, jpeg, webp",
      "text_generation|gpt-6-luna|{\"prompt\":\"p\",\"max_tokens\":15}|input.max_tokens must be at least 16",
      "text_generation|gpt-6-luna|{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":1}|input.max_tokens must be at least 16",
      "image_understanding|gpt-6-luna|{\"prompt\":\"p\",\"image_url\":\"data:image/png;base64,AA==\",\"max_tokens\":1}|input.max_tokens must be at least 16",
      "image_understanding|gpt-6-luna|{\"prompt\":\"p\",\"image_url\":\"data:image/bmp;base64,AA==\"}|input.image_url",
      "text_embedding|text-embedding-3-small|{\"text\":\"a\",\"dimensions\":2000}|input.dimensions",
      "speech_synthesis|tts-1|{\"text\":\"t\",\"language\":\"de\"}|input.language",
      "speech_synthesis|gpt-4o-mini-tts|{\"text\":\"t\",\"voice\":\"bob\"}|input.voice"})
  void refusesBeforeItIsPaidWhatItCannotDo(String capability, String model, String input, String field) {
    InvalidInput refused = assertThrows(InvalidInput.class, () -> openai.submit(submission(capability, model, input)));
    assertTrue(refused.getMessage().startsWith(field), refused.getMessage());
    assertEquals("/" + field.split(" ")[0].replace('.', '/'), refused.pointer());
  }

  @Test
  void aSizeIsRefusedAtTheSideThatIsGiven() {
    InvalidInput refused = assertThrows(InvalidInput.class, () -> openai.submit(submission("image_generation", "gpt-image-2.6-flare",
        "{\"prompt\":\"p\",\"height\":1000}")));
    assertEquals("/input/height", refused.pointer());
    assertTrue(refused.getMessage().startsWith("input.height must be a multiple of 16 from 16 to 3840"), refused.getMessage());
  }

  @Test
  void sendsPicturesAndMasksAsParts() {
    Submission task = submission("inpainting", IMAGE, "{\"prompt\":\"p\"}").with(new JsonObject("{\"prompt\":\"p\"}"),
        Map.of("image_url", file("image/png", 20), "mask_url", file("image/png", 10)));
    String body = openai.submit(task).body().toString();
    assertTrue(body.contains("name=\"image[]\"; filename=\"image.png\"\r\nContent-Type: image/png"), body);
    assertTrue(body.contains("name=\"mask\"; filename=\"mask.png\""), body);
    assertTrue(body.contains("name=\"prompt\"\r\n\r\np\r\n") && body.contains("name=\"model\"\r\n\r\n" + IMAGE + "\r\n"), body);
    assertEquals(InputForm.Mask.TRANSPARENT_REPAINTED, openai.inputForm(ProviderCapability.INPAINTING, IMAGE, "mask_url", new JsonObject()).mask());
    assertThrows(InvalidInput.class, () -> openai.submit(
        submission("image_editing", IMAGE, "{\"prompt\":\"p\",\"strength\":0.5}").with(new JsonObject("{\"prompt\":\"p\",\"strength\":0.5}"),
            Map.of("image_url", file("image/png", 20)))));
  }

  @Test
  void sendsSoundWithItsEndingAndAsksForSegmentsOnlyWhereAModelGivesThem() {
    JsonObject input = new JsonObject("{\"language\":\"en-US\",\"timestamps\":true}");
    Map<String, InputFile> files = Map.of("audio_url", file("audio/mpeg", 20));
    String body = openai.submit(submission("speech_recognition", "whisper-1", "{}").with(input, files)).body().toString();
    assertTrue(body.contains("filename=\"file.mp3\"") && body.contains("verbose_json") && body.contains("name=\"language\"\r\n\r\nen\r\n"), body);
    assertThrows(InvalidInput.class, () -> openai.submit(submission("speech_recognition", "gpt-transcribe", "{}").with(input, files)));
    assertThrows(InvalidInput.class, () -> openai.submit(submission("speech_recognition", "gpt-transcribe", "{}")
        .with(new JsonObject(), Map.of("audio_url", file("video/quicktime", 20)))));
  }

  @Test
  void handsOverWhatOnlyItKnows() {
    Submission plain = submission("image_generation", IMAGE, "{\"prompt\":\"p\"}");
    Submission task = new Submission(plain.taskId(), 1, plain.capability(), IMAGE, plain.input(), new JsonObject().put("quality", "high"), null, Map.of());
    assertEquals("high", openai.submit(task).body().toJsonObject().getString("quality"));
    Submission listening = new Submission(plain.taskId(), 1, ProviderCapability.SPEECH_RECOGNITION, "gpt-transcribe", new JsonObject(),
        new JsonObject("{\"keywords\":[\"a\",\"b\"]}"), null, Map.of("audio_url", file("audio/mpeg", 3)));
    String body = openai.submit(listening).body().toString();
    assertTrue(body.contains("name=\"keywords[]\"\r\n\r\na\r\n") && body.contains("name=\"keywords[]\"\r\n\r\nb\r\n"), body);
    Submission streamed = new Submission(plain.taskId(), 1, plain.capability(), IMAGE, plain.input(), new JsonObject().put("stream", true), null, Map.of());
    assertEquals("/provider_options/stream", assertThrows(InvalidInput.class, () -> openai.submit(streamed)).pointer());
  }

  private Step read(String capability, String body, String... headers) {
    String input = capability.equals("text_embedding") ? "{\"texts\":[\"a\",\"b\"]}" : "{\"prompt\":\"p\",\"text\":\"t\"}";
    Submission task = submission(capability, "gpt-6-luna", input).with(new JsonObject(input), Map.of("audio_url", file("audio/mpeg", 3)));
    return openai.submit(task).reader().apply(reply(200, body, headers));
  }

  @Test
  void readsPicturesInBase64() {
    Step.Done done = assertInstanceOf(Step.Done.class, read("image_generation",
        "{\"created\":1,\"output_format\":\"jpeg\",\"size\":\"1024x768\",\"data\":[{\"b64_json\":\"AQI=\"},{\"b64_json\":\"Aw==\"}],\"usage\":{\"total_tokens\":5}}"));
    assertEquals(List.of("image/jpeg", "image/jpeg"), done.media().stream().map(Media::contentType).toList());
    assertEquals(1024, done.media().get(0).width());
    assertEquals(2, done.media().get(0).content().length());
    assertEquals(5, done.result().getJsonObject("usage").getInteger("total_tokens"));
    assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, read("image_generation", "{\"data\":[]}")).code());
  }

  @Test
  void readsVectorsInTheOrderOfTheTexts() {
    Step.Done done = assertInstanceOf(Step.Done.class, read("text_embedding",
        "{\"data\":[{\"index\":1,\"embedding\":[0.2,0.3]},{\"index\":0,\"embedding\":[0.1,0.4]}],\"usage\":{\"total_tokens\":5}}"));
    assertEquals(0.1, done.result().getJsonArray("vectors").getJsonArray(0).getDouble(0));
    assertEquals(2, done.result().getInteger("dimensions"));
  }

  @Test
  void readsSoundAndTranscripts() {
    Step.Done sound = assertInstanceOf(Step.Done.class, read("speech_synthesis", "abc", "Content-Type", "application/octet-stream"));
    assertEquals("audio/mpeg", sound.media().get(0).contentType());
    assertInstanceOf(Step.Failed.class, read("speech_synthesis", "<html>", "Content-Type", "text/html"));
    JsonObject text = assertInstanceOf(Step.Done.class, read("speech_recognition",
        "{\"text\":\"a\",\"languages\":[{\"code\":\"en\"}],\"segments\":[{\"id\":0,\"start\":0,\"end\":1.5,\"text\":\"a\"}]}")).result();
    assertEquals("en", text.getString("language"));
    assertEquals(new JsonObject("{\"text\":\"a\",\"start\":0,\"end\":1.5}"), text.getJsonArray("segments").getJsonObject(0));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"id\":\"r\",\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"no\"}]}]}|CONTENT_REFUSED|false|YES",
      "{\"id\":\"r\",\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"content_filter\"},\"output\":[]}|CONTENT_REFUSED|false|YES",
      "{\"id\":\"r\",\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"max_output_tokens\":16,\"output\":[]}|INVALID_INPUT|false|YES",
      "{\"id\":\"r\",\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"max_output_tokens\":null,\"output\":[]}|PROVIDER_FAILED|false|YES",
      "{\"id\":\"r\",\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"x\"}}|PROVIDER_FAILED|true|UNKNOWN",
      "{\"id\":\"r\",\"status\":\"failed\",\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"x\"}}|PROVIDER_RATE_LIMITED|true|NO",
      "{\"id\":\"r\",\"status\":\"failed\",\"error\":{\"code\":\"invalid_image_format\",\"message\":\"x\"}}|INVALID_INPUT|false|UNKNOWN",
      "{\"id\":\"r\",\"status\":\"completed\",\"output\":[{\"type\":\"reasoning\",\"summary\":[]}]}|PROVIDER_FAILED|false|YES",
      "{\"id\":\"r\",\"status\":\"cancelled\"}|PROVIDER_FAILED|false|UNKNOWN"})
  void readsHowAResponseFailed(String body, Code code, boolean retryable, Charged charged) {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, openai.check(new Job("r", new JsonObject())).reader().apply(reply(200, body)));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(charged, failed.charged());
  }

  @Test
  void keepsTheCallsOfToolsAndSubtitles() {
    JsonObject calls = assertInstanceOf(Step.Done.class, read("text_generation", "{\"id\":\"r\",\"status\":\"completed\",\"output\":["
        + "{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{}\"}]}")).result();
    assertEquals("f", calls.getJsonArray("tool_calls").getJsonObject(0).getString("name"));
    assertEquals("1\n00:00 hi", assertInstanceOf(Step.Done.class, read("speech_recognition", "1\n00:00 hi", "Content-Type", "text/plain; charset=utf-8"))
        .result().getString("text"));
    assertInstanceOf(Step.Failed.class, read("speech_recognition", "<html>", "Content-Type", "text/html"));
  }

  @Test
  void keepsATextThatWasCutShort() {
    Step.Done done = assertInstanceOf(Step.Done.class, read("text_generation", "{\"id\":\"r\",\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":"
        + "\"max_output_tokens\"},\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"half\"}]}]}"));
    assertEquals(new JsonObject("{\"text\":\"half\",\"finish_reason\":\"max_output_tokens\"}"), done.result());
  }

  @Test
  void looksAtAndCancelsABackgroundResponse() {
    Job job = assertInstanceOf(Step.Waiting.class, read("text_generation", "{\"id\":\"resp_1\",\"status\":\"queued\"}")).job();
    assertEquals("/responses/resp_1", openai.check(job).target());
    Exchange cancel = openai.cancel(job).orElseThrow();
    assertEquals("POST /responses/resp_1/cancel", cancel.method() + " " + cancel.target());
    assertEquals(Charged.UNKNOWN, ((Step.Cancelling) cancel.reader().apply(reply(200, "{}"))).charged());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "400|invalid_request_error|invalid_value|INVALID_INPUT|false|NO", "400|image_generation_user_error|moderation_blocked|CONTENT_REFUSED|false|UNKNOWN",
      "401|invalid_request_error|invalid_api_key|PROVIDER_AUTH|false|NO", "403|x|y|PROVIDER_AUTH|false|NO", "404|x|model_not_found|INVALID_INPUT|false|NO",
      "409|x|conflict|PROVIDER_FAILED|true|NO", "429|requests|rate_limit_exceeded|PROVIDER_RATE_LIMITED|true|NO",
      "429|insufficient_quota|organization_spend_limit_exceeded|PROVIDER_QUOTA|false|NO", "500|server_error|x|PROVIDER_UNAVAILABLE|true|NO",
      "503|service_unavailable_error|server_is_overloaded|PROVIDER_UNAVAILABLE|true|NO"})
  void readsErrors(int status, String type, String given, Code code, boolean retryable, Charged charged) {
    Reply reply = reply(status, "{\"error\":{\"message\":\"m\",\"type\":\"" + type + "\",\"param\":\"size\",\"code\":\"" + given + "\"}}");
    Step.Failed failed = openai.refused(reply);
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(charged, failed.charged());
    assertTrue(failed.message().contains("size: m"), failed.message());
    assertEquals(status < 500 || given.equals("server_is_overloaded"), openai.tookNothing(reply));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|{\"data\":[{\"b64_json\":\"AQI=\"},null,{\"b64_json\":\"\"},{\"url\":null},\"x\",{\"url\":\"https://o/1\"}]}|done [here, missing, missing, missing, missing, link]",
      "image_generation|{\"data\":[{\"b64_json\":\"no base64!\"},{\"b64_json\":\"\",\"url\":\"https://o/1\"}],\"size\":null,\"output_format\":7,\"usage\":\"many\"}|done [missing, link]",
      "image_generation|{\"data\":[]}|provider_failed yes",
      "image_generation|{\"data\":null,\"created\":1}|provider_failed yes",
      "image_generation|{}|provider_failed yes",
      "image_generation|[]|unreadable",
      "text_embedding|{\"data\":[{\"index\":\"1\",\"embedding\":[0.5]},{\"index\":null,\"embedding\":[1]}]}|provider_failed yes",
      "text_embedding|{\"data\":[{\"index\":9,\"embedding\":[0.5]},{\"embedding\":[1]}],\"usage\":null}|done {\"vectors\":[[0.5],[1]],\"dimensions\":1}",
      "text_embedding|{\"data\":[{\"index\":0,\"embedding\":[NaN]},{\"index\":1,\"embedding\":[1]}]}|provider_failed yes",
      "text_embedding|{\"data\":[{\"index\":0,\"embedding\":[1]}]}|provider_failed yes",
      "text_embedding|{\"data\":{}}|provider_failed yes",
      "speech_recognition|{\"text\":\"a\",\"segments\":[null,{\"start\":\"0.5\",\"end\":NaN,\"text\":null}],\"languages\":[7,{\"code\":null}],\"usage\":[]}|done {\"text\":\"a\",\"segments\":[{\"start\":0.5}]}",
      "speech_recognition|{\"text\":\"\"}|done {\"text\":\"\"}",
      "speech_recognition|{\"text\":null}|provider_failed yes",
      "text_generation|{\"id\":\"r\",\"status\":null}|waiting",
      "text_generation|{\"id\":\"r\",\"status\":\"warming_up\"}|waiting",
      "text_generation|{\"id\":7,\"status\":\"queued\"}|waiting",
      "text_generation|{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"text\":\"hi\"}]}]}|done {\"text\":\"hi\"}"})
  void anOddAnswerIsReadForWhatIsNeeded(String capability, String body, String wanted) {
    String input = capability.equals("text_embedding") ? "{\"texts\":[\"a\",\"b\"]}" : "{\"prompt\":\"p\"}";
    Submission task = submission(capability, "gpt-6-luna", input).with(new JsonObject(input), Map.of("audio_url", file("audio/mpeg", 3)));
    assertEquals(wanted, Told.by(openai.submit(task), reply(200, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"id\":null,\"status\":\"in_progress\",\"progress\":\"x\"}|waiting",
      "{\"id\":\"other\",\"status\":\"hibernating\"}|waiting",
      "{\"id\":\"r\"}|unreadable",
      "{\"status\":7}|unreadable",
      "{\"status\":\"completed\",\"output\":null,\"error\":null}|provider_failed yes",
      "{\"status\":\"completed\"}|provider_failed yes",
      "{\"status\":\"completed\",\"output\":[null,7,{\"type\":\"message\",\"content\":[null,{\"text\":\"hi\"},{\"text\":null},{\"refusal\":null}]}],\"usage\":null}|done {\"text\":\"hi\"}",
      "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":\"hi\"}]}|done {\"text\":\"hi\"}",
      "{\"status\":\"incomplete\",\"incomplete_details\":null}|provider_failed yes",
      "{\"status\":\"failed\",\"error\":null}|provider_failed unknown",
      "{\"status\":\"failed\",\"error\":{\"code\":429,\"message\":[\"x\"]}}|provider_failed unknown",
      "{\"status\":\"failed\",\"error\":{\"code\":\"insufficient_quota\",\"message\":\"x\"}}|provider_quota no"})
  void anOddLookIsReadForWhatIsNeeded(String body, String wanted) {
    assertEquals(wanted, Told.by(openai.check(new Job("r", new JsonObject())), reply(200, body)));
  }

  @Test
  void anAnswerWithoutAResultTellsTheProvidersWords() {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, read("image_generation", "{\"data\":[],\"note\":\"nothing came of it\"}"));
    assertTrue(failed.message().contains("nothing came of it"), failed.message());
    assertEquals("provider_failed unknown", Told.by(openai.submit(submission("speech_synthesis", "gpt-4o-mini-tts", "{\"text\":\"t\"}")),
        reply(200, "{\"error\":\"no\"}", "Content-Type", "application/json")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "503|{\"error\":{\"code\":\"server_is_overloaded\"}}|true", "503|{\"error\":{\"code\":\"slow_down\"}}|true",
      "503|{\"error\":{\"type\":\"service_unavailable_error\",\"code\":null}}|true",
      "503|{\"error\":{\"message\":\"The engine is currently overloaded, please try again later\"}}|true",
      "503|{\"error\":{\"message\":\"The engine is currently at capacity\",\"type\":\"server_error\"}}|true",
      "503|{\"error\":{\"message\":\"upstream gone\"}}|false", "503|{\"error\":\"overloaded\"}|false", "503|overloaded|false",
      "500|{\"error\":{\"code\":\"server_error\",\"message\":\"overloaded\"}}|false", "502|{}|false", "429|{}|true", "408|{}|false"})
  void knowsFromTheProvidersWordsThatNothingWasBegun(int status, String body, boolean tookNothing) {
    assertEquals(tookNothing, openai.tookNothing(reply(status, body)));
    assertTrue(!tookNothing || openai.refused(reply(status, body)).retryable());
  }

  @Test
  void waitsForTheWindowThatIsUsedUp() {
    String[] headers = {"x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "1m30s", "x-ratelimit-remaining-tokens", "7",
        "x-ratelimit-reset-tokens", "6m0s"};
    assertEquals("90", openai.retryAfter(reply(429, "{}", headers)));
    assertNull(openai.retryAfter(reply(200, "{}", headers)));
    assertEquals("0.12", openai.retryAfter(reply(429, "{}", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "120ms")));
    assertNull(openai.retryAfter(reply(429, "{}", "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "soon")));
    assertEquals("60", openai.retryAfter(reply(429, "{}", "x-ratelimit-reset-requests", "1m0s", "x-ratelimit-reset-tokens", "6m0s")), "none is said to be used up");
  }

  @ParameterizedTest
  @CsvSource({"20s,20", "1m30s,90", "250ms,0.25", "6.5s,6.5"})
  void waitsAsTheErrorSays(String told, String pause) {
    String limit = "{\"error\":{\"message\":\"Rate limit reached for gpt-4o. Please try again in " + told + ". Visit the page.\",\"code\":\"rate_limit_exceeded\"}}";
    assertEquals(pause, openai.retryAfter(reply(429, limit)));
    assertNull(openai.retryAfter(reply(200, limit)), "a job's own words are no wish");
  }

  @Test
  void obeysWhatTheReplySaysAboutRetries() {
    assertFalse(openai.refused(reply(500, "{}", "x-should-retry", "false")).retryable());
    assertEquals("1.5", openai.retryAfter(reply(429, "{}", "retry-after", "9", "retry-after-ms", "1500")));
    assertEquals("9", openai.retryAfter(reply(429, "{}", "retry-after", "9")));
  }
}
