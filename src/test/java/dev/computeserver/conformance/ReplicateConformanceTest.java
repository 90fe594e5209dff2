package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

class ReplicateConformanceTest extends ProcessorConformance {
  private static final String KNOWN = "\"id\":\"${id}\",\"model\":\"black-forest-labs/flux-schnell\",\"version\":\"hidden\",\"source\":\"api\","
      + "\"data_removed\":false,\"created_at\":\"2026-11-02T10:00:00.123Z\",\"urls\":{\"get\":\"${base}/predictions/${id}\","
      + "\"cancel\":\"${base}/predictions/${id}/cancel\"}";

  private static String prediction(String status, String more) {
    return "{" + KNOWN + ",\"status\":\"" + status + "\"," + more + "}";
  }

  @Override
  Recording recording() {
    String canceled = prediction("canceled", "\"output\":null,\"error\":null");
    return Recording.of(ProviderType.REPLICATE, "REPLICATE_API_TOKEN", "Authorization", "Bearer ")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"aspect_ratio\":\"3:2\",\"num_outputs\":1}")
        .wantsJson("/input/prompt", "a red fox ${day}").wantsJson("/input/aspect_ratio", "3:2").wantsJson("/input/num_outputs", "1")
        .refuses("{\"prompt\":\"${day}\",\"aspect_ratio\":\"7:5\"}", "input.aspect_ratio")
        .refuses("{\"prompt\":\"${day}\",\"num_outputs\":5}", "input.num_outputs")
        .on(Stage.SUBMIT, "POST /models/black-forest-labs/flux-schnell/predictions", json(201, prediction("starting", "\"output\":null,\"logs\":\"\"")))
        .on(Stage.CHECK, "GET /predictions/${id}", json(prediction("succeeded", "\"output\":[\"${files}/${id}.webp\"],\"error\":null,"
            + "\"logs\":\"Using seed: 42\\n\",\"metrics\":{\"predict_time\":0.8,\"image_count\":1}")))
        .running(json(prediction("processing", "\"output\":null,\"error\":null,\"logs\":\" 76%|###| 38/50 [00:01<00:00]\"")))
        .on(Stage.FILE, "GET /${id}.webp", bytes("image/webp", "RIFF\0\0\0\0WEBPVP8 fox".getBytes(StandardCharsets.ISO_8859_1)))
        .on(Stage.CANCEL, "POST /predictions/${id}/cancel", json(canceled))
        .cancelled(Stage.CHECK, json(canceled))
        .finds("GET /predictions", json("{\"next\":null,\"previous\":null,\"results\":[{\"id\":\"other\",\"model\":\"black-forest-labs/flux-schnell\","
            + "\"input\":{\"prompt\":\"x\"}},{" + KNOWN + ",\"status\":\"processing\",\"input\":${request:/input}}]}"),
            json("{\"next\":null,\"previous\":null,\"results\":[]}"))
        .fails(Stage.SUBMIT, json(422, "{\"title\":\"Input validation failed\",\"detail\":\"x\",\"status\":422,\"invalid_fields\":[{\"type\":\"required\","
            + "\"field\":\"input.prompt\",\"description\":\"prompt is required\"}]}"), "invalid_input")
        .fails(Stage.SUBMIT, json(429, "{\"detail\":\"Request was throttled. Your rate limit resets in ~1s.\"}"), "provider_rate_limited")
        .fails(Stage.CHECK, json(prediction("failed", "\"output\":null,\"error\":\"The input or output was flagged as sensitive. (E005)\"")),
            "content_refused", "no")
        .fails(Stage.CHECK, json(prediction("failed", "\"output\":null,\"error\":\"CUDA out of memory\"")), "provider_failed", "no")
        .failsForNow(Stage.CHECK, json(prediction("aborted", "\"output\":null,\"error\":null")), "provider_failed", "no")
        .fails(Stage.CHECK, json("{\"id\":\"x\",\"status\":\"succeeded\",\"output\":null,\"data_removed\":true}"), "output_unavailable", "yes")
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/status", "/output", "/output/0")
        .on(Stage.OTHER, "GET /webhooks/default/secret", json("{\"key\":\"${secret}\"}"))
        .callsBack("/webhook", prediction("succeeded", "\"output\":[\"${files}/${id}.webp\"],\"error\":null"), CallbackSignature.standardWebhooks())
        .outputs("image/webp").result("{\"seed\":42,\"usage\":{\"predict_time\":0.8,\"image_count\":1}}");
  }
}
