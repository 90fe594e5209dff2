package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicateTest {
  private static final String SCHNELL = "black-forest-labs/flux-schnell";
  private static final String PINNED = "nightmareai/real-esrgan:f121d640";

  private final Replicate replicate = new Replicate();

  private static Job job(String capability) {
    return new Job("gm3q", new JsonObject().put("capability", capability));
  }

  private JsonObject body(String capability, String model, String input, String options) {
    return replicate.submit(Asking.of(capability, model, input, options)).body().toJsonObject();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|" + SCHNELL + "|{\"prompt\":\"p\",\"width\":640,\"height\":480,\"num_outputs\":2,\"seed\":7,\"output_format\":\"jpeg\"}|{\"prompt\":\"p\",\"seed\":7,\"num_outputs\":2,\"aspect_ratio\":\"4:3\",\"megapixels\":\"0.25\",\"output_format\":\"jpg\"}",
      "image_generation|" + SCHNELL + "|{\"prompt\":\"p\",\"width\":1024}|{\"prompt\":\"p\",\"aspect_ratio\":\"1:1\",\"megapixels\":\"1\"}",
      "image_generation|black-forest-labs/flux-1.1-pro|{\"prompt\":\"p\",\"width\":1024,\"height\":768}|{\"prompt\":\"p\",\"width\":1024,\"height\":768,\"aspect_ratio\":\"custom\"}",
      "image_generation|black-forest-labs/flux-2-pro|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}",
      "image_generation|stability-ai/sdxl:39ed|{\"prompt\":\"p\",\"negative_prompt\":\"n\",\"width\":1000,\"num_outputs\":2}|{\"prompt\":\"p\",\"negative_prompt\":\"n\",\"width\":1000,\"num_outputs\":2}",
      "image_editing|black-forest-labs/flux-kontext-pro|{\"prompt\":\"p\",\"image_url\":\"https://a/i\",\"seed\":1,\"output_format\":\"png\"}|{\"prompt\":\"p\",\"seed\":1,\"input_image\":\"https://a/i\",\"output_format\":\"png\"}",
      "image_editing|black-forest-labs/flux-2-pro|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|{\"prompt\":\"p\",\"input_images\":[\"https://a/i\"],\"aspect_ratio\":\"match_input_image\"}",
      "image_editing|stability-ai/sdxl:39ed|{\"prompt\":\"p\",\"image_url\":\"https://a/i\",\"strength\":0.5}|{\"prompt\":\"p\",\"image\":\"https://a/i\",\"prompt_strength\":0.5}",
      "inpainting|black-forest-labs/flux-fill-pro|{\"prompt\":\"p\",\"image_url\":\"https://a/i\",\"mask_url\":\"https://a/m\",\"seed\":2}|{\"prompt\":\"p\",\"image\":\"https://a/i\",\"mask\":\"https://a/m\",\"seed\":2}",
      "background_removal|851-labs/background-remover:a029|{\"image_url\":\"https://a/i\",\"output_format\":\"jpeg\"}|{\"image\":\"https://a/i\",\"format\":\"jpg\"}",
      "super_resolution|nightmareai/real-esrgan:f121|{\"image_url\":\"https://a/i\",\"scale\":2.5}|{\"image\":\"https://a/i\",\"scale\":2.5}",
      "image_understanding|yorickvp/llava-13b:8053|{\"image_url\":\"https://a/i\",\"prompt\":\"p\",\"max_tokens\":9}|{\"image\":\"https://a/i\",\"prompt\":\"p\",\"max_tokens\":9}",
      "video_generation|minimax/video-01|{\"prompt\":\"p\"}|{\"prompt\":\"p\"}",
      "video_generation|bytedance/seedance-1-pro|{\"prompt\":\"p\",\"duration_seconds\":5,\"resolution\":\"480p\",\"seed\":1}|{\"prompt\":\"p\",\"duration\":5,\"resolution\":\"480p\",\"seed\":1}",
      "image_to_video|minimax/video-01|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|{\"prompt\":\"p\",\"first_frame_image\":\"https://a/i\"}",
      "image_to_video|minimax/video-01|{\"image_url\":\"https://a/i\"}|{\"prompt\":\"Bring this picture to life with natural motion.\",\"first_frame_image\":\"https://a/i\"}",
      "lip_sync|bytedance/latentsync:839a|{\"video_url\":\"https://a/v\",\"audio_url\":\"https://a/a\"}|{\"video\":\"https://a/v\",\"audio\":\"https://a/a\"}",
      "text_generation|meta/llama-2-70b-chat|{\"prompt\":\"p\",\"system\":\"s\",\"max_tokens\":9}|{\"prompt\":\"p\",\"system_prompt\":\"s\",\"max_tokens\":9}",
      "text_embedding|replicate/all-mpnet-base-v2:b6b7|{\"text\":\"a\"}|{\"text\":\"a\"}",
      "text_embedding|replicate/all-mpnet-base-v2:b6b7|{\"texts\":[\"a\",\"b \\\"c\\\"\"]}|{\"text_batch\":\"[\\\"a\\\",\\\"b \\\\\\\"c\\\\\\\"\\\"]\"}",
      "speech_synthesis|jaaari/kokoro-82m:dfdf|{\"text\":\"t\",\"voice\":\"af_bella\",\"output_format\":\"wav\"}|{\"text\":\"t\",\"voice\":\"af_bella\"}",
      "speech_recognition|openai/whisper:8099|{\"audio_url\":\"https://a/a\",\"language\":\"en-GB\"}|{\"audio\":\"https://a/a\",\"language\":\"en\"}",
      "music_generation|meta/musicgen:671a|{\"prompt\":\"p\",\"duration_seconds\":12,\"instrumental\":true}|{\"prompt\":\"p\",\"duration\":12}",
      "sound_generation|sepal/audiogen:154b|{\"prompt\":\"p\",\"duration_seconds\":10}|{\"prompt\":\"p\",\"duration\":10}",
      "model_3d_generation|firtoz/trellis:4876|{\"image_url\":\"https://a/i\"}|{\"images\":[\"https://a/i\"],\"generate_model\":true}"})
  void putsEachCapabilitysInputIntoTheModelsOwnFields(String capability, String model, String input, String wanted) {
    assertEquals(new JsonObject(wanted), body(capability, model, input, "{}").getJsonObject("input"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|" + SCHNELL + "|{\"prompt\":\"p\",\"num_outputs\":5}|input.num_outputs",
      "image_generation|" + SCHNELL + "|{\"prompt\":\"p\",\"aspect_ratio\":\"7:5\"}|input.aspect_ratio",
      "image_generation|" + SCHNELL + "|{\"prompt\":\"p\",\"width\":4096,\"height\":4096}|input.width and input.height",
      "image_generation|" + SCHNELL + "|{\"prompt\":\"p\",\"negative_prompt\":\"n\"}|input.negative_prompt",
      "image_generation|" + SCHNELL + "|{\"prompt\":\"p\",\"output_format\":\"gif\"}|input.output_format",
      "image_generation|black-forest-labs/flux-1.1-pro|{\"prompt\":\"p\",\"width\":1000}|input.width",
      "image_generation|black-forest-labs/flux-1.1-pro|{\"prompt\":\"p\",\"num_outputs\":2}|input.num_outputs",
      "image_generation|black-forest-labs/flux-2-pro|{\"prompt\":\"p\",\"width\":1024,\"height\":4096}|input.height",
      "image_editing|black-forest-labs/flux-kontext-pro|{\"prompt\":\"p\",\"image_url\":\"https://a/i\",\"strength\":0.5}|input.strength",
      "image_editing|black-forest-labs/flux-kontext-pro|{\"prompt\":\"p\",\"image_url\":\"https://a/i\",\"output_format\":\"webp\"}|input.output_format",
      "background_removal|851-labs/background-remover:a029|{\"image_url\":\"https://a/i\",\"output_format\":\"webp\"}|input.output_format",
      "super_resolution|nightmareai/real-esrgan:f121|{\"image_url\":\"https://a/i\",\"scale\":16}|input.scale",
      "super_resolution|nightmareai/real-esrgan:f121|{\"image_url\":\"https://a/i\",\"prompt\":\"p\"}|input.prompt",
      "video_generation|minimax/video-01|{\"prompt\":\"p\",\"duration_seconds\":10}|input.duration_seconds",
      "image_to_video|minimax/video-01|{\"image_url\":\"https://a/i\",\"resolution\":\"1080p\"}|input.resolution",
      "text_embedding|replicate/all-mpnet-base-v2:b6b7|{\"text\":\"a\",\"dimensions\":5}|input.dimensions",
      "speech_synthesis|jaaari/kokoro-82m:dfdf|{\"text\":\"t\",\"output_format\":\"mp3\"}|input.output_format",
      "speech_synthesis|jaaari/kokoro-82m:dfdf|{\"text\":\"t\",\"language\":\"fr\"}|input.language",
      "music_generation|meta/musicgen:671a|{\"prompt\":\"p\",\"instrumental\":false}|input.instrumental",
      "music_generation|meta/musicgen:671a|{\"prompt\":\"p\",\"duration_seconds\":2.5}|input.duration_seconds",
      "sound_generation|sepal/audiogen:154b|{\"prompt\":\"p\",\"duration_seconds\":11}|input.duration_seconds",
      "model_3d_generation|firtoz/trellis:4876|{\"prompt\":\"p\"}|input.image_url"})
  void refusesBeforeItIsPaidWhatTheModelCannotDo(String capability, String model, String input, String field) {
    String message = assertThrows(InvalidInput.class, () -> body(capability, model, input, "{}")).getMessage();
    assertTrue(message.startsWith(field), message);
  }

  @ParameterizedTest
  @CsvSource({SCHNELL + ",/models/" + SCHNELL + "/predictions,", PINNED + ",/predictions," + PINNED, "f121d640,/predictions,f121d640",
      "deployments/acme/fast-fox,/deployments/acme/fast-fox/predictions,"})
  void asksAnOfficialModelByItsPathAndOthersByTheirVersion(String model, String path, String version) {
    Exchange exchange = replicate.submit(Asking.of("super_resolution", model, "{\"image_url\":\"https://a/i\"}"));
    assertEquals(path, exchange.target());
    assertEquals(version, exchange.body().toJsonObject().getString("version"));
  }

  @Test
  void writesAConversationAsTheModelReadsIt() {
    JsonObject plain = body("text_generation", "meta/meta-llama-3-8b-instruct", "{\"prompt\":\"p\"}", "{}").getJsonObject("input");
    assertEquals("p", plain.getString("prompt"));
    assertTrue(plain.getString("prompt_template").contains("user<|end_header_id|>\n\n{prompt}<|eot_id|>"));
    JsonObject told = body("text_generation", "meta/meta-llama-3-8b-instruct", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
        + "{\"role\":\"assistant\",\"content\":\"b\"},{\"role\":\"user\",\"content\":\"c\"}],\"system\":\"s {x}\"}", "{}").getJsonObject("input");
    assertEquals("{prompt}", told.getString("prompt_template"));
    assertEquals("<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\ns {x}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\na<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\nb<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nc<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\n", told.getString("prompt"));
    JsonObject other = body("text_generation", "acme/chat", "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"a\"},"
        + "{\"role\":\"assistant\",\"content\":\"b\"}]}", "{}").getJsonObject("input");
    assertEquals(new JsonObject().put("prompt", "user: a\n\nassistant: b").put("system_prompt", "s"), other);
  }

  @Test
  void optionsAreForTheInputSaveThoseOfTheRequest() {
    JsonObject body = body("image_generation", SCHNELL, "{\"prompt\":\"p\"}", "{\"go_fast\":true,\"input\":{\"seed\":7},\"webhook\":\"https://x/y\"}");
    assertEquals(new JsonObject("{\"input\":{\"prompt\":\"p\",\"go_fast\":true,\"seed\":7},\"webhook\":\"https://x/y\"}"), body);
  }

  @ParameterizedTest
  @CsvSource({"https://us/cb,true", "http://127.0.0.1:8080/cb,true", "http://us/cb,false", "http://127.0.0.1.evil.com/cb,false"})
  void asksForACallbackWhereTheProviderWouldTakeIt(String url, boolean asked) {
    Submission task = Asking.of("image_generation", SCHNELL, "{\"prompt\":\"p\"}");
    JsonObject body = replicate.submit(new Submission(task.taskId(), 1, task.capability(), task.model(), task.input(), task.options(), url, task.files()))
        .body().toJsonObject();
    assertEquals(asked ? url : null, body.getString("webhook"));
    assertEquals(asked ? new JsonArray().add("completed") : null, body.getJsonArray("webhook_events_filter"));
  }

  @Test
  void aLargeFileIsUploadedAndItsLinkStandsForIt() {
    Exchange upload = replicate.upload("image_url", Asking.PNG);
    assertEquals("/files", upload.target());
    assertTrue(upload.contentType().startsWith("multipart/form-data"));
    String parts = upload.body().toString();
    assertTrue(parts.contains("name=\"content\"; filename=\"content.png\"\r\nContent-Type: image/png"), parts);
    assertTrue(parts.contains("name=\"metadata\"\r\nContent-Type: application/json"), parts);
    assertEquals(new Step.Uploaded("https://api/f/1"), upload.reader().apply(reply(201, "{\"id\":\"1\",\"urls\":{\"get\":\"https://api/f/1\"}}")));
    assertThrows(RuntimeException.class, () -> upload.reader().apply(reply(201, "{\"id\":\"1\"}")));
  }

  @Test
  void whateverTheReplySaysThePredictionIsLookedAt() {
    Exchange submit = replicate.submit(Asking.of("speech_recognition", "openai/whisper:8099", "{\"audio_url\":\"https://a/a\",\"timestamps\":false}"));
    for (String status : List.of(",\"status\":\"starting\"", ",\"status\":\"succeeded\"", ",\"status\":\"failed\"", ",\"status\":null", "")) {
      Job job = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(201, "{\"id\":\"gm3q\"" + status + "}"))).job();
      assertEquals("/predictions/gm3q", replicate.check(job).target());
      assertEquals("no", job.link("timestamps"));
    }
    assertThrows(RuntimeException.class, () -> submit.reader().apply(reply(201, "{\"status\":\"starting\"}")));
  }

  @ParameterizedTest
  @CsvSource({"canceled,YES", "processing,YES", "starting,YES", "aborted,NO", "succeeded,UNKNOWN", "failed,UNKNOWN"})
  void theTimeUntilACancelIsPaid(String status, Charged charged) {
    Exchange cancel = replicate.cancel(job("image_generation")).orElseThrow();
    assertEquals("POST /predictions/gm3q/cancel", cancel.method() + " " + cancel.target());
    assertNull(cancel.body());
    assertEquals(new Step.Cancelling(charged), cancel.reader().apply(reply(200, "{\"status\":\"" + status + "\"}")));
  }

  private Step found(String model, String input, String list) {
    return replicate.find(Asking.of("super_resolution", model, input), Instant.parse("2026-11-22T21:01:00Z")).orElseThrow().reader().apply(reply(200, list));
  }

  @Test
  void looksForALostSubmitInTheListOfThatTime() {
    Exchange find = replicate.find(Asking.of("super_resolution", PINNED, "{\"image_url\":\"https://a/i\"}"), Instant.parse("2026-11-22T21:01:00Z")).orElseThrow();
    assertEquals("/predictions?created_after=2026-11-22T21%3A00%3A00Z&created_before=2026-11-22T21%3A16%3A00Z", find.target());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      PINNED + "|\"model\":\"nightmareai/real-esrgan\",\"version\":\"f121d640\",\"input\":{\"image\":\"https://a/i\",\"scale\":2}|true",
      "f121d640|\"model\":\"nightmareai/real-esrgan\",\"version\":\"f121d640\",\"input\":{\"image\":\"https://a/i\",\"scale\":2}|true",
      "nightmareai/real-esrgan|\"model\":\"nightmareai/real-esrgan\",\"version\":\"hidden\",\"input\":{\"image\":\"https://a/i\",\"scale\":2}|true",
      "deployments/acme/real-esrgan|\"model\":\"x/y\",\"deployment\":\"real-esrgan\",\"input\":{\"image\":\"https://a/i\",\"scale\":2}|true",
      PINNED + "|\"model\":\"nightmareai/real-esrgan\",\"version\":\"0000\",\"input\":{\"image\":\"https://a/i\",\"scale\":2}|false",
      PINNED + "|\"model\":\"nightmareai/real-esrgan\",\"version\":\"f121d640\",\"input\":{\"image\":\"https://a/i\"}|false",
      PINNED + "|\"model\":\"nightmareai/real-esrgan\",\"version\":\"f121d640\",\"input\":{\"image\":\"https://a/i\",\"scale\":2,\"face_enhance\":true}|false",
      PINNED + "|\"model\":\"nightmareai/real-esrgan\",\"version\":\"f121d640\",\"input\":null|false"})
  void aPredictionOfTheSameModelAndInputIsTheLostOne(String model, String entry, boolean same) {
    Step step = found(model, "{\"image_url\":\"https://a/i\",\"scale\":2}", "{\"next\":null,\"results\":[{\"id\":\"y\"," + entry + "}]}");
    if (same) {
      assertEquals("y", assertInstanceOf(Step.Found.class, step).jobs().get(0).externalId());
    } else {
      assertInstanceOf(Step.NotFound.class, step);
    }
  }

  @Test
  void aFileThatWentInlineMayBeShownAsALink() {
    String list = "{\"results\":[{\"id\":\"y\",\"model\":\"a/b\",\"input\":{\"image\":\"https://api.replicate.com/v1/files/1\",\"scale\":2}}]}";
    assertInstanceOf(Step.Found.class, found("a/b", "{\"image_url\":\"data:image/png;base64,eHl6\",\"scale\":2}", list));
    assertInstanceOf(Step.NotFound.class, found("a/b", "{\"image_url\":\"data:image/png;base64,eHl6\",\"scale\":3}", list));
  }

  @Test
  void ofPredictionsThatLookAlikeTheOneOfItsTimeComesFirst() {
    String entry = "{\"id\":\"ID\",\"model\":\"a/b\",\"created_at\":\"AT\",\"input\":{\"image\":\"https://a/i\",\"scale\":2}}";
    String list = "{\"next\":\"https://api.replicate.com/v1/predictions?cursor=c\",\"results\":["
        + entry.replace("ID", "late").replace("AT", "2026-11-22T21:01:30.123456Z") + "," + entry.replace("ID", "ours").replace("AT", "2026-11-22T21:01:01Z") + "]}";
    Step.Found found = assertInstanceOf(Step.Found.class, found("a/b", "{\"image_url\":\"https://a/i\",\"scale\":2}", list));
    assertEquals(List.of("ours", "late"), found.jobs().stream().map(Job::externalId).toList());
    assertEquals("https://api.replicate.com/v1/predictions?cursor=c", found.more().target());
  }

  @Test
  void goesOnToTheNextPage() {
    Step.Then then = assertInstanceOf(Step.Then.class, found(PINNED, "{\"image_url\":\"https://a/i\"}",
        "{\"next\":\"https://api.replicate.com/v1/predictions?cursor=c\",\"results\":[]}"));
    assertEquals("https://api.replicate.com/v1/predictions?cursor=c", then.exchange().target());
    assertInstanceOf(Step.NotFound.class, then.exchange().reader().apply(reply(200, "{\"next\":null,\"results\":[]}")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "422|{\"title\":\"x\",\"invalid_fields\":[{\"type\":\"required\",\"field\":\"input.prompt\",\"description\":\"prompt is required\"}]}|INVALID_INPUT|false|input.prompt: prompt is required",
      "422|{\"invalid_fields\":[{\"type\":\"required\",\"field\":\"\",\"description\":\"input is required\"}]}|INVALID_INPUT|false|input is required",
      "422|{\"title\":\"Invalid version or not permitted\",\"detail\":\"The specified version does not exist\",\"status\":422}|INVALID_INPUT|false|owner/name:version",
      "422|{\"detail\":\"The input was flagged as sensitive (E005)\"}|CONTENT_REFUSED|false|flagged as sensitive",
      "401|{\"title\":\"Unauthenticated\",\"detail\":\"You did not pass a valid authentication token\",\"status\":401}|PROVIDER_AUTH|false|valid authentication token",
      "402|{\"title\":\"Insufficient credit\"}|PROVIDER_QUOTA|false|Insufficient credit",
      "404|{\"detail\":\"The requested resource could not be found.\",\"status\":404}|INVALID_INPUT|false|owner/name:version",
      "413|too large|INVALID_INPUT|false|too large",
      "429|{\"detail\":\"Request was throttled. Your rate limit resets in ~30s.\"}|PROVIDER_RATE_LIMITED|true|throttled",
      "503|<html>|PROVIDER_UNAVAILABLE|true|503"})
  void readsErrorsInEachOfTheirShapes(int status, String body, Code code, boolean retryable, String text) {
    Step.Failed failed = replicate.refused(reply(status, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(Charged.NO, failed.charged());
    assertTrue(failed.message().contains(text), failed.message());
  }

  @Test
  void readsThePauseFromTheHeaderOrElseFromTheText() {
    String throttled = "{\"detail\":\"Request was throttled. Your rate limit resets in ~30s.\"}";
    assertEquals("30", replicate.retryAfter(reply(429, throttled)));
    assertEquals("7", replicate.retryAfter(reply(429, throttled, "Retry-After", "7")));
    assertNull(replicate.retryAfter(reply(429, "{}")));
  }
}
