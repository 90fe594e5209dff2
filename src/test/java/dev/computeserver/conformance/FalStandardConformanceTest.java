package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

class FalStandardConformanceTest extends ProcessorConformance {
  private static final String JOB = "/fal-ai/flux/requests/${id}";
  private static final String LINKS = "\"request_id\":\"${id}\",\"status_url\":\"${base}" + JOB + "/status\",\"response_url\":\"${base}" + JOB
      + "\",\"cancel_url\":\"${base}" + JOB + "/cancel\"";

  @Override
  Recording recording() {
    return Recording.of(ProviderType.FAL_STANDARD, "FAL_KEY", "Authorization", "Key ")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"num_outputs\":1}")
        .wantsJson("/prompt", "a red fox ${day}").wantsJson("/num_images", "1")
        .refuses("{\"prompt\":\"${day}\",\"aspect_ratio\":\"5:4\"}", "input.aspect_ratio")
        .on(Stage.SUBMIT, "POST /fal-ai/flux/dev", json("{\"status\":\"IN_QUEUE\",\"queue_position\":0," + LINKS + "}"))
        .on(Stage.CHECK, "GET " + JOB + "/status", json("{\"status\":\"COMPLETED\",\"logs\":[]," + LINKS + "}"))
        .running(json(202, "{\"status\":\"IN_PROGRESS\",\"logs\":null," + LINKS + "}"))
        .on(Stage.RESULT, "GET " + JOB,
            json("{\"images\":[{\"url\":\"${files}/${id}.png\",\"content_type\":\"image/png\",\"width\":8,\"height\":8}],\"seed\":7}"))
        .on(Stage.FILE, "GET /${id}.png", bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .on(Stage.CANCEL, "PUT " + JOB + "/cancel", json(202, "{\"status\":\"CANCELLATION_REQUESTED\"}"))
        .cancelled(Stage.RESULT, json(400, "{\"detail\":\"the request was cancelled\"}"))
        .finds("GET /v1/models/requests/by-endpoint", json("{\"items\":[{\"request_id\":\"${id}\",\"json_input\":${request}}]}"), json("{\"items\":[]}"))
        .fails(Stage.RESULT, json(422, "{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"no\",\"type\":\"content_policy_violation\"}]}"), "content_refused", "unknown")
        .needs(Stage.SUBMIT, "/request_id").needs(Stage.CHECK, "/status")
        .needs(Stage.RESULT, "/images", "/images/0", "/images/0/url").tellsEnd(Stage.RESULT)
        .on(Stage.OTHER, "GET /.well-known/jwks.json", json("${keys}"))
        .callsBack("?fal_webhook", "{\"request_id\":\"${id}\",\"gateway_request_id\":\"${id}\",\"status\":\"OK\",\"payload\":{\"seed\":7}}",
            CallbackSignature.ed25519("X-Fal-Webhook-", "Request-Id"))
        .outputs("image/png").result("{\"seed\":7}");
  }
}
