package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.RawHttp;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Big tasks that are read again, while something else has the node's memory. */
class RoomForAnswersTest {
  private static final String POST = "POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_HTTP_INSTANCES", "1", "COMPUTE_HTTP_MAX_BODY_BYTES", "1073741824", "COMPUTE_NODE_MEMORY_PERCENT", "5"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  /** As many bytes as a body may have that is alone. */
  private static int longest() {
    try (RawHttp http = new RawHttp(node.port())) {
      String refused = http.send(POST + "Content-Length: 1073741824\r\n\r\n").answer();
      Matcher longest = Pattern.compile("longer than (\\d+) bytes \\(as node\\.memory_percent").matcher(refused);
      assertTrue(longest.find(), refused);
      return Integer.parseInt(longest.group(1));
    }
  }

  private static JsonObject big(int bytes) {
    return TestNode.picture(0, new JsonObject().put("many", "x".repeat(bytes))).put("delay_seconds", 3_600);
  }

  private static ReplyException failure(String address, JsonObject message) {
    return TestStore.await(node.vertx.eventBus().request(address, message).map(reply -> (ReplyException) null)
        .otherwise(failure -> (ReplyException) failure));
  }

  @Test
  void aRepeatARetryAndTheBusWaitForRoomAndAreToldThatThereIsNone() {
    int longest = longest();
    JsonObject task = big(longest / 5);
    TestNode.Answer first = node.post("/v1/tasks", task, "Idempotency-Key", "big");
    assertEquals(202, first.status());
    String id = first.json().getString("id");
    try (RawHttp other = new RawHttp(node.port())) {
      other.send(POST + "Content-Length: " + (longest / 10 * 6) + "\r\nExpect: 100-continue\r\n\r\n");
      assertTrue(other.answer().startsWith("HTTP/1.1 100 "));
      TestNode.Answer refused = node.post("/v1/tasks", task, "Idempotency-Key", "big");
      assertEquals(503, refused.status());
      assertEquals("there is no memory for this answer now; send the request again later", refused.json().getString("detail"));
      assertEquals("2", refused.header("Retry-After"));
      ReplyException busy = failure("compute.tasks.get", new JsonObject().put("id", id));
      assertEquals(503, busy.failureCode(), busy.getMessage());
      assertEquals(503, node.post("/v1/tasks/" + id + "/retry", "").status());
      assertEquals(200, node.get("/v1/tasks/" + id + "/events").status(), "what is small is served");
    }
    TestNode.Answer again = node.post("/v1/tasks", task, "Idempotency-Key", "big");
    assertEquals(200, again.status());
    assertEquals(id, again.json().getString("id"));
    assertEquals(null, failure("compute.tasks.get", new JsonObject().put("id", id)));
    assertEquals(409, node.post("/v1/tasks/" + id + "/retry", "").status());
    assertEquals(202, node.post("/v1/tasks/" + id + "/cancel", "").status());
    assertEquals(202, node.post("/v1/tasks/" + id + "/retry", "").status());
  }
}
