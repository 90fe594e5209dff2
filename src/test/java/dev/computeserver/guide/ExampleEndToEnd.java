package dev.computeserver.guide;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The guide's provider in a whole server; its name says that only {@link GuideTest} runs it, on the build that has it. */
class ExampleEndToEnd {
  private static final byte[] PICTURE = "\u0089PNG\r\n\u001a\nfox".getBytes(StandardCharsets.ISO_8859_1);
  private static final JsonObject TASK = new JsonObject().put("capability", "image_generation").put("provider", "example")
      .put("input", new JsonObject().put("prompt", "a red fox"));

  @Test
  void aTaskRunsFromTheRequestToItsPicture() {
    Vertx vertx = Vertx.vertx();
    FakeProvider provider = new FakeProvider(vertx, ExampleEndToEnd::answer);
    try (TestNode node = new TestNode(Map.of("EXAMPLE_API_KEY", "key", "COMPUTE_PROVIDERS_EXAMPLE_BASE_URL", provider.baseUrl()))) {
      JsonObject shown = shown(node);
      assertTrue(shown.getBoolean("registered") && shown.getBoolean("configured") && !shown.getBoolean("sandbox"), shown::encodePrettily);
      assertEquals("example_queue", shown.getString("queue"));
      JsonObject task = node.run(TASK);
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals("job-1", task.getString("external_id"));
      assertArrayEquals(PICTURE, node.get(task.getJsonArray("outputs").getJsonObject(0).getString("url")).bytes());
      assertEquals("Bearer key", provider.seen().get(0).headers().get("authorization"));
    }
    provider.close();
    TestStore.await(vertx.close());
  }

  private static Behaviour answer(Seen seen) {
    if (seen.path().equals("/picture.png")) {
      return FakeProvider.reply(200, "image/png", Buffer.buffer(PICTURE));
    }
    String done = "\"status\":\"done\",\"picture_url\":\"http://" + seen.headers().get("host") + "/picture.png\"";
    return FakeProvider.reply(200, "{\"id\":\"job-1\"," + (seen.method().equals("POST") ? "\"status\":\"waiting\"" : done) + "}");
  }

  @Test
  void withoutAKeyItIsNotConfiguredAndTheSandboxDoesNotPretend() {
    try (TestNode node = new TestNode(Map.of())) {
      JsonObject shown = shown(node);
      assertTrue(shown.getBoolean("registered"));
      assertFalse(shown.getBoolean("configured") || shown.getBoolean("sandbox"), shown::encodePrettily);
      TestNode.Answer refused = node.post("/v1/tasks", TASK);
      assertEquals(409, refused.status());
      assertTrue(refused.json().getString("detail").contains("has no key; set EXAMPLE_API_KEY"), () -> refused.json().encodePrettily());
    }
  }

  @Test
  void aNewCapabilityIsShownAndItsInputIsChecked() {
    try (TestNode node = new TestNode(Map.of())) {
      JsonObject capability = node.get("/v1/capabilities").json().getJsonArray("capabilities").stream().map(JsonObject.class::cast)
          .filter(each -> each.getString("capability").equals("depth_estimation")).findFirst().orElseThrow();
      assertEquals("analysis", capability.getString("type"));
      JsonObject task = new JsonObject().put("capability", "depth_estimation").put("input", new JsonObject().put("image_url", "https://example.com/x.png"));
      assertEquals(409, node.post("/v1/tasks", task).status(), "no provider has it yet");
      task.put("input", new JsonObject());
      assertEquals("/input/image_url", node.post("/v1/tasks", task).json().getJsonArray("errors").getJsonObject(0).getString("pointer"));
    }
  }

  private static JsonObject shown(TestNode node) {
    return node.get("/v1/providers").json().getJsonArray("providers").stream().map(JsonObject.class::cast)
        .filter(each -> each.getString("provider").equals("example")).findFirst().orElseThrow();
  }
}
