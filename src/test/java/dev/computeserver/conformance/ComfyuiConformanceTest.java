package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

/** With the key of a proxy before the server, and without a WebSocket, which the proxy does not let through. */
class ComfyuiConformanceTest extends ProcessorConformance {

  @Override
  Recording recording() {
    return Recording.of(ProviderType.COMFYUI, "COMPUTE_PROVIDERS_COMFYUI_API_KEY", "Authorization", "Bearer ")
        .task("image_generation", "{\"prompt\":\"a red fox ${day}\",\"width\":64,\"seed\":7}")
        .wantsJson("/prompt/6/inputs/text", "a red fox ${day}").wantsJson("/prompt/5/inputs/height", "64").wantsJson("/prompt/3/inputs/seed", "7")
        .refuses("{\"prompt\":\"${day}\",\"output_format\":\"webp\"}", "input.output_format")
        .clientId("/prompt_id")
        .on(Stage.SUBMIT, "POST /prompt", json("{\"prompt_id\":\"${id}\",\"number\":1,\"node_errors\":{}}"))
        .on(Stage.CHECK, "GET /history/${id}", json("{\"${id}\":{\"outputs\":{\"9\":{\"images\":[{\"filename\":\"${id}.png\",\"subfolder\":\"\","
            + "\"type\":\"output\"}]}},\"status\":{\"status_str\":\"success\",\"completed\":true,\"messages\":[]}}}"))
        .running(json("{}"))
        .findsByCheck(json("{}"))
        .on(Stage.OTHER, "GET /queue", json("{\"queue_running\":[${queue}],\"queue_pending\":[]}"))
        .on(Stage.FILE, "GET /view?filename=${id}.png&subfolder=&type=output",
            bytes("image/png", "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1)))
        .on(Stage.CANCEL, "POST /queue", json(""))
        .cancelled(Stage.CHECK, json("{}"))
        .fails(Stage.SUBMIT, json(400, "{\"error\":{\"type\":\"no_prompt\",\"message\":\"No prompt provided\"},\"node_errors\":{}}"), "invalid_input")
        .needs(Stage.SUBMIT, "/prompt_id").needs(Stage.CHECK, "/${id}", "/${id}/outputs", "/${id}/outputs/9", "/${id}/outputs/9/images",
            "/${id}/outputs/9/images/0", "/${id}/outputs/9/images/0/filename", "/${id}/outputs/9/images/0/subfolder", "/${id}/outputs/9/images/0/type",
            "/${id}/status/status_str")
        .outputs("image/png");
  }
}
