package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlackForestLabsTest {
  private static final InputFile PICTURE = new InputFile(Buffer.buffer("xyz"), "image/png");
  private static final String LINK = "https://api.eu2.bfl.ai/v1/get_result?id=3a1f";
  private static final Job JOB = new Job("3a1f", new JsonObject().put("poll", LINK));

  private final BlackForestLabs flux = new BlackForestLabs();

  private static Submission task(String capability, String model, String input, String callback) {
    return new Submission(UUID.randomUUID(), 1, Named.of(ProviderCapability.class, capability).orElseThrow(), model, new JsonObject(input),
        new JsonObject(), callback, capability.equals("inpainting") ? Map.of("image_url", PICTURE, "mask_url", PICTURE) : Map.of());
  }

  private static Reply reply(int status, String body) {
    return new Reply(status, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer(body));
  }

  private Step check(String body) {
    return flux.check(JOB).reader().apply(reply(200, body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|flux-2-pro|{\"prompt\":\"p\",\"width\":640,\"height\":480,\"seed\":7,\"output_format\":\"jpg\"}|{\"prompt\":\"p\",\"seed\":7,\"output_format\":\"jpeg\",\"width\":640,\"height\":480}",
      "image_generation|flux-2-klein-4b|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}|{\"prompt\":\"p\",\"width\":1360,\"height\":768}",
      "image_generation|flux-pro-1.1|{\"prompt\":\"p\",\"aspect_ratio\":\"21:9\"}|{\"prompt\":\"p\",\"width\":1440,\"height\":672}",
      "image_generation|flux-pro-1.1-ultra|{\"prompt\":\"p\",\"width\":1920,\"height\":1080}|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}",
      "image_generation|flux-3-image|{\"prompt\":\"p\",\"aspect_ratio\":\"7:5\"}|{\"prompt\":\"p\",\"aspect_ratio\":\"7:5\"}",
      "image_editing|flux-2-pro|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|{\"prompt\":\"p\",\"input_image\":\"https://a/i\"}",
      "image_editing|flux-kontext-max|{\"prompt\":\"p\",\"image_url\":\"data:image/png;base64,eHl6\",\"seed\":1}|{\"prompt\":\"p\",\"seed\":1,\"input_image\":\"eHl6\"}",
      "image_editing|flux-3-image|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|{\"prompt\":\"p\",\"images\":[\"https://a/i\"]}",
      "image_editing|flux-4-edit|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|{\"prompt\":\"p\",\"input_image\":\"https://a/i\"}",
      "inpainting|flux-4-fill|{\"prompt\":\"p\"}|{\"prompt\":\"p\",\"image\":\"eHl6\",\"mask\":\"eHl6\"}",
      "inpainting|flux-pro-1.0-fill|{\"prompt\":\"p\",\"seed\":2}|{\"prompt\":\"p\",\"seed\":2,\"image\":\"eHl6\",\"mask\":\"eHl6\"}",
      "video_generation|flux-3-video|{\"prompt\":\"p\",\"duration_seconds\":5,\"resolution\":\"4k\"}|{\"mode\":\"t2v\",\"prompt\":\"p\",\"duration\":5,\"resolution\":\"uhd\"}",
      "image_to_video|flux-3-video|{\"prompt\":\"p\",\"image_url\":\"https://a/i\",\"aspect_ratio\":\"9:16\"}|{\"mode\":\"i2v\",\"prompt\":\"p\",\"aspect_ratio\":\"9:16\",\"keyframes\":[\"https://a/i\"]}"})
  void putsEachCapabilitysInputIntoTheModelsOwnFields(String capability, String model, String input, String body) {
    Exchange exchange = flux.submit(task(capability, model, input, null));
    assertEquals("/v1/" + model, exchange.target());
    assertEquals(new JsonObject(body), exchange.body().toJsonObject());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|flux-2-pro|{\"prompt\":\"p\",\"width\":1000}|input.width",
      "image_generation|flux-2-pro|{\"prompt\":\"p\",\"width\":4096,\"height\":2048}|input.width",
      "image_generation|flux-2-pro|{\"prompt\":\"p\",\"negative_prompt\":\"n\"}|input.negative_prompt",
      "image_generation|flux-2-pro|{\"prompt\":\"p\",\"num_outputs\":2}|input.num_outputs",
      "image_generation|flux-2-pro|{\"prompt\":\"p\",\"aspect_ratio\":\"5:1\"}|input.aspect_ratio",
      "image_generation|flux-2-pro|{\"prompt\":\"p\",\"aspect_ratio\":\"0:0\"}|input.aspect_ratio",
      "image_generation|flux-3-image|{\"prompt\":\"p\",\"width\":1024}|input.width",
      "image_generation|flux-3-image|{\"prompt\":\"p\",\"width\":1024,\"aspect_ratio\":\"1:1\"}|input.width",
      "image_generation|flux-3-image|{\"prompt\":\"p\",\"output_format\":\"png\"}|input.output_format",
      "image_generation|flux-3-image|{\"prompt\":\"p\",\"seed\":7}|input.seed",
      "image_editing|flux-3-image|{\"prompt\":\"p\",\"image_url\":\"https://a/i\",\"seed\":7}|input.seed",
      "image_editing|flux-pro-1.1|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|model",
      "video_generation|flux-3-video|{\"prompt\":\"p\",\"seed\":7}|input.seed",
      "image_editing|flux-2-pro|{\"prompt\":\"p\",\"image_url\":\"https://a/i\",\"strength\":0.5}|input.strength",
      "image_editing|flux-2-pro|{\"prompt\":\"p\",\"image_url\":\"data:image/png,abc\"}|input.image_url",
      "inpainting|flux-2-pro|{\"prompt\":\"p\"}|model",
      "video_generation|flux-3-video|{\"prompt\":\"p\",\"duration_seconds\":4}|input.duration_seconds",
      "video_generation|flux-3-video|{\"prompt\":\"p\",\"resolution\":\"480p\"}|input.resolution"})
  void refusesBeforeItIsPaidWhatTheModelCannotDo(String capability, String model, String input, String field) {
    String message = assertThrows(InvalidInput.class, () -> flux.submit(task(capability, model, input, null))).getMessage();
    assertTrue(message.startsWith(field), message);
  }

  @Test
  void asksForACallbackWhereTheModelKnowsIt() {
    assertEquals("https://us/cb", flux.submit(task("image_generation", "flux-2-pro", "{\"prompt\":\"p\"}", "https://us/cb")).body().toJsonObject()
        .getString("webhook_url"));
    assertFalse(flux.submit(task("video_generation", "flux-3-video", "{\"prompt\":\"p\"}", "https://us/cb")).body().toJsonObject().containsKey("webhook_url"));
  }

  @Test
  void looksUnderTheLinkOfTheReplyOrElseAtTheGlobalHost() {
    Exchange submit = flux.submit(task("image_generation", "flux-2-pro", "{\"prompt\":\"p\"}", null));
    assertEquals(JOB, assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200, "{\"id\":\"3a1f\",\"polling_url\":\"" + LINK + "\"}"))).job());
    Job called = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200, "{\"id\":\"3a1f\",\"status\":\"x\",\"webhook_url\":\"y\"}"))).job();
    assertEquals("/v1/get_result?id=3a1f", flux.check(called).target());
    Job unlinked = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200, "{\"id\":\"3a1f\",\"polling_url\":null}"))).job();
    assertEquals("/v1/get_result?id=3a1f", flux.check(unlinked).target());
    assertThrows(RuntimeException.class, () -> submit.reader().apply(reply(200, "{}")));
  }

  @ParameterizedTest
  @CsvSource({"https://api.bfl.ai,https://api.eu2.bfl.ai,true", "https://api.bfl.ai,https://bfl.ai,true", "https://api.bfl.ai,http://api.eu2.bfl.ai,false",
      "https://api.bfl.ai,https://evilbfl.ai,false", "https://api.bfl.ai,https://bfl.ai.evil.com,false", "https://api.bfl.ai,https://delivery-eu1.bfl.ai,false",
      "https://api.bfl.ai,http://127.0.0.1:80,false", "http://127.0.0.1:9,http://127.0.0.1:10,false", "http://127.0.0.1:9,https://api.eu2.bfl.ai,false",
      "https://proxy.example.com,https://api.eu2.bfl.ai,false"})
  void theKeyGoesToHostsOfTheProviderOnly(String base, String origin, boolean own) {
    assertEquals(own, flux.ownsHost(base, origin));
  }

  @Test
  void readsEachState() {
    Step.Done done = assertInstanceOf(Step.Done.class, check("{\"id\":\"3a1f\",\"status\":\"Ready\",\"cost\":3.0,\"result\":{\"sample\":\"https://d/s.jpeg?sig=1\",\"seed\":5}}"));
    assertEquals(Media.at("https://d/s.jpeg?sig=1", null), done.media().get(0));
    assertEquals(5, done.result().getInteger("seed"));
    assertEquals(35, assertInstanceOf(Step.Waiting.class, check("{\"status\":\"Pending\",\"progress\":0.35}")).progress().getInteger("percent"));
    assertNull(assertInstanceOf(Step.Waiting.class, check("{\"status\":\"Pending\",\"progress\":null}")).progress());
    assertEquals("Reasoning", assertInstanceOf(Step.Waiting.class, check("{\"status\":\"Reasoning\"}")).progress().getString("message"));
    assertInstanceOf(Step.Waiting.class, check("{\"status\":\"Something New\"}"));
    assertInstanceOf(Step.NotFound.class, check("{\"status\":\"Task not found\"}"));
    assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, check("{\"status\":\"Error\",\"details\":{\"error\":\"x\"}}")).code());
    assertThrows(RuntimeException.class, () -> check("{}"));
  }

  @ParameterizedTest
  @CsvSource({"Request Moderated,null,UNKNOWN", "Content Moderated,3.0,YES", "Request Moderated,0,NO"})
  void aModeratedJobIsARefusalAndItsCostTellsWhetherItWasCharged(String status, String cost, Charged charged) {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, check("{\"status\":\"" + status + "\",\"cost\":" + cost
        + ",\"details\":{\"Moderation Reasons\":[\"Safety\"]}}"));
    assertEquals(Code.CONTENT_REFUSED, failed.code());
    assertEquals(charged, failed.charged());
    assertFalse(failed.retryable());
    assertTrue(failed.message().contains("Safety"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "422|{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"prompt\"],\"msg\":\"Field required\",\"input\":{}}]}|INVALID_INPUT|false|prompt: Field required",
      "422|{\"detail\":[{\"loc\":\"prompt\",\"msg\":\"too long\"}]}|INVALID_INPUT|false|too long",
      "400|{\"detail\":null,\"message\":\"bad\"}|INVALID_INPUT|false|bad",
      "404|{\"detail\":\"Task not found\"}|PROVIDER_FAILED|true|does not know the job",
      "403|{\"detail\":\"Not authenticated\"}|PROVIDER_AUTH|false|Not authenticated",
      "402|{\"detail\":\"Insufficient credits\"}|PROVIDER_QUOTA|false|Insufficient credits",
      "429|{\"message\":\"slow down\"}|PROVIDER_RATE_LIMITED|true|slow down",
      "503|{\"error\":\"busy\"}|PROVIDER_UNAVAILABLE|true|busy",
      "404|{\"id\":\"1\",\"status\":\"Task not found\"}|PROVIDER_FAILED|true|does not know the job"})
  void readsErrorsInEachOfTheirShapes(int status, String body, Code code, boolean retryable, String text) {
    Step.Failed failed = flux.refused(reply(status, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertTrue(failed.message().endsWith(text), failed.message());
  }
}
