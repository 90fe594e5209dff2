package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

class LumaConformanceTest extends ProcessorConformance {
  private static final String JOB = "{\"id\":\"${id}\",\"generation_type\":\"video\",\"failure_reason\":null,\"request\":${request},";

  @Override
  Recording recording() {
    return Recording.of(ProviderType.LUMA, "LUMAAI_API_KEY", "Authorization", "Bearer ")
        .task("video_generation", "{\"prompt\":\"a red fox ${day}\",\"duration_seconds\":6,\"resolution\":\"720p\",\"aspect_ratio\":\"21:9\"}")
        .wantsJson("/prompt", "a red fox ${day}").wantsJson("/model", "ray-2").wantsJson("/duration", "9s").wantsJson("/resolution", "720p")
        .wantsJson("/aspect_ratio", "21:9")
        .refuses("{\"prompt\":\"${day}\",\"duration_seconds\":12}", "input.duration_seconds")
        .refuses("{\"prompt\":\"${day}\",\"aspect_ratio\":\"3:2\"}", "input.aspect_ratio")
        .on(Stage.SUBMIT, "POST /generations/video", json(201, JOB + "\"state\":\"queued\",\"assets\":null}"))
        .on(Stage.CHECK, "GET /generations/${id}", json(JOB + "\"state\":\"completed\",\"assets\":{\"image\":null,"
            + "\"video\":\"${files}/${id}.mp4\",\"progress_video\":\"${files}/p.mp4\"}}"))
        .running(json(JOB + "\"state\":\"dreaming\",\"assets\":{\"progress_video\":\"${files}/p.mp4\"}}"))
        .on(Stage.FILE, "GET /${id}.mp4", bytes("video/mp4", "\0\0\0\u0018ftypisomfox".getBytes(StandardCharsets.ISO_8859_1)))
        .finds("GET /generations", json("{\"generations\":[" + JOB + "\"state\":\"dreaming\"}],\"count\":1,\"has_more\":false}"),
            json("{\"generations\":[],\"count\":0,\"has_more\":false}"))
        .fails(Stage.CHECK, json("{\"state\":\"failed\",\"failure_reason\":\"Frame moderation failed\"}"), "content_refused", "unknown")
        .fails(Stage.CHECK, json("{\"state\":\"failed\",\"failure_reason\":\"Failed to read user input frames\"}"), "invalid_input", "unknown")
        .failsForNow(Stage.CHECK, json("{\"state\":\"failed\",\"failure_reason\":null}"), "provider_failed", "unknown")
        .fails(Stage.SUBMIT, json(400, "{\"detail\":\"Insufficient credits\"}"), "provider_quota")
        .fails(Stage.SUBMIT,
            json(422, "{\"detail\":[{\"loc\":[\"body\",\"model\"],\"msg\":\"Field required\",\"type\":\"missing\"}]}"), "invalid_input")
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/state", "/assets", "/assets/video")
        .callsBack("/callback_url", JOB + "\"state\":\"completed\"}", CallbackSignature.none())
        .outputs("video/mp4");
  }
}
