package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A result of several files of which some are bad, and links that have expired. */
class OddOutputsTest {
  private static final Behaviour FILE = reply(200, "image/png", Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0}));

  private final Vertx vertx = Vertx.vertx();
  private final Signals<Seen> files = new Signals<>();
  private final Signals<Seen> results = new Signals<>();
  private final FakeProvider fal = new FakeProvider(vertx, this::script);
  private volatile Function<Seen, Behaviour> file = seen -> FILE;
  private volatile JsonArray images = new JsonArray();

  @AfterEach
  void stop() {
    fal.close();
    TestStore.await(vertx.close());
  }

  private Behaviour script(Seen seen) {
    String link = fal.baseUrl() + "/fal-ai/flux/requests/job-1";
    if (seen.elsewhere()) {
      files.accept(seen);
      return file.apply(seen);
    }
    if (seen.method().equals("POST")) {
      return reply(200, new JsonObject().put("request_id", "job-1").put("status_url", link + "/status").put("response_url", link)
          .put("cancel_url", link + "/cancel").encode());
    }
    if (seen.path().endsWith("/status")) {
      return reply(200, "{\"status\":\"COMPLETED\"}");
    }
    results.accept(seen);
    return reply(200, new JsonObject().put("images", images).encode());
  }

  private JsonObject link(String path) {
    return new JsonObject().put("url", fal.elsewhere() + path);
  }

  private TestNode node() {
    return node("60");
  }

  private TestNode node(String seconds) {
    return new TestNode(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl(), "COMPUTE_OUTPUTS_TIMEOUT_SECONDS", seconds));
  }

  private static JsonObject task() {
    return new JsonObject().put("capability", "image_generation").put("provider", "fal_standard").put("max_attempts", 1)
        .put("input", new JsonObject().put("prompt", "a red fox").put("num_outputs", 3));
  }

  @Test
  void badOnesCostTheGoodOnesNothingAndAreNamed() {
    images = new JsonArray().addNull().add(link("/fox.png")).add(link("/gone.png"));
    file = seen -> seen.path().equals("/fox.png") ? FILE : reply(404, "");
    try (TestNode node = node("2")) {
      JsonObject task = node.run(task());
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertNull(task.getJsonObject("error"), task::encodePrettily);
      JsonObject output = task.getJsonArray("outputs").getJsonObject(0);
      assertEquals(1, task.getJsonArray("outputs").size());
      assertEquals(1, output.getInteger("index"), "the provider's own number");
      assertEquals(200, node.get(output.getString("url")).status());
      JsonObject attempt = task.getJsonArray("attempts").getJsonObject(0);
      assertEquals("yes", attempt.getString("charged"));
      assertEquals("output_unavailable", attempt.getJsonObject("error").getString("code"));
      String words = attempt.getJsonObject("error").getString("message");
      assertTrue(words.contains("output 0 of 3: ") && words.contains("output 2 of 3: the link answered 404"), words);
    }
  }

  @Test
  void allBadIsTheProvidersFailureWhereTheResultItselfIsEmpty() {
    images = new JsonArray().addNull().add(new JsonObject().put("url", "data:image/png;base64,"));
    try (TestNode node = node()) {
      JsonObject task = node.run(task());
      assertEquals("provider_failed", task.getJsonObject("error").getString("code"), task::encodePrettily);
      assertEquals("yes", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    }
  }

  @Test
  void linksThatHaveExpiredAreAskedForAnewAlsoByTheNextOwner() {
    images = new JsonArray().add(link("/old.png"));
    file = seen -> reply(503, "");
    TestNode first = node();
    String id = first.post("/v1/tasks", task()).json().getString("id");
    files.await(1);
    try (TestNode second = first.again()) {
      TestStore.await(first.stop());
      int asked = results.all().size();
      images = new JsonArray().add(link("/new.png"));
      file = seen -> seen.path().equals("/new.png") ? FILE : reply(403, "");
      JsonObject task = second.ended(id);
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertTrue(results.all().size() > asked);
      assertEquals(1, task.getJsonArray("attempts").size());
    }
  }

  @Test
  void linksThatAreNotReadyForAWhileAreAskedAgain() {
    List<Integer> statuses = List.of(202, 204, 403, 404, 409, 410, 418);
    statuses.forEach(status -> images.add(link("/" + status)).add(link("/" + status + "/soon")));
    file = seen -> {
      boolean ready = files.all().stream().filter(before -> before.path().equals(seen.path())).count() > 5;
      int status = Integer.parseInt(seen.path().split("/")[1]);
      return ready ? FILE : seen.path().endsWith("/soon") ? reply(status, "", "Retry-After", "1") : reply(status, "");
    };
    try (TestNode node = node()) {
      JsonObject task = node.run(task());
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(images.size(), task.getJsonArray("outputs").size(), task::encodePrettily);
    }
  }

  @Test
  void aFreshResultOfMoreFilesTakesThePlaceOfLinksThatHaveExpired() {
    images = new JsonArray().add(link("/old.png"));
    file = seen -> {
      images = new JsonArray().add(link("/new/0.png")).add(link("/new/1.png"));
      return seen.path().startsWith("/new") ? FILE : reply(403, "");
    };
    try (TestNode node = node()) {
      JsonObject task = node.run(task());
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(2, task.getJsonArray("outputs").size(), task::encodePrettily);
      assertNull(task.getJsonArray("attempts").getJsonObject(0).getJsonObject("error"), task::encodePrettily);
    }
  }

  @Test
  void aFreshResultOfFewerFilesTakesThePlaceOfLinksThatHaveExpired() {
    images = new JsonArray().add(link("/old/0.png")).add(link("/old/1.png")).add(link("/old/2.png"));
    file = seen -> {
      images = new JsonArray().add(link("/new/0.png"));
      return seen.path().startsWith("/new") ? FILE : reply(403, "");
    };
    try (TestNode node = node()) {
      JsonObject task = node.run(task());
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(1, task.getJsonArray("outputs").size(), task::encodePrettily);
      assertNull(task.getJsonArray("attempts").getJsonObject(0).getJsonObject("error"), task::encodePrettily);
    }
  }

  @Test
  void besideAStoredFileAFreshResultRenewsWhatIsTheSame() {
    images = new JsonArray().add(link("/0.png?signed=1")).add(link("/1.png?signed=1"));
    file = seen -> {
      images = new JsonArray().add(link("/1.png?signed=2"));
      return seen.uri().equals("/1.png?signed=1") ? reply(403, "") : FILE;
    };
    try (TestNode node = node()) {
      JsonObject task = node.run(task());
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(2, task.getJsonArray("outputs").size(), task::encodePrettily);
      assertEquals(List.of(), files.all().stream().filter(seen -> seen.path().equals("/0.png")).skip(1).toList(), "a stored file is not asked for again");
    }
  }

  @Test
  void whatIsNoPictureIsNotTakenForOne() {
    images = new JsonArray().add(link("/fox.png"));
    for (String words : List.of("{\"error\":\"expired\"}", "<?xml version=\"1.0\"?><Error/>")) {
      file = seen -> reply(200, "image/png", Buffer.buffer(words));
      try (TestNode node = node("1")) {
        JsonObject task = node.run(task());
        assertEquals("output_unavailable", task.getJsonObject("error").getString("code"), task::encodePrettily);
        assertTrue(task.getJsonObject("error").getString("message").contains("not an image"), task::encodePrettily);
      }
    }
  }
}
