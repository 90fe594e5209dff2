package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

class GoogleConformanceTest extends ProcessorConformance {
  private static final String VIDEO = "{\"id\":\"${id}\",\"object\":\"interaction\",\"status\":\"completed\",\"steps\":[{\"type\":\"thought\"},"
      + "{\"type\":\"model_output\",\"content\":[{\"type\":\"video\",\"mime_type\":\"video/mp4\",\"uri\":\"${base}/v1beta/files/${id}:download?alt=media\"}]}],"
      + "\"usage\":{\"total_tokens\":7}}";

  @Override
  Recording recording() {
    return Recording.of(ProviderType.GOOGLE, "GEMINI_API_KEY", "x-goog-api-key", "")
        .task("video_generation", "{\"prompt\":\"a red fox ${day}\",\"duration_seconds\":8,\"aspect_ratio\":\"9:16\"}")
        .wantsJson("/input/0/text", "a red fox ${day}").wantsJson("/response_format/duration", "8s").wantsJson("/background", "true")
        .wantsJson("/generation_config/video_config/task", "text_to_video").wantsJson("/response_format/delivery", "uri")
        .refuses("{\"prompt\":\"${day}\",\"duration_seconds\":30}", "input.duration_seconds")
        .refuses("{\"prompt\":\"${day}\",\"resolution\":\"480p\"}", "input.resolution")
        .on(Stage.SUBMIT, "POST /v1beta/interactions", json("{\"id\":\"${id}\",\"status\":\"in_progress\"}"))
        .on(Stage.CHECK, "GET /v1beta/interactions/${id}", json(VIDEO)).running(json("{\"id\":\"${id}\",\"status\":\"queued\"}"))
        .on(Stage.CANCEL, "POST /v1beta/interactions/${id}/cancel", json("{\"id\":\"${id}\",\"status\":\"cancelled\"}"))
        .cancelled(Stage.CHECK, json("{\"id\":\"${id}\",\"status\":\"cancelled\"}"))
        .on(Stage.FILE, "GET /v1beta/files/${id}:download", bytes("video/mp4", "\0\0\0\u0018ftypisomfox".getBytes(StandardCharsets.ISO_8859_1)))
        .on(Stage.RESULT, "GET /v1beta/files/${id}", json("{\"name\":\"files/${id}\",\"state\":\"ACTIVE\"}"))
        .fails(Stage.SUBMIT, json(400, "{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid API key.\"}}"), "provider_auth")
        .fails(Stage.SUBMIT, json(429, "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"violations\":[{\"quotaId\":"
            + "\"GenerateRequestsPerDayPerProject\"}]}]}}"), "provider_quota")
        .fails(Stage.CHECK, json("{\"id\":\"x\",\"status\":\"completed\",\"steps\":[]}"), "content_refused", "unknown")
        .fails(Stage.CHECK, json("{\"id\":\"x\",\"status\":\"failed\",\"errors\":[{\"code\":\"safety\",\"message\":\"no\"}]}"), "content_refused", "unknown")
        .fails(Stage.RESULT, json("{\"name\":\"files/x\",\"state\":\"FAILED\"}"), "provider_failed", "unknown")
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/status", "/steps", "/steps/1", "/steps/1/type", "/steps/1/content", "/steps/1/content/0",
            "/steps/1/content/0/type", "/steps/1/content/0/uri").needs(Stage.RESULT, "/state")
        .on(Stage.OTHER, "GET /.well-known/jwks.json", json("${keys}"))
        .callsBack("/webhook_config/uris/0", "{\"type\":\"interaction.completed\",\"data\":{\"id\":\"${id}\"}}", CallbackSignature.tokenForUrl("Webhook-Signature"))
        .outputs("video/mp4").result("{\"usage\":{\"total_tokens\":7}}");
  }
}
