package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.config.Secret;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LumaTest {
  private static final UUID TASK = UUID.fromString("123e4567-e89b-42d3-a456-426614174000");
  private static final Instant SENT = Instant.parse("2026-11-22T21:01:00Z");
  private static final Job JOB = new Job("3a1f", new JsonObject().put("attempt", 1));
  private static final Job AGAIN = new Job("3a1f", new JsonObject().put("attempt", 2));
  private static final Job AGENTS = new Job("3a1f", new JsonObject().put("attempt", 1).put("api", "agents"));

  private final Luma luma = new Luma();

  private static Submission task(String capability, String model, String input, String options, String callback) {
    return new Submission(TASK, 2, Named.of(ProviderCapability.class, capability).orElseThrow(), model, new JsonObject(input),
        new JsonObject(options), callback, Map.of());
  }

  private static Submission task(String capability, String model, String input) {
    return task(capability, model, input, "{}", null);
  }

  private static Reply reply(int status, String body, String... header) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    if (header.length > 0) {
      headers.add(header[0], header[1]);
    }
    return new Reply(status, headers, Buffer.buffer(body));
  }

  private Step check(Job job, String body) {
    return luma.check(job).reader().apply(reply(200, body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|photon-1|{\"prompt\":\"a fox\",\"width\":1280,\"height\":720,\"output_format\":\"jpeg\"}|/generations/image|{\"model\":\"photon-1\",\"prompt\":\"a fox\",\"aspect_ratio\":\"16:9\",\"format\":\"jpg\"}",
      "image_generation|photon-9|{\"prompt\":\"a fox\",\"num_outputs\":1}|/generations/image|{\"model\":\"photon-9\",\"prompt\":\"a fox\"}",
      "image_editing|photon-1|{\"prompt\":\"a hat\",\"image_url\":\"https://a/i\",\"strength\":0.9,\"output_format\":\"png\"}|/generations/image|{\"model\":\"photon-1\",\"prompt\":\"a hat\",\"format\":\"png\",\"modify_image_ref\":{\"url\":\"https://a/i\",\"weight\":0.1}}",
      "image_editing|photon-flash-1|{\"prompt\":\"a hat\",\"image_url\":\"https://a/i\"}|/generations/image|{\"model\":\"photon-flash-1\",\"prompt\":\"a hat\",\"modify_image_ref\":{\"url\":\"https://a/i\"}}",
      "video_generation|ray-2|{\"prompt\":\"a fox\",\"duration_seconds\":3,\"resolution\":\"4K\",\"aspect_ratio\":\"9:21\"}|/generations/video|{\"model\":\"ray-2\",\"prompt\":\"a fox\",\"aspect_ratio\":\"9:21\",\"resolution\":\"4k\",\"duration\":\"5s\"}",
      "video_generation|ray-1-6|{\"prompt\":\"a fox\",\"duration_seconds\":5.5}|/generations/video|{\"model\":\"ray-1-6\",\"prompt\":\"a fox\",\"duration\":\"9s\"}",
      "image_to_video|ray-flash-2|{\"image_url\":\"https://a/i\"}|/generations/video|{\"model\":\"ray-flash-2\",\"keyframes\":{\"frame0\":{\"type\":\"image\",\"url\":\"https://a/i\"}}}",
      "image_generation|uni-1|{\"prompt\":\"p\",\"width\":1500,\"height\":1000,\"output_format\":\"jpg\"}|agents:/generations|{\"model\":\"uni-1\",\"prompt\":\"p\",\"type\":\"image\",\"aspect_ratio\":\"3:2\",\"output_format\":\"jpeg\"}",
      "image_editing|uni-1-max|{\"prompt\":\"p\",\"image_url\":\"data:image/png;base64,eHl6\"}|agents:/generations|{\"model\":\"uni-1-max\",\"prompt\":\"p\",\"type\":\"image_edit\",\"source\":{\"data\":\"eHl6\",\"media_type\":\"image/png\"}}",
      "video_generation|ray-3.2|{\"prompt\":\"p\",\"duration_seconds\":7,\"resolution\":\"1080p\",\"aspect_ratio\":\"3:4\"}|agents:/generations|{\"model\":\"ray-3.2\",\"prompt\":\"p\",\"type\":\"video\",\"aspect_ratio\":\"3:4\",\"video\":{\"resolution\":\"1080p\",\"duration\":\"10s\"}}",
      "video_generation|ray-4|{\"prompt\":\"p\"}|agents:/generations|{\"model\":\"ray-4\",\"prompt\":\"p\",\"type\":\"video\"}",
      "image_to_video|ray-3.2|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|agents:/generations|{\"model\":\"ray-3.2\",\"prompt\":\"p\",\"type\":\"video\",\"video\":{\"start_frame\":{\"url\":\"https://a/i\"}}}"})
  void putsEachCapabilitysInputIntoTheFieldsOfTheModelsApi(String capability, String model, String input, String target, String body) {
    Exchange exchange = luma.submit(task(capability, model, input));
    assertEquals(target, exchange.target());
    assertEquals(new JsonObject(body), exchange.body().toJsonObject());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|photon-1|{\"prompt\":\"p\"}|input.prompt",
      "image_generation|photon-1|{\"prompt\":\"a fox\",\"num_outputs\":2}|input.num_outputs",
      "image_generation|photon-1|{\"prompt\":\"a fox\",\"negative_prompt\":\"n\"}|input.negative_prompt",
      "image_generation|photon-1|{\"prompt\":\"a fox\",\"output_format\":\"webp\"}|input.output_format",
      "image_generation|photon-1|{\"prompt\":\"a fox\",\"width\":1500,\"height\":1000}|input.width",
      "image_generation|photon-1|{\"prompt\":\"a fox\",\"seed\":7}|input.seed",
      "image_editing|photon-1|{\"prompt\":\"a fox\",\"image_url\":\"https://a/i\",\"seed\":7}|input.seed",
      "video_generation|ray-2|{\"prompt\":\"a fox\",\"seed\":7}|input.seed",
      "image_to_video|ray-3.2|{\"image_url\":\"https://a/i\",\"seed\":7}|input.seed",
      "image_generation|uni-1|{\"prompt\":\"p\",\"seed\":7}|input.seed",
      "video_generation|ray-2|{\"prompt\":\"a fox\",\"aspect_ratio\":\"3:2\"}|input.aspect_ratio",
      "video_generation|ray-2|{\"prompt\":\"a fox\",\"resolution\":\"480p\"}|input.resolution",
      "video_generation|ray-2|{\"prompt\":\"a fox\",\"duration_seconds\":10}|input.duration_seconds must be at most 9",
      "video_generation|ray-3.2|{\"prompt\":\"p\",\"duration_seconds\":11}|input.duration_seconds must be at most 10",
      "video_generation|ray-3.2|{\"prompt\":\"p\",\"resolution\":\"4k\"}|input.resolution",
      "video_generation|ray-3.2|{\"prompt\":\"p\",\"aspect_ratio\":\"9:21\"}|input.aspect_ratio",
      "image_generation|uni-1|{\"prompt\":\"p\",\"aspect_ratio\":\"4:3\"}|input.aspect_ratio",
      "image_editing|uni-1|{\"prompt\":\"p\",\"image_url\":\"https://a/i\",\"strength\":0.5}|input.strength",
      "image_editing|uni-1|{\"prompt\":\"p\",\"image_url\":\"data:image/png,abc\"}|input.image_url",
      "super_resolution|ray-2|{\"image_url\":\"https://a/i\"}|capability"})
  void refusesBeforeItIsPaidWhatTheModelCannotDo(String capability, String model, String input, String field) {
    String message = assertThrows(InvalidInput.class, () -> luma.submit(task(capability, model, input))).getMessage();
    assertTrue(message.startsWith(field), message);
  }

  @Test
  void countsCharactersOfAPromptAndNotTheirHalves() {
    String fox = "\uD83E\uDD8A";
    luma.submit(task("video_generation", "ray-2", new JsonObject().put("prompt", fox.repeat(5_000)).encode()));
    for (String each : new String[] {fox + fox, fox.repeat(5_001)}) {
      Submission bad = task("video_generation", "ray-2", new JsonObject().put("prompt", each).encode());
      assertTrue(assertThrows(InvalidInput.class, () -> luma.submit(bad)).getMessage().contains("3 to 5000"));
    }
  }

  @Test
  void mergesOptionsIntoWhatIsNested() {
    String end = "{\"keyframes\":{\"frame1\":{\"type\":\"image\",\"url\":\"https://a/j\"}},\"loop\":false}";
    JsonObject body = luma.submit(task("image_to_video", "ray-2", "{\"image_url\":\"https://a/i\"}", end, null)).body().toJsonObject();
    assertEquals(2, body.getJsonObject("keyframes").size());
    assertEquals(false, body.getBoolean("loop"));
    body = luma.submit(task("video_generation", "ray-3.2", "{\"prompt\":\"p\",\"resolution\":\"720p\"}", "{\"video\":{\"hdr\":true}}", null)).body().toJsonObject();
    assertEquals(new JsonObject("{\"resolution\":\"720p\",\"hdr\":true}"), body.getJsonObject("video"));
  }

  @Test
  void asksForACallbackWhereTheApiKnowsCallbacks() {
    assertEquals("https://us/cb", luma.submit(task("video_generation", "ray-2", "{\"prompt\":\"a fox\"}", "{}", "https://us/cb")).body()
        .toJsonObject().getString("callback_url"));
    assertFalse(luma.submit(task("video_generation", "ray-3.2", "{\"prompt\":\"p\"}", "{}", "https://us/cb")).body().toJsonObject().containsKey("callback_url"));
  }

  @Test
  void theNewerApiHasAHostOfItsOwnUnlessTheBaseUrlIsAnotherOne() {
    assertEquals(Map.of("agents", "https://agents.lumalabs.ai/v1"), luma.otherHosts("https://api.lumalabs.ai/dream-machine/v1"));
    assertEquals(Map.of(), luma.otherHosts("https://agents.lumalabs.ai/v1"));
    assertEquals(InputForm.LINK, luma.inputForm(ProviderCapability.IMAGE_TO_VIDEO, "ray-2", "image_url", new JsonObject()));
    assertEquals(InputForm.AS_GIVEN, luma.inputForm(ProviderCapability.IMAGE_TO_VIDEO, "ray-3.2", "image_url", new JsonObject()));
  }

  @Test
  void asksTheApiThatTookTheJob() {
    Exchange older = luma.submit(task("video_generation", "ray-2", "{\"prompt\":\"a fox\"}"));
    Job job = assertInstanceOf(Step.Waiting.class, older.reader().apply(reply(201, "{\"id\":\"3a1f\",\"state\":null}"))).job();
    assertEquals(AGAIN, job);
    assertEquals("/generations/3a1f", luma.check(job).target());
    Exchange newer = luma.submit(task("video_generation", "ray-3.2", "{\"prompt\":\"p\"}"));
    Job agents = assertInstanceOf(Step.Waiting.class, newer.reader().apply(reply(201, "{\"id\":\"3a1f\",\"state\":\"queued\"}"))).job();
    assertEquals("agents:/generations/3a1f", luma.check(agents).target());
    assertThrows(RuntimeException.class, () -> older.reader().apply(reply(201, "{\"id\":null}")));
    assertEquals(Optional.empty(), luma.cancel(job));
  }

  @Test
  void readsEachState() {
    assertNull(assertInstanceOf(Step.Waiting.class, check(JOB, "{\"state\":\"queued\",\"assets\":null}")).progress());
    assertEquals("dreaming", assertInstanceOf(Step.Waiting.class, check(JOB, "{\"state\":\"dreaming\",\"assets\":{\"progress_video\":\"https://c/p\"}}"))
        .progress().getString("message"));
    assertInstanceOf(Step.Waiting.class, check(JOB, "{\"state\":\"something new\"}"));
    assertEquals(Media.at("https://c/v.mp4", null), assertInstanceOf(Step.Done.class,
        check(JOB, "{\"state\":\"completed\",\"assets\":{\"image\":null,\"video\":\"https://c/v.mp4\",\"progress_video\":\"https://c/p\"}}")).media().get(0));
    assertEquals(Media.at("https://c/i.jpg", null), assertInstanceOf(Step.Done.class,
        check(JOB, "{\"state\":\"completed\",\"assets\":{\"image\":\"https://c/i.jpg\"}}")).media().get(0));
    assertThrows(MissingField.class, () -> check(JOB, "{}"));
  }

  @Test
  void readsEachStateOfTheNewerApi() {
    assertNull(assertInstanceOf(Step.Waiting.class, check(AGENTS, "{\"state\":\"queued\",\"output\":[]}")).progress());
    assertEquals("processing", assertInstanceOf(Step.Waiting.class, check(AGENTS, "{\"state\":\"processing\"}")).progress().getString("message"));
    assertEquals(Media.at("https://c/v.mp4", null), assertInstanceOf(Step.Done.class,
        check(AGENTS, "{\"state\":\"completed\",\"output\":[{\"type\":\"video\",\"url\":\"https://c/v.mp4\"}]}")).media().get(0));
    assertThrows(MissingField.class, () -> check(AGENTS, "{}"));
  }

  @ParameterizedTest
  @CsvSource({"Contains blacklisted words,CONTENT_REFUSED,false", "Advanced prompt moderation failed,CONTENT_REFUSED,false",
      "Frame moderation failed,CONTENT_REFUSED,false", "Failed to read user input frames,INVALID_INPUT,false",
      "Prompt processing failed,PROVIDER_FAILED,true", "Image already in dispatch,PROVIDER_FAILED,true", ",PROVIDER_FAILED,true"})
  void readsTheReasonOfAFailureAndTriesOnceMoreAtMost(String reason, Code code, boolean retryable) {
    String body = new JsonObject().put("state", "failed").put("failure_reason", reason).encode();
    Step.Failed failed = assertInstanceOf(Step.Failed.class, check(JOB, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(Charged.UNKNOWN, failed.charged());
    assertFalse(assertInstanceOf(Step.Failed.class, check(AGAIN, body)).retryable());
  }

  @ParameterizedTest
  @CsvSource({"content_moderated,CONTENT_REFUSED,false", "budget_exhausted,PROVIDER_QUOTA,false", "image_too_large,INVALID_INPUT,false",
      "unsupported_format,INVALID_INPUT,false", "corrupt_input,INVALID_INPUT,false", "invalid_request,INVALID_INPUT,false",
      "generation_failed,PROVIDER_FAILED,true", "output_not_found,PROVIDER_FAILED,true", "rate_limited,PROVIDER_RATE_LIMITED,true",
      ",PROVIDER_FAILED,false"})
  void readsTheCodeOfAFailureOfTheNewerApi(String word, Code code, boolean retryable) {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, check(AGENTS, new JsonObject().put("state", "failed").put("failure_code", word).encode()));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(Gate.concernsAll(code) ? Charged.NO : Charged.UNKNOWN, failed.charged());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "400|{\"detail\":\"Loop is not supported for end frame\"}|INVALID_INPUT|false|Loop is not supported for end frame",
      "400|{\"detail\":\"Insufficient credits\"}|PROVIDER_QUOTA|false|Insufficient credits",
      "402|{\"detail\":\"no balance\"}|PROVIDER_QUOTA|false|no balance",
      "422|{\"detail\":[{\"loc\":[\"body\",\"model\"],\"msg\":\"Field required\",\"type\":\"missing\"}]}|INVALID_INPUT|false|model: Field required",
      "403|{\"detail\":\"Invalid API key\"}|PROVIDER_AUTH|false|Invalid API key",
      "409|{\"detail\":\"busy\"}|PROVIDER_UNAVAILABLE|true|busy",
      "429|{}|PROVIDER_RATE_LIMITED|true|{}",
      "502|<html>|PROVIDER_UNAVAILABLE|true|<html>"})
  void readsErrorsInEachOfTheirShapes(int status, String body, Code code, boolean retryable, String text) {
    Step.Failed failed = luma.refused(reply(status, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(Charged.NO, failed.charged());
    assertTrue(failed.message().endsWith(text), failed.message());
  }

  @Test
  void doesAsTheHeadersOfARefusalAdvise() {
    assertFalse(luma.refused(reply(429, "{}", "x-should-retry", "false")).retryable());
    assertTrue(luma.refused(reply(400, "{}", "X-Should-Retry", "true")).retryable());
    assertEquals("1.5", luma.retryAfter(reply(429, "{}", "Retry-After-Ms", "1500")));
    assertEquals("7", luma.retryAfter(reply(429, "{}", "Retry-After", "7")));
    assertNull(luma.retryAfter(reply(429, "{}")));
  }

  private Step find(Submission task, String... generations) {
    return luma.find(task, SENT).orElseThrow().reader().apply(reply(200, "{\"generations\":[" + String.join(",", generations) + "],\"has_more\":false}"));
  }

  private static String generation(String id, String at, String request) {
    return "{\"id\":\"" + id + "\",\"created_at\":\"" + at + "\",\"request\":" + request + "}";
  }

  @Test
  void findsALostSubmitByItsCallbackUrl() {
    Submission lost = task("video_generation", "ray-2", "{\"prompt\":\"a fox\"}", "{}", "https://us/cb");
    String first = generation("one", "2026-11-22T21:01:05Z", "{\"prompt\":\"a fox\",\"model\":\"ray-2\",\"callback_url\":\"https://us/other\"}");
    String second = generation("two", "2026-11-22T21:01:01.123456+00:00", "{\"model\":\"ray-2\",\"callback_url\":\"https://us/cb\"}");
    assertEquals(new Job("two", AGAIN.data()), assertInstanceOf(Step.Waiting.class, find(lost, first, second)).job());
    assertInstanceOf(Step.NotFound.class, find(lost, first, "{\"id\":\"x\",\"request\":null}"));
  }

  @Test
  void aCallbackUrlThatTheClientChoseDoesNotTellWhoseGenerationItIs() {
    Submission lost = task("video_generation", "ray-2", "{\"prompt\":\"a fox\"}", "{\"callback_url\":\"https://client/cb\"}", "https://us/cb");
    String another = generation("x", "2026-11-22T21:01:01Z", "{\"model\":\"ray-2\",\"prompt\":\"a dog\",\"callback_url\":\"https://client/cb\"}");
    assertInstanceOf(Step.NotFound.class, find(lost, another));
    assertInstanceOf(Step.Found.class, find(lost, another.replace("dog", "fox")));
  }

  @Test
  void findsALostSubmitByAllThatWasSentAndTheTimeWhereThereIsNoCallback() {
    Submission lost = task("image_editing", "photon-1", "{\"prompt\":\"a hat\",\"image_url\":\"https://a/i\",\"strength\":0}");
    String sent = "{\"prompt\":\"a hat\",\"model\":\"photon-1\",\"aspect_ratio\":\"16:9\",\"modify_image_ref\":{\"url\":\"https://a/i\",\"weight\":1}}";
    String[] others = {generation("old", "2026-11-22T20:59:00Z", sent), generation("url", "2026-11-22T21:01:00Z", sent.replace("a/i", "a/j")),
        generation("later", "2026-11-22T21:09:00Z", sent)};
    assertEquals("later", assertInstanceOf(Step.Found.class, find(lost, others)).jobs().get(0).externalId());
    assertEquals("ours", assertInstanceOf(Step.Found.class, find(lost, others[0], others[1], others[2], generation("ours", "2026-11-22T21:01:02Z", sent)))
        .jobs().get(0).externalId());
    assertInstanceOf(Step.NotFound.class, find(lost, others[0], others[1]));
  }

  @Test
  void findsALostPictureThatWasGivenInlineByOurLinkToIt() {
    Submission lost = task("image_to_video", "ray-2", "{\"image_url\":\"data:image/png;base64,eHl6\"}");
    String link = "{\"model\":\"ray-2\",\"keyframes\":{\"frame0\":{\"type\":\"image\",\"url\":\"https://us/v1/inputs/TASK/image_url/1/s\"},\"frame1\":null}}";
    assertInstanceOf(Step.NotFound.class, find(lost, generation("x", "2026-11-22T21:01:00Z", link.replace("TASK", UUID.randomUUID().toString()))));
    assertInstanceOf(Step.Found.class, find(lost, generation("x", "2026-11-22T21:01:00Z", link.replace("TASK", TASK.toString()))));
  }

  @Test
  void readsTheListPageByPageAndKnowsNoneOfTheNewerApi() {
    Exchange first = luma.find(task("video_generation", "ray-2", "{\"prompt\":\"a fox\"}"), SENT).orElseThrow();
    assertEquals("/generations?limit=100&offset=0", first.target());
    Step.Then then = assertInstanceOf(Step.Then.class, first.reader().apply(reply(200, "{\"generations\":[{\"id\":\"x\"},{\"id\":\"y\"}],\"has_more\":true}")));
    assertEquals("/generations?limit=100&offset=2", then.exchange().target());
    assertInstanceOf(Step.NotFound.class, then.exchange().reader().apply(reply(200, "{\"generations\":[],\"has_more\":true}")));
    assertThrows(MissingField.class, () -> first.reader().apply(reply(200, "{}")));
    assertEquals(Optional.empty(), luma.find(task("video_generation", "ray-3.2", "{\"prompt\":\"p\"}"), SENT));
  }

  @ParameterizedTest
  @CsvSource({"https://api.lumalabs.ai/dream-machine/v1,luma-1f-2e,photon-1,", "https://api.lumalabs.ai/dream-machine/v1,luma-1f-2e,uni-1,luma-api-",
      "http://127.0.0.1:9/luma,k,ray-3.2,luma-api-", "https://api.lumalabs.ai/dream-machine/v1,luma-api-1,uni-1,",
      "https://api.lumalabs.ai/dream-machine/v1,luma-api-1,photon-1,Dream Machine key", "https://agents.lumalabs.ai/v1,k,uni-1-max,",
      "https://agents.lumalabs.ai/v1,k,ray-2,Dream Machine key"})
  void theKeyOrTheBaseUrlTellsWhoseModelsThereAre(String baseUrl, String key, String model, String needs) {
    String why = luma.closed(model, baseUrl, Secret.of(key)).orElse(null);
    assertTrue(needs == null ? why == null : why != null && why.contains(needs), () -> String.valueOf(why));
  }
}
