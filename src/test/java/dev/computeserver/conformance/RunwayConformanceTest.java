package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.bytes;
import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import java.nio.charset.StandardCharsets;

class RunwayConformanceTest extends ProcessorConformance {
  private static final String TASK = "/v1/tasks/${id}";

  @Override
  Recording recording() {
    return Recording.of(ProviderType.RUNWAY, "RUNWAYML_API_SECRET", "Authorization", "Bearer ")
        .task("video_generation", "{\"prompt\":\"a red fox ${day}\",\"aspect_ratio\":\"9:16\",\"duration_seconds\":4,\"seed\":7}")
        .wantsHeader("X-Runway-Version", "2024-11-06").wantsHeader("Content-Type", "application/json")
        .wantsJson("/model", "gen4.5").wantsJson("/promptText", "a red fox ${day}").wantsJson("/ratio", "720:1280").wantsJson("/duration", "4")
        .wantsJson("/seed", "7")
        .refuses("{\"prompt\":\"${day}\",\"aspect_ratio\":\"1:1\"}", "input.aspect_ratio")
        .refuses("{\"prompt\":\"${day}\",\"duration_seconds\":11}", "input.duration_seconds")
        .on(Stage.SUBMIT, "POST /v1/text_to_video", json("{\"id\":\"${id}\",\"estimatedCost\":{\"credits\":48}}"))
        .on(Stage.CHECK, "GET " + TASK, json("{\"id\":\"${id}\",\"createdAt\":\"2026-11-02T10:00:00.000Z\",\"status\":\"SUCCEEDED\","
            + "\"output\":[\"${files}/${id}.mp4?_jwt=x\"],\"cost\":{\"credits\":48}}"))
        .running(json("{\"id\":\"${id}\",\"createdAt\":\"2026-11-02T10:00:00.000Z\",\"status\":\"RUNNING\",\"progress\":0.42}"))
        .on(Stage.FILE, "GET /${id}.mp4", bytes("video/mp4", "\0\0\0\u0018ftypisomfox".getBytes(StandardCharsets.ISO_8859_1)))
        .on(Stage.CANCEL, "DELETE " + TASK, json(204, ""))
        .cancelled(Stage.CHECK, json("{\"id\":\"${id}\",\"createdAt\":\"2026-11-02T10:00:00.000Z\",\"status\":\"CANCELLED\",\"cost\":{\"credits\":0}}"))
        .fails(Stage.CHECK, failed("SAFETY.INPUT.TEXT", 48), "content_refused", "yes")
        .fails(Stage.CHECK, failed("ASSET.INVALID", 0), "invalid_input", "no")
        .failsForNow(Stage.CHECK, failed("THIRD_PARTY.UNAVAILABLE", 0), "provider_unavailable", "no")
        .failsForNow(Stage.CHECK, failed("INTERNAL.BAD_OUTPUT.CODE01", 0), "provider_failed", "no")
        .fails(Stage.SUBMIT, json(400, "{\"error\":\"You do not have enough credits to run this task.\"}"), "provider_quota")
        .fails(Stage.SUBMIT, json(400, "{\"error\":\"no\",\"issues\":[{\"code\":\"invalid_type\",\"path\":[\"ratio\"],\"message\":\"no\"}]}"), "invalid_input")
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/status", "/output", "/output/0")
        .outputs("video/mp4").result("{\"usage\":{\"credits\":48.0}}");
  }

  private static Recording.Recorded failed(String code, int credits) {
    return json("{\"id\":\"${id}\",\"status\":\"FAILED\",\"failure\":\"x\",\"failureCode\":\"" + code + "\",\"cost\":{\"credits\":" + credits + "}}");
  }
}
