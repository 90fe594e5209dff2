package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

/** A song is started, then asked for. */
class StabilityConformanceTest extends ProcessorConformance {

  @Override
  Recording recording() {
    return Recording.of(ProviderType.STABILITY, "STABILITY_API_KEY", "Authorization", "Bearer ")
        .task("music_generation", "{\"prompt\":\"a waltz ${day}\",\"duration_seconds\":30}").model("stable-audio-3")
        .wantsPart("prompt", "a waltz ${day}").wantsPart("duration", "30").wantsPart("model", "stable-audio-3")
        .refuses("{\"prompt\":\"${day}\",\"duration_seconds\":381}", "input.duration_seconds")
        .on(Stage.SUBMIT, "POST /v2beta/audio/stable-audio/text-to-audio", json(202, "{\"id\":\"${id}\"}"))
        .on(Stage.CHECK, "GET /v2beta/audio/results/${id}", bytes("audio/mpeg", "ID3 not really".getBytes(StandardCharsets.ISO_8859_1)))
        .running(json(202, "{\"id\":\"${id}\",\"status\":\"in-progress\"}"))
        .fails(Stage.SUBMIT, json(403, "{\"id\":\"1\",\"name\":\"content_moderation\",\"errors\":[\"flagged\"]}"), "content_refused")
        .fails(Stage.CHECK, json(403, "{\"id\":\"1\",\"name\":\"content_moderation\",\"errors\":[\"flagged\"]}"), "content_refused", "no")
        .failsForNow(Stage.CHECK, json(500, "{\"id\":\"1\",\"name\":\"internal_error\",\"errors\":[\"failed\"]}"), "provider_failed", "no")
        .needs(Stage.SUBMIT, "/id").tellsEnd(Stage.CHECK)
        .outputs("audio/mpeg");
  }
}
