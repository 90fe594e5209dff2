package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
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
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HuggingFaceTest {
  private final HuggingFace hub = new HuggingFace();

  private static ProviderCapability capability(String word) {
    return Named.of(ProviderCapability.class, word).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "text_generation|openai/gpt-oss-120b|{\"prompt\":\"p\",\"max_tokens\":5}|/v1/chat/completions|{\"model\":\"openai/gpt-oss-120b\",\"messages\":[{\"role\":\"user\",\"content\":\"p\"}],\"max_tokens\":5}",
      "image_understanding|a/b|{\"prompt\":\"p\",\"image_url\":\"https://x/y\"}|/v1/chat/completions|{\"model\":\"a/b\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"p\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y\"}}]}]}",
      "text_embedding|hf-inference:a/b|{\"text\":\"t\"}|/hf-inference/models/a/b/pipeline/feature-extraction|{\"inputs\":[\"t\"]}",
      "text_embedding|together:a/b|{\"texts\":[\"t\"]}|/together/v1/embeddings|{\"model\":\"a/b\",\"input\":[\"t\"]}",
      "image_generation|hf-inference:a/b|{\"prompt\":\"p\",\"width\":64,\"seed\":2}|/hf-inference/models/a/b|{\"inputs\":\"p\",\"parameters\":{\"width\":64,\"seed\":2}}",
      "image_generation|fal-ai:fal-ai/flux/dev|{\"prompt\":\"p\"}|/fal-ai/fal-ai/flux/dev?_subdomain=queue|{\"prompt\":\"p\"}",
      "image_generation|replicate:a/b|{\"prompt\":\"p\",\"seed\":2}|/replicate/v1/models/a/b/predictions|{\"input\":{\"prompt\":\"p\",\"seed\":2}}",
      "image_generation|replicate:a/b:v1|{\"prompt\":\"p\"}|/replicate/v1/predictions|{\"input\":{\"prompt\":\"p\"},\"version\":\"v1\"}",
      "image_generation|together:a/b|{\"prompt\":\"p\",\"width\":64,\"height\":64}|/together/v1/images/generations|{\"model\":\"a/b\",\"prompt\":\"p\",\"width\":64,\"height\":64,\"response_format\":\"base64\"}",
      "image_editing|fal-ai:a/b/edit|{\"prompt\":\"p\",\"image_url\":\"u\"}|/fal-ai/a/b/edit?_subdomain=queue|{\"prompt\":\"p\",\"image_urls\":[\"u\"],\"image_url\":\"u\"}",
      "image_editing|together:flux-kontext|{\"prompt\":\"p\",\"image_url\":\"u\"}|/together/v1/images/generations|{\"model\":\"flux-kontext\",\"prompt\":\"p\",\"image_url\":\"u\",\"response_format\":\"base64\"}",
      "background_removal|fal-ai:a/b|{\"image_url\":\"u\"}|/fal-ai/a/b?_subdomain=queue|{\"image_url\":\"u\",\"sync_mode\":true}",
      "video_generation|together:a/b|{\"prompt\":\"p\"}|/together/v2/videos|{\"model\":\"a/b\",\"prompt\":\"p\"}",
      "video_generation|fal-ai:fal-ai/wan/v2.2-5b/text-to-video|{\"prompt\":\"p\",\"aspect_ratio\":\"9:16\",\"resolution\":\"580p\",\"seed\":3}|/fal-ai/fal-ai/wan/v2.2-5b/text-to-video?_subdomain=queue|{\"prompt\":\"p\",\"aspect_ratio\":\"9:16\",\"resolution\":\"580p\",\"seed\":3}",
      "image_to_video|fal-ai:a/b|{\"image_url\":\"u\",\"prompt\":\"p\"}|/fal-ai/a/b?_subdomain=queue|{\"prompt\":\"p\",\"image_url\":\"u\"}",
      "speech_recognition|hf-inference:a/b|{\"audio_url\":\"FILE\"}|/hf-inference/models/a/b|{\"inputs\":\"d2F2\",\"parameters\":{\"return_timestamps\":true}}",
      "speech_recognition|fal-ai:a/b|{\"audio_url\":\"data:audio/wav;base64,AA\"}|/fal-ai/a/b|{\"audio_url\":\"data:audio/x-wav;base64,AA\"}",
      "speech_recognition|fal-ai:fal-ai/whisper|{\"audio_url\":\"data:audio/mpeg;base64,AA\",\"language\":\"en-US\",\"timestamps\":true}|/fal-ai/fal-ai/whisper|{\"audio_url\":\"data:audio/mpeg;base64,AA\",\"language\":\"en\",\"chunk_level\":\"segment\"}",
      "speech_recognition|fal-ai:a/b|{\"audio_url\":\"data:audio/webm;codecs=opus;base64,AA\"}|/fal-ai/a/b|{\"audio_url\":\"data:video/webm;base64,AA\"}",
      "image_editing|together:black-forest-labs/FLUX.1-Kontext-pro|{\"prompt\":\"p\",\"image_url\":\"u\"}|/together/v1/images/generations|{\"model\":\"black-forest-labs/FLUX.1-Kontext-pro\",\"prompt\":\"p\",\"image_url\":\"u\",\"response_format\":\"base64\"}",
      "image_to_video|together:a/b|{\"prompt\":\"p\",\"image_url\":\"u\"}|/together/v2/videos|{\"model\":\"a/b\",\"prompt\":\"p\",\"frame_images\":[{\"input_image\":\"u\",\"frame\":\"first\"}]}",
      "speech_recognition|replicate:a/b|{\"audio_url\":\"data:x\"}|/replicate/v1/models/a/b/predictions|{\"input\":{\"audio\":\"data:x\"}}",
      "speech_recognition|replicate:a/b|{\"audio_url\":\"data:x\",\"language\":\"pt_BR\"}|/replicate/v1/models/a/b/predictions|{\"input\":{\"audio\":\"data:x\",\"language\":\"pt\"}}",
      "speech_recognition|hf-inference:a/b|{\"audio_url\":\"FILE\",\"language\":\"de-AT\"}|/hf-inference/models/a/b|{\"inputs\":\"d2F2\",\"parameters\":{\"return_timestamps\":true,\"generation_parameters\":{\"language\":\"de\"}}}",
      "speech_synthesis|fal-ai:a/b|{\"text\":\"t\",\"voice\":\"v\"}|/fal-ai/a/b|{\"text\":\"t\",\"prompt\":\"t\",\"voice\":\"v\"}",
      "speech_synthesis|together:a/b|{\"text\":\"t\"}|/together/v1/audio/speech|{\"model\":\"a/b\",\"input\":\"t\"}"})
  void asksEachBackendInItsOwnForm(String capability, String model, String input, String target, String body) {
    Exchange exchange = hub.submit(Asking.of(capability, model, input));
    assertEquals(target, exchange.target());
    assertEquals(new JsonObject(body), exchange.body().toJsonObject());
    assertEquals(model.startsWith("replicate:") ? "wait" : null, exchange.headers().get("Prefer"));
  }

  @Test
  void sendsBareSoundWhereNothingElseIsWanted() {
    Exchange exchange = hub.submit(Asking.of("speech_recognition", "hf-inference:a/b", "{\"audio_url\":\"FILE\",\"timestamps\":false}"));
    assertEquals("audio/wav", exchange.contentType());
    assertEquals("wav", exchange.body().toString());
  }

  @Test
  void looksUpTheBestLiveBackendOfAModel() {
    Exchange lookUp = hub.lookUp(capability("video_generation"), "Wan-AI/X").orElseThrow();
    assertEquals("hub:/api/models/Wan-AI/X?expand%5B%5D=inferenceProviderMapping", lookUp.target());
    String one = "{\"inferenceProviderMapping\":{\"novita\":{\"status\":\"live\",\"providerId\":\"n\"},\"fal-ai\":{\"status\":\"staging\",\"providerId\":\"f\"},"
        + "\"together\":{\"status\":\"live\",\"providerId\":\"t\"}}}";
    assertEquals("together:t", ((Step.Uploaded) lookUp.reader().apply(reply(200, one))).reference());
    String list = "{\"inferenceProviderMapping\":[{\"provider\":\"fal-ai\",\"status\":\"live\",\"providerId\":\"a/text-to-video\"}]}";
    assertEquals("fal-ai:a/text-to-video", ((Step.Uploaded) lookUp.reader().apply(reply(200, list))).reference());
    Exchange moving = hub.lookUp(capability("image_to_video"), "Wan-AI/X").orElseThrow();
    assertEquals("fal-ai:a/image-to-video", ((Step.Uploaded) moving.reader().apply(reply(200, list))).reference());
    assertThrows(InvalidInput.class, () -> lookUp.reader().apply(reply(200, "{\"inferenceProviderMapping\":{}}")));
    assertEquals(Optional.empty(), hub.lookUp(capability("text_generation"), "a/b"));
    assertEquals(Optional.empty(), hub.lookUp(capability("image_generation"), "fal-ai:fal-ai/flux/dev"));
    assertEquals(Optional.of("fal-ai:fal-ai/flux/dev"), hub.usualName(capability("image_generation"), "black-forest-labs/FLUX.1-dev"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "text_embedding|hf-inference:a/b|{\"text\":\"t\",\"dimensions\":5}|input.dimensions",
      "image_generation|together:a/b|{\"prompt\":\"p\",\"num_outputs\":2}|input.num_outputs",
      "video_generation|fal-ai:fal-ai/wan/v2.2-5b/text-to-video|{\"prompt\":\"p\",\"aspect_ratio\":\"99:1\"}|input.aspect_ratio must be one of 16:9, 9:16, 1:1",
      "video_generation|fal-ai:fal-ai/wan/v2.2-5b/text-to-video|{\"prompt\":\"p\",\"resolution\":\"1080p\"}|input.resolution must be one of 580p, 720p",
      "image_to_video|fal-ai:fal-ai/wan/v2.2-5b/image-to-video|{\"image_url\":\"u\",\"resolution\":\"480p\"}|input.resolution must be one of 580p, 720p",
      "image_to_video|fal-ai:fal-ai/wan/v2.2-a14b/image-to-video|{\"image_url\":\"u\",\"resolution\":\"4k\"}|input.resolution must be one of 480p, 580p, 720p",
      "image_to_video|fal-ai:fal-ai/kling-video/v2.5-turbo/pro/image-to-video|{\"image_url\":\"u\",\"aspect_ratio\":\"1:1\"}|input.aspect_ratio",
      "video_generation|fal-ai:a/b|{\"prompt\":\"p\",\"duration_seconds\":5}|input.duration_seconds",
      "background_removal|fal-ai:a/b|{\"image_url\":\"u\",\"output_format\":\"webp\"}|input.output_format",
      "speech_recognition|fal-ai:a/b|{\"audio_url\":\"data:audio/flac;base64,AA\"}|input.audio_url",
      "speech_synthesis|fal-ai:a/b|{\"text\":\"t\",\"language\":\"en\"}|input.language",
      "speech_synthesis|replicate:a/b|{\"text\":\"t\",\"language\":\"en\"}|input.language",
      "speech_recognition|replicate:a/b|{\"audio_url\":\"data:x\",\"timestamps\":true}|input.timestamps",
      "speech_recognition|together:a/b|{\"audio_url\":\"FILE\",\"timestamps\":true}|input.timestamps",
      "image_generation|fal-ai:fal-ai/flux/dev|{\"prompt\":\"p\",\"negative_prompt\":\"n\"}|input.negative_prompt",
      "image_editing|fal-ai:fal-ai/flux-2/klein/9b/edit|{\"prompt\":\"p\",\"image_url\":\"u\",\"strength\":0.5}|input.strength",
      "image_editing|hf-inference:a/b|{\"prompt\":\"p\",\"image_url\":\"u\"}|model"})
  void refusesBeforeItIsPaidWhatTheBackendCannotDo(String capability, String model, String input, String field) {
    String message = assertThrows(InvalidInput.class, () -> hub.submit(Asking.of(capability, model, input))).getMessage();
    assertTrue(message.startsWith(field), message);
  }

  @Test
  void asksFalThroughTheRouterByThePathOfItsLinks() {
    Exchange submit = hub.submit(Asking.of("image_generation", "fal-ai:fal-ai/flux/dev", "{\"prompt\":\"p\"}"));
    Job job = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200,
        "{\"request_id\":\"r\",\"status\":\"IN_QUEUE\",\"response_url\":\"https://queue.fal.run/fal-ai/flux/requests/r\",\"queue_position\":2}"))).job();
    assertEquals("/fal-ai/fal-ai/flux/requests/r/status?_subdomain=queue", hub.check(job).target());
    Step.Then then = assertInstanceOf(Step.Then.class, hub.check(job).reader().apply(reply(200, "{\"status\":\"COMPLETED\"}")));
    assertEquals("/fal-ai/fal-ai/flux/requests/r?_subdomain=queue", then.exchange().target());
  }

  @Test
  void followsPredictionsAndVideosThatTakeLonger() {
    Exchange submit = hub.submit(Asking.of("video_generation", "replicate:a/b", "{\"prompt\":\"p\"}"));
    Job job = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(201, "{\"id\":\"x\",\"status\":\"processing\"}"))).job();
    assertEquals("/replicate/v1/predictions/x", hub.check(job).target());
    assertEquals(job, assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(201, "{\"id\":\"x\",\"status\":7}"))).job());
    Step.Done done = assertInstanceOf(Step.Done.class, hub.check(job).reader().apply(reply(200, "{\"id\":\"x\",\"status\":\"succeeded\",\"output\":[\"https://r/1\"]}")));
    assertEquals("https://r/1", done.media().get(0).url());
    Exchange video = hub.submit(Asking.of("video_generation", "together:a/b", "{\"prompt\":\"p\"}"));
    Job second = assertInstanceOf(Step.Waiting.class, video.reader().apply(reply(200, "{\"id\":\"v\",\"status\":\"queued\"}"))).job();
    assertEquals("/together/v2/videos/v", hub.check(second).target());
    assertEquals("https://t/1", assertInstanceOf(Step.Done.class, hub.check(second).reader().apply(reply(200,
        "{\"id\":\"v\",\"status\":\"completed\",\"outputs\":{\"video_url\":\"https://t/1\"}}"))).media().get(0).url());
  }

  @Test
  void readsVectorsOfAllShapesButThoseOfTokens() {
    Exchange exchange = hub.submit(Asking.of("text_embedding", "hf-inference:a/b", "{\"text\":\"t\"}"));
    assertEquals(new JsonArray("[[0.5,1]]"), assertInstanceOf(Step.Done.class, exchange.reader().apply(reply(200, "[0.5,1]"))).result().getJsonArray("vectors"));
    Exchange two = hub.submit(Asking.of("text_embedding", "hf-inference:a/b", "{\"texts\":[\"t\",\"u\"]}"));
    assertEquals(2, assertInstanceOf(Step.Done.class, two.reader().apply(reply(200, "[[0.5,1],[1,2]]"))).result().getInteger("dimensions"));
    assertEquals(1, assertInstanceOf(Step.Done.class, exchange.reader().apply(reply(200, "{\"data\":[{\"embedding\":[1,2]}]}"))).result()
        .getJsonArray("vectors").size());
    assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, exchange.reader().apply(reply(200, "[[[1],[2]]]"))).code());
  }

  private Step answer(String capability, String model, String input, String body, String... headers) {
    return hub.submit(Asking.of(capability, model, input)).reader().apply(reply(200, body, headers));
  }

  /** It cannot be asked for again, so that it is not looked for either. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "text_generation|a/b|{\"prompt\":\"p\"}|{\"choices\":[]}", "text_generation|a/b|{\"prompt\":\"p\"}|{\"choices\":null,\"error\":\"tired\"}",
      "text_generation|a/b|{\"prompt\":\"p\"}|{\"choices\":[null,7]}", "text_generation|a/b|{\"prompt\":\"p\"}|{\"choices\":[{\"message\":7}]}",
      "text_generation|a/b|{\"prompt\":\"p\"}|{\"choices\":[{\"message\":{\"content\":[1]},\"finish_reason\":7}]}",
      "text_embedding|hf-inference:a/b|{\"texts\":[\"t\",\"u\"]}|[[0.5,1]]", "text_embedding|hf-inference:a/b|{\"text\":\"t\"}|[[\"an error\"]]", "text_embedding|hf-inference:a/b|{\"text\":\"t\"}|[]",
      "text_embedding|hf-inference:a/b|{\"text\":\"t\"}|[[NaN,1]]", "text_embedding|hf-inference:a/b|{\"text\":\"t\"}|[[]]", "text_embedding|together:a/b|{\"text\":\"t\"}|{\"data\":[null]}",
      "text_embedding|together:a/b|{\"text\":\"t\"}|{\"data\":[{\"embedding\":\"AAAA\"}]}",
      "image_generation|hf-inference:a/b|{\"prompt\":\"p\"}|{\"error\":\"tired\"}", "image_generation|together:a/b|{\"prompt\":\"p\"}|{\"data\":[]}",
      "image_generation|replicate:a/b|{\"prompt\":\"p\"}|{\"id\":\"1\",\"status\":\"succeeded\",\"output\":null}", "speech_synthesis|together:a/b|{\"text\":\"t\"}|",
      "speech_synthesis|fal-ai:a/b|{\"text\":\"t\"}|{\"audio\":null}", "speech_recognition|fal-ai:a/b|{\"audio_url\":\"data:audio/mpeg;base64,AA\"}|{\"text\":null,\"chunks\":[]}",
      "speech_recognition|replicate:a/b|{\"audio_url\":\"data:x\"}|{\"id\":\"1\",\"status\":\"succeeded\",\"output\":[7]}"})
  void aWholeAnswerWithoutWhatWasAskedForHasFailedAndIsPaid(String capability, String model, String input, String body) {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, answer(capability, model, input, body == null ? "" : body));
    assertEquals(Code.PROVIDER_FAILED, failed.code());
    assertEquals(Charged.YES, failed.charged());
    assertTrue(body == null || !body.contains("tired") || failed.message().contains("tired"), failed.message());
  }

  @Test
  void whatNobodyNeedsDecidesNothing() {
    assertEquals("hi", assertInstanceOf(Step.Done.class, chat("{\"message\":{\"content\":\"hi\",\"tool_calls\":{}},\"finish_reason\":[1]}")).result().getString("text"));
    assertEquals(2, assertInstanceOf(Step.Done.class, answer("image_generation", "together:a/b", "{\"prompt\":\"p\"}",
        "{\"data\":[{\"b64_json\":\"eHl6\"},{\"b64_json\":\"\",\"url\":7}],\"id\":NaN}")).media().size());
    assertTrue(assertInstanceOf(Step.Failed.class, answer("image_generation", "hf-inference:a/b", "{\"prompt\":\"p\"}", "", "Content-Type", "image/png"))
        .message().contains("without a picture"));
    JsonObject heard = assertInstanceOf(Step.Done.class, answer("speech_recognition", "fal-ai:a/b", "{\"audio_url\":\"data:audio/mpeg;base64,AA\"}",
        "{\"text\":\"a\",\"language\":7,\"chunks\":[null,{\"text\":9},{\"text\":\"a\",\"timestamp\":[\"0\",null]},{\"text\":\"b\",\"timestamp\":{}}]}")).result();
    assertEquals(new JsonObject("{\"text\":\"a\",\"segments\":[{\"text\":\"a\",\"start\":0.0,\"end\":null},{\"text\":\"b\",\"start\":null,\"end\":null}]}"), heard);
    Step.Waiting queued = assertInstanceOf(Step.Waiting.class, answer("image_generation", "fal-ai:a/b", "{\"prompt\":\"p\"}",
        "{\"request_id\":\"r\",\"response_url\":\"https://q/a/requests/r\",\"queue_position\":\"first\",\"status\":7}"));
    assertNull(queued.progress());
  }

  private Step chat(String choice) {
    return hub.submit(Asking.of("text_generation", "a/b", "{\"prompt\":\"p\"}")).reader().apply(reply(200, "{\"choices\":[" + choice + "]}"));
  }

  @Test
  void takesNoAnswerWithoutTextForOne() {
    assertEquals("hi", assertInstanceOf(Step.Done.class, chat("{\"message\":{\"content\":\"hi\"},\"finish_reason\":null}")).result().getString("text"));
    assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, chat("{\"message\":{\"content\":null},\"finish_reason\":\"stop\"}")).code());
    assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, chat("{\"message\":{\"content\":\"\"},\"finish_reason\":\"length\"}")).code());
    assertEquals(1, assertInstanceOf(Step.Done.class, chat("{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"1\"}]},\"finish_reason\":\"tool_calls\"}"))
        .result().getJsonArray("tool_calls").size());
    assertThrows(InvalidInput.class, () -> hub.submit(Asking.of("text_generation", "a/b", "{\"prompt\":\"p\"}", "{\"stream\":true}")));
  }

  @Test
  void readsTranscriptsOfAllShapes() {
    Exchange fal = hub.submit(Asking.of("speech_recognition", "fal-ai:a/b", "{\"audio_url\":\"data:audio/mpeg;base64,AA\"}"));
    JsonObject told = assertInstanceOf(Step.Done.class, fal.reader().apply(reply(200,
        "{\"output\":\"a\",\"segments\":[{\"text\":\"a\",\"start\":0,\"end\":1.5}]}"))).result();
    assertEquals(new JsonObject("{\"text\":\"a\",\"segments\":[{\"text\":\"a\",\"start\":0,\"end\":1.5}]}"), told);
    Exchange replicate = hub.submit(Asking.of("speech_recognition", "replicate:a/b", "{\"audio_url\":\"data:x\"}"));
    for (String output : new String[] {"\"a\"", "[\"a\"]", "{\"transcription\":\"a\"}", "{\"translation\":\"a\"}"}) {
      Step step = replicate.reader().apply(reply(200, "{\"id\":\"1\",\"status\":\"succeeded\",\"output\":" + output + "}"));
      assertEquals("a", assertInstanceOf(Step.Done.class, step).result().getString("text"), output);
    }
  }

  @Test
  void aModelThatIsStillLoadingHasTakenNothing() {
    Reply loading = reply(503, "{\"error\":\"Model a/b is currently loading\",\"estimated_time\":20.3}");
    assertTrue(hub.tookNothing(loading));
    assertEquals("20.3", hub.retryAfter(loading));
    assertFalse(hub.tookNothing(reply(503, "{\"error\":\"x\"}")));
  }

  @Test
  void aVideoWithoutAReasonFailsAndAnUnsafePredictionIsRefused() {
    Job video = new Job("v", new JsonObject().put("backend", "together").put("path", "/together/v2/videos/v"));
    assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, hub.check(video).reader().apply(reply(200,
        "{\"id\":\"v\",\"status\":\"failed\",\"error\":null}"))).code());
    assertInstanceOf(Step.Waiting.class, hub.check(video).reader().apply(reply(200, "{\"id\":\"v\"}")));
    assertEquals(Code.CONTENT_REFUSED, assertInstanceOf(Step.Failed.class, hub.submit(Asking.of("image_generation", "replicate:a/b", "{\"prompt\":\"p\"}"))
        .reader().apply(reply(200, "{\"id\":\"1\",\"status\":\"failed\",\"error\":\"NSFW content detected\"}"))).code());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "401|{\"error\":\"Invalid token\"}|PROVIDER_AUTH|false", "402|{\"error\":\"You have exceeded your monthly included credits\"}|PROVIDER_QUOTA|false",
      "400|{\"error\":{\"message\":\"model not supported\",\"type\":\"invalid_request\"}}|INVALID_INPUT|false",
      "422|{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"x\",\"type\":\"content_policy_violation\"}]}|CONTENT_REFUSED|false",
      "503|{\"error\":\"loading\",\"estimated_time\":20.0}|PROVIDER_UNAVAILABLE|true", "429|slow down|PROVIDER_RATE_LIMITED|true"})
  void readsErrorsOfAllShapes(int status, String body, Code code, boolean retryable) {
    Step.Failed failed = hub.refused(reply(status, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
  }

  @Test
  void readsAChatThatIsStreamedThoughNobodyAskedForIt() {
    Exchange submit = hub.submit(Asking.of("text_generation", "a/b", "{\"prompt\":\"p\"}"));
    String begin = ": ping\n\ndata: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
        + "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\n\n";
    String end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"total_tokens\":5}}\n\ndata: [DONE]\n\n";
    Step.Done done = assertInstanceOf(Step.Done.class, submit.reader().apply(reply(200, begin + end)));
    assertEquals(new JsonObject("{\"text\":\"Hello\",\"finish_reason\":\"stop\",\"usage\":{\"total_tokens\":5}}"), done.result());
    assertThrows(MissingField.class, () -> submit.reader().apply(reply(200, begin)), "a stream that breaks off is no answer");
  }
}
