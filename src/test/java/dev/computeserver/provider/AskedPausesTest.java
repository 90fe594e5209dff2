package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A provider says with each look when it wants the next one. */
class AskedPausesTest {
  private static final long SECOND = 1_000_000_000L;

  private final Vertx vertx = Vertx.vertx();
  private final List<Long> looks = new CopyOnWriteArrayList<>();
  private final FakeProvider labs = new FakeProvider(vertx, this::answer);

  @AfterEach
  void stop() {
    labs.close();
    TestStore.await(vertx.close());
  }

  private Behaviour answer(Seen seen) {
    if (seen.method().equals("POST")) {
      return FakeProvider.reply(200, "{\"id\":\"f1\",\"status\":\"pending\"}");
    }
    looks.add(System.nanoTime());
    return switch (looks.size()) {
      case 1 -> FakeProvider.reply(200, "{\"id\":\"f1\",\"status\":\"generating\"}", "Retry-After", "1");
      case 2 -> FakeProvider.reply(429, "{}", "Retry-After", "2");
      default -> FakeProvider.reply(200, "{\"id\":\"f1\",\"status\":\"failed\",\"failure_reason\":\"moderated\"}");
    };
  }

  @Test
  void areWaitedForBetweenLooks() {
    Map<String, String> environment = Map.of("ELEVENLABS_API_KEY", "key", "COMPUTE_PROVIDERS_ELEVENLABS_BASE_URL", labs.baseUrl(),
        "COMPUTE_PROVIDERS_ELEVENLABS_POLLING_FIRST_MS", "20", "COMPUTE_PROVIDERS_ELEVENLABS_POLLING_MIN_MS", "20");
    try (TestNode node = new TestNode(environment)) {
      JsonObject task = node.run(new JsonObject().put("capability", "image_generation").put("provider", "elevenlabs")
          .put("input", new JsonObject().put("prompt", "a fox")).put("max_attempts", 1));
      assertEquals("content_refused", task.getJsonObject("error").getString("code"), task::encodePrettily);
    }
    assertTrue(looks.get(1) - looks.get(0) >= SECOND, looks::toString);
    assertTrue(looks.get(2) - looks.get(1) >= 2 * SECOND, looks::toString);
  }
}
