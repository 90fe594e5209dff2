package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;

/** Chat comes with the reply to the submit, and its model needs no look-up. */
class HuggingFaceTextConformanceTest extends ProcessorConformance {
  @Override
  Recording recording() {
    return Recording.of(ProviderType.HUGGINGFACE, "HF_TOKEN", "Authorization", "Bearer ")
        .task("text_generation", "{\"prompt\":\"hello ${day}\",\"system\":\"be short\",\"max_tokens\":9}")
        .wantsJson("/messages/1/content", "hello ${day}").wantsJson("/messages/0/role", "system").wantsJson("/model", "openai/gpt-oss-120b")
        .on(Stage.SUBMIT, "POST /v1/chat/completions", json("{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}],"
            + "\"usage\":{\"total_tokens\":5}}"))
        .fails(Stage.SUBMIT, json("{\"choices\":[{\"message\":{\"content\":\"\"},\"finish_reason\":\"content_filter\"}]}"), "content_refused", "unknown")
        .needs(Stage.SUBMIT, "/choices", "/choices/0", "/choices/0/message", "/choices/0/message/content")
        .result("{\"text\":\"hi\",\"finish_reason\":\"stop\"}");
  }
}
