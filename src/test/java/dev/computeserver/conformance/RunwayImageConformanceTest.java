package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

/** Several pictures at once, and a provider that forgets a task as soon as it is cancelled. */
class RunwayImageConformanceTest extends ProcessorConformance {

  @Override
  Recording recording() {
    return Recording.of(ProviderType.RUNWAY, "RUNWAYML_API_SECRET", "Authorization", "Bearer ")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"width\":1280,\"height\":720,\"num_outputs\":2}").model("gpt_image_2")
        .wantsHeader("X-Runway-Version", "2024-11-06")
        .wantsJson("/model", "gpt_image_2").wantsJson("/promptText", "a red fox ${day}").wantsJson("/ratio", "1920:1088").wantsJson("/outputCount", "2")
        .refuses("{\"prompt\":\"${day}\",\"output_format\":\"png\"}", "input.output_format")
        .refuses("{\"prompt\":\"${day}\",\"num_outputs\":11}", "input.num_outputs")
        .on(Stage.SUBMIT, "POST /v1/text_to_image", json("{\"id\":\"${id}\"}"))
        .on(Stage.CHECK, "GET /v1/tasks/${id}",
            json("{\"id\":\"${id}\",\"status\":\"SUCCEEDED\",\"output\":[\"${files}/${id}.png\",\"${files}/${id}.png\"]}"))
        .running(json("{\"id\":\"${id}\",\"status\":\"THROTTLED\"}"))
        .on(Stage.FILE, "GET /${id}.png", bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .on(Stage.CANCEL, "DELETE /v1/tasks/${id}", json(204, ""))
        .cancelled(Stage.CHECK, json(404, "{\"error\":\"The task was not found.\"}"))
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/status", "/output", "/output/0", "/output/1")
        .outputs("image/png", "image/png");
  }
}
