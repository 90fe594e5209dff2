package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job that is done, and paid, before its result can be read. */
class LateResultsTest {
  private static final int LATE = 4;

  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider provider = new FakeProvider(vertx, this::script);
  private final AtomicInteger looks = new AtomicInteger();
  private volatile int late = LATE;
  private volatile Behaviour early = reply(500, "");
  private volatile String good = "";

  @AfterEach
  void stop() {
    provider.close();
    TestStore.await(vertx.close());
  }

  private Behaviour script(Seen seen) {
    if (seen.elsewhere()) {
      return reply(200, "image/png", Buffer.buffer(TestFiles.png()));
    }
    String job = provider.baseUrl() + "/fal-ai/flux/requests/job-1";
    if (seen.method().equals("POST")) {
      return reply(200, new JsonObject().put("id", "job-1").put("status", "PENDING").put("request_id", "job-1").put("status_url", job + "/status")
          .put("response_url", job).encode());
    }
    return seen.path().endsWith("/status") ? reply(200, "{\"status\":\"COMPLETED\"}")
        : looks.incrementAndGet() <= late ? early : reply(200, good.replace("FILE", provider.elsewhere() + "/fox.png"));
  }

  private JsonObject ended(String word, String key, int reconcileSeconds) {
    Map<String, String> environment = new HashMap<>(Map.of("COMPUTE_TASKS_RECONCILE_SECONDS", "" + reconcileSeconds, key, "a-key"));
    String prefix = "COMPUTE_PROVIDERS_" + word.toUpperCase() + "_";
    environment.putAll(Map.of(prefix + "BASE_URL", provider.baseUrl(), prefix + "POLLING_FIRST_MS", "20", prefix + "POLLING_MIN_MS", "20"));
    try (TestNode node = new TestNode(environment)) {
      return node.run(new JsonObject().put("capability", "image_generation").put("providers", JsonArray.of(word, "openai"))
          .put("input", new JsonObject().put("prompt", "a red fox")));
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "fal_standard|FAL_KEY|200|{\"detail\":\"Request is still in progress\"}|{\"images\":[{\"url\":\"FILE\"}]}",
      "fal_standard|FAL_KEY|200|{\"status\":\"IN_PROGRESS\",\"request_id\":\"job-1\"}|{\"images\":[{\"url\":\"FILE\"}]}",
      "fal_standard|FAL_KEY|200|{\"images\":[]}|{\"images\":[{\"url\":\"FILE\"}]}",
      "fal_standard|FAL_KEY|400|{\"detail\":\"Request is still being processed\"}|{\"images\":[{\"url\":\"FILE\"}]}",
      "fal_standard|FAL_KEY|422|{\"detail\":\"The result is not ready yet\"}|{\"images\":[{\"url\":\"FILE\"}]}",
      "runway|RUNWAYML_API_SECRET|200|{\"status\":\"SUCCEEDED\",\"output\":[]}|{\"status\":\"SUCCEEDED\",\"output\":[\"FILE\"]}",
      "replicate|REPLICATE_API_TOKEN|200|{\"status\":\"succeeded\",\"output\":null}|{\"status\":\"succeeded\",\"output\":\"FILE\"}",
      "black_forest_labs|BFL_API_KEY|200|{\"status\":\"Ready\",\"result\":null}|{\"status\":\"Ready\",\"result\":{\"sample\":\"FILE\"}}"})
  void isAskedAgain(String word, String key, int status, String first, String then) {
    early = reply(status, first);
    good = then;
    JsonObject task = ended(word, key, 60);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
    assertEquals(LATE + 1, looks.get());
  }

  @Test
  void isNotMadeAgainElsewhereWhereItStaysEmpty() {
    late = Integer.MAX_VALUE;
    early = reply(200, "{\"status\":\"SUCCEEDED\",\"output\":[],\"cost\":{\"credits\":5}}");
    JsonObject task = ended("runway", "RUNWAYML_API_SECRET", 1);
    assertEquals("provider_failed", task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
    assertEquals("yes", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    assertTrue(looks.get() >= 5, () -> looks + " looks");
  }

  @Test
  void aFailureInTheProvidersOwnWordsIsBelievedWhenItIsToldTwice() {
    late = Integer.MAX_VALUE;
    early = reply(200, "{\"status\":\"FAILED\",\"failure\":\"tired\",\"failureCode\":\"INTERNAL.BAD_OUTPUT\",\"cost\":{\"credits\":5}}");
    JsonObject task = ended("runway", "RUNWAYML_API_SECRET", 60);
    assertEquals("runway", task.getJsonArray("attempts").getJsonObject(0).getString("provider"), task::encodePrettily);
    assertEquals(2, looks.get());
  }
}
