package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

class IdeogramConformanceTest extends ProcessorConformance {

  @Override
  Recording recording() {
    return Recording.of(ProviderType.IDEOGRAM, "IDEOGRAM_API_KEY", "Api-Key", "")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"num_outputs\":1,\"seed\":7,\"aspect_ratio\":\"16:9\"}")
        .wantsPart("prompt", "a red fox ${day}").wantsPart("num_images", "1").wantsPart("seed", "7").wantsPart("aspect_ratio", "16x9")
        .refuses("{\"prompt\":\"${day}\",\"num_outputs\":9}", "input.num_outputs")
        .refuses("{\"prompt\":\"${day}\",\"aspect_ratio\":\"7:3\"}", "input.aspect_ratio")
        .refuses("{\"prompt\":\"${day}\",\"output_format\":\"webp\"}", "input.output_format")
        .on(Stage.SUBMIT, "POST /v1/ideogram-v3/generate", json("{\"created\":\"2026-11-02T10:00:00+00:00\",\"data\":[{\"url\":\"${files}/${id}.png\","
            + "\"prompt\":\"a fox\",\"resolution\":\"1344x768\",\"is_image_safe\":true,\"seed\":7}]}"))
        .on(Stage.FILE, "GET /${id}.png", bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .fails(Stage.SUBMIT, json(422, "{\"error\":\"Prompt provided failed safety check\"}"), "content_refused")
        .fails(Stage.SUBMIT, json("{\"data\":[{\"url\":null,\"is_image_safe\":false}]}"), "content_refused", "yes")
        .needs(Stage.SUBMIT, "/data", "/data/0", "/data/0/url")
        .makesNoCallback()
        .outputs("image/png").result("{\"seed\":7,\"prompt\":\"a fox\"}");
  }
}
