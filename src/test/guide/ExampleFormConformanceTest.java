package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.empty;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;

class ExampleFormConformanceTest extends ProcessorConformance {

  @Override
  Recording recording() {
    JsonObject input = Samples.inputOf(ProviderCapability.SUPER_RESOLUTION).put("scale", 2);
    return Recording.of(ProviderType.EXAMPLE_FORM, "EXAMPLE_FORM_API_KEY", "X-Api-Key", "")
        .task("super_resolution", input.encode()).options("{\"note\":\"${day}\"}")
        .wantsPart("factor", "2").wantsPart("model", "example-1").wantsPart("note", "${day}").wantsFile("picture", "picture.png")
        .refuses(input.copy().put("scale", 8).encode(), "input.scale")
        .on(Stage.SUBMIT, "POST /v1/enlarge", json("{\"job_id\":\"${id}\"}"))
        .on(Stage.RESULT, "GET /v1/jobs/${id}/link", json("{\"url\":\"${files}/${id}.png\"}"))
        .on(Stage.CHECK, "GET /v1/jobs/${id}", json("{\"job_id\":\"${id}\",\"state\":\"done\",\"percent\":100}"))
        .running(json("{\"job_id\":\"${id}\",\"state\":\"running\",\"percent\":\"40\"}"))
        .on(Stage.FILE, "GET /${id}.png", bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .on(Stage.CANCEL, "DELETE /v1/jobs/${id}", empty(204))
        .cancelled(Stage.CHECK, json("{\"job_id\":\"${id}\",\"state\":\"cancelled\"}"))
        .finds("GET /v1/jobs", json("{\"jobs\":[{\"job_id\":\"${id}\",\"reference\":\"${request:reference}\"}]}"), json("{\"jobs\":[]}"))
        .callsBack("callback", "{\"job_id\":\"${id}\",\"state\":\"done\"}", CallbackSignature.standardWebhooks().setByTheOwner())
        .fails(Stage.SUBMIT, json(400, "{\"error\":\"bad_picture\"}"), "invalid_input")
        .fails(Stage.SUBMIT, json(403, "{\"error\":\"out_of_credits\"}"), "provider_quota")
        .fails(Stage.CHECK, json("{\"job_id\":\"${id}\",\"state\":\"failed\",\"reason\":\"too dark\"}"), "provider_failed", "unknown")
        .needs(Stage.SUBMIT, "/job_id").needs(Stage.CHECK, "/state").needs(Stage.RESULT, "/url")
        .outputs("image/png");
  }
}
