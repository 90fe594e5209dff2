package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

class ElevenLabsConformanceTest extends ProcessorConformance {
  @Override
  Recording recording() {
    return Recording.of(ProviderType.ELEVENLABS, "ELEVENLABS_API_KEY", "xi-api-key", "")
        .task("video_generation", "{\"prompt\":\"a red fox ${day}\",\"duration_seconds\":6,\"resolution\":\"4k\"}")
        .wantsJson("/prompt", "a red fox ${day}").wantsJson("/duration_secs", "6").wantsJson("/resolution", "4K")
        .wantsJson("/model_id", "veo-3.1-fast-generate-001")
        .refuses("{\"prompt\":\"${day}\",\"duration_seconds\":5}", "input.duration_seconds")
        .refuses("{\"prompt\":\"${day}\",\"aspect_ratio\":\"1:1\"}", "input.aspect_ratio")
        .on(Stage.SUBMIT, "POST /v1/flows/video", json("{\"id\":\"${id}\",\"status\":\"pending\"}"))
        .on(Stage.CHECK, "GET /v1/flows/video/${id}",
            json("{\"id\":\"${id}\",\"status\":\"completed\",\"content_url\":\"${files}/${id}.mp4\",\"content_mime_type\":\"video/mp4\"}"))
        .running(json("{\"id\":\"${id}\",\"status\":\"generating\"}"))
        .on(Stage.FILE, "GET /${id}.mp4", bytes("video/mp4", "\0\0\0\u0018ftypisomfox".getBytes(StandardCharsets.ISO_8859_1)))
        .fails(Stage.CHECK, json("{\"id\":\"x\",\"status\":\"failed\",\"failure_reason\":\"moderated\",\"error_message\":\"no\"}"), "content_refused", "no")
        .failsForNow(Stage.CHECK, json("{\"id\":\"x\",\"status\":\"failed\",\"failure_reason\":\"timeout\",\"error_message\":\"slow\"}"), "provider_timeout", "no")
        .fails(Stage.CHECK, json("{\"id\":\"x\",\"status\":\"failed\",\"failure_reason\":\"charging_failed\"}"), "provider_quota", "no")
        .fails(Stage.SUBMIT, json(401, "{\"detail\":{\"status\":\"quota_exceeded\",\"message\":\"no credits\"}}"), "provider_quota")
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/status", "/content_url")
        .callsBackToAccount("{\"type\":\"flows_generation\",\"data\":{\"id\":\"${id}\",\"status\":\"completed\"}}",
            CallbackSignature.hmac("${time}.${body}", "ElevenLabs-Signature: t=${time},v0=${hex}").setByTheOwner())
        .outputs("video/mp4");
  }
}
