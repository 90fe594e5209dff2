package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunwayTest {
  private static final Job JOB = new Job("17f2", new JsonObject());
  private static final Map<String, String> VERSION = Map.of("X-Runway-Version", "2024-11-06");

  private final Runway runway = new Runway();

  private Step check(String body) {
    return runway.check(JOB).reader().apply(reply(200, body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|gen4_image|{\"prompt\":\"p\",\"seed\":7}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"1024:1024\",\"seed\":7}",
      "image_generation|gen4_image|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\",\"num_outputs\":1}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"1920:1080\"}",
      "image_generation|gen4_image|{\"prompt\":\"p\",\"aspect_ratio\":\"21:9\"}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"2112:912\"}",
      "image_generation|gen4_image|{\"prompt\":\"p\",\"width\":720,\"height\":960}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"720:960\"}",
      "image_generation|gen4_image|{\"prompt\":\"p\",\"width\":1024,\"height\":576}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"1280:720\"}",
      "image_generation|gen4_image|{\"prompt\":\"p\",\"width\":512}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"720:720\"}",
      "image_generation|gpt_image_2|{\"prompt\":\"p\",\"aspect_ratio\":\"4:5\",\"num_outputs\":3}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"1536:1920\",\"outputCount\":3}",
      "image_generation|gemini_image3_pro|{\"prompt\":\"p\",\"aspect_ratio\":\"3:4\",\"num_outputs\":4}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"864:1184\",\"outputCount\":4}",
      "image_generation|seedream5_lite|{\"prompt\":\"p\",\"output_format\":\"jpg\"}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"2048:2048\",\"outputFormat\":\"jpeg\"}",
      "image_generation|muse_image|{\"prompt\":\"p\",\"output_format\":\"webp\",\"aspect_ratio\":\"9:16\"}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"1152:2016\",\"outputFormat\":\"webp\"}",
      "image_generation|of_tomorrow|{\"prompt\":\"p\"}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"1024:1024\"}",
      "image_editing|gen4_image|{\"prompt\":\"p\",\"image_url\":\"https://a.b/i\",\"seed\":1}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"1024:1024\",\"seed\":1,\"referenceImages\":[{\"uri\":\"https://a.b/i\"}]}",
      "image_editing|grok_imagine_image_2|{\"prompt\":\"p\",\"image_url\":\"data:image/png;base64,eA==\"}|text_to_image|{\"promptText\":\"p\",\"ratio\":\"1024:1024\",\"referenceImages\":[{\"uri\":\"data:image/png;base64,eA==\"}],\"edit\":true}",
      "super_resolution|magnific_precision_upscaler_v2|{\"image_url\":\"https://a.b/i\",\"scale\":4.0}|image_upscale|{\"imageUri\":\"https://a.b/i\",\"scaleFactor\":4}",
      "super_resolution|magnific_video_upscaler_creative|{\"image_url\":\"https://a.b/v\"}|video_upscale|{\"videoUri\":\"https://a.b/v\"}",
      "video_generation|gen4.5|{\"prompt\":\"p\"}|text_to_video|{\"promptText\":\"p\",\"ratio\":\"1280:720\",\"duration\":5}",
      "video_generation|gen4.5|{\"prompt\":\"p\",\"aspect_ratio\":\"9:16\",\"resolution\":\"720p\",\"duration_seconds\":10.0,\"seed\":4294967295}|text_to_video|{\"promptText\":\"p\",\"ratio\":\"720:1280\",\"duration\":10,\"seed\":4294967295}",
      "video_generation|veo3.1|{\"prompt\":\"p\",\"aspect_ratio\":\"9:16\",\"resolution\":\"1080p\",\"duration_seconds\":6}|text_to_video|{\"promptText\":\"p\",\"ratio\":\"1080:1920\",\"duration\":6}",
      "video_generation|seedance2|{\"prompt\":\"p\",\"resolution\":\"2160p\"}|text_to_video|{\"promptText\":\"p\",\"ratio\":\"3840:2160\"}",
      "video_generation|seedance2_fast|{\"prompt\":\"p\",\"resolution\":\"992x432\"}|text_to_video|{\"promptText\":\"p\",\"ratio\":\"992:432\"}",
      "video_generation|hailuo3|{\"prompt\":\"p\",\"aspect_ratio\":\"1:1\",\"resolution\":\"2k\"}|text_to_video|{\"promptText\":\"p\",\"resolution\":\"2k\",\"ratio\":\"1:1\"}",
      "video_generation|h3_max|{\"prompt\":\"p\",\"resolution\":\"768p\",\"seed\":2}|text_to_video|{\"promptText\":\"p\",\"resolution\":\"768p\",\"seed\":2}",
      "video_generation|of_tomorrow|{\"prompt\":\"p\",\"aspect_ratio\":\"1:1\"}|text_to_video|{\"promptText\":\"p\",\"ratio\":\"960:960\",\"duration\":5}",
      "image_to_video|gen4_turbo|{\"image_url\":\"https://a.b/i\"}|image_to_video|{\"promptImage\":\"https://a.b/i\",\"ratio\":\"1280:720\"}",
      "image_to_video|gen4_turbo|{\"image_url\":\"https://a.b/i\",\"prompt\":\"p\",\"aspect_ratio\":\"21:9\",\"duration_seconds\":2}|image_to_video|{\"promptImage\":\"https://a.b/i\",\"promptText\":\"p\",\"ratio\":\"1584:672\",\"duration\":2}",
      "image_to_video|gen4.5|{\"image_url\":\"https://a.b/i\",\"aspect_ratio\":\"3:4\"}|image_to_video|{\"promptImage\":\"https://a.b/i\",\"promptText\":\"Bring this picture to life with natural motion.\",\"ratio\":\"832:1104\",\"duration\":5}",
      "image_to_video|seedance2|{\"image_url\":\"https://a.b/i\"}|image_to_video|{\"promptImage\":\"https://a.b/i\"}",
      "image_to_video|happyhorse_1_0|{\"image_url\":\"https://a.b/i\",\"resolution\":\"1080p\"}|image_to_video|{\"promptImage\":\"https://a.b/i\",\"resolution\":\"1080p\"}",
      "image_to_video|wan3|{\"image_url\":\"https://a.b/i\",\"prompt\":\"p\",\"resolution\":\"1080p\"}|image_to_video|{\"promptImage\":\"https://a.b/i\",\"promptText\":\"p\",\"ratio\":\"auto_1080p\"}",
      "speech_synthesis|eleven_multilingual_v2|{\"text\":\"t\",\"language\":\"de\"}|text_to_speech|{\"promptText\":\"t\",\"voice\":{\"type\":\"runway-preset\",\"presetId\":\"Maya\"}}",
      "speech_synthesis|eleven_v3|{\"text\":\"t\",\"voice\":\"rachel\",\"language\":\"de-DE\"}|text_to_speech|{\"promptText\":\"t\",\"voice\":{\"type\":\"runway-preset\",\"presetId\":\"Rachel\"},\"languageCode\":\"de\"}",
      "speech_synthesis|seed_audio|{\"text\":\"t\",\"output_format\":\"opus\"}|text_to_speech|{\"promptText\":\"t\",\"outputFormat\":\"ogg_opus\"}",
      "speech_synthesis|seed_audio|{\"text\":\"t\",\"voice\":\"https://a.b/v.mp3\"}|text_to_speech|{\"promptText\":\"t\",\"voice\":{\"type\":\"reference-audio\",\"audioUri\":\"https://a.b/v.mp3\"}}",
      "sound_generation|eleven_text_to_sound_v2|{\"prompt\":\"p\",\"duration_seconds\":0.5}|sound_effect|{\"promptText\":\"p\",\"duration\":0.5}"})
  void putsEachCapabilitysInputIntoTheModelsOwnFields(String capability, String model, String input, String operation, String body) {
    Exchange exchange = runway.submit(Asking.of(capability, model, input));
    assertEquals("/v1/" + operation, exchange.target());
    assertEquals(VERSION, exchange.headers());
    assertEquals(new JsonObject(body).put("model", model), exchange.body().toJsonObject());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|gen4_image|{\"prompt\":\"p\",\"aspect_ratio\":\"3:2\"}|input.aspect_ratio must be one of 1:1, 16:9, 9:16, 4:3, 3:4, 21:9 for",
      "image_generation|gen4_image|{\"prompt\":\"p\",\"width\":1000,\"height\":100}|input.width and input.height must have one of the ratios 1:1, 16:9",
      "image_generation|gen4_image|{\"prompt\":\"p\",\"negative_prompt\":\"n\"}|input.negative_prompt",
      "image_generation|gen4_image|{\"prompt\":\"p\",\"num_outputs\":2}|input.num_outputs must be one of 1",
      "image_generation|gemini_image3_pro|{\"prompt\":\"p\",\"num_outputs\":2}|input.num_outputs must be one of 1, 4",
      "image_generation|gen4_image|{\"prompt\":\"p\",\"output_format\":\"png\"}|input.output_format",
      "image_generation|gpt_image_2|{\"prompt\":\"p\",\"seed\":7}|input.seed",
      "video_generation|hailuo3|{\"prompt\":\"p\",\"seed\":2}|input.seed",
      "image_generation|seedream5_pro|{\"prompt\":\"p\",\"output_format\":\"webp\"}|input.output_format must be one of png, jpeg",
      "image_generation|gen4_image_turbo|{\"prompt\":\"p\"}|model gen4_image_turbo",
      "image_editing|gen4_image|{\"prompt\":\"p\",\"image_url\":\"https://a.b/i\",\"strength\":0.5}|input.strength",
      "image_editing|gen4_image|{\"prompt\":\"p\",\"image_url\":\"data:image/gif;base64,eA==\"}|input.image_url must be a JPEG, PNG or WebP",
      "image_editing|gen4_image|{\"prompt\":\"p\",\"image_url\":\"data:image/png,abc\"}|input.image_url",
      "super_resolution|magnific_precision_upscaler_v2|{\"image_url\":\"https://a.b/i\",\"scale\":3}|input.scale must be one of 2, 4, 8, 16",
      "super_resolution|magnific_precision_upscaler_v2|{\"image_url\":\"https://a.b/i\",\"prompt\":\"p\"}|input.prompt",
      "super_resolution|enhance_frame_rate|{\"image_url\":\"https://a.b/i\"}|provider_options.targetFramerate",
      "video_generation|gen4.5|{\"prompt\":\"p\",\"aspect_ratio\":\"1:1\"}|input.aspect_ratio must be one of 16:9, 9:16",
      "video_generation|gen4.5|{\"prompt\":\"p\",\"duration_seconds\":11}|input.duration_seconds must be from 2 to 10",
      "video_generation|gen4.5|{\"prompt\":\"p\",\"duration_seconds\":2.5}|input.duration_seconds must be a whole number",
      "video_generation|gen4.5|{\"prompt\":\"p\",\"resolution\":\"1080p\"}|input.resolution must be one of 720p",
      "video_generation|veo3.1|{\"prompt\":\"p\",\"duration_seconds\":5}|input.duration_seconds must be one of 4, 6, 8",
      "video_generation|veo3.1|{\"prompt\":\"p\",\"resolution\":\"640x480\"}|input.resolution must be one of 1280x720",
      "image_to_video|happyhorse_1_0|{\"image_url\":\"https://a.b/i\",\"aspect_ratio\":\"1:1\"}|input.aspect_ratio",
      "image_to_video|wan3|{\"image_url\":\"https://a.b/i\",\"resolution\":\"4k\"}|input.resolution must be one of 720p, 1080p, 480p",
      "speech_synthesis|eleven_multilingual_v2|{\"text\":\"t\",\"voice\":\"nobody\"}|input.voice must be one of Maya, Arjun",
      "speech_synthesis|eleven_v3|{\"text\":\"t\",\"output_format\":\"mp3\"}|input.output_format",
      "speech_synthesis|seed_audio|{\"text\":\"t\",\"voice\":\"Maya\"}|input.voice",
      "sound_generation|eleven_text_to_sound_v2|{\"prompt\":\"p\",\"duration_seconds\":31}|input.duration_seconds must be from 0.5 to 30"})
  void refusesBeforeItIsPaidWhatTheModelCannotDo(String capability, String model, String input, String field) {
    String message = assertThrows(InvalidInput.class, () -> runway.submit(Asking.of(capability, model, input))).getMessage();
    assertTrue(message.startsWith(field), message);
  }

  @ParameterizedTest
  @CsvSource({"image_generation,gen4_image,prompt,1000", "video_generation,seedance2,prompt,3500", "speech_synthesis,eleven_v3,text,5000",
      "sound_generation,eleven_text_to_sound_v2,prompt,3000"})
  void refusesAPromptThatIsTooLong(String capability, String model, String field, int most) {
    String longest = "x".repeat(most);
    assertEquals(longest, runway.submit(Asking.of(capability, model, new JsonObject().put(field, longest).encode())).body().toJsonObject().getString("promptText"));
    String message = assertThrows(InvalidInput.class,
        () -> runway.submit(Asking.of(capability, model, new JsonObject().put(field, longest + "x").encode()))).getMessage();
    assertTrue(message.startsWith("input." + field + " must be at most " + most), message);
  }

  @Test
  void handsOptionsOverAndLetsThemWin() {
    JsonObject body = runway.submit(Asking.of("image_generation", "gen4_image_turbo", "{\"prompt\":\"p\"}",
        "{\"ratio\":\"720:720\",\"referenceImages\":[{\"uri\":\"https://a.b/i\",\"tag\":\"fox\"}]}")).body().toJsonObject();
    assertEquals("720:720", body.getString("ratio"));
    assertEquals("fox", body.getJsonArray("referenceImages").getJsonObject(0).getString("tag"));
  }

  @ParameterizedTest
  @CsvSource({"https://example.com/a.png?x=1,AS_GIVEN", "https://a.example.co.uk:8443,AS_GIVEN", "http://example.com/a.png,UPLOAD",
      "https://192.168.1.7/a.png,UPLOAD", "https://[::1]/a.png,UPLOAD", "https://localhost/a.png,UPLOAD",
      "https://user@example.com/a.png,UPLOAD", "'data:image/png;base64,eA==',AS_GIVEN"})
  void uploadsWhatIsBehindLinksThatTheProviderWouldNotFollow(String given, InputForm.Kind kind) {
    assertEquals(kind, runway.inputForm(ProviderCapability.IMAGE_TO_VIDEO, "gen4_turbo", "image_url", new JsonObject().put("image_url", given)).kind());
  }

  @Test
  void uploadsWhatIsTooLongToBeSentInlineAndNeverSendsIt() {
    String large = "data:image/png;base64," + "A".repeat(RunwayMedia.MOST_INLINE);
    for (String given : List.of(large, "https://a.b/" + "x".repeat(2_048))) {
      JsonObject input = new JsonObject().put("image_url", given);
      assertEquals(InputForm.UPLOAD, runway.inputForm(ProviderCapability.IMAGE_TO_VIDEO, "gen4_turbo", "image_url", input));
    }
    String body = new JsonObject().put("image_url", large).encode();
    assertTrue(assertThrows(InvalidInput.class, () -> runway.submit(Asking.of("image_to_video", "gen4_turbo", body))).getMessage()
        .startsWith("input.image_url must be at most 5 MB"));
  }

  @Test
  void whatItCannotReadIsNotUploaded() {
    InvalidInput refused = assertThrows(InvalidInput.class, () -> runway.upload("image_url", new InputFile(Buffer.buffer("GIF89a"), "image/gif")));
    assertEquals("/input/image_url", refused.pointer());
    assertTrue(refused.getMessage().startsWith("input.image_url must be a JPEG, PNG or WebP picture"), refused.getMessage());
    assertEquals("/v1/uploads", runway.upload("image_url", new InputFile(Buffer.buffer("x".repeat(512)), "video/mp4")).target());
    InvalidInput tooShort = assertThrows(InvalidInput.class,
        () -> runway.upload("image_url", new InputFile(Buffer.buffer("x".repeat(511)), "image/png")));
    assertEquals("input.image_url must be a file of 512 bytes or more where it is uploaded to runway; it has 511; send it as a data URI", tooShort.getMessage());
  }

  @Test
  void anUploadAsksForASlotAndSendsTheFileLast() {
    Exchange slot = runway.upload("image_url", new InputFile(Buffer.buffer("x".repeat(509) + "xyz"), "image/png"));
    assertEquals("/v1/uploads", slot.target());
    assertEquals(VERSION, slot.headers());
    assertEquals(new JsonObject("{\"filename\":\"image_url.png\",\"type\":\"ephemeral\"}"), slot.body().toJsonObject());
    Exchange form = assertInstanceOf(Step.Then.class, slot.reader().apply(reply(200, "{\"uploadUrl\":\"https://s3.example.com/bucket\","
        + "\"fields\":{\"key\":\"k\",\"policy\":\"p\"},\"runwayUri\":\"runway://abc\"}"))).exchange();
    assertEquals("https://s3.example.com/bucket", form.target());
    assertEquals(Map.of(), form.headers());
    String sent = form.body().toString();
    assertTrue(sent.matches("(?s).*name=\"key\"\r\n\r\nk\r\n.*name=\"policy\"\r\n\r\np\r\n.*name=\"file\"; filename=\"file.png\"\r\n.*xxxyz\r\n--.*--\r\n"), sent);
    assertEquals("runway://abc", assertInstanceOf(Step.Uploaded.class, form.reader().apply(reply(204, ""))).reference());
    assertThrows(RuntimeException.class, () -> slot.reader().apply(reply(200, "{\"runwayUri\":\"runway://abc\"}")));
  }

  @Test
  void followsATaskByItsId() {
    Exchange submit = runway.submit(Asking.of("sound_generation", "eleven_text_to_sound_v2", "{\"prompt\":\"p\"}"));
    Job job = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200, "{\"id\":\"17f2\"}"))).job();
    assertEquals(JOB, job);
    assertEquals("/v1/tasks/17f2", runway.check(job).target());
    assertEquals(VERSION, runway.check(job).headers());
    assertThrows(RuntimeException.class, () -> submit.reader().apply(reply(200, "{}")));
  }

  @Test
  void saysThatALanguageWasNotSent() {
    for (String model : List.of("eleven_multilingual_v2", "seed_audio")) {
      Exchange submit = runway.submit(Asking.of("speech_synthesis", model, "{\"text\":\"t\",\"language\":\"de\"}"));
      Job job = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200, "{\"id\":\"x\"}"))).job();
      Step.Done done = assertInstanceOf(Step.Done.class, runway.check(job).reader().apply(reply(200, "{\"status\":\"SUCCEEDED\",\"output\":[\"https://d/1\"]}")));
      assertTrue(done.result().getString("note").contains("input.language was not sent"), done.result()::encode);
    }
  }

  @Test
  void readsEachState() {
    Step.Done done = assertInstanceOf(Step.Done.class, check("{\"status\":\"SUCCEEDED\",\"output\":[\"https://d/1.mp4\",\"https://d/2.wav\"],\"cost\":{\"credits\":25}}"));
    assertEquals(List.of(Media.at("https://d/1.mp4", null), Media.at("https://d/2.wav", null)), done.media());
    assertEquals(25.0, done.result().getJsonObject("usage").getDouble("credits"));
    assertNull(assertInstanceOf(Step.Done.class, check("{\"status\":\"SUCCEEDED\",\"output\":[\"https://d/1.mp4\"]}")).result());
    assertEquals(42, assertInstanceOf(Step.Waiting.class, check("{\"status\":\"RUNNING\",\"progress\":0.42}")).progress().getInteger("percent"));
    assertNull(assertInstanceOf(Step.Waiting.class, check("{\"status\":\"PENDING\",\"estimatedCost\":{\"credits\":25}}")).progress());
    assertTrue(assertInstanceOf(Step.Waiting.class, check("{\"status\":\"THROTTLED\"}")).progress().getString("message").contains("limit"));
    assertInstanceOf(Step.Waiting.class, check("{\"status\":\"SOMETHING_NEW\"}"));
    assertThrows(RuntimeException.class, () -> check("{}"));
  }

  @ParameterizedTest
  @CsvSource({"SAFETY.INPUT.TEXT,,CONTENT_REFUSED,false,YES", "SAFETY.OUTPUT.VIDEO,5,CONTENT_REFUSED,false,YES", "SAFETY.INPUT.IMAGE,0,CONTENT_REFUSED,false,NO",
      "INPUT_PREPROCESSING.SAFETY.TEXT,,CONTENT_REFUSED,false,YES", "ASSET.INVALID,0,INVALID_INPUT,false,NO", "INTERNAL.BAD_OUTPUT.CODE01,0,PROVIDER_FAILED,true,NO",
      "INTERNAL,12,PROVIDER_FAILED,false,YES", "INPUT_PREPROCESSING.INTERNAL,0,PROVIDER_FAILED,true,NO", "THIRD_PARTY.UNAVAILABLE,0,PROVIDER_UNAVAILABLE,true,NO",
      ",,PROVIDER_FAILED,true,UNKNOWN"})
  void aFailuresCodeTellsWhatItIsAndItsCreditsWhetherItWasCharged(String reason, Double credits, Code code, boolean retryable, Charged charged) {
    JsonObject json = new JsonObject().put("status", "FAILED").put("failure", "why it failed");
    Optional.ofNullable(reason).ifPresent(given -> json.put("failureCode", given));
    Optional.ofNullable(credits).ifPresent(given -> json.put("cost", new JsonObject().put("credits", given)));
    Step.Failed failed = assertInstanceOf(Step.Failed.class, check(json.encode()));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(charged, failed.charged());
    assertTrue(failed.message().contains(reason == null ? "without a code" : reason) && failed.message().endsWith("why it failed"), failed.message());
  }

  @Test
  void readsAFailureWhoseFieldsAreNull() {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, check("{\"status\":\"FAILED\",\"failure\":null,\"failureCode\":null,\"cost\":null}"));
    assertEquals("the generation failed (without a code): it gives no reason", failed.message());
    assertEquals(Charged.UNKNOWN, failed.charged());
  }

  @ParameterizedTest
  @CsvSource({"0,NO", "12,YES", ",UNKNOWN"})
  void aCancelDeletesTheTaskAndThenLooksWhatItCost(Double credits, Charged charged) {
    Exchange delete = runway.cancel(JOB).orElseThrow();
    assertEquals(HttpMethod.DELETE, delete.method());
    assertEquals("/v1/tasks/17f2", delete.target());
    assertEquals(VERSION, delete.headers());
    assertNull(delete.body());
    Exchange look = assertInstanceOf(Step.Then.class, delete.reader().apply(reply(204, ""))).exchange();
    assertEquals(HttpMethod.GET, look.method());
    assertEquals(VERSION, look.headers());
    JsonObject json = new JsonObject().put("status", "CANCELLED");
    Optional.ofNullable(credits).ifPresent(given -> json.put("cost", new JsonObject().put("credits", given)));
    assertEquals(charged, assertInstanceOf(Step.Cancelling.class, look.reader().apply(reply(200, json.encode()))).charged());
    assertEquals(charged, assertInstanceOf(Step.Failed.class, check(json.encode())).charged());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "400|{\"error\":\"Validation failed\",\"issues\":[{\"code\":\"a\",\"path\":[\"referenceImages\",0,\"uri\"],\"message\":\"Invalid\"},{\"code\":\"b\",\"path\":[\"ratio\"]}],\"docUrl\":\"d\"}"
          + "|INVALID_INPUT|false|Validation failed referenceImages.0.uri: Invalid; ratio: b",
      "400|{\"error\":\"You do not have enough credits to run this task.\",\"docUrl\":\"d\"}|PROVIDER_QUOTA|false|enough credits to run this task.",
      "400|{\"error\":\"Validation failed\",\"issues\":[{\"code\":\"a\",\"path\":null,\"message\":null}]}|INVALID_INPUT|false|Validation failed body: a",
      "401|{\"error\":\"Bad key\"}|PROVIDER_AUTH|false|Bad key",
      "404|{\"error\":\"Not here\"}|INVALID_INPUT|false|Not here",
      "429|{\"error\":\"Daily limit\"}|PROVIDER_RATE_LIMITED|true|Daily limit",
      "502|<html>|PROVIDER_UNAVAILABLE|true|<html>",
      "503|{\"error\":\"Busy\"}|PROVIDER_UNAVAILABLE|true|Busy",
      "504|{\"error\":\"Slow\"}|PROVIDER_TIMEOUT|true|Slow"})
  void readsErrors(int status, String body, Code code, boolean retryable, String text) {
    Step.Failed failed = runway.refused(reply(status, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertTrue(failed.message().endsWith(text), failed.message());
  }

  @Test
  void heedsTheHeadersThatTheProvidersOwnClientsHeed() {
    assertEquals("1.5", runway.retryAfter(reply(429, "{}", "retry-after-ms", "1500", "Retry-After", "9")));
    assertEquals("9", runway.retryAfter(reply(429, "{}", "Retry-After", "9")));
    assertFalse(runway.refused(reply(429, "{}", "x-should-retry", "false")).retryable());
    assertTrue(runway.refused(reply(429, "{}", "x-should-retry", "true")).retryable());
  }

  @Test
  void saysThatALostTaskCannotBeFound() {
    assertTrue(runway.find(Asking.of("image_generation", "gen4_image", "{\"prompt\":\"p\"}"), Instant.EPOCH).isEmpty());
  }
}
