package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
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
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StabilityTest {
  private static final Pattern PART = Pattern.compile("name=\"(\\w+)\"(; filename=\"([^\"]+)\")?\r\n(Content-Type: (\\S+)\r\n)?\r\n([^\r]*)\r\n");
  private static final InputFile PICTURE = new InputFile(Buffer.buffer("pixels"), "image/png");
  private static final Job JOB = new Job("abc", new JsonObject().put("result", "/v2beta/results/abc"));

  private final Stability stability = new Stability();

  private static Submission task(String capability, String model, String input, String options) {
    return new Submission(UUID.randomUUID(), 1, Named.of(ProviderCapability.class, capability).orElseThrow(), model, new JsonObject(input),
        new JsonObject(options), "https://us/cb", capability.equals("inpainting") ? Map.of("image_url", PICTURE, "mask_url", PICTURE)
            : input.contains("image") || !input.contains("prompt") || capability.matches("image_editing|super_resolution")
                ? Map.of("image_url", PICTURE) : Map.of());
  }

  private static Map<String, String> parts(Exchange exchange) {
    Map<String, String> parts = new TreeMap<>();
    Matcher part = PART.matcher(exchange.body().toString());
    while (part.find()) {
      parts.put(part.group(1), part.group(3) == null ? part.group(6) : part.group(3) + "=" + part.group(5));
    }
    return parts;
  }

  private static Reply reply(int status, String type, String body, String... headers) {
    MultiMap all = MultiMap.caseInsensitiveMultiMap().add("Content-Type", type);
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    return new Reply(status, all, Buffer.buffer(body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|core|{\"prompt\":\"p\",\"width\":1920,\"height\":1080,\"seed\":7,\"output_format\":\"jpg\"}|{\"style_preset\":\"anime\"}|stable-image/generate/core|{aspect_ratio=16:9, output_format=jpeg, prompt=p, seed=7, style_preset=anime}",
      "image_generation|stable-image-ultra|{\"prompt\":\"p\",\"negative_prompt\":\"n\"}|{}|stable-image/generate/ultra|{negative_prompt=n, prompt=p}",
      "image_generation|sd3.5-flash|{\"prompt\":\"p\",\"aspect_ratio\":\"9:16\"}|{}|stable-image/generate/sd3|{aspect_ratio=9:16, mode=text-to-image, model=sd3.5-flash, prompt=p}",
      "image_editing|sd3.5-large|{\"prompt\":\"p\"}|{}|stable-image/generate/sd3|{image=image.png=image/png, mode=image-to-image, model=sd3.5-large, prompt=p, strength=0.7}",
      "image_editing|search-and-replace|{\"prompt\":\"p\"}|{\"search_prompt\":\"s\"}|stable-image/edit/search-and-replace|{image=image.png=image/png, prompt=p, search_prompt=s}",
      "image_editing|replace-background-and-relight|{\"prompt\":\"p\"}|{}|stable-image/edit/replace-background-and-relight|{background_prompt=p, subject_image=subject_image.png=image/png}",
      "inpainting|inpaint|{\"prompt\":\"p\",\"seed\":3}|{}|stable-image/edit/inpaint|{image=image.png=image/png, mask=mask.png=image/png, prompt=p, seed=3}",
      "background_removal|remove-background|{\"output_format\":\"webp\"}|{}|stable-image/edit/remove-background|{image=image.png=image/png, output_format=webp}",
      "super_resolution|fast|{}|{}|stable-image/upscale/fast|{image=image.png=image/png}",
      "super_resolution|creative|{\"prompt\":\"p\"}|{}|stable-image/upscale/creative|{image=image.png=image/png, prompt=p}",
      "music_generation|stable-audio-2.5|{\"prompt\":\"p\",\"duration_seconds\":30}|{}|audio/stable-audio-2/text-to-audio|{duration=30, model=stable-audio-2.5, prompt=p}",
      "sound_generation|stable-audio-3|{\"prompt\":\"p\",\"duration_seconds\":300}|{\"output_format\":\"wav\"}|audio/stable-audio/text-to-audio|{duration=300, model=stable-audio-3, output_format=wav, prompt=p}",
      "model_3d_generation|stable-fast-3d|{}|{}|3d/stable-fast-3d|{image=image.png=image/png}"})
  void putsEachCapabilitysInputIntoAForm(String capability, String model, String input, String options, String path, String parts) {
    Exchange exchange = stability.submit(task(capability, model, input, options));
    assertEquals("/v2beta/" + path, exchange.target());
    assertEquals("POST", exchange.method().name());
    assertTrue(exchange.contentType().startsWith("multipart/form-data; boundary="));
    assertEquals(parts, parts(exchange).toString());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|core|{\"prompt\":\"p\",\"num_outputs\":2}|input.num_outputs",
      "image_generation|core|{\"prompt\":\"p\",\"aspect_ratio\":\"4:3\"}|input.aspect_ratio",
      "image_generation|core|{\"prompt\":\"p\",\"width\":1024,\"height\":300}|input.width",
      "image_generation|core|{\"prompt\":\"p\",\"output_format\":\"gif\"}|input.output_format",
      "image_generation|core|{\"prompt\":\"p\",\"seed\":4294967295}|input.seed",
      "image_generation|sd3.5-large|{\"prompt\":\"p\",\"output_format\":\"webp\"}|input.output_format",
      "super_resolution|fast|{\"prompt\":\"p\"}|input.prompt",
      "music_generation|stable-audio-2.5|{\"prompt\":\"p\",\"instrumental\":false}|input.instrumental",
      "model_3d_generation|stable-fast-3d|{\"prompt\":\"with image\"}|input.prompt",
      "image_generation|sd1.6|{\"prompt\":\"p\"}|model",
      "image_editing|search-and-replace|{\"prompt\":\"p\"}|provider_options.search_prompt",
      "image_editing|outpaint|{\"prompt\":\"p\"}|provider_options",
      "super_resolution|fast|{\"scale\":2}|input.scale",
      "super_resolution|creative|{}|input.prompt",
      "background_removal|remove-background|{\"output_format\":\"jpeg\"}|input.output_format",
      "music_generation|stable-audio-2.5|{\"prompt\":\"p\",\"duration_seconds\":191}|input.duration_seconds",
      "model_3d_generation|stable-fast-3d|{\"prompt\":\"p\"}|input.image_url"})
  void refusesBeforeItIsPaidWhatTheOperationCannotDo(String capability, String model, String input, String field) {
    InvalidInput refused = assertThrows(InvalidInput.class, () -> stability.submit(task(capability, model, input, "{}")));
    assertTrue(refused.getMessage().startsWith(field), refused.getMessage());
    assertEquals("/" + field.split(" ")[0].replace('.', '/'), refused.pointer());
  }

  @ParameterizedTest
  @ValueSource(strings = {"prompt", "negative_prompt"})
  void refusesWordsThatAreTooLong(String field) {
    JsonObject longest = new JsonObject().put("prompt", "p").put(field, "x".repeat(10_000));
    stability.submit(task("image_generation", "core", longest.encode(), "{}"));
    String input = longest.put(field, "x".repeat(10_001)).encode();
    String message = assertThrows(InvalidInput.class, () -> stability.submit(task("image_generation", "core", input, "{}"))).getMessage();
    assertTrue(message.startsWith("input." + field + " must have at most 10000"), message);
  }

  @Test
  void takesTheFileFromTheBodyOrFromJson() {
    Exchange submit = stability.submit(task("image_generation", "core", "{\"prompt\":\"p\"}", "{}"));
    assertEquals("image/*", submit.headers().get("Accept"));
    Step.Done bytes = assertInstanceOf(Step.Done.class, submit.reader().apply(reply(200, "image/webp", "xyz", "finish-reason", "SUCCESS", "seed", "343940597")));
    assertEquals(Media.of(Buffer.buffer("xyz"), "image/webp"), bytes.media().get(0));
    assertEquals(new JsonObject("{\"finish_reason\":\"SUCCESS\",\"seed\":343940597}"), bytes.result());
    Step.Done json = assertInstanceOf(Step.Done.class, submit.reader().apply(reply(200, "application/json; type=image/png",
        "{\"image\":\"eHl6\",\"finish_reason\":\"SUCCESS\"}")));
    assertArrayEquals("xyz".getBytes(), json.media().get(0).content().getBytes());
    assertEquals("image/png", json.media().get(0).contentType());
  }

  @Test
  void aBlurredPictureIsARefusal() {
    Exchange submit = stability.submit(task("image_generation", "core", "{\"prompt\":\"p\"}", "{}"));
    assertEquals(Code.CONTENT_REFUSED, assertInstanceOf(Step.Failed.class, submit.reader().apply(reply(200, "image/png", "x", "finish-reason",
        "CONTENT_FILTERED"))).code());
    assertEquals(Code.CONTENT_REFUSED, assertInstanceOf(Step.Failed.class, submit.reader().apply(reply(200, "application/json",
        "{\"image\":\"eHl6\",\"finish_reason\":\"CONTENT_FILTERED\"}"))).code());
  }

  @Test
  void whatIsStartedIsAskedForUnderItsIdUntilItIsThere() {
    Exchange creative = stability.submit(task("super_resolution", "creative", "{\"prompt\":\"p\"}", "{}"));
    Job job = assertInstanceOf(Step.Waiting.class, creative.reader().apply(reply(200, "application/json", "{\"id\":\"abc\"}"))).job();
    assertEquals(JOB, job);
    Exchange check = stability.check(job);
    assertEquals("/v2beta/results/abc", check.target());
    assertTrue(check.tellsEnd());
    assertInstanceOf(Step.Waiting.class, check.reader().apply(reply(202, "application/json", "{\"id\":\"abc\",\"status\":\"in-progress\"}")));
    assertInstanceOf(Step.Done.class, check.reader().apply(reply(200, "application/json", "{\"result\":\"eHl6\",\"finish_reason\":\"SUCCESS\"}")));
    Exchange audio = stability.submit(task("music_generation", "stable-audio-3", "{\"prompt\":\"p\"}", "{}"));
    Job song = assertInstanceOf(Step.Waiting.class, audio.reader().apply(reply(202, "application/json", "{\"id\":\"xyz\"}"))).job();
    assertEquals("/v2beta/audio/results/xyz", stability.check(song).target());
    assertEquals(Optional.empty(), stability.cancel(song));
  }

  @Test
  void onlyAFailureInTheProvidersOwnWordsIsSureToBeFree() {
    assertTrue(stability.tookNothing(reply(500, "application/json", "{\"name\":\"internal_error\",\"errors\":[\"x\"]}")));
    assertTrue(stability.tookNothing(reply(503, "application/json", "{\"name\":\"service_unavailable\",\"errors\":[\"x\"]}")));
    assertFalse(stability.tookNothing(reply(504, "application/json", "{\"name\":\"gateway_timeout\"}")));
    assertFalse(stability.tookNothing(reply(500, "text/html", "<html>")));
    assertFalse(stability.tookNothing(reply(503, "application/json", "{\"name\":null}")));
    assertEquals(Code.PROVIDER_UNAVAILABLE, stability.refused(reply(503, "application/json", "{\"name\":null}")).code());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', emptyValue = "", value = {
      "image/png|``|provider_failed unknown",
      "application/json|{}|provider_failed unknown",
      "application/json|{\"image\":null,\"finish_reason\":\"SUCCESS\"}|provider_failed unknown",
      "application/json|{\"image\":\"\",\"finish_reason\":\"SUCCESS\"}|done [missing] {\"finish_reason\":\"SUCCESS\"}",
      "application/json|{\"image\":\"no base64!\",\"seed\":\"7\"}|done [missing] {\"seed\":7}",
      "application/json; charset=utf-8|{\"image\":\"eHl6\",\"finish_reason\":7,\"seed\":NaN}|done [here]",
      "application/json|{\"id\":\"1\",\"name\":\"bad_request\",\"errors\":[\"x\"]}|provider_failed unknown",
      "text/html|<html>|provider_failed unknown",
      "application/json|[]|unreadable"})
  void anOddAnswerIsReadForWhatIsNeeded(String type, String body, String wanted) {
    assertEquals(wanted, Told.by(stability.submit(task("image_generation", "core", "{\"prompt\":\"p\"}", "{}")), reply(200, type, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', emptyValue = "", value = {
      "202|application/json|{\"id\":\"abc\",\"status\":null}|waiting",
      "202|application/json|{\"status\":\"in-progress\"}|waiting",
      "200|application/json|{\"id\":\"abc\",\"status\":\"queued-again\"}|waiting",
      "200|application/json|{\"id\":\"abc\",\"status\":\"failed\"}|provider_failed no",
      "200|application/json|{\"id\":\"abc\"}|unreadable",
      "200|application/json|{}|unreadable",
      "200|image/png|``|unreadable",
      "200|application/json|{\"finish_reason\":\"SUCCESS\",\"result\":null}|provider_failed unknown",
      "200|application/json|{\"finish_reason\":\"SUCCESS\",\"audio\":\"\"}|done [missing] {\"finish_reason\":\"SUCCESS\"}"})
  void anOddLookIsReadForWhatIsNeeded(int status, String type, String body, String wanted) {
    assertEquals(wanted, Told.by(stability.check(JOB), reply(status, type, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "400|{\"id\":\"1\",\"name\":\"bad_request\",\"errors\":[\"prompt: is required\"]}|INVALID_INPUT|false|prompt: is required",
      "401|{\"id\":\"1\",\"name\":\"unauthorized\",\"message\":\"missing authorization header\"}|PROVIDER_AUTH|false|missing authorization header",
      "402|{\"name\":\"payment_required\",\"errors\":[\"x\"]}|PROVIDER_QUOTA|false|x",
      "403|{\"name\":\"content_moderation\",\"errors\":[\"flagged\"]}|CONTENT_REFUSED|false|flagged",
      "403|{\"name\":\"permission_denied\",\"errors\":[\"x\"]}|PROVIDER_AUTH|false|x",
      "422|{\"name\":\"invalid_language\",\"errors\":[\"English only\"]}|INVALID_INPUT|false|English only",
      "422|{\"name\":\"copyrighted_content\",\"errors\":[\"x\"]}|CONTENT_REFUSED|false|x",
      "429|{\"name\":\"rate_limit_exceeded\",\"errors\":[\"x\"]}|PROVIDER_RATE_LIMITED|true|x",
      "500|{\"name\":\"internal_error\",\"errors\":[\"x\"]}|PROVIDER_FAILED|true|x"})
  void readsErrorsByTheirName(int status, String body, Code code, boolean retryable, String text) {
    Step.Failed failed = stability.refused(reply(status, "application/json", body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(Charged.NO, failed.charged());
    assertTrue(failed.message().endsWith(text), failed.message());
    assertFalse(failed.message().contains("\""));
  }
}
