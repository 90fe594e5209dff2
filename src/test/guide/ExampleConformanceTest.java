package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

class ExampleConformanceTest extends ProcessorConformance {

  @Override
  Recording recording() {
    return Recording.of(ProviderType.EXAMPLE, "EXAMPLE_API_KEY", "Authorization", "Bearer ")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"width\":640,\"height\":480}")
        .wantsJson("/model", "example-1").wantsJson("/prompt", "a red fox ${day}").wantsJson("/pixels_wide", "640")
        .refuses("{\"prompt\":\"${day}\",\"negative_prompt\":\"a wolf\"}", "input.negative_prompt")
        .on(Stage.SUBMIT, "POST /v1/jobs", json("{\"id\":\"${id}\",\"status\":\"waiting\"}"))
        .on(Stage.CHECK, "GET /v1/jobs/${id}", json("{\"id\":\"${id}\",\"status\":\"done\",\"picture_url\":\"${files}/${id}.png\"}"))
        .running(json("{\"id\":\"${id}\",\"status\":\"running\"}"))
        .on(Stage.FILE, "GET /${id}.png", bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .on(Stage.CANCEL, "DELETE /v1/jobs/${id}", json("{}"))
        .cancelled(Stage.CHECK, json("{\"id\":\"${id}\",\"status\":\"cancelled\"}"))
        .fails(Stage.CHECK, json("{\"id\":\"${id}\",\"status\":\"refused\"}"), "content_refused", "unknown")
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/status", "/picture_url")
        .outputs("image/png");
  }
}
