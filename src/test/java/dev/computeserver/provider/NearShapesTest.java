package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Results that are there, in a form next to the one on the provider's page: one in the place of a list, a list of one, a link without its object. */
class NearShapesTest {
  private static final Map<String, ProviderProcessor> PROCESSORS = Map.ofEntries(Map.entry("fal", new FalStandard()), Map.entry("replicate", new Replicate()),
      Map.entry("hub", new HuggingFace()), Map.entry("luma", new Luma()), Map.entry("flux", new BlackForestLabs()), Map.entry("runway", new Runway()),
      Map.entry("comfy", new Comfyui(ComfyWorkflows.read(null))), Map.entry("openai", new Openai()), Map.entry("google", new Google()),
      Map.entry("anthropic", new Anthropic()), Map.entry("stability", new Stability()), Map.entry("ideogram", new Ideogram()), Map.entry("elevenlabs", new ElevenLabs()));
  private static final Map<String, String> MODELS = Map.of("hub image_generation", "together:a/b", "hub text_embedding", "together:a/b",
      "hub speech_recognition", "fal-ai:a/b", "stability image_generation", "core", "ideogram image_generation", "ideogram-v3");
  private static final Map<String, String> INPUTS = Map.of("text_embedding", "{\"text\":\"t\"}", "speech_synthesis", "{\"text\":\"t\"}",
      "speech_recognition", "{\"audio_url\":\"FILE\"}", "image_understanding", "{\"prompt\":\"p\",\"image_url\":\"FILE\"}");

  private static Exchange submit(String provider, String capability) {
    String input = provider.equals("hub") && capability.equals("speech_recognition") ? "{\"audio_url\":\"data:audio/mpeg;base64,AA\"}"
        : INPUTS.getOrDefault(capability, "{\"prompt\":\"p\"}");
    return PROCESSORS.get(provider).submit(Asking.of(capability, MODELS.getOrDefault(provider + " " + capability, "m/m"), input));
  }

  private static Exchange look(String provider, String job) {
    return PROCESSORS.get(provider).check(new Job("id-1", new JsonObject(job)));
  }

  private static Step read(Exchange exchange, String body) {
    Step step = exchange.reader().apply(reply(200, body, "Content-Type", "application/json"));
    return step instanceof Step.Then then && body.startsWith("{\"status\":\"COMPLETED\"") ? read(then.exchange(), body) : step;
  }

  private static String told(Step step) {
    Step.Done done = (Step.Done) step;
    String files = done.media().stream().map(each -> each.isMissing() ? "-" : each.here() ? "here" : each.url()).collect(Collectors.joining(" "));
    Object words = done.result() == null ? null : done.result().getValue("text", done.result().getValue("vectors"));
    return (files + (words == null ? "" : " " + words)).strip();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "openai|text_generation|{\"status\":\"completed\",\"output_text\":\"hi\",\"output\":[]}|hi",
      "openai|text_generation|{\"status\":\"completed\",\"output\":\"hi\"}|hi",
      "openai|text_generation|{\"status\":\"completed\",\"output\":[{\"content\":[{\"text\":\"hi\"}]}]}|hi",
      "openai|text_generation|{\"status\":\"completed\",\"output\":[{\"type\":\"output_text\",\"text\":\"hi\"}]}|hi",
      "openai|text_generation|{\"status\":\"completed\",\"output\":[{\"type\":\"reasoning\",\"content\":[{\"text\":\"hm\"}]},{\"type\":\"message\",\"content\":\"hi\"}]}|hi",
      "openai|image_generation|{\"data\":null,\"images\":[{\"b64_json\":\"eHl6\"}]}|here",
      "openai|image_generation|{\"b64_json\":\"eHl6\"}|here",
      "openai|speech_synthesis|{\"audio_base64\":\"SUQz\"}|here",
      "google|image_generation|{\"predictions\":[{\"bytesBase64Encoded\":\"eHl6\",\"mimeType\":\"image/png\"}]}|here",
      "google|image_generation|{\"predictions\":[{\"bytesBase64Encoded\":\"eHl6\"},{\"bytesBase64Encoded\":\"eHl6\"}]}|here here",
      "google|image_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"fileData\":{\"fileUri\":\"https://f/0\",\"mimeType\":\"image/png\"}}]}}]}|https://f/0",
      "google|image_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"file_data\":{\"file_uri\":\"https://g/v1beta/files/a\"}}]}}]}|https://g/v1beta/files/a:download?alt=media",
      "google|text_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":\"true\"},{\"text\":\"hi\"}]}}]}|hi",
      "stability|image_generation|{\"base64\":\"eHl6\"}|here",
      "ideogram|image_generation|{\"images\":[{\"url\":\"https://f/0\"}]}|https://f/0",
      "ideogram|image_understanding|{\"descriptions\":[\"hi\"]}|hi",
      "ideogram|image_understanding|{\"descriptions\":\"hi\"}|hi",
      "hub|text_generation|[{\"generated_text\":\"hi\"}]|hi",
      "hub|image_generation|{\"images\":[{\"url\":\"https://f/0\"}]}|https://f/0",
      "hub|image_generation|{\"url\":\"https://f/0\"}|https://f/0",
      "elevenlabs|speech_synthesis|{\"audio_base64\":\"SUQz\",\"alignment\":{}}|here",
      "openai|image_generation|{\"data\":{\"b64_json\":\"eHl6\"}}|here", "openai|image_generation|{\"data\":{\"url\":\"https://f/0\"}}|https://f/0",
      "openai|image_generation|{\"data\":[\"https://f/0\"]}|https://f/0", "openai|image_generation|{\"data\":\"https://f/0\"}|https://f/0",
      "openai|image_generation|{\"data\":[{\"url\":\"https://f/0\",\"b64_json\":\"%%%\"},{\"b64_json\":\"%%%\",\"url\":\"https://f/1\"}]}|https://f/0 https://f/1",
      "openai|image_generation|[{\"data\":[{\"b64_json\":\"eHl6\"}]}]|here", "openai|image_generation|{\"data\":[{\"b64_json\":\"eHl6\"}]}{\"x\":2}|here",
      "openai|text_generation|{\"status\":\"completed\",\"output\":{\"type\":\"message\",\"content\":{\"type\":\"output_text\",\"text\":\"hi\"}}}|hi",
      "openai|text_generation|{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[\"hi\"]}]}|hi",
      "openai|text_embedding|{\"data\":{\"index\":0,\"embedding\":[1,2]}}|[[1,2]]",
      "google|image_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"inline_data\":{\"mime_type\":\"image/png\",\"data\":\"eHl6\"}}]}}]}|here",
      "google|image_generation|{\"candidates\":{\"content\":{\"parts\":{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"eHl6\"}}}}}|here",
      "google|image_generation|[{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"data\":\"eHl6\"}}]},\"finishReason\":\"OTHER\"}]}]|here",
      "google|text_generation|{\"candidates\":[{\"content\":{\"parts\":{\"text\":\"hi\"}},\"finish_reason\":\"stop\"}]}|hi",
      "google|text_generation|{\"candidates\":[{\"content\":[{\"parts\":[\"h\",\"i\"]}]}]}|hi",
      "google|text_generation|[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\"}]}}]},{\"candidates\":[{\"index\":0,\"content\":{\"parts\":[{\"text\":\"i\"}]},\"finishReason\":\"STOP\"}]}]|hi",
      "google|text_embedding|{\"embedding\":[1,2]}|[[1,2]]", "google|text_embedding|{\"embeddings\":{\"values\":[1,2]}}|[[1,2]]",
      "anthropic|text_generation|{\"content\":{\"type\":\"text\",\"text\":\"hi\"}}|hi", "anthropic|text_generation|{\"content\":\"hi\"}  {\"x\":1}|hi",
      "stability|image_generation|{\"artifacts\":[{\"base64\":\"eHl6\",\"finishReason\":\"SUCCESS\"}]}|here", "stability|image_generation|{\"image\":[\"eHl6\"]}|here",
      "stability|image_generation|{\"artifacts\":[{\"base64\":\"eHl6\",\"finishReason\":\"CONTENT_FILTERED\"},{\"base64\":\"eHl6\"}]}|- here",
      "ideogram|image_generation|{\"data\":{\"url\":\"https://f/0\"}}|https://f/0", "ideogram|image_generation|{\"data\":[\"https://f/0\"]}|https://f/0",
      "ideogram|image_understanding|{\"descriptions\":{\"text\":\"hi\"}}|hi",
      "hub|text_generation|{\"choices\":{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}}}|hi", "hub|text_generation|{\"choices\":[{\"message\":\"hi\"}]}|hi",
      "hub|text_generation|{\"choices\":[{\"text\":\"hi\"}]}|hi", "hub|image_generation|{\"data\":{\"b64_json\":\"eHl6\"}}|here", "hub|image_generation|{\"data\":[\"https://f/0\"]}|https://f/0",
      "hub|image_generation|{\"data\":[{\"b64_json\":\"%%%\",\"url\":\"https://f/0\"}]}|https://f/0", "hub|text_embedding|{\"data\":{\"embedding\":[1,2]}}|[[1,2]]",
      "hub|text_embedding|{\"embedding\":[1,2]}|[[1,2]]", "hub|text_embedding|\ufeff[[1,2]]|[[1,2]]", "openai|text_embedding|{\"data\":[{\"index\":0,\"embedding\":\"AACAPwAAAEDNzMy9\"}]}|[[1.0,2.0,-0.1]]",
      "hub|text_embedding|{\"data\":[{\"embedding\":\"AACAPwAA\\nAEA=\"}]}|[[1.0,2.0]]", "hub|text_embedding|[\"AACAPwAAAEA=\"]|[[1.0,2.0]]",
      "google|text_embedding|{\"embedding\":{\"values\":\"AACAPwAAAEA=\"}}|[[1.0,2.0]]", "hub|speech_recognition|{\"text\":[\"h\",\"i\"]}|hi",
      "elevenlabs|speech_recognition|{\"transcripts\":{\"text\":\"hi\"}}|hi"})
  void anAnswerIsKept(String provider, String capability, String body, String wanted) {
    assertEquals(wanted, told(read(submit(provider, capability), body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "fal|{\"gives\":\"file\"}|\"video_url\":\"https://f/0\"|https://f/0",
      "fal|{\"gives\":\"file\"}|\"image_url\":\"https://f/0\"|https://f/0",
      "fal|{\"gives\":\"file\"}|\"audio_url\":{\"url\":\"https://f/0\"}|https://f/0",
      "fal|{\"gives\":\"file\"}|\"videos\":[{\"url\":\"https://f/0\"},{\"url\":\"https://f/1\"}]|https://f/0 https://f/1",
      "fal|{\"gives\":\"file\"}|\"mesh\":{\"url\":\"https://f/0\"}|https://f/0",
      "fal|{\"gives\":\"file\"}|\"model_urls\":{\"glb\":{\"url\":\"https://f/0\"},\"fbx\":{\"url\":\"https://f/1\"}}|https://f/0",
      "fal|{\"gives\":\"file\"}|\"output\":{\"url\":\"https://f/0\"}|https://f/0",
      "fal|{\"gives\":\"file\"}|\"output\":\"https://f/0\"|https://f/0 https://f/0",
      "fal|{\"gives\":\"file\"}|\"data\":{\"images\":[{\"url\":\"https://f/0\"}]}|https://f/0",
      "fal|{\"gives\":\"file\"}|\"payload\":{\"images\":[{\"url\":\"https://f/0\"},{\"url\":\"https://f/1\"}],\"has_nsfw_concepts\":[false,true]}|https://f/0 -",
      "fal|{\"gives\":\"file\"}|\"url\":\"https://f/0\"|https://f/0",
      "fal|{}|\"output\":\"https://f/0\"|https://f/0",
      "fal|{\"gives\":\"file\"}|\"image\":\"https://f/0\"|https://f/0", "fal|{\"gives\":\"file\"}|\"images\":{\"url\":\"https://f/0\"}|https://f/0",
      "fal|{\"gives\":\"file\"}|\"images\":[\"https://f/0\"]|https://f/0", "fal|{\"gives\":\"file\"}|\"images\":\"https://f/0\"|https://f/0",
      "fal|{\"gives\":\"file\"}|\"video\":[{\"url\":\"https://f/0\"}]|https://f/0", "fal|{\"gives\":\"file\"}|\"image\":{\"url\":\"\",\"file_data\":\"eHl6\"}|here",
      "fal|{\"gives\":\"file\"}|\"images\":[{\"url\":\"https://f/0\"},{\"url\":\"https://f/1\"}],\"has_nsfw_concepts\":[true]|- https://f/1",
      "fal|{\"gives\":\"file\"}|\"images\":[{\"url\":\"https://f/0\"},{\"url\":\"https://f/1\"}],\"has_nsfw_concepts\":[false,true]|https://f/0 -",
      "fal|{\"gives\":\"file\"}|\"images\":[{\"url\":\"https://f/0\"}],\"has_nsfw_concepts\":[false,true]|https://f/0",
      "fal|{}|\"output\":{\"text\":\"hi\"}|hi", "fal|{}|\"output\":[\"h\",\"i\"]|hi"})
  void aResultOfFalIsKept(String provider, String job, String fields, String wanted) {
    JsonObject links = new JsonObject(job).put("status", "https://q/s").put("response", "https://q/r");
    assertEquals(wanted, told(read(look(provider, links.encode()), "{\"status\":\"COMPLETED\"," + fields + "}")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "hub|{\"backend\":\"replicate\",\"path\":\"/p\"}|{\"status\":\"succeeded\",\"output\":{\"image\":\"https://f/0\"}}|https://f/0",
      "hub|{\"backend\":\"together\",\"path\":\"/p\"}|{\"id\":\"1\",\"status\":\"completed\",\"output\":{\"video_url\":\"https://f/0\"}}|https://f/0",
      "hub|{\"backend\":\"together\",\"path\":\"/p\"}|{\"id\":\"1\",\"status\":\"completed\",\"output\":\"https://f/0\"}|https://f/0",
      "luma|{\"attempt\":1}|{\"status\":\"completed\",\"assets\":{\"image\":\"https://f/0\"}}|https://f/0",
      "comfy|{\"client\":\"c\",\"nodes\":1}|{\"id-1\":{\"outputs\":{\"9\":{\"images\":[{\"filename\":\"a.png\"},{\"type\":\"temp\",\"filename\":\"b.png\"}]}}}}|/view?filename=a.png&subfolder=&type=output",
      "elevenlabs|{\"kind\":\"image\"}|{\"status\":\"completed\",\"content_urls\":[\"https://f/0\",\"https://f/1\"]}|https://f/0 https://f/1",
      "elevenlabs|{\"kind\":\"history\",\"content_type\":\"audio/mpeg\"}|{\"audio_base64\":\"SUQz\"}|here",
      "replicate|{\"capability\":\"text_generation\"}|{\"status\":\"succeeded\",\"output\":{\"text\":\"hi\"}}|hi",
      "replicate|{\"capability\":\"text_generation\"}|{\"status\":\"succeeded\",\"output\":[{\"text\":\"h\"},\"i\"]}|hi",
      "replicate|{\"capability\":\"text_embedding\"}|{\"status\":\"succeeded\",\"output\":{\"embedding\":[1,2]}}|[[1,2]]",
      "replicate|{\"capability\":\"text_embedding\"}|{\"status\":\"succeeded\",\"output\":[{\"embedding\":\"AACAPwAAAEA=\"}]}|[[1.0,2.0]]",
      "replicate|{\"capability\":\"image_generation\"}|[{\"status\":\"succeeded\",\"output\":[{\"url\":\"https://f/0\"}]}]|https://f/0",
      "hub|{\"backend\":\"replicate\",\"path\":\"/p\"}|{\"status\":\"succeeded\",\"output\":{\"url\":\"https://f/0\"}}|https://f/0",
      "hub|{\"backend\":\"together\",\"path\":\"/p\"}|{\"id\":\"1\",\"status\":\"completed\",\"outputs\":[{\"video_url\":\"https://f/0\"}]}|https://f/0",
      "luma|{\"attempt\":1}|{\"state\":\"completed\",\"assets\":{\"video\":{\"url\":\"https://f/0\"}}}|https://f/0",
      "luma|{\"attempt\":1}|{\"state\":\"completed\",\"assets\":{\"image\":[\"https://f/0\"]}}|https://f/0",
      "luma|{\"attempt\":1,\"api\":\"agents\"}|{\"state\":\"completed\",\"output\":{\"url\":\"https://f/0\"}}|https://f/0",
      "flux|{\"poll\":\"/p\"}|{\"status\":\"Ready\",\"result\":[{\"sample\":\"https://f/0\"},{\"sample\":\"https://f/1\"}]}|https://f/0 https://f/1",
      "flux|{\"poll\":\"/p\"}|{\"status\":\"Ready\",\"result\":{\"sample\":[\"https://f/0\",null]}}|https://f/0 -",
      "flux|{\"poll\":\"/p\"}|{\"status\":\"Ready\",\"result\":\"https://f/0\"}|https://f/0", "flux|{\"poll\":\"/p\"}|{\"status\":\"Ready\",\"result\":{\"sample\":{\"url\":\"https://f/0\"}}}|https://f/0",
      "runway|{}|{\"status\":\"SUCCEEDED\",\"output\":\"https://f/0\"}|https://f/0", "runway|{}|{\"status\":\"SUCCEEDED\",\"output\":[{\"url\":\"https://f/0\"}]}|https://f/0",
      "comfy|{\"client\":\"c\",\"nodes\":1}|{\"id-1\":{\"outputs\":{\"9\":{\"images\":{\"type\":\"output\",\"filename\":\"a.png\"}}}}}|/view?filename=a.png&subfolder=&type=output",
      "comfy|{\"client\":\"c\",\"nodes\":1}|{\"id-1\":{\"outputs\":{\"9\":{\"text\":\"hi\"}}}}|hi",
      "elevenlabs|{\"kind\":\"image\"}|{\"status\":\"completed\",\"content_url\":{\"url\":\"https://f/0\"}}|https://f/0",
      "elevenlabs|{\"kind\":\"image\"}|{\"status\":\"completed\",\"content_url\":[\"https://f/0\"]}|https://f/0",
      "google|{\"capability\":\"video_generation\"}|{\"status\":\"completed\",\"steps\":{\"type\":\"model_output\",\"content\":{\"type\":\"video\",\"mimeType\":\"video/mp4\",\"data\":\"eHl6\"}}}|here",
      "google|{\"capability\":\"speech_recognition\"}|{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":\"hi\"}]}|hi",
      "openai|{}|{\"status\":\"completed\",\"output\":{\"type\":\"message\",\"content\":\"hi\"}}|hi",
      "ideogram|{}|{\"status\":\"completed\",\"data\":{\"url\":\"https://f/0\"}}|https://f/0",
      "stability|{\"result\":\"/v2beta/results/1\"}|{\"result\":{\"base64\":\"eHl6\"}}|here"})
  void theResultOfAJobIsKept(String provider, String job, String body, String wanted) {
    assertEquals(wanted, told(read(look(provider, job), body)));
  }

  /** Of several candidates each is judged on its own. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|{\"candidates\":[{\"finishReason\":\"IMAGE_SAFETY\"},{\"content\":{\"parts\":[{\"inlineData\":{\"data\":\"eHl6\"}}]}}]}|- here",
      "text_generation|{\"candidates\":[{\"finishReason\":\"SAFETY\",\"content\":{\"parts\":[{\"text\":\"bad\"}]}},{\"content\":{\"parts\":[{\"text\":\"hi\"}]}}]}|hi"})
  void whatOneCandidateWasStoppedForCostsTheOthersNothing(String capability, String body, String wanted) {
    assertEquals(wanted, told(read(submit("google", capability), body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "stability|{\"artifacts\":[{\"base64\":\"eHl6\",\"finishReason\":\"CONTENT_FILTERED\"}]}", "google|{\"candidates\":[{\"finishReason\":\"SAFETY\"},{\"finishReason\":\"IMAGE_SAFETY\"}]}",
      "google|{\"prompt_feedback\":{\"block_reason\":\"OTHER\"}}", "ideogram|{\"data\":[{\"url\":null,\"is_image_safe\":false}]}"})
  void whereAllIsWithheldTheContentWasRefused(String provider, String body) {
    assertEquals(Code.CONTENT_REFUSED, ((Step.Failed) read(submit(provider, "image_generation"), body)).code());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "\"images\":[{\"url\":\"https://f/0\"}],\"has_nsfw_concepts\":[true]", "\"images\":[{\"url\":\"https://f/0\"},{\"url\":\"https://f/1\"}],\"has_nsfw_concepts\":true",
      "\"image\":{\"url\":\"https://f/0\"},\"has_nsfw_concepts\":[true]", "\"images\":[],\"has_nsfw_concepts\":[true]"})
  void whereFalHasBlackenedAllTheContentWasRefused(String fields) {
    Step step = read(look("fal", "{\"status\":\"https://q/s\",\"response\":\"https://q/r\",\"gives\":\"file\"}"), "{\"status\":\"COMPLETED\"," + fields + "}");
    assertEquals(Code.CONTENT_REFUSED, ((Step.Failed) step).code());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "fal|{\"request_id\":\"r-1\"}|/m/m/requests/r-1/status?logs=1", "fal|{\"request_id\":\"r-1\",\"status_url\":null,\"response_url\":7,\"cancel_url\":\"soon\"}|/m/m/requests/r-1/status?logs=1",
      "fal|{\"request_id\":\"r-1\",\"status_url\":\"https://q/s\"}|https://q/s?logs=1", "fal|{\"status_url\":\"https://q/m/m/requests/r-1/status\"}|https://q/m/m/requests/r-1/status?logs=1",
      "fal|[{\"request_id\":\"r-1\"}]|/m/m/requests/r-1/status?logs=1", "flux|{\"id\":\"r-1\"}\u0000|/v1/get_result?id=r-1"})
  void aJobIsLookedAtThoughItsLinksAreMissing(String provider, String body, String target) {
    Step.Waiting waiting = (Step.Waiting) read(submit(provider, "image_generation"), body);
    assertEquals("r-1", waiting.job().externalId());
    assertEquals(target, PROCESSORS.get(provider).check(waiting.job()).target());
    assertTrue(provider.equals("flux") || PROCESSORS.get(provider).cancel(waiting.job()).orElseThrow().target().endsWith("/m/m/requests/r-1/cancel"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"{\"request_id\":\"r-1\"}", "{\"request_id\":\"r-1\",\"response_url\":\"not a link\"}",
      "{\"response_url\":\"https://queue.fal.run/fal-ai/flux/requests/r-1\"}"})
  void aJobBehindTheRouterToo(String body) {
    Exchange submit = PROCESSORS.get("hub").submit(Asking.of("image_generation", "fal-ai:fal-ai/flux/dev", "{\"prompt\":\"p\"}"));
    Step.Waiting waiting = (Step.Waiting) read(submit, body);
    assertEquals("r-1", waiting.job().externalId());
    assertEquals("/fal-ai/fal-ai/flux/requests/r-1/status?_subdomain=queue", PROCESSORS.get("hub").check(waiting.job()).target());
  }

  /** What is no text of whole numbers is no vector: {@code NaN}, five bytes, words. */
  @ParameterizedTest
  @ValueSource(strings = {"AADAfw==", "AACAPwA=", "not a vector", "", "http://f/0"})
  void whatIsNoVectorIsNone(String embedding) {
    Step.Failed failed = (Step.Failed) read(submit("openai", "text_embedding"), "{\"data\":[{\"embedding\":\"" + embedding + "\"}]}");
    assertEquals(Code.PROVIDER_FAILED, failed.code());
  }
}
