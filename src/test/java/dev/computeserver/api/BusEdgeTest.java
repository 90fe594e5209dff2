package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The public addresses of the event bus answer as HTTP does. */
class BusEdgeTest {
  private static final String SUBMIT = "compute.tasks.submit";
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static JsonObject later() {
    return TestNode.picture(0, new JsonObject()).put("delay_seconds", 3_600);
  }

  private static JsonObject ask(String address, Object message) {
    return TestStore.await(node.vertx.eventBus().<JsonObject>request(address, message)).body();
  }

  private static ReplyException failure(String address, Object message) {
    return TestStore.await(node.vertx.eventBus().request(address, message).map(reply -> (ReplyException) null)
        .otherwise(failure -> (ReplyException) failure));
  }

  private static void fails(int code, String address, Object message) {
    ReplyException failure = failure(address, message);
    assertEquals(code, failure.failureCode(), failure.getMessage());
  }

  @Test
  void aFailureHasTheCodeAndTheDetailThatHttpGives() {
    JsonObject unknown = later().put("foo", 1);
    ReplyException failure = failure(SUBMIT, unknown);
    TestNode.Answer answer = node.post("/v1/tasks", unknown);
    assertEquals(answer.status(), failure.failureCode());
    assertEquals(answer.json().getString("detail"), failure.getMessage());
    assertTrue(failure.getMessage().contains("/foo"), failure.getMessage());
  }

  @Test
  void severalFaultsAreNamedInTheDetailAndNoTenantIsTheUsualOne() {
    ReplyException failure = failure(SUBMIT, later().put("foo", 1).put("bar", 2));
    assertEquals(422, failure.failureCode());
    assertTrue(failure.getMessage().contains("/foo") && failure.getMessage().contains("/bar"), failure.getMessage());
    assertEquals("queued", ask(SUBMIT, later().putNull("tenant")).getString("status"));
  }

  @Test
  void whatIsNoTaskIsRefused() {
    fails(400, SUBMIT, "text");
    fails(400, SUBMIT, new JsonArray());
    fails(422, SUBMIT, new JsonObject());
    fails(409, SUBMIT, new JsonObject().put("capability", "image_generation").put("provider", "anthropic")
        .put("input", new JsonObject().put("prompt", "x")));
  }

  @Test
  void whatCannotBeKeptAsItIsIsRefused() {
    fails(400, SUBMIT, later().put("metadata", new JsonObject().put("a", Double.NaN)));
    fails(400, SUBMIT, later().put("tenant", 7));
    fails(422, SUBMIT, later().put("metadata", new JsonObject().put("a", "half \ud83d")));
    JsonObject deep = new JsonObject();
    for (int i = 0; i < 100; i++) {
      deep = new JsonObject().put("a", deep);
    }
    fails(422, SUBMIT, later().put("provider_options", deep));
  }

  @Test
  void whatNamesNoTaskIsRefused() {
    for (String address : new String[] {"compute.tasks.get", "compute.tasks.cancel"}) {
      fails(400, address, "text");
      fails(422, address, new JsonObject());
      fails(422, address, new JsonObject().put("id", "x"));
      fails(404, address, new JsonObject().put("id", "01a205d0-e654-7000-89a6-bcc72785beac"));
    }
  }

  @Test
  void aRepeatUnderTheSameKeyIsTheFirstTask() {
    JsonObject first = ask(SUBMIT, later().put("idempotency_key", "bus-1"));
    assertEquals(first.getString("id"), ask(SUBMIT, later().put("idempotency_key", "bus-1")).getString("id"));
    fails(422, SUBMIT, later().put("priority", 1).put("idempotency_key", "bus-1"));
  }

  @Test
  void aKeyOrTenantThatCannotBeStoredIsRefused() {
    fails(422, SUBMIT, later().put("idempotency_key", "a\u0000b"));
    fails(422, SUBMIT, later().put("idempotency_key", "k".repeat(10_000)));
    fails(422, SUBMIT, later().put("tenant", "a\u0000b"));
  }

  @Test
  void aTaskOfTheBusIsATaskOfHttp() {
    String id = ask(SUBMIT, TestNode.picture(0, new JsonObject())).getString("id");
    assertEquals("completed", node.ended(id).getString("status"));
    assertEquals(node.get("/v1/tasks/" + id).json(), ask("compute.tasks.get", new JsonObject().put("id", id)));
    fails(409, "compute.tasks.cancel", new JsonObject().put("id", id));
  }
}
