package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

/** Where Ideogram can report, its newer model works in a queue. */
class IdeogramQueueConformanceTest extends ProcessorConformance {
  private static final String JOB = "{\"generation_id\":\"${id}\",\"status\":";

  @Override
  Recording recording() {
    return Recording.of(ProviderType.IDEOGRAM, "IDEOGRAM_API_KEY", "Api-Key", "").model("ideogram-v4").reachable()
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\"}").wantsPart("text_prompt", "a red fox ${day}")
        .on(Stage.SUBMIT, "POST /v1/ideogram-v4/async/generate", json("{\"generation_id\":\"${id}\"}"))
        .on(Stage.CHECK, "GET /v1/generations/${id}", json(JOB + "\"completed\",\"data\":[{\"url\":\"${files}/${id}.png\",\"is_image_safe\":true}]}"))
        .running(json(JOB + "\"running\"}"))
        .on(Stage.FILE, "GET /${id}.png", bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .on(Stage.OTHER, "GET /v1/.well-known/jwks.json", json("${keys}"))
        .callsBack("?webhook_url", "{\"generation_id\":\"${id}\",\"status\":\"completed\"}", CallbackSignature.ed25519("X-Ideogram-Webhook-", "Generation-Id"))
        .fails(Stage.CHECK, json(JOB + "\"failed\"}"), "provider_failed", "no")
        .needs(Stage.SUBMIT, "/generation_id").needs(Stage.CHECK, "/status", "/data", "/data/0", "/data/0/url")
        .outputs("image/png");
  }
}
