package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElevenLabsTest {
  private static final String REF = "{\"type\":\"inline_base64\",\"content_base64\":\"cG5n\",\"mime_type\":\"image/png\"}";

  private final ElevenLabs labs = new ElevenLabs();

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "speech_synthesis|eleven_v3|{\"text\":\"t\",\"voice\":\"a b\",\"language\":\"de-DE\"}|/v1/text-to-speech/a%20b?output_format=mp3_44100_128|{\"text\":\"t\",\"model_id\":\"eleven_v3\",\"language_code\":\"de\"}",
      "speech_synthesis|eleven_multilingual_v2|{\"text\":\"t\",\"language\":\"de\",\"output_format\":\"opus\"}|/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb?output_format=opus_48000_128|{\"text\":\"t\",\"model_id\":\"eleven_multilingual_v2\"}",
      "sound_generation|s|{\"prompt\":\"p\",\"duration_seconds\":2.5}|/v1/sound-generation?output_format=mp3_44100_128|{\"text\":\"p\",\"model_id\":\"s\",\"duration_seconds\":2.5}",
      "music_generation|music_v2|{\"prompt\":\"p\",\"duration_seconds\":10.5,\"instrumental\":true}|/v1/music?output_format=mp3_44100_128|{\"prompt\":\"p\",\"model_id\":\"music_v2\",\"music_length_ms\":10500,\"force_instrumental\":true}",
      "image_generation|gpt-image-2|{\"prompt\":\"p\",\"width\":1920,\"height\":1080}|/v1/flows/image|{\"model_id\":\"gpt-image-2\",\"prompt\":\"p\",\"aspect_ratio\":\"16:9\",\"resolution\":\"2K\"}",
      "image_editing|gpt-image-2|{\"prompt\":\"p\",\"image_url\":\"FILE\"}|/v1/flows/image|{\"model_id\":\"gpt-image-2\",\"prompt\":\"p\",\"images\":[" + REF + "],\"aspect_ratio\":\"auto\"}",
      "image_editing|gemini-3-pro-image|{\"prompt\":\"p\",\"image_url\":\"FILE\"}|/v1/flows/image|{\"model_id\":\"gemini-3-pro-image\",\"prompt\":\"p\",\"images\":[" + REF + "],\"aspect_ratio\":\"auto\"}",
      "image_editing|gpt-image-1.5|{\"prompt\":\"p\",\"image_url\":\"FILE\"}|/v1/flows/image|{\"model_id\":\"gpt-image-1.5\",\"prompt\":\"p\",\"images\":[" + REF + "]}",
      "image_generation|gpt-image-1|{\"prompt\":\"p\",\"width\":1024,\"height\":1536}|/v1/flows/image|{\"model_id\":\"gpt-image-1\",\"prompt\":\"p\",\"aspect_ratio\":\"2:3\"}",
      "image_generation|gemini-3.1-flash-image|{\"prompt\":\"p\",\"aspect_ratio\":\"1:8\"}|/v1/flows/image|{\"model_id\":\"gemini-3.1-flash-image\",\"prompt\":\"p\",\"aspect_ratio\":\"1:8\"}",
      "inpainting|gpt-image-2|{\"prompt\":\"p\",\"image_url\":\"FILE\",\"mask_url\":\"FILE\"}|/v1/flows/image|{\"model_id\":\"gpt-image-2\",\"prompt\":\"p\",\"images\":[" + REF + "],\"mask\":" + REF + ",\"aspect_ratio\":\"auto\"}",
      "video_generation|veo|{\"prompt\":\"p\",\"duration_seconds\":8,\"aspect_ratio\":\"9:16\",\"resolution\":\"4k\",\"seed\":3}|/v1/flows/video|{\"model_id\":\"veo\",\"prompt\":\"p\",\"duration_secs\":8,\"aspect_ratio\":\"9:16\",\"resolution\":\"4K\",\"seed\":3}",
      "video_generation|bytedance-seedance-v2|{\"prompt\":\"p\",\"duration_seconds\":5,\"aspect_ratio\":\"1:1\"}|/v1/flows/video|{\"model_id\":\"bytedance-seedance-v2\",\"prompt\":\"p\",\"duration_secs\":5,\"aspect_ratio\":\"1:1\"}",
      "image_to_video|veo|{\"prompt\":\"p\",\"image_url\":\"FILE\"}|/v1/flows/video|{\"model_id\":\"veo\",\"prompt\":\"p\",\"start_frame\":" + REF + "}"})
  void putsEachCapabilitysInputIntoItsOwnFields(String capability, String model, String input, String target, String body) {
    Exchange exchange = labs.submit(Asking.of(capability, model, input));
    assertEquals(target, exchange.target());
    assertEquals(new JsonObject(body), exchange.body().toJsonObject());
  }

  @Test
  void putsOptionsOfTheQueryThere() {
    Exchange exchange = labs.submit(Asking.of("speech_synthesis", "eleven_v3", "{\"text\":\"t\",\"voice\":\"v\"}",
        "{\"output_format\":\"pcm_8000\",\"enable_logging\":false,\"voice_settings\":{\"stability\":0.5}}"));
    assertEquals("/v1/text-to-speech/v?output_format=pcm_8000&enable_logging=false", exchange.target());
    assertEquals(new JsonObject("{\"text\":\"t\",\"model_id\":\"eleven_v3\",\"voice_settings\":{\"stability\":0.5}}"), exchange.body().toJsonObject());
    assertEquals("audio/l16", assertInstanceOf(Step.Done.class, exchange.reader().apply(reply(200, "xx"))).media().get(0).contentType());
  }

  @Test
  void saysThatALanguageWasNotSent() {
    Exchange exchange = labs.submit(Asking.of("speech_synthesis", "eleven_multilingual_v2", "{\"text\":\"t\",\"language\":\"de\"}"));
    Step.Done done = assertInstanceOf(Step.Done.class, exchange.reader().apply(reply(200, "ID3", "character-cost", "7")));
    assertEquals(7, done.result().getJsonObject("usage").getInteger("characters"));
    assertTrue(done.result().getString("note").contains("input.language was not sent"));
  }

  @Test
  void sendsListsOfATranscriptsOptionsAsPartsAndTheRestAsJson() {
    String form = labs.submit(Asking.of("speech_recognition", "scribe_v2", "{\"audio_url\":\"FILE\"}",
        "{\"keyterms\":[\"fox\",\"snow\"],\"additional_formats\":[{\"format\":\"srt\"}],\"timestamps_granularity\":\"character\"}")).body().toString();
    assertTrue(form.contains("name=\"keyterms\"\r\n\r\nfox\r\n") && form.contains("name=\"keyterms\"\r\n\r\nsnow\r\n"), form);
    assertTrue(form.contains("name=\"additional_formats\"\r\n\r\n[{\"format\":\"srt\"}]"), form);
    assertEquals(2, form.split("timestamps_granularity").length, form);
    assertTrue(form.contains("name=\"timestamps_granularity\"\r\n\r\ncharacter"), form);
  }

  @Test
  void survivesEmptyFields() {
    Job job = new Job("x", new JsonObject().put("kind", "video"));
    Step.Failed failed = assertInstanceOf(Step.Failed.class, labs.check(job).reader().apply(reply(200,
        "{\"status\":\"failed\",\"failure_reason\":null,\"error_message\":null}")));
    assertEquals(Code.PROVIDER_FAILED, failed.code());
    Exchange hear = labs.submit(Asking.of("speech_recognition", "scribe_v2", "{\"audio_url\":\"FILE\",\"timestamps\":false}"));
    assertEquals("Hi", assertInstanceOf(Step.Done.class, hear.reader().apply(reply(200, "{\"text\":\"Hi\",\"words\":null,\"language_code\":null}")))
        .result().getString("text"));
    assertEquals(new JsonArray("[{\"text\":\"Hi you.\",\"start\":0,\"end\":2}]"), assertInstanceOf(Step.Done.class, hear.reader().apply(reply(200,
        "{\"text\":\"Hi you.\",\"words\":[{\"text\":\"Hi\",\"start\":0,\"end\":1,\"type\":\"word\"},{\"text\":null,\"type\":\"spacing\"},{\"text\":null,\"start\":1,\"end\":1,"
        + "\"type\":\"audio_event\"},{\"text\":\"you.\",\"start\":1,\"end\":2,\"type\":\"word\"}]}"))).result().getJsonArray("segments"));
  }

  @Test
  void sendsSoundToTranscribeAsAFormWithOptionsAsParts() {
    Exchange exchange = labs.submit(Asking.of("speech_recognition", "scribe_v2", "{\"audio_url\":\"FILE\",\"timestamps\":false}", "{\"diarize\":true}"));
    String form = exchange.body().toString();
    assertEquals("/v1/speech-to-text", exchange.target());
    assertTrue(exchange.contentType().startsWith("multipart/form-data"));
    assertTrue(form.contains("name=\"model_id\"\r\n\r\nscribe_v2"), form);
    assertTrue(form.contains("name=\"timestamps_granularity\"\r\n\r\nnone"), form);
    assertTrue(form.contains("name=\"file\"; filename=\"file.wav\"\r\nContent-Type: audio/wav\r\n\r\nwav"), form);
    assertTrue(form.contains("name=\"diarize\"\r\n\r\ntrue"), form);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "video_generation|veo|{\"prompt\":\"p\",\"duration_seconds\":5}|input.duration_seconds must be one of 4, 6, 8",
      "sound_generation|s|{\"prompt\":\"p\",\"duration_seconds\":60}|input.duration_seconds",
      "music_generation|m|{\"prompt\":\"p\",\"duration_seconds\":1}|input.duration_seconds",
      "speech_synthesis|m|{\"text\":\"p\",\"output_format\":\"flac\"}|input.output_format",
      "image_generation|m|{\"prompt\":\"p\",\"num_outputs\":2}|input.num_outputs",
      "image_generation|m|{\"prompt\":\"p\",\"negative_prompt\":\"x\"}|input.negative_prompt",
      "image_generation|m|{\"prompt\":\"p\",\"seed\":7}|input.seed",
      "inpainting|gpt-image-2|{\"prompt\":\"p\",\"image_url\":\"FILE\",\"mask_url\":\"FILE\",\"seed\":7}|input.seed",
      "image_generation|m|{\"prompt\":\"p\",\"width\":1000,\"height\":100}|input.width",
      "image_generation|gemini-3.1-flash-image|{\"prompt\":\"p\",\"aspect_ratio\":\"1:2\"}|input.aspect_ratio",
      "image_generation|gemini-3-pro-image|{\"prompt\":\"p\",\"aspect_ratio\":\"1:4\"}|input.aspect_ratio",
      "image_generation|gemini-2.5-flash-image|{\"prompt\":\"p\",\"width\":2048,\"height\":2048}|input.width",
      "image_generation|gpt-image-1.5|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}|input.aspect_ratio",
      "inpainting|gemini|{\"prompt\":\"p\",\"image_url\":\"FILE\",\"mask_url\":\"FILE\"}|model"})
  void refusesBeforeItIsPaidWhatCannotBeDone(String capability, String model, String input, String field) {
    InvalidInput refused = assertThrows(InvalidInput.class, () -> labs.submit(Asking.of(capability, model, input)));
    assertTrue(refused.getMessage().startsWith(field), refused.getMessage());
    assertEquals("/" + field.split(" ")[0].replace('.', '/'), refused.pointer());
  }

  @ParameterizedTest
  @CsvSource({"eleven_multilingual_v2,10000", "eleven_flash_v2,30000", "eleven_flash_v2_5,40000", "eleven_v3,5000"})
  void refusesATextThatIsTooLongForTheModel(String model, int most) {
    String longest = "x".repeat(most);
    assertEquals(longest, labs.submit(Asking.of("speech_synthesis", model, new JsonObject().put("text", longest).encode())).body().toJsonObject()
        .getString("text"));
    String input = new JsonObject().put("text", longest + "x").encode();
    String message = assertThrows(InvalidInput.class, () -> labs.submit(Asking.of("speech_synthesis", model, input))).getMessage();
    assertTrue(message.startsWith("input.text must be at most " + most), message);
  }

  @Test
  void readsWordsAsSentencesOfOneSpeaker() {
    Exchange exchange = labs.submit(Asking.of("speech_recognition", "scribe_v2", "{\"audio_url\":\"FILE\"}"));
    JsonObject result = assertInstanceOf(Step.Done.class, exchange.reader().apply(reply(200, "{\"language_code\":\"eng\",\"text\":\"Hi there. Yes no\",\"words\":["
        + "{\"text\":\"Hi\",\"start\":0.0,\"end\":0.5,\"type\":\"word\",\"speaker_id\":\"a\"},{\"text\":\" \",\"type\":\"spacing\",\"start\":0.5,\"end\":0.6},"
        + "{\"text\":\"there.\",\"start\":0.6,\"end\":1,\"type\":\"word\",\"speaker_id\":\"a\"},{\"text\":\" \",\"type\":\"spacing\"},"
        + "{\"text\":\"Yes\",\"start\":1.5,\"end\":2,\"type\":\"word\",\"speaker_id\":\"a\"},{\"text\":\"no\",\"start\":2.5,\"end\":3,\"type\":\"word\",\"speaker_id\":\"b\"}]}")))
        .result();
    assertEquals(new JsonArray("[{\"text\":\"Hi there.\",\"start\":0.0,\"end\":1},{\"text\":\"Yes\",\"start\":1.5,\"end\":2},{\"text\":\"no\",\"start\":2.5,\"end\":3}]"),
        result.getJsonArray("segments"));
    assertEquals("eng", result.getString("language"));
  }

  @Test
  void findsLostSpeechInTheHistoryAndHearsItThere() {
    Submission task = Asking.of("speech_synthesis", "eleven_v3", "{\"text\":\"t\",\"voice\":\"v\"}");
    Exchange find = labs.find(task, Instant.ofEpochSecond(1_000)).orElseThrow();
    assertEquals("/v1/history?page_size=100&source=TTS&date_after_unix=990&model_id=eleven_v3", find.target());
    Step found = find.reader().apply(reply(200, "{\"history\":[{\"history_item_id\":\"x\",\"text\":\"t\",\"voice_id\":\"other\"},"
        + "{\"history_item_id\":\"y\",\"text\":\"t\",\"voice_id\":\"v\",\"model_id\":\"eleven_v3\",\"content_type\":\"audio/mpeg\"}]}"));
    Exchange hear = labs.check(assertInstanceOf(Step.Found.class, found).jobs().get(0));
    assertEquals("/v1/history/y/audio", hear.target());
    assertEquals("audio/mpeg", assertInstanceOf(Step.Done.class, hear.reader().apply(reply(200, "ID3"))).media().get(0).contentType());
    assertInstanceOf(Step.NotFound.class, find.reader().apply(reply(200, "{\"history\":[]}")));
    assertEquals(Optional.empty(), labs.find(Asking.of("music_generation", "m", "{\"prompt\":\"p\"}"), Instant.EPOCH));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "speech_recognition|{\"text\":\"Hi\",\"words\":[null,7,{\"text\":\"Hi\",\"start\":\"0.5\",\"end\":NaN}],\"language_code\":7}|done {\"text\":\"Hi\",\"segments\":[{\"text\":\"Hi\",\"start\":0.5}]}",
      "speech_recognition|{\"transcripts\":[null,{\"text\":\"a\"},{\"text\":null,\"words\":{}}]}|done {\"text\":\"a\",\"segments\":[]}",
      "speech_recognition|{\"transcripts\":[]}|provider_failed unknown",
      "speech_recognition|{\"text\":\"\"}|done {\"text\":\"\",\"segments\":[]}",
      "speech_recognition|{\"text\":null}|provider_failed unknown",
      "speech_recognition|[]|unreadable",
      "image_generation|{\"id\":\"f1\",\"status\":null}|waiting",
      "image_generation|{\"id\":\"f1\",\"status\":\"completed\"}|waiting",
      "image_generation|{\"id\":null}|unreadable"})
  void anOddAnswerIsReadForWhatIsNeeded(String capability, String body, String wanted) {
    String input = capability.equals("speech_recognition") ? "{\"audio_url\":\"FILE\"}" : "{\"prompt\":\"p\"}";
    assertEquals(wanted, Told.by(labs.submit(Asking.of(capability, "m", input)), reply(200, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"status\":\"completed\",\"content_url\":null}|done [missing]",
      "{\"status\":\"completed\",\"content_url\":7,\"content_mime_type\":7}|done [missing]",
      "{\"status\":\"completed\",\"content_url\":\"https://s/1\",\"content_mime_type\":null}|done [link]",
      "{\"status\":\"failed\",\"failure_reason\":7}|provider_failed no",
      "{\"status\":\"thinking\"}|waiting",
      "{\"id\":\"f1\"}|unreadable"})
  void anOddLookIsReadForWhatIsNeeded(String body, String wanted) {
    Exchange check = labs.check(new Job("f1", new JsonObject().put("kind", "image")));
    assertTrue(check.statusOnly());
    assertEquals(wanted, Told.by(check, reply(200, body)));
  }

  @Test
  void aSoundThatIsNoneIsTheProvidersFailureAndInTheHistoryIsAskedForAgain() {
    Exchange speak = labs.submit(Asking.of("speech_synthesis", "m", "{\"text\":\"t\"}"));
    assertEquals("provider_failed unknown", Told.by(speak, reply(200, "", "Content-Type", "audio/mpeg")));
    assertEquals("provider_failed unknown", Told.by(speak, reply(200, "{\"detail\":\"no\"}", "Content-Type", "application/json")));
    assertEquals("unreadable", Told.by(speak, reply(200, "<html>", "Content-Type", "text/html")));
    Exchange kept = labs.check(new Job("h", new JsonObject().put("kind", "history").put("content_type", "audio/mpeg")));
    assertEquals("unreadable", Told.by(kept, reply(200, "", "Content-Type", "audio/mpeg")));
    assertEquals("unreadable", Told.by(labs.find(Asking.of("speech_synthesis", "m", "{\"text\":\"t\"}"), Instant.EPOCH).orElseThrow(), reply(200, "{}")));
  }

  @ParameterizedTest
  @CsvSource({"429,too_many_concurrent_requests,true", "429,system_busy,true", "503,system_busy,true", "400,concurrent_limit_exceeded,true",
      "503,service_unavailable,false", "500,internal_error,false"})
  void knowsFromTheProvidersWordsThatNothingWasBegun(int status, String word, boolean tookNothing) {
    Reply reply = reply(status, "{\"detail\":{\"status\":\"" + word + "\",\"message\":\"m\"}}");
    assertEquals(tookNothing, labs.tookNothing(reply));
    if (tookNothing) {
      assertEquals(Code.PROVIDER_RATE_LIMITED, labs.refused(reply).code());
      assertTrue(labs.refused(reply).retryable());
    }
  }

  @Test
  void waitsUntilTheLimitIsReset() {
    String[] reset = {"Date", "Mon, 30 Nov 2026 12:00:00 GMT", "X-RateLimit-Reset", "1796040030"};
    assertEquals("30", labs.retryAfter(reply(429, "{}", reset)));
    assertEquals("7", labs.retryAfter(reply(429, "{}", "Retry-After", "7", "X-RateLimit-Reset", "1796040030")));
    assertNull(labs.retryAfter(reply(429, "{}", "X-RateLimit-Reset", "1796040030")), "whose clock it is by is not known");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "401|{\"detail\":{\"status\":\"quota_exceeded\",\"message\":\"x\"}}|PROVIDER_QUOTA|false",
      "401|{\"detail\":{\"code\":\"invalid_api_key\",\"message\":\"x\"}}|PROVIDER_AUTH|false",
      "400|{\"detail\":{\"code\":null,\"status\":\"invalid_parameters\",\"message\":null}}|INVALID_INPUT|false",
      "422|{\"detail\":{\"code\":null,\"status\":null}}|INVALID_INPUT|false",
      "422|{\"detail\":[{\"loc\":\"text\",\"msg\":null}]}|INVALID_INPUT|false",
      "400|{\"detail\":{\"code\":\"text_too_long\",\"message\":\"x\"}}|INVALID_INPUT|false",
      "403|{\"detail\":{\"code\":\"voice_access_denied\",\"message\":\"x\"}}|INVALID_INPUT|false",
      "422|{\"detail\":{\"code\":\"bad_prompt\",\"message\":\"x\"}}|CONTENT_REFUSED|false",
      "422|{\"detail\":[{\"loc\":[\"body\",\"text\"],\"msg\":\"Field required\",\"type\":\"missing\"}]}|INVALID_INPUT|false",
      "409|{\"detail\":{\"code\":\"already_running\",\"message\":\"x\"}}|PROVIDER_UNAVAILABLE|true",
      "422|{\"detail\":[null,{\"loc\":[\"body\",7],\"msg\":\"x\"}]}|INVALID_INPUT|false", "400|{\"detail\":\"x\"}|INVALID_INPUT|false",
      "429|{\"detail\":{\"code\":\"system_busy\",\"message\":\"x\"}}|PROVIDER_RATE_LIMITED|true"})
  void readsErrorsByTheirCode(int status, String body, Code code, boolean retryable) {
    Step.Failed failed = labs.refused(reply(status, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
  }
}
