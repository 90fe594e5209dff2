package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.provider.Decisions.Kind;
import dev.computeserver.support.TestNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sandbox's callbacks, each signed as its provider signs, on a node that looks at no job unless it is told to. */
class SandboxCallbacksTest {
  private static TestNode node;

  @BeforeAll
  static void start() {
    Map<String, String> environment = new HashMap<>(Map.of("COMPUTE_TASKS_RECONCILE_SECONDS", "40"));
    for (String provider : new String[] {"fal_standard", "black_forest_labs", "google"}) {
      for (String setting : new String[] {"FIRST", "MIN", "MAX"}) {
        environment.put("COMPUTE_PROVIDERS_" + provider.toUpperCase(Locale.ROOT) + "_POLLING_" + setting + "_MS", "600000");
      }
    }
    node = new TestNode(environment);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static JsonObject task(String provider, String capability, JsonObject wish) {
    return new JsonObject().put("capability", capability).put("provider", provider).put("input", new JsonObject().put("prompt", "a red fox"))
        .put("provider_options", new JsonObject().put("sandbox", new JsonObject().put("duration_ms", 3_000).put("queue_ms", 0).mergeIn(wish)));
  }

  /** What the sandbox says of a provider: jobs that it accepted and callbacks that were taken. */
  private static int counted(String provider, String what) throws IOException, InterruptedException {
    byte[] report = HttpClient.newHttpClient().send(HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + node.sandboxPort() + "/sandbox/jobs?limit=0")).build(), HttpResponse.BodyHandlers.ofByteArray()).body();
    return new JsonObject(Buffer.buffer(report)).getJsonObject("providers").getJsonObject(provider).getInteger(what);
  }

  @ParameterizedTest
  @CsvSource({"fal_standard,image_generation", "black_forest_labs,image_generation", "google,video_generation"})
  void bringTheLookForward(String provider, String capability) {
    JsonObject task = node.run(task(provider, capability, new JsonObject()));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
  }

  /** The provider cannot be asked for its jobs, so nothing but the callback tells it. */
  @Test
  void tellTheJobOfALostSubmit() throws IOException, InterruptedException {
    long before = node.decided(Kind.FOUND_BY_CALLBACK);
    int accepted = counted("black_forest_labs", "accepted");
    JsonObject task = node.run(task("black_forest_labs", "image_generation", new JsonObject().put("fault", "submit_cut").put("duration_ms", 900)));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, counted("black_forest_labs", "accepted") - accepted);
    assertEquals(1, node.decided(Kind.FOUND_BY_CALLBACK) - before);
    assertEquals(1, task.getJsonArray("attempts").size());
  }

  /** Fal lists a job once it has begun; whichever tells it first, it is one job. */
  @Test
  void areOneOfTwoWaysToTheJobOfALostSubmit() throws IOException, InterruptedException {
    long before = node.decided(Kind.FOUND_BY_CALLBACK) + node.decided(Kind.FOUND_BY_LIST);
    int accepted = counted("fal_standard", "accepted");
    JsonObject wish = new JsonObject().put("fault", "submit_cut").put("queue_ms", 2_200).put("duration_ms", 10);
    JsonObject task = node.run(task("fal_standard", "image_generation", wish));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, counted("fal_standard", "accepted") - accepted);
    assertEquals(1, node.decided(Kind.FOUND_BY_CALLBACK) + node.decided(Kind.FOUND_BY_LIST) - before);
    assertTrue(node.events(task.getString("id")).encode().contains("the reply to the submit was lost"));
  }
}
