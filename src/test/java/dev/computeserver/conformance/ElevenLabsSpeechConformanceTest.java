package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

/** Speech comes with the reply to the submit; a lost one is looked for in the history and heard from there. */
class ElevenLabsSpeechConformanceTest extends ProcessorConformance {
  private static final byte[] SOUND = "ID3 not really".getBytes(StandardCharsets.ISO_8859_1);

  @Override
  Recording recording() {
    return Recording.of(ProviderType.ELEVENLABS, "ELEVENLABS_API_KEY", "xi-api-key", "")
        .task("speech_synthesis", "{\"text\":\"hello ${day}\",\"voice\":\"v1\"}")
        .wantsJson("/text", "hello ${day}").wantsJson("/model_id", "eleven_multilingual_v2")
        .refuses("{\"text\":\"${day}\",\"output_format\":\"flac\"}", "input.output_format")
        .on(Stage.SUBMIT, "POST /v1/text-to-speech/v1", bytes("audio/mpeg", SOUND))
        .fails(Stage.SUBMIT, json(400, "{\"detail\":{\"status\":\"content_against_policy\",\"message\":\"no\"}}"), "content_refused")
        .on(Stage.OTHER, "GET /v1/history", json("{\"history\":[],\"has_more\":false}")).makesNoCallback()
        .outputs("audio/mpeg");
  }
}
