package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestFiles;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looks at a job that are sent on, within the provider's origin or elsewhere, and links that are not whole. */
class LedLooksTest {
  private static final String KEY = "key-that-stays-with-its-provider";

  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider fal = new FakeProvider(vertx, this::script);
  private volatile int status;
  private volatile String link = "";

  @AfterEach
  void stop() {
    fal.close();
    TestStore.await(vertx.close());
  }

  private Behaviour script(Seen seen) {
    String job = fal.baseUrl() + "/fal-ai/flux/requests/job-1";
    return switch (seen.path()) {
      case "/fal-ai/flux/requests/job-1/status" -> reply(status, "", "Location", "/moved/status");
      case "/fal-ai/flux/requests/job-1" -> reply(status, "", "Location", fal.elsewhere() + "/result");
      case "/moved/status" -> reply(200, "{\"status\":\"COMPLETED\"}");
      case "/result" -> reply(200, new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", link))).encode());
      case "/files/fox.png" -> reply(200, "image/png", Buffer.buffer(TestFiles.png()));
      default -> seen.method().equals("POST") ? reply(200, new JsonObject().put("request_id", "job-1").put("status_url", job + "/status")
          .put("response_url", job).put("cancel_url", job + "/cancel").encode()) : reply(404, "{}");
    };
  }

  private void completes() {
    try (TestNode node = new TestNode(Map.of("FAL_KEY", KEY, "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl()))) {
      JsonObject task = node.run(new JsonObject().put("capability", "image_generation").put("provider", "fal_standard").put("max_attempts", 1)
          .put("input", new JsonObject().put("prompt", "a red fox")));
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      List<Seen> elsewhere = fal.seen().stream().filter(Seen::elsewhere).toList();
      assertFalse(elsewhere.isEmpty());
      elsewhere.forEach(seen -> assertFalse(seen.headers().toString().contains(KEY), seen::toString));
      assertTrue(fal.seen().stream().anyMatch(seen -> seen.path().equals("/moved/status") && seen.headers().toString().contains(KEY)));
      assertEquals(1, fal.seen().stream().filter(seen -> seen.method().equals("POST")).count());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 308})
  void areFollowedAndTheKeyStaysWithItsProvider(int redirect) {
    status = redirect;
    link = "/files/fox.png";
    completes();
  }

  @ParameterizedTest
  @ValueSource(ints = 302)
  void aLinkWithoutASchemeLeadsToItsHost(int redirect) {
    status = redirect;
    link = fal.elsewhere().substring("http:".length()) + "/files/fox.png";
    completes();
  }
}
