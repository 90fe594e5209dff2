package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

/** The newer of Luma's two APIs, which has no list. */
class LumaAgentsConformanceTest extends ProcessorConformance {

  @Override
  Recording recording() {
    return Recording.of(ProviderType.LUMA, "LUMAAI_API_KEY", "Authorization", "Bearer ").keyBegins("luma-api-").model("uni-1")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"width\":1536,\"height\":1024,\"output_format\":\"png\"}")
        .wantsJson("/prompt", "a red fox ${day}").wantsJson("/model", "uni-1").wantsJson("/type", "image").wantsJson("/aspect_ratio", "3:2")
        .wantsJson("/output_format", "png")
        .refuses("{\"prompt\":\"${day}\",\"aspect_ratio\":\"4:3\"}", "input.aspect_ratio")
        .on(Stage.SUBMIT, "POST /generations", json(201, "{\"id\":\"${id}\",\"type\":\"image\",\"state\":\"queued\",\"output\":[]}"))
        .on(Stage.CHECK, "GET /generations/${id}",
            json("{\"id\":\"${id}\",\"state\":\"completed\",\"output\":[{\"type\":\"image\",\"url\":\"${files}/${id}.png\"}],\"failure_code\":null}"))
        .running(json("{\"id\":\"${id}\",\"state\":\"processing\",\"output\":[]}"))
        .on(Stage.FILE, "GET /${id}.png", bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .fails(Stage.CHECK, json("{\"state\":\"failed\",\"failure_code\":\"content_moderated\",\"failure_reason\":\"no\"}"), "content_refused", "unknown")
        .fails(Stage.CHECK, json("{\"state\":\"failed\",\"failure_code\":\"budget_exhausted\"}"), "provider_quota", "no")
        .fails(Stage.CHECK, json("{\"state\":\"failed\",\"failure_code\":\"corrupt_input\"}"), "invalid_input", "unknown")
        .failsForNow(Stage.CHECK, json("{\"state\":\"failed\",\"failure_code\":\"generation_failed\"}"), "provider_failed", "unknown")
        .fails(Stage.SUBMIT, json(413, "{\"detail\":\"too big\"}"), "invalid_input")
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/state", "/output", "/output/0", "/output/0/url")
        .makesNoCallback()
        .outputs("image/png");
  }
}
