package dev.computeserver.provider;

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
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FalStandardTest {
  private static final Job JOB = new Job("id-1", new JsonObject().put("status", "https://q/s").put("response", "https://q/r").put("cancel", "https://q/c"));

  private final FalStandard fal = new FalStandard();

  private static Submission submission(String capability, String model, String input) {
    return new Submission(UUID.randomUUID(), 1, Named.of(ProviderCapability.class, capability).orElseThrow(), model, new JsonObject(input),
        new JsonObject(), null, Map.of());
  }

  private static Reply reply(int status, String body, String... headers) {
    MultiMap all = MultiMap.caseInsensitiveMultiMap();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    return new Reply(status, all, Buffer.buffer(body));
  }

  private Step check(String body) {
    return fal.check(JOB).reader().apply(reply(200, body));
  }

  private Step result(String body) {
    Step.Then then = assertInstanceOf(Step.Then.class, check("{\"status\":\"COMPLETED\"}"));
    assertTrue(then.exchange().tellsEnd());
    assertEquals("https://q/r", then.exchange().target());
    return then.exchange().reader().apply(reply(200, body));
  }

  @Test
  void offersAllCapabilitiesButEmbeddings() {
    assertEquals(EnumSet.complementOf(EnumSet.of(ProviderCapability.TEXT_EMBEDDING)), fal.capabilities());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|fal-ai/flux/dev|{\"prompt\":\"p\",\"width\":640,\"height\":480,\"num_outputs\":2,\"seed\":7,\"output_format\":\"jpg\"}|{\"prompt\":\"p\",\"seed\":7,\"num_images\":2,\"image_size\":{\"width\":640,\"height\":480},\"output_format\":\"jpeg\"}",
      "image_generation|fal-ai/flux/dev|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}|{\"prompt\":\"p\",\"image_size\":\"landscape_16_9\"}",
      "image_editing|fal-ai/flux-2-pro/edit|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|{\"prompt\":\"p\",\"image_urls\":[\"https://a/i\"]}",
      "image_editing|fal-ai/flux-pro/kontext|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}",
      "inpainting|fal-ai/flux-pro/v1/fill|{\"prompt\":\"p\",\"image_url\":\"u\",\"mask_url\":\"m\"}|{\"image_url\":\"u\",\"mask_url\":\"m\",\"prompt\":\"p\"}",
      "background_removal|fal-ai/birefnet/v2|{\"image_url\":\"u\",\"output_format\":\"png\"}|{\"image_url\":\"u\",\"output_format\":\"png\"}",
      "super_resolution|fal-ai/clarity-upscaler|{\"image_url\":\"u\",\"scale\":2}|{\"image_url\":\"u\",\"upscale_factor\":2}",
      "super_resolution|fal-ai/esrgan|{\"image_url\":\"u\",\"scale\":4}|{\"image_url\":\"u\",\"scale\":4}",
      "image_understanding|fal-ai/moondream3-preview/query|{\"image_url\":\"u\",\"prompt\":\"p\"}|{\"image_url\":\"u\",\"prompt\":\"p\"}",
      "video_generation|fal-ai/kling-video/v2.5-turbo/pro/text-to-video|{\"prompt\":\"p\",\"duration_seconds\":5,\"aspect_ratio\":\"9:16\"}|{\"prompt\":\"p\",\"duration\":\"5\",\"aspect_ratio\":\"9:16\"}",
      "image_to_video|fal-ai/kling-video/v2.5-turbo/pro/image-to-video|{\"image_url\":\"u\",\"duration_seconds\":10}|{\"image_url\":\"u\",\"duration\":\"10\",\"prompt\":\"Animate this picture.\"}",
      "lip_sync|fal-ai/sync-lipsync/v2|{\"video_url\":\"v\",\"audio_url\":\"a\"}|{\"audio_url\":\"a\",\"video_url\":\"v\"}",
      "text_generation|openrouter/router|{\"prompt\":\"p\",\"system\":\"s\",\"max_tokens\":9}|{\"prompt\":\"p\",\"model\":\"google/gemini-2.5-flash\",\"system_prompt\":\"s\",\"max_tokens\":9}",
      "speech_synthesis|fal-ai/kokoro/american-english|{\"text\":\"t\",\"voice\":\"af_heart\"}|{\"prompt\":\"t\",\"voice\":\"af_heart\"}",
      "speech_synthesis|fal-ai/elevenlabs/tts/eleven-v3|{\"text\":\"t\"}|{\"text\":\"t\"}",
      "speech_recognition|fal-ai/whisper|{\"audio_url\":\"a\",\"timestamps\":false}|{\"audio_url\":\"a\",\"chunk_level\":\"none\"}",
      "music_generation|fal-ai/lyria2|{\"prompt\":\"p\",\"instrumental\":true}|{\"prompt\":\"p\"}",
      "music_generation|fal-ai/stable-audio-25/text-to-audio|{\"prompt\":\"p\",\"duration_seconds\":30}|{\"prompt\":\"p\",\"seconds_total\":30}",
      "music_generation|fal-ai/minimax-music/v2|{\"prompt\":\"calm piano\"}|{\"prompt\":\"calm piano\",\"lyrics_prompt\":\"[intro]\\n[inst]\\n[outro]\"}",
      "image_generation|fal-ai/nano-banana-pro|{\"prompt\":\"p\",\"width\":1920,\"height\":1080,\"num_outputs\":2,\"output_format\":\"webp\"}|{\"prompt\":\"p\",\"num_images\":2,\"aspect_ratio\":\"16:9\",\"output_format\":\"webp\"}",
      "image_generation|fal-ai/flux-2-pro|{\"prompt\":\"p\",\"num_outputs\":1}|{\"prompt\":\"p\"}",
      "image_generation|somebody/new-model|{\"prompt\":\"p\",\"negative_prompt\":\"n\",\"output_format\":\"gif\"}|{\"prompt\":\"p\",\"negative_prompt\":\"n\",\"output_format\":\"gif\"}",
      "image_editing|fal-ai/flux/dev/image-to-image|{\"prompt\":\"p\",\"image_url\":\"u\",\"strength\":0.4}|{\"prompt\":\"p\",\"image_url\":\"u\",\"strength\":0.4}",
      "image_generation|fal-ai/flux-pro/v1.1-ultra|{\"prompt\":\"p\",\"aspect_ratio\":\"21:9\"}|{\"prompt\":\"p\",\"aspect_ratio\":\"21:9\"}",
      "image_generation|fal-ai/flux-2/klein/9b/base|{\"prompt\":\"p\",\"negative_prompt\":\"n\",\"output_format\":\"webp\"}|{\"prompt\":\"p\",\"negative_prompt\":\"n\",\"output_format\":\"webp\"}",
      "image_to_video|fal-ai/kling-video/v2.6/pro/image-to-video|{\"image_url\":\"u\",\"prompt\":\"p\"}|{\"prompt\":\"p\",\"start_image_url\":\"u\"}",
      "super_resolution|fal-ai/seedvr/upscale/image|{\"image_url\":\"u\",\"scale\":3}|{\"image_url\":\"u\",\"upscale_factor\":3}",
      "video_generation|fal-ai/veo3|{\"prompt\":\"p\",\"duration_seconds\":8,\"resolution\":\"720p\",\"seed\":4}|{\"prompt\":\"p\",\"duration\":\"8s\",\"resolution\":\"720p\",\"seed\":4}",
      "text_generation|openrouter/router|{\"system\":\"s\",\"messages\":[{\"role\":\"system\",\"content\":\"t\"},{\"role\":\"user\",\"content\":\"p\"}]}|{\"prompt\":\"p\",\"model\":\"google/gemini-2.5-flash\",\"system_prompt\":\"s\\n\\nt\"}",
      "speech_synthesis|fal-ai/minimax/speech-2.8-hd|{\"text\":\"t\",\"voice\":\"Wise_Woman\",\"language\":\"de-AT\",\"output_format\":\"flac\"}|{\"prompt\":\"t\",\"voice_setting\":{\"voice_id\":\"Wise_Woman\"},\"audio_setting\":{\"format\":\"flac\"},\"language_boost\":\"German\"}",
      "speech_synthesis|fal-ai/elevenlabs/tts/eleven-v3|{\"text\":\"t\",\"language\":\"de-DE\"}|{\"text\":\"t\",\"language_code\":\"de\"}",
      "speech_recognition|fal-ai/whisper|{\"audio_url\":\"a\",\"language\":\"en-US\"}|{\"audio_url\":\"a\",\"language\":\"en\",\"chunk_level\":\"segment\"}",
      "speech_recognition|fal-ai/wizper|{\"audio_url\":\"a\",\"timestamps\":false}|{\"audio_url\":\"a\",\"chunk_level\":\"segment\"}",
      "speech_recognition|fal-ai/elevenlabs/speech-to-text|{\"audio_url\":\"a\",\"language\":\"en\"}|{\"audio_url\":\"a\",\"language_code\":\"en\"}",
      "sound_generation|fal-ai/mmaudio-v2/text-to-audio|{\"prompt\":\"p\",\"duration_seconds\":3.5}|{\"prompt\":\"p\",\"duration\":3.5}",
      "model_3d_generation|fal-ai/hunyuan3d-v21|{\"image_url\":\"u\"}|{\"input_image_url\":\"u\"}",
      "sound_generation|fal-ai/elevenlabs/sound-effects/v2|{\"prompt\":\"p\",\"duration_seconds\":3}|{\"text\":\"p\",\"duration_seconds\":3}",
      "model_3d_generation|fal-ai/trellis|{\"image_url\":\"u\"}|{\"image_url\":\"u\"}",
      "model_3d_generation|fal-ai/hunyuan3d-v3/text-to-3d|{\"prompt\":\"p\"}|{\"prompt\":\"p\"}"})
  void putsEachCapabilitysInputIntoTheModelsOwnFields(String capability, String model, String input, String body) {
    Exchange exchange = fal.submit(submission(capability, model, input));
    assertEquals("/" + model, exchange.target());
    assertEquals(new JsonObject(body), exchange.body().toJsonObject());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "video_generation|fal-ai/kling-video/v2.5-turbo/pro/text-to-video|{\"prompt\":\"p\",\"duration_seconds\":7}|input.duration_seconds",
      "video_generation|fal-ai/kling-video/v2.5-turbo/pro/text-to-video|{\"prompt\":\"p\",\"aspect_ratio\":\"4:3\"}|input.aspect_ratio",
      "image_generation|fal-ai/flux/dev|{\"prompt\":\"p\",\"aspect_ratio\":\"5:4\"}|input.aspect_ratio",
      "sound_generation|fal-ai/elevenlabs/sound-effects/v2|{\"prompt\":\"p\",\"duration_seconds\":60}|input.duration_seconds",
      "image_generation|fal-ai/flux/dev|{\"prompt\":\"p\",\"negative_prompt\":\"n\"}|input.negative_prompt",
      "image_generation|fal-ai/flux/dev|{\"prompt\":\"p\",\"num_outputs\":5}|input.num_outputs",
      "image_generation|fal-ai/flux/dev|{\"prompt\":\"p\",\"output_format\":\"webp\"}|input.output_format",
      "image_generation|fal-ai/flux-2-pro|{\"prompt\":\"p\",\"num_outputs\":2}|input.num_outputs",
      "image_generation|fal-ai/nano-banana-pro|{\"prompt\":\"p\",\"aspect_ratio\":\"7:1\"}|input.aspect_ratio",
      "image_editing|fal-ai/flux-2-pro/edit|{\"prompt\":\"p\",\"image_url\":\"u\",\"strength\":0.5}|input.strength",
      "background_removal|fal-ai/birefnet/v2|{\"image_url\":\"u\",\"output_format\":\"jpeg\"}|input.output_format",
      "super_resolution|fal-ai/esrgan|{\"image_url\":\"u\",\"prompt\":\"p\"}|input.prompt",
      "super_resolution|fal-ai/clarity-upscaler|{\"image_url\":\"u\",\"scale\":5}|input.scale must be from 1 to 4",
      "super_resolution|fal-ai/seedvr/upscale/image|{\"image_url\":\"u\",\"scale\":11}|input.scale must be from 1 to 10",
      "image_understanding|fal-ai/moondream3-preview/query|{\"image_url\":\"u\",\"prompt\":\"p\",\"max_tokens\":5}|input.max_tokens",
      "video_generation|fal-ai/kling-video/v2.5-turbo/pro/text-to-video|{\"prompt\":\"p\",\"resolution\":\"720p\"}|input.resolution",
      "video_generation|fal-ai/kling-video/v2.5-turbo/pro/text-to-video|{\"prompt\":\"p\",\"seed\":5}|input.seed",
      "image_to_video|fal-ai/kling-video/v2.5-turbo/pro/image-to-video|{\"image_url\":\"u\",\"aspect_ratio\":\"16:9\"}|input.aspect_ratio",
      "video_generation|fal-ai/other|{\"prompt\":\"p\",\"duration_seconds\":5.5}|input.duration_seconds",
      "text_generation|openrouter/router|{\"messages\":[{\"role\":\"system\",\"content\":\"t\"}]}|input.messages",
      "speech_synthesis|fal-ai/kokoro/american-english|{\"text\":\"t\",\"language\":\"en\"}|input.language",
      "speech_synthesis|fal-ai/kokoro/american-english|{\"text\":\"t\",\"output_format\":\"mp3\"}|input.output_format",
      "speech_synthesis|fal-ai/minimax/speech-2.8-hd|{\"text\":\"t\",\"language\":\"xx\"}|input.language",
      "music_generation|fal-ai/minimax-music/v2|{\"prompt\":\"calm piano\",\"duration_seconds\":5}|input.duration_seconds",
      "music_generation|fal-ai/minimax-music/v2|{\"prompt\":\"calm piano\",\"instrumental\":false}|input.instrumental",
      "music_generation|fal-ai/minimax-music/v2|{\"prompt\":\"short\"}|input.prompt",
      "music_generation|fal-ai/lyria2|{\"prompt\":\"p\",\"duration_seconds\":30}|input.duration_seconds",
      "model_3d_generation|fal-ai/trellis|{\"prompt\":\"p\",\"image_url\":\"u\"}|input.prompt",
      "model_3d_generation|fal-ai/trellis|{\"prompt\":\"p\"}|input.image_url",
      "model_3d_generation|fal-ai/hunyuan3d-v3/text-to-3d|{\"prompt\":\"p\",\"image_url\":\"u\"}|input.image_url",
      "model_3d_generation|fal-ai/hunyuan3d-v3/text-to-3d|{\"image_url\":\"u\"}|input.image_url"})
  void refusesBeforeItIsPaidWhatTheModelCannotDo(String capability, String model, String input, String field) {
    String message = assertThrows(InvalidInput.class, () -> fal.submit(submission(capability, model, input))).getMessage();
    assertTrue(message.startsWith(field), message);
  }

  @Test
  void asksForACallbackAndHandsOverWhatOnlyFalKnows() {
    Submission plain = submission("image_generation", "fal-ai/flux/dev", "{\"prompt\":\"p\"}");
    Submission task = new Submission(plain.taskId(), 1, plain.capability(), plain.model(), plain.input(), new JsonObject().put("acceleration", "high"),
        "https://us/cb?x=1", Map.of());
    Exchange exchange = fal.submit(task);
    assertEquals("/fal-ai/flux/dev?fal_webhook=https%3A%2F%2Fus%2Fcb%3Fx%3D1", exchange.target());
    assertEquals("high", exchange.body().toJsonObject().getString("acceleration"));
  }

  @Test
  void tellsTheQueuePositionAndThePercentageOfTheNewestBarInTheLogs() {
    Step.Waiting queued = assertInstanceOf(Step.Waiting.class, check("{\"status\":\"IN_QUEUE\",\"queue_position\":3}"));
    assertEquals(3, queued.progress().getInteger("queue_position"));
    Step.Waiting running = assertInstanceOf(Step.Waiting.class, check("{\"status\":\"IN_PROGRESS\",\"logs\":[{\"message\":\"20%|##  | 5/28\"},"
        + "{\"message\":\"40%|####      | 11/28\"},{\"message\":\"saving\"}]}"));
    assertEquals(40, running.progress().getInteger("percent"));
    assertEquals("saving", running.progress().getString("message"));
  }

  @Test
  void readsFilesTextsAndSegments() {
    Step.Done pictures = assertInstanceOf(Step.Done.class, result("{\"images\":[{\"url\":\"https://f/a.jpeg\",\"content_type\":\"image/jpeg\",\"width\":10,"
        + "\"height\":20}],\"seed\":5,\"has_nsfw_concepts\":[false]}"));
    assertEquals(Media.at("https://f/a.jpeg", "image/jpeg").sized(10, 20), pictures.media().get(0));
    assertEquals(5, pictures.result().getInteger("seed"));
    assertEquals(1, assertInstanceOf(Step.Done.class, result("{\"model_mesh\":{\"url\":\"https://f/a.glb\"}}")).media().size());
    assertEquals("hi", assertInstanceOf(Step.Done.class, result("{\"output\":\"hi\"}")).result().getString("text"));
    JsonObject transcript = assertInstanceOf(Step.Done.class, result("{\"text\":\"a b\",\"chunks\":[{\"text\":\"a\",\"timestamp\":[0,1.5]}],"
        + "\"inferred_languages\":[\"en\"]}")).result();
    assertEquals(1.5, transcript.getJsonArray("segments").getJsonObject(0).getDouble("end"));
    assertEquals("en", transcript.getString("language"));
  }

  @Test
  void aBlackenedPictureIsARefusalThatWasPaid() {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, result("{\"images\":[{\"url\":\"https://f/a\"}],\"has_nsfw_concepts\":[true]}"));
    assertEquals(Code.CONTENT_REFUSED, failed.code());
    assertEquals(Charged.YES, failed.charged());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "422|{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"bad\",\"type\":\"content_policy_violation\"}]}|CONTENT_REFUSED|false|UNKNOWN",
      "422|{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"field required\",\"type\":\"missing\"}]}|INVALID_INPUT|false|NO",
      "500|{\"detail\":[{\"loc\":[],\"msg\":\"x\",\"type\":\"internal_server_error\"}]}|PROVIDER_FAILED|true|NO",
      "504|{\"detail\":[{\"loc\":[],\"msg\":\"x\",\"type\":\"generation_timeout\"}]}|PROVIDER_TIMEOUT|true|NO",
      "400|{\"detail\":[{\"loc\":[],\"msg\":\"x\",\"type\":\"downstream_service_error\"}]}|PROVIDER_FAILED|true|NO",
      "503|{\"detail\":\"no runner\",\"error_type\":\"runner_scheduling_failure\"}|PROVIDER_FAILED|true|NO",
      "401|{\"detail\":\"bad key\"}|PROVIDER_AUTH|false|NO",
      "403|{\"detail\":\"User is locked. Reason: Exhausted balance.\"}|PROVIDER_QUOTA|false|NO",
      "429|{\"detail\":\"x\",\"error_type\":\"too_many\"}|PROVIDER_RATE_LIMITED|true|NO",
      "422|{\"detail\":[{\"loc\":\"body\",\"msg\":\"x\",\"type\":\"image_load_error\"}]}|INVALID_INPUT|false|UNKNOWN",
      "422|{\"detail\":\"the picture is too small\"}|INVALID_INPUT|false|UNKNOWN",
      "402|{\"detail\":\"no balance\"}|PROVIDER_QUOTA|false|NO",
      "429|{}|PROVIDER_RATE_LIMITED|true|NO"})
  void readsErrorsByTheirType(int status, String body, Code code, boolean retryable, Charged charged) {
    Step.Failed failed = fal.refused(reply(status, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(charged, failed.charged());
    assertEquals(status, failed.httpStatus());
  }

  @Test
  void namesTheFieldAtFault() {
    assertTrue(fal.refused(reply(422, "{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"field required\",\"type\":\"missing\"}]}")).message()
        .contains("prompt: field required"));
  }

  @Test
  void aTimeoutThatWeAskedForIsNotRetried() {
    assertFalse(fal.refused(reply(504, "{\"detail\":\"x\",\"error_type\":\"request_timeout\"}", "X-Fal-Request-Timeout-Type", "user")).retryable());
  }

  @Test
  void whatTheReplySaysAboutRetriesIsObeyed() {
    String fault = "{\"detail\":[{\"loc\":[],\"msg\":\"x\",\"type\":\"TYPE\"}]}";
    assertFalse(fal.refused(reply(500, fault.replace("TYPE", "internal_server_error"), "X-Fal-Retryable", "false")).retryable());
    Step.Failed passing = fal.refused(reply(400, fault.replace("TYPE", "new_kind"), "X-Fal-Needs-Retry", "1"));
    assertTrue(passing.retryable());
    assertEquals(Code.PROVIDER_FAILED, passing.code());
  }

  @Test
  void aResultWithoutWhatWasAskedForIsAFailure() {
    Job picture = accepted("image_generation", "fal-ai/flux/dev", "{\"prompt\":\"p\"}");
    for (String body : new String[] {"{\"images\":[],\"seed\":5}", "{\"seed\":5}", "{\"output\":\"a text\"}"}) {
      assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, result(picture, body)).code(), body);
    }
    Job text = accepted("text_generation", "openrouter/router", "{\"prompt\":\"p\"}");
    Step.Failed failed = assertInstanceOf(Step.Failed.class, result(text, "{\"output\":\"\",\"error\":\"no such model\"}"));
    assertTrue(failed.message().contains("no such model"), failed.message());
    assertInstanceOf(Step.Done.class, result(text, "{\"output\":\"hi\",\"error\":null}"));
  }

  private Job accepted(String capability, String model, String input) {
    return assertInstanceOf(Step.Waiting.class, fal.submit(submission(capability, model, input)).reader().apply(reply(200,
        "{\"request_id\":\"1\",\"status_url\":\"https://q/s\",\"response_url\":\"https://q/r\",\"cancel_url\":\"https://q/c\"}"))).job();
  }

  @ParameterizedTest
  @CsvSource({"https://q/s,https://q/s?logs=1", "https://q/s?region=eu,https://q/s?region=eu&logs=1"})
  void asksForTheLogsByALinkWithAQueryToo(String link, String asked) {
    assertEquals(asked, fal.check(new Job("1", new JsonObject().put("status", link))).target());
  }

  private Step result(Job job, String body) {
    Step.Then then = (Step.Then) fal.check(job).reader().apply(reply(200, "{\"status\":\"COMPLETED\"}"));
    return then.exchange().reader().apply(reply(200, body));
  }

  @Test
  void readsTheWordsOfATranscriptAsSegments() {
    JsonObject transcript = assertInstanceOf(Step.Done.class, result("{\"text\":\"Hi there.\",\"language_code\":\"eng\",\"words\":["
        + "{\"text\":\"Hi\",\"start\":0,\"end\":0.4,\"type\":\"word\"},{\"text\":\" \",\"type\":\"spacing\"},"
        + "{\"text\":\"there.\",\"start\":0.5,\"end\":1,\"type\":\"word\"}]}")).result();
    assertEquals(new JsonObject("{\"text\":\"Hi there.\",\"start\":0,\"end\":1}"), transcript.getJsonArray("segments").getJsonObject(0));
    assertEquals("eng", transcript.getString("language"));
  }

  @Test
  void whatWasCancelledInTheQueueIsNotCharged() {
    Exchange cancel = fal.cancel(JOB).orElseThrow();
    assertEquals("PUT", cancel.method().name());
    assertEquals(Charged.NO, ((Step.Cancelling) cancel.reader().apply(reply(200, "{\"status\":\"OK\"}"))).charged());
    assertEquals(Charged.UNKNOWN, ((Step.Cancelling) cancel.reader().apply(reply(202, "{\"status\":\"CANCELLATION_REQUESTED\"}"))).charged());
  }

  @Test
  void aCancelThatComesTooLateIsNoReasonToFail() {
    Step.Failed late = fal.refused(reply(400, "{\"status\":\"ALREADY_COMPLETED\"}"));
    assertFalse(late.retryable());
    Step.Then then = assertInstanceOf(Step.Then.class, check("{\"status\":\"COMPLETED\",\"error\":\"cancelled\",\"error_type\":\"request_cancelled\"}"));
    assertEquals("https://q/r", then.exchange().target());
  }

  @Test
  void aReplyWithoutItsFieldsIsUnreadable() {
    Exchange submit = fal.submit(submission("image_generation", "fal-ai/flux/dev", "{\"prompt\":\"p\"}"));
    for (String body : new String[] {"{}", "{\"request_id\":null,\"status_url\":7}", "{\"request_id\":\"\",\"response_url\":\"https://q/r\"}", "{\"detail\":\"odd\"}"}) {
      assertThrows(RuntimeException.class, () -> submit.reader().apply(reply(200, body)), body);
    }
    assertThrows(RuntimeException.class, () -> check("{}"));
  }

  @Test
  void findsALostSubmitByItsInputAndBuildsLinksWithoutTheSubPath() {
    Submission task = submission("image_generation", "fal-ai/flux/dev", "{\"prompt\":\"p\"}");
    Exchange find = fal.find(task, Instant.parse("2026-11-22T21:01:05Z")).orElseThrow();
    assertTrue(find.target().startsWith("platform:/v1/models/requests/by-endpoint?endpoint_id=fal-ai%2Fflux%2Fdev&start=2026-11-22T21%3A00%3A40Z"));
    Step found = find.reader().apply(reply(200, "{\"items\":[{\"request_id\":\"x\",\"json_input\":{\"prompt\":\"other\"}},"
        + "{\"request_id\":\"y\",\"json_input\":{\"prompt\":\"p\"}}]}"));
    Job job = assertInstanceOf(Step.Found.class, found).jobs().get(0);
    assertEquals("y", job.externalId());
    assertEquals("/fal-ai/flux/requests/y/status", job.link("status"));
    assertInstanceOf(Step.NotFound.class, find.reader().apply(reply(200, "{\"items\":[]}")));
  }

  @Test
  void takesOfTwoRequestsWithTheSameInputTheOneOfItsTimeFirstAndLooksAtTheNextPage() {
    Submission task = submission("image_generation", "fal-ai/flux/dev", "{\"prompt\":\"p\"}");
    Exchange find = fal.find(task, Instant.parse("2026-11-22T21:01:00Z")).orElseThrow();
    Step next = find.reader().apply(reply(200, "{\"items\":[{\"request_id\":\"x\",\"json_input\":\"odd\"}],\"next_cursor\":\"c 2\",\"has_more\":true}"));
    Exchange second = assertInstanceOf(Step.Then.class, next).exchange();
    assertEquals(find.target() + "&cursor=c%202", second.target());
    Step found = second.reader().apply(reply(200, "{\"items\":[{\"request_id\":\"late\",\"sent_at\":\"2026-11-22T21:01:30.5Z\",\"json_input\":{\"prompt\":\"p\"}},"
        + "{\"request_id\":\"ours\",\"sent_at\":\"2026-11-22T21:01:01+00:00\",\"json_input\":{\"prompt\":\"p\"}}],\"next_cursor\":\"c3\"}"));
    Step.Found likely = assertInstanceOf(Step.Found.class, found);
    assertEquals(List.of("ours", "late"), likely.jobs().stream().map(Job::externalId).toList());
    assertEquals(find.target() + "&cursor=c3", likely.more().target());
  }
}
