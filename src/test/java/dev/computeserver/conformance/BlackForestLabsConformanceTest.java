package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

class BlackForestLabsConformanceTest extends ProcessorConformance {

  @Override
  Recording recording() {
    return Recording.of(ProviderType.BLACK_FOREST_LABS, "BFL_API_KEY", "x-key", "")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"width\":640,\"height\":480}")
        .wantsJson("/prompt", "a red fox ${day}").wantsJson("/width", "640").wantsJson("/height", "480")
        .refuses("{\"prompt\":\"${day}\",\"width\":1000}", "input.width")
        .on(Stage.SUBMIT, "POST /v1/flux-2-pro", json("{\"id\":\"${id}\",\"polling_url\":\"${base}/v1/get_result?id=${id}\",\"cost\":3.0}"))
        .on(Stage.CHECK, "GET /v1/get_result?id=${id}",
            json("{\"id\":\"${id}\",\"status\":\"Ready\",\"cost\":3.0,\"result\":{\"sample\":\"${files}/${id}.jpeg\",\"seed\":7}}"))
        .running(json("{\"id\":\"${id}\",\"status\":\"Pending\",\"result\":null,\"progress\":0.35}"))
        .on(Stage.FILE, "GET /${id}.jpeg", bytes("image/jpeg", "\u00ff\u00d8\u00ff fox".getBytes(StandardCharsets.ISO_8859_1)))
        .fails(Stage.CHECK, json("{\"status\":\"Request Moderated\",\"details\":{\"Moderation Reasons\":[\"x\"]}}"), "content_refused", "unknown")
        .fails(Stage.CHECK, json("{\"status\":\"Error\",\"details\":\"x\"}"), "provider_failed", "unknown")
        .fails(Stage.CHECK, json(404, "{\"status\":\"Task not found\"}"), "provider_failed", "unknown")
        .fails(Stage.SUBMIT, json(422, "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"prompt\"],\"msg\":\"Field required\"}]}"), "invalid_input")
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/status", "/result", "/result/sample")
        .callsBack("/webhook_url", "{\"id\":\"${id}\",\"status\":\"Ready\"}", CallbackSignature.hmac("${body}", "X-BFL-Signature: sha256=${hex}").givenAt("/webhook_secret"))
        .outputs("image/jpeg").result("{\"seed\":7}");
  }
}
