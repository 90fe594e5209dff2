package dev.computeserver.provider;

import static dev.computeserver.provider.AccountWordsTest.PROCESSORS;
import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers that a proxy or a gateway gives as a stream of events, or as a list of what were events, though nobody asked for that. */
class EventAnswersTest {
  private static final Map<String, String> MODELS = Map.of("hub image_generation", "together:a/b", "hub text_embedding", "together:a/b",
      "hub speech_recognition", "fal-ai:a/b", "hub speech_synthesis", "together:a/b", "ideogram image_generation", "ideogram-v3");
  private static final Map<String, String> INPUTS = Map.of("text_embedding", "{\"text\":\"t\"}", "speech_synthesis", "{\"text\":\"t\"}",
      "speech_recognition", "{\"audio_url\":\"FILE\"}", "image_understanding", "{\"prompt\":\"p\",\"image_url\":\"FILE\"}");

  private static Exchange submit(String provider, String capability) {
    String input = provider.equals("hub") && capability.equals("speech_recognition") ? "{\"audio_url\":\"data:audio/mpeg;base64,AA\"}"
        : INPUTS.getOrDefault(capability, "{\"prompt\":\"p\"}");
    return PROCESSORS.get(provider).submit(Asking.of(capability, MODELS.getOrDefault(provider + " " + capability, "m/m"), input));
  }

  private static String events(String objects) {
    return Stream.of(objects.split("~")).map(each -> "data: " + each + "\n\n").collect(Collectors.joining());
  }

  private static String told(Exchange exchange, String body, String type) {
    Reply reply = reply(200, body, "Content-Type", type);
    Step step;
    try {
      step = exchange.reader().apply(reply);
    } catch (RuntimeException unreadable) {
      return "unreadable";
    }
    if (step instanceof Step.Waiting waiting) {
      return waiting.job().externalId();
    }
    if (!(step instanceof Step.Done done)) {
      return Told.by(exchange, reply);
    }
    String files = done.media().stream().map(each -> each.here() ? each.content().toString() : each.url()).collect(Collectors.joining(" "));
    Object words = done.result() == null ? null : done.result().getValue("text", done.result().getValue("vectors"));
    return (files + (words == null ? "" : " " + words)).strip();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "google|text_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\"}]}}]}~{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"i\"}]},\"finishReason\":\"STOP\"}]}|hi",
      "google|image_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Here\"}]}}]}~{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"data\":\"eHl6\"}}]}}]}|xyz Here",
      "google|text_embedding|{\"embedding\":{\"values\":[1,2]}}|[[1,2]]",
      "google|video_generation|{\"event_type\":\"interaction.start\",\"interaction\":{\"id\":\"v1\",\"status\":\"in_progress\"}}~{\"event_type\":\"content.delta\",\"delta\":{}}|v1",
      "google|video_generation|{\"name\":\"interactions/v1\",\"status\":\"in_progress\"}|v1",
      "openai|text_generation|{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"status\":\"queued\"}}~{\"type\":\"response.output_text.delta\",\"delta\":\"h\"}|r",
      "openai|text_generation|{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"status\":\"queued\"}}~{\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\",\"output\":[{\"content\":[{\"text\":\"hi\"}]}]}}|hi",
      "openai|image_generation|{\"type\":\"image_generation.partial_image\",\"b64_json\":\"YWJj\"}~{\"type\":\"image_generation.completed\",\"b64_json\":\"eHl6\"}|xyz",
      "openai|image_generation|{\"type\":\"image_generation.completed\",\"b64_json\":\"eHl6\"}~{\"type\":\"image_generation.completed\",\"b64_json\":\"YWJj\"}|xyz abc",
      "openai|image_generation|{\"data\":[{\"b64_json\":\"eHl6\"}]}|xyz",
      "openai|text_embedding|{\"data\":[{\"embedding\":[1,2]}]}|[[1,2]]",
      "hub|text_generation|{\"choices\":[{\"delta\":{\"content\":\"h\"}}]}~{\"choices\":[{\"delta\":{\"content\":\"i\"},\"finish_reason\":\"stop\"}]}|hi",
      "hub|text_generation|{\"choices\":[{\"message\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}|hi",
      "anthropic|text_generation|{\"type\":\"content_block_delta\",\"delta\":{\"text\":\"h\"}}~{\"type\":\"content_block_delta\",\"delta\":{\"text\":\"i\"}}~{\"type\":\"message_stop\"}|hi",
      "anthropic|text_generation|{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}|hi"})
  void isOneAnswer(String provider, String capability, String objects, String wanted) {
    assertEquals(wanted, told(submit(provider, capability), events(objects), "text/event-stream"));
    assertEquals(wanted, told(submit(provider, capability), ": ping\r\n\r\nevent: x\r\n" + events(objects).replace("\n", "\r\n") + "data: [DONE]\r\n\r\n", "application/json"));
    assertEquals(wanted, told(submit(provider, capability), "[" + objects.replace('~', ',') + "]", "application/json"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "openai|speech_recognition|{\"type\":\"transcript.text.delta\",\"delta\":\"h\"}~{\"type\":\"transcript.text.done\",\"text\":\"hi\"}|hi",
      "openai|speech_synthesis|{\"type\":\"speech.audio.delta\",\"audio\":\"eHl6\"}~{\"type\":\"speech.audio.delta\",\"audio\":\"YWJj\"}~{\"type\":\"speech.audio.done\"}|xyzabc",
      "elevenlabs|speech_synthesis|{\"audio_base64\":\"eHl6\"}~{\"audio_base64\":\"YWJj\"}|xyzabc",
      "hub|text_embedding|{\"data\":[{\"embedding\":[1,2]}]}|[[1,2]]", "hub|image_generation|{\"data\":[{\"b64_json\":\"eHl6\"}]}|xyz",
      "hub|speech_recognition|{\"text\":\"hi\"}|hi",
      "replicate|image_generation|{\"id\":\"p\",\"status\":\"starting\"}~{\"id\":\"p\",\"status\":\"processing\"}|p",
      "fal|image_generation|{\"request_id\":\"f\",\"status\":\"IN_QUEUE\"}|f", "runway|image_generation|{\"id\":\"t\"}|t", "flux|image_generation|{\"id\":\"b\"}|b",
      "ideogram|image_generation|{\"data\":[{\"url\":\"https://f/0\"}]}|https://f/0"})
  void isOneAnswerOfAJobOrASoundToo(String provider, String capability, String objects, String wanted) {
    assertEquals(wanted, told(submit(provider, capability), events(objects), "text/event-stream"));
    assertEquals(wanted, told(submit(provider, capability), events(objects), "text/plain"));
  }

  /** Half an answer is none: it was paid, and who had it taken for a whole one would not know. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "google|text_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\"}]}}]}", "hub|text_generation|{\"choices\":[{\"delta\":{\"content\":\"h\"}}]}",
      "openai|image_generation|{\"type\":\"image_generation.partial_image\",\"b64_json\":\"YWJj\"}",
      "openai|speech_synthesis|{\"type\":\"speech.audio.delta\",\"audio\":\"eHl6\"}", "elevenlabs|speech_synthesis|{\"audio_base64\":\"eHl6\"}~{\"error\":\"broke\"}",
      "google|text_generation|{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\"}]}}]}~{\"candidates\""})
  void thatBreaksOffIsNone(String provider, String capability, String objects) {
    assertEquals("unreadable", told(submit(provider, capability), events(objects), "text/event-stream"));
  }

  @Test
  void aRefusalIsSeenInThemWhereNothingElseIs() {
    Reply refused = reply(200, events("{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"x\"}}"));
    assertEquals(Optional.of(429), HiddenRefusal.in(refused, null).map(Reply::status));
    Reply begun = reply(200, events("{\"choices\":[{\"delta\":{\"content\":\"h\"}}]}~{\"error\":{\"code\":\"rate_limit_exceeded\"}}"));
    assertEquals(Optional.empty(), HiddenRefusal.in(begun, null), "a text that has begun may be charged");
    Reply overloaded = reply(503, "event: error\n" + events("{\"error\":{\"message\":\"The model is overloaded\",\"code\":503,\"status\":\"UNAVAILABLE\"}}"));
    assertTrue(PROCESSORS.get("google").tookNothing(Exchange.get("/", read -> null), overloaded));
  }

  @Test
  void theNewestOfAJobsEventsCounts() {
    Exchange look = PROCESSORS.get("replicate").check(new Job("p", new JsonObject().put("capability", "image_generation").put("get", "/p")));
    assertEquals("https://f/0", told(look, events("{\"status\":\"starting\"}~{\"status\":\"succeeded\",\"output\":\"https://f/0\"}"), "text/event-stream"));
  }
}
