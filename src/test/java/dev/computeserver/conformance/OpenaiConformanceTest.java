package dev.computeserver.conformance;

import static dev.computeserver.conformance.Recording.json;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;

class OpenaiConformanceTest extends ProcessorConformance {
  private static final String HEAD = "{\"id\":\"${id}\",\"object\":\"response\",\"model\":\"gpt-6-luna\",\"background\":true,\"error\":null,"
      + "\"incomplete_details\":null,";
  private static final String ERROR = "{\"error\":{\"message\":\"no\",\"type\":\"TYPE\",\"param\":null,\"code\":\"CODE\"}}";

  private static String error(String type, String code) {
    return ERROR.replace("TYPE", type).replace("CODE", code);
  }

  @Override
  Recording recording() {
    return Recording.of(ProviderType.OPENAI, "OPENAI_API_KEY", "Authorization", "Bearer ")
        .task("text_generation", "{\"prompt\":\"say ${day}\",\"system\":\"be brief\",\"max_tokens\":50}")
        .wantsJson("/input", "say ${day}").wantsJson("/instructions", "be brief").wantsJson("/max_output_tokens", "50")
        .wantsJson("/model", "gpt-6-luna").wantsJson("/background", "true")
        .on(Stage.SUBMIT, "POST /responses", json(HEAD + "\"status\":\"queued\",\"output\":[]}"))
        .on(Stage.CHECK, "GET /responses/${id}", json(HEAD + "\"status\":\"completed\",\"output\":[{\"type\":\"reasoning\",\"summary\":[]},"
            + "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"Hello\",\"annotations\":[]}]}],"
            + "\"usage\":{\"total_tokens\":17}}"))
        .running(json(HEAD + "\"status\":\"in_progress\",\"output\":[]}"))
        .on(Stage.CANCEL, "POST /responses/${id}/cancel", json(HEAD + "\"status\":\"cancelled\"}"))
        .cancelled(Stage.CHECK, json(HEAD + "\"status\":\"cancelled\"}"))
        .fails(Stage.SUBMIT, json(400, error("image_generation_user_error", "moderation_blocked")), "content_refused", "unknown")
        .fails(Stage.SUBMIT, json(429, error("insufficient_quota", "credit_balance_exhausted")), "provider_quota")
        .fails(Stage.CHECK, json(HEAD + "\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"content_filter\"}}"), "content_refused", "yes")
        .needs(Stage.SUBMIT, "/id").needs(Stage.CHECK, "/status", "/output", "/output/1", "/output/1/type", "/output/1/content",
            "/output/1/content/0", "/output/1/content/0/type", "/output/1/content/0/text")
        .callsBackToAccount("{\"type\":\"response.completed\",\"data\":{\"id\":\"${id}\"}}", CallbackSignature.standardWebhooks().setByTheOwner())
        .result("{\"text\":\"Hello\",\"usage\":{\"total_tokens\":17}}");
  }
}
