package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** States in another case or spelling than on the provider's page: a job that has ended has ended. */
class OddStatesTest {
  private static final Map<String, ProviderProcessor> PROCESSORS = Map.ofEntries(Map.entry("fal", new FalStandard()), Map.entry("replicate", new Replicate()),
      Map.entry("hub", new HuggingFace()), Map.entry("luma", new Luma()), Map.entry("flux", new BlackForestLabs()), Map.entry("runway", new Runway()),
      Map.entry("comfy", new Comfyui(ComfyWorkflows.read(null))), Map.entry("openai", new Openai()), Map.entry("google", new Google()),
      Map.entry("anthropic", new Anthropic()), Map.entry("stability", new Stability()), Map.entry("ideogram", new Ideogram()), Map.entry("elevenlabs", new ElevenLabs()));

  private static String told(String provider, String job, String body) {
    return Told.by(PROCESSORS.get(provider).check(new Job("id-1", new JsonObject(job))), reply(200, body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "replicate|{\"capability\":\"image_generation\"}|{\"status\":\"Succeeded\",\"output\":\"https://f/0\"}|done [link]",
      "replicate|{\"capability\":\"image_generation\"}|{\"status\":\"FAILED\",\"error\":\"NSFW\",\"version\":\"hidden\"}|content_refused no",
      "replicate|{\"capability\":\"image_generation\"}|{\"status\":\"cancelled\"}|provider_failed yes",
      "replicate|{\"capability\":\"image_generation\"}|{\"status\":\"Aborted\"}|provider_failed no again",
      "flux|{\"poll\":\"/p\"}|{\"status\":\"READY\",\"result\":{\"sample\":\"https://f/0\"}}|done [link]",
      "flux|{\"poll\":\"/p\"}|{\"status\":\" ready \",\"result\":{\"sample\":\"https://f/0\"}}|done [link]",
      "flux|{\"poll\":\"/p\"}|{\"status\":\"content moderated\"}|content_refused unknown", "flux|{\"poll\":\"/p\"}|{\"status\":\"Request_Moderated\"}|content_refused unknown",
      "flux|{\"poll\":\"/p\"}|{\"status\":\"content-moderated\"}|content_refused unknown", "flux|{\"poll\":\"/p\"}|{\"status\":\"ERROR\"}|provider_failed unknown",
      "flux|{\"poll\":\"/p\"}|{\"status\":\"Task Not Found\"}|notfound", "flux|{\"poll\":\"/p\"}|{\"status\":\"PENDING\"}|waiting",
      "luma|{\"attempt\":2}|{\"state\":\"Completed\",\"assets\":{\"video\":\"https://f/0\"}}|done [link]", "luma|{\"attempt\":2}|{\"state\":\"Failed\"}|provider_failed unknown",
      "luma|{\"attempt\":2}|{\"status\":\"completed\",\"assets\":{\"video\":\"https://f/0\"}}|done [link]",
      "luma|{\"attempt\":2,\"api\":\"agents\"}|{\"state\":\"COMPLETED\",\"output\":[\"https://f/0\"]}|done [link]",
      "luma|{\"attempt\":2,\"api\":\"agents\"}|{\"state\":\"Failed\",\"failure_code\":\"Content_Moderated\"}|content_refused unknown",
      "openai|{}|{\"status\":\"Completed\",\"output\":[{\"type\":\"message\",\"content\":\"hi\"}]}|done {\"text\":\"hi\"}",
      "openai|{}|{\"status\":\"canceled\"}|provider_failed unknown", "openai|{}|{\"status\":\"Failed\",\"error\":{\"code\":\"server_error\"}}|provider_failed unknown again",
      "fal|{\"status\":\"https://q/s\",\"response\":\"https://q/r\"}|{\"status\":\"completed\"}|then https://q/r", "fal|{\"status\":\"https://q/s\",\"response\":\"https://q/r\"}|{\"status\":\"In Progress\"}|waiting",
      "runway|{}|{\"status\":\"Succeeded\",\"output\":[\"https://f/0\"]}|done [link]", "runway|{}|{\"status\":\"CANCELED\"}|provider_failed unknown",
      "runway|{}|{\"status\":\"failed\",\"failureCode\":\"SAFETY.INPUT.TEXT\"}|content_refused yes",
      "google|{\"capability\":\"speech_recognition\"}|{\"status\":\"COMPLETED\",\"steps\":[{\"type\":\"model_output\",\"content\":\"hi\"}]}|done {\"text\":\"hi\",\"segments\":[]}",
      "google|{\"capability\":\"video_generation\"}|{\"status\":\"Canceled\"}|provider_failed unknown", "google|{\"capability\":\"video_generation\"}|{\"status\":\"requires-action\"}|provider_failed unknown",
      "elevenlabs|{\"kind\":\"video\"}|{\"status\":\"Completed\",\"content_url\":\"https://f/0\"}|done [link]", "elevenlabs|{\"kind\":\"video\"}|{\"status\":\"FAILED\",\"failure_reason\":\"moderated\"}|content_refused no",
      "ideogram|{}|{\"status\":\"COMPLETED\",\"data\":[{\"url\":\"https://f/0\"}]}|done [link]", "ideogram|{}|{\"status\":\"Failed\"}|provider_failed no",
      "stability|{\"result\":\"/v2beta/results/1\"}|{\"status\":\"Failed\"}|provider_failed no", "stability|{\"result\":\"/v2beta/results/1\"}|{\"status\":\"In Progress\"}|waiting",
      "hub|{\"backend\":\"fal-ai\",\"path\":\"/p\"}|{\"status\":\"Completed\"}|then /p?_subdomain=queue",
      "hub|{\"backend\":\"replicate\",\"path\":\"/p\"}|{\"id\":\"1\",\"status\":\"SUCCEEDED\",\"output\":\"https://f/0\"}|done [link]",
      "hub|{\"backend\":\"replicate\",\"path\":\"/p\"}|{\"id\":\"1\",\"status\":\"Cancelled\"}|provider_failed unknown",
      "hub|{\"backend\":\"together\",\"path\":\"/p\"}|{\"id\":\"1\",\"status\":\"Completed\",\"outputs\":[{\"video_url\":\"https://f/0\"}]}|done [link]",
      "hub|{\"backend\":\"together\",\"path\":\"/p\"}|{\"id\":\"1\",\"status\":\"Failed\"}|provider_failed unknown",
      "comfy|{\"client\":\"c\",\"nodes\":1}|{\"id-1\":{\"status\":{\"status_str\":\"Success\"},\"outputs\":{\"9\":{\"text\":\"hi\"}}}}|done {\"text\":\"hi\"}",
      "anthropic|{\"custom_id\":\"c\",\"version\":\"v\"}|{\"processing_status\":\"Ended\"}|then /v1/messages/batches/id-1/results"})
  void aJobThatHasEndedHasEnded(String provider, String job, String body, String wanted) {
    assertEquals(wanted, told(provider, job, body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"Succeeded|done {\"text\":\"hi\"}", "Cancelled|provider_failed no", "EXPIRED|provider_timeout no again"})
  void aLineOfABatchToo(String type, String wanted) {
    Exchange results = ((Step.Then) PROCESSORS.get("anthropic").check(new Job("id-1", new JsonObject("{\"custom_id\":\"c\",\"version\":\"v\"}"))).reader()
        .apply(reply(200, "{\"processing_status\":\"ended\"}"))).exchange();
    String line = "{\"custom_id\":\"c\",\"result\":{\"type\":\"" + type + "\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}}}";
    assertEquals(wanted, Told.by(results, reply(200, line)));
  }

  @ParameterizedTest
  @CsvSource({"Aborted, NO", "Cancelled, YES", "PROCESSING, YES", "ended, UNKNOWN"})
  void whatACancelledPredictionCostsIsReadInAnySpelling(String status, String charged) {
    Exchange cancel = PROCESSORS.get("replicate").cancel(new Job("id-1", new JsonObject())).orElseThrow();
    assertEquals(charged, ((Step.Cancelling) cancel.reader().apply(reply(200, "{\"status\":\"" + status + "\"}"))).charged().name());
  }

  @Test
  void aBlankStateIsNone() {
    assertThrows(MissingField.class, () -> Words.required(new JsonObject().put("status", "  "), "status"));
    assertEquals("", Words.of(7));
  }
}
