package dev.computeserver.conformance;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Stage;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Map;

class FalStandardConformanceTest extends ProcessorConformance {
  private static final String JOB = "/fal-ai/flux/requests/0b1f6c1e";

  @Override
  ProviderType type() {
    return ProviderType.FAL_STANDARD;
  }

  @Override
  String keyVariable() {
    return "FAL_KEY";
  }

  @Override
  Map.Entry<String, String> authorization() {
    return Map.entry("Authorization", "Key " + KEY);
  }

  @Override
  JsonObject task() {
    return new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", "a red fox"));
  }

  @Override
  Stage stageOf(HttpServerRequest request) {
    return switch (request.path()) {
      case "/fal-ai/flux/dev" -> Stage.SUBMIT;
      case JOB + "/status" -> Stage.CHECK;
      case JOB -> Stage.RESULT;
      case JOB + "/cancel" -> Stage.CANCEL;
      case "/files/fox.png" -> Stage.FILE;
      default -> Stage.OTHER;
    };
  }

  @Override
  Behaviour good(Stage stage, FakeProvider provider) {
    String links = "\"status_url\":\"B/status\",\"response_url\":\"B\",\"cancel_url\":\"B/cancel\"".replace("B", provider.baseUrl() + JOB);
    return switch (stage) {
      case SUBMIT -> FakeProvider.reply(200, "{\"status\":\"IN_QUEUE\",\"request_id\":\"0b1f6c1e\",\"queue_position\":0," + links + "}");
      case CHECK -> FakeProvider.reply(200, "{\"status\":\"COMPLETED\",\"request_id\":\"0b1f6c1e\",\"logs\":[]," + links + "}");
      case RESULT -> FakeProvider.reply(200, "{\"images\":[{\"url\":\"" + provider.baseUrl() + "/files/fox.png\",\"content_type\":\"image/png\"}]}");
      case CANCEL -> FakeProvider.reply(202, "{\"status\":\"CANCELLATION_REQUESTED\"}");
      case FILE -> FakeProvider.reply(200, "\u0089PNG not really");
      case OTHER -> FakeProvider.reply(200, "{\"items\":[]}");
    };
  }

  @Override
  Behaviour stillRunning() {
    return FakeProvider.reply(202, "{\"status\":\"IN_PROGRESS\",\"request_id\":\"0b1f6c1e\",\"logs\":null}");
  }
}
