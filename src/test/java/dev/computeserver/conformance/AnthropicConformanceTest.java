package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;

class AnthropicConformanceTest extends ProcessorConformance {

  private static String error(String type) {
    return "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"no\"},\"request_id\":\"req_1\"}";
  }

  @Override
  Recording recording() {
    return Recording.of(ProviderType.ANTHROPIC, "ANTHROPIC_API_KEY", "x-api-key", "")
        .task("text_generation", "{\"prompt\":\"say ${day}\",\"system\":\"be brief\",\"max_tokens\":50}")
        .wantsJson("/messages/0/content", "say ${day}").wantsJson("/system", "be brief").wantsJson("/max_tokens", "50")
        .wantsJson("/model", "claude-sonnet-5-5").wantsHeader("anthropic-version", "2026-10-21")
        .refuses("{\"prompt\":\"${day}\",\"temperature\":1.5}", "input.temperature")
        .on(Stage.SUBMIT, "POST /v1/messages", json("{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
            + "\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"},{\"type\":\"text\",\"text\":\"Hel\"},{\"type\":\"text\",\"text\":\"lo\"}],"
            + "\"stop_reason\":\"end_turn\",\"usage\":{\"output_tokens\":7}}"))
        .fails(Stage.SUBMIT, json("{\"id\":\"msg_1\",\"content\":[],\"stop_reason\":\"refusal\",\"stop_details\":{\"explanation\":\"no\"}}"),
            "content_refused", "unknown")
        .fails(Stage.SUBMIT, json(413, error("request_too_large")), "invalid_input")
        .needs(Stage.SUBMIT, "/content")
        .result("{\"text\":\"Hello\",\"finish_reason\":\"end_turn\",\"usage\":{\"output_tokens\":7}}");
  }
}
