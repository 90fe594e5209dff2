package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;

/** Texts come with the reply to the submit; a refusal does so with status 200. */
class GoogleTextConformanceTest extends ProcessorConformance {
  @Override
  Recording recording() {
    return Recording.of(ProviderType.GOOGLE, "GEMINI_API_KEY", "x-goog-api-key", "")
        .task("text_generation", "{\"messages\":[{\"role\":\"system\",\"content\":\"be short\"},{\"role\":\"user\",\"content\":\"hello ${day}\"}],"
            + "\"max_tokens\":9}")
        .wantsJson("/contents/0/parts/0/text", "hello ${day}").wantsJson("/systemInstruction/parts/0/text", "be short")
        .wantsJson("/generationConfig/maxOutputTokens", "9")
        .refuses("{\"messages\":[{\"role\":\"system\",\"content\":\"${day}\"}]}", "input.messages")
        .on(Stage.SUBMIT, "POST /v1beta/models/gemini-3.8-flash:generateContent", json("{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"role\":\"model\","
            + "\"parts\":[{\"text\":\"hm\",\"thought\":true},{\"text\":\"hi \"},{\"text\":\"there\"}]}}],\"usageMetadata\":{\"totalTokenCount\":5}}"))
        .fails(Stage.SUBMIT, json("{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}"), "content_refused", "unknown")
        .fails(Stage.SUBMIT, json("{\"candidates\":[{\"finishReason\":\"PROHIBITED_CONTENT\"}]}"), "content_refused", "unknown")
        .failsForNow(Stage.SUBMIT, json("{\"candidates\":[{\"finishReason\":\"MALFORMED_RESPONSE\"}]}"), "provider_failed", "unknown")
        .needs(Stage.SUBMIT, "/candidates", "/candidates/0", "/candidates/0/content", "/candidates/0/content/parts")
        .makesNoCallback()
        .result("{\"text\":\"hi there\",\"finish_reason\":\"STOP\"}");
  }
}
