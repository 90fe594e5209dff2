package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.TestNode;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An input that cannot be brought to the provider: whose fault it is decides what is told, and nothing is submitted. */
class UploadsTest {
  private static final AtomicInteger STATUS = new AtomicInteger();
  private static final Vertx VERTX = Vertx.vertx();
  private static FakeProvider provider;
  private static TestNode node;

  @BeforeAll
  static void start() {
    provider = new FakeProvider(VERTX, seen -> request -> {
      if (STATUS.get() == 0) {
        request.connection().close();
      } else {
        request.response().setStatusCode(STATUS.get()).putHeader("Content-Type", "application/json").end("{\"oops\":1}");
      }
    });
    node = new TestNode(Map.of("COMFYUI_BASE_URL", provider.baseUrl(), "COMPUTE_TASKS_RETRY_FIRST_MS", "50", "COMPUTE_TASKS_RETRY_MAX_MS", "200"));
  }

  @AfterAll
  static void stop() {
    node.close();
    provider.close();
    VERTX.close();
  }

  @ParameterizedTest
  @CsvSource({"0,provider_unavailable,true", "500,provider_unavailable,true", "401,provider_auth,false", "400,invalid_input,false",
      "200,provider_failed,true"})
  void nothingIsSubmittedAndTheFaultIsTold(int status, String code, boolean retryable) {
    STATUS.set(status);
    JsonObject task = node.run(new JsonObject().put("capability", "super_resolution").put("provider", "comfyui").put("max_attempts", 1)
        .put("input", new JsonObject().put("image_url", ThroughSandbox.picture(8))));
    assertEquals("failed", task.getString("status"));
    assertEquals(code, task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertEquals(retryable, task.getJsonObject("error").getBoolean("retryable"));
    assertTrue(task.getJsonObject("error").getString("message").contains("input.image_url"), task::encodePrettily);
    assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    assertTrue(provider.seen().stream().noneMatch(seen -> seen.path().equals("/prompt")));
  }

  /** However many its options are. */
  @Test
  void whatTheProviderWouldRefuseIsNotUploaded() {
    STATUS.set(200);
    int before = provider.seen().size();
    JsonObject input = new JsonObject().put("image_url", ThroughSandbox.picture(8)).put("prompt", "p").put("output_format", "webp");
    JsonObject options = new JsonObject().put("many", new JsonArray(Collections.nCopies(40_000, 1)));
    TestNode.Answer refused = node.post("/v1/tasks", new JsonObject().put("capability", "image_editing").put("provider", "comfyui")
        .put("input", input).put("provider_options", options));
    assertEquals(422, refused.status(), () -> refused.json().encodePrettily());
    assertTrue(refused.json().encode().contains("input.output_format must be one of png"), () -> refused.json().encodePrettily());
    assertEquals(before, provider.seen().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {425, 429, 503})
  void whatIsRefusedForNowIsBroughtLater(int status) {
    STATUS.set(status);
    JsonObject task = node.run(new JsonObject().put("capability", "super_resolution").put("provider", "comfyui").put("timeout_seconds", 3)
        .put("input", new JsonObject().put("image_url", ThroughSandbox.picture(8))));
    assertEquals("deadline_exceeded", task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertTrue(task.getJsonObject("error").getString("message").contains("input.image_url"), task::encodePrettily);
    assertTrue(provider.seen().stream().noneMatch(seen -> seen.path().equals("/prompt")));
  }
}
