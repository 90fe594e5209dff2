package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

/** A picture from the backend that the Hub names; the links of that backend are used for their path alone. */
class HuggingFaceConformanceTest extends ProcessorConformance {
  private static final String JOB = "/fal-ai/fal-ai/flux/requests/${id}";
  private static final String LINKS = "\"request_id\":\"${id}\",\"response_url\":\"https://queue.fal.run/fal-ai/flux/requests/${id}\","
      + "\"status_url\":\"https://queue.fal.run/fal-ai/flux/requests/${id}/status\"";

  @Override
  Recording recording() {
    return Recording.of(ProviderType.HUGGINGFACE, "HF_TOKEN", "Authorization", "Bearer ")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"width\":640,\"height\":480}")
        .wantsJson("/prompt", "a red fox ${day}").wantsJson("/image_size/width", "640")
        .refuses("{\"prompt\":\"${day}\",\"aspect_ratio\":\"5:4\"}", "input.aspect_ratio")
        .on(Stage.OTHER, "GET /api/models/black-forest-labs/FLUX.1-dev", json("{\"id\":\"x\",\"inferenceProviderMapping\":{\"together\":{\"status\":\"live\","
            + "\"providerId\":\"x\"},\"replicate\":{\"status\":\"staging\",\"providerId\":\"y\"},\"fal-ai\":{\"status\":\"live\",\"providerId\":\"fal-ai/flux/dev\","
            + "\"task\":\"text-to-image\"}}}"))
        .on(Stage.SUBMIT, "POST /fal-ai/fal-ai/flux/dev?_subdomain=queue", json("{\"status\":\"IN_QUEUE\",\"queue_position\":0," + LINKS + "}"))
        .on(Stage.CHECK, "GET " + JOB + "/status?_subdomain=queue", json("{\"status\":\"COMPLETED\"," + LINKS + "}"))
        .running(json(202, "{\"status\":\"IN_PROGRESS\"," + LINKS + "}"))
        .on(Stage.RESULT, "GET " + JOB + "?_subdomain=queue", json("{\"images\":[{\"url\":\"${files}/${id}.png\",\"content_type\":\"image/png\"}],\"seed\":7}"))
        .on(Stage.FILE, "GET /${id}.png", bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .fails(Stage.RESULT, json("{\"images\":[{\"url\":\"https://x/y\"}],\"has_nsfw_concepts\":[true]}"), "content_refused", "yes")
        .fails(Stage.SUBMIT, json(402, "{\"error\":\"You have exceeded your monthly included credits\"}"), "provider_quota")
        .needs(Stage.SUBMIT, "/request_id").needs(Stage.CHECK, "/status")
        .needs(Stage.RESULT, "/images", "/images/0", "/images/0/url").tellsEnd(Stage.RESULT)
        .outputs("image/png").result("{\"seed\":7}");
  }
}
