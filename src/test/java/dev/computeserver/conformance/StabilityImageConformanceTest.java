package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

/** A picture comes with the reply to the submit. */
class StabilityImageConformanceTest extends ProcessorConformance {

  @Override
  Recording recording() {
    return Recording.of(ProviderType.STABILITY, "STABILITY_API_KEY", "Authorization", "Bearer ")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"aspect_ratio\":\"16:9\"}")
        .wantsPart("prompt", "a red fox ${day}").wantsPart("aspect_ratio", "16:9").wantsHeader("Accept", "image/*")
        .refuses("{\"prompt\":\"${day}\",\"aspect_ratio\":\"4:3\"}", "input.aspect_ratio")
        .on(Stage.SUBMIT, "POST /v2beta/stable-image/generate/core", bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .fails(Stage.SUBMIT, json("{\"image\":\"eHl6\",\"finish_reason\":\"CONTENT_FILTERED\"}"), "content_refused", "unknown")
        .fails(Stage.SUBMIT, json(402, "{\"id\":\"1\",\"name\":\"payment_required\",\"errors\":[\"no credits\"]}"), "provider_quota")
        .outputs("image/png");
  }
}
