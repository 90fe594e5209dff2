package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An output that the provider has made is paid: a file server that is away for a while does not cost it. */
class PaidOutputsTest {
  private static final Behaviour AWAY = reply(503, "");
  private static final Behaviour FILE = reply(200, "image/png", Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0}));

  private final Vertx vertx = Vertx.vertx();
  private final Signals<Seen> asked = new Signals<>();
  private final Signals<Seen> submits = new Signals<>();
  private final FakeProvider fal = new FakeProvider(vertx, this::script);
  /** The answer to the first, the second, … time that the file is asked for. */
  private volatile IntFunction<Behaviour> files;

  @AfterEach
  void stop() {
    fal.close();
    TestStore.await(vertx.close());
  }

  private Behaviour script(Seen seen) {
    if (seen.elsewhere()) {
      Behaviour file = files.apply(asked.all().size() + 1);
      asked.accept(seen);
      return file;
    }
    String link = fal.baseUrl() + "/fal-ai/flux/requests/job-1";
    if (seen.method().equals("POST")) {
      submits.accept(seen);
      return reply(200, new JsonObject().put("request_id", "job-1").put("status_url", link + "/status").put("response_url", link)
          .put("cancel_url", link + "/cancel").encode());
    }
    return reply(200, seen.path().endsWith("/status") ? "{\"status\":\"COMPLETED\"}"
        : new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", fal.elsewhere() + "/fox.png"))).encode());
  }

  private TestNode node(String... more) {
    Map<String, String> environment = new HashMap<>(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl()));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return new TestNode(environment);
  }

  private static JsonObject task() {
    return new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", "a red fox"));
  }

  private static List<Behaviour> nothingOfUse() {
    return List.of(AWAY, reply(200, "image/png", Buffer.buffer()), reply(200, "text/html", Buffer.buffer("<html>down for maintenance</html>")));
  }

  @ParameterizedTest
  @MethodSource("nothingOfUse")
  void areAskedForAgainWhileTheFileServerIsAway(Behaviour away) {
    files = time -> time <= 5 ? away : FILE;
    try (TestNode node = node()) {
      JsonObject task = node.run(task());
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(6, asked.all().size());
      assertEquals(1, submits.all().size());
    }
  }

  @Test
  void costWhatThePriceListSaysOfEach() {
    files = time -> FILE;
    try (TestNode node = node("COMPUTE_PROVIDERS_FAL_STANDARD_PRICES", "fal-ai/other=9,fal-ai/flux/dev=0.025")) {
      JsonObject cost = node.run(task()).getJsonArray("attempts").getJsonObject(0).getJsonObject("cost");
      assertEquals(new JsonObject().put("amount", "0.0250").put("currency", "USD").put("basis", "price_list"), cost);
    }
  }

  @Test
  void areLeftAloneForAsLongAsTheFileServerAsks() {
    files = time -> time == 1 ? reply(429, "", "Retry-After", "3") : FILE;
    long began = System.nanoTime();
    try (TestNode node = node()) {
      JsonObject task = node.run(task());
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(2, asked.all().size());
      assertTrue(System.nanoTime() - began >= 3_000_000_000L);
    }
  }

  @Test
  void areAskedForOnceMoreBeforeAPauseThatIsTooLong() {
    files = time -> time == 1 ? reply(503, "", "Retry-After", "3000") : FILE;
    try (TestNode node = node("COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "3")) {
      assertEquals("completed", node.run(task()).getString("status"));
      assertEquals(2, asked.all().size());
    }
  }

  @Test
  void areGivenUpWhenTheTimeOfADownloadIsOver() {
    files = time -> AWAY;
    try (TestNode node = node("COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "3")) {
      JsonObject task = node.run(task());
      assertEquals("failed", task.getString("status"), task::encodePrettily);
      assertEquals("output_unavailable", task.getJsonObject("error").getString("code"));
      assertTrue(task.getJsonObject("error").getString("message").contains("503"), task::encodePrettily);
      assertEquals("yes", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
      assertEquals(1, submits.all().size());
    }
  }

  @Test
  void areGivenUpWhereTheServerKnowsOfNone() {
    files = time -> reply(404, "");
    try (TestNode node = node("COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "2")) {
      JsonObject task = node.run(task());
      assertEquals("output_unavailable", task.getJsonObject("error").getString("code"), task::encodePrettily);
      assertEquals("yes", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    }
  }

  @Test
  void areHandedOverByANodeThatStops() {
    files = time -> AWAY;
    TestNode first = node();
    String id = first.post("/v1/tasks", task()).json().getString("id");
    asked.await(1);
    try (TestNode second = first.again()) {
      TestStore.await(first.stop());
      files = time -> FILE;
      JsonObject task = second.ended(id);
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(1, task.getJsonArray("attempts").size());
      assertEquals(1, submits.all().size());
    }
  }
}
