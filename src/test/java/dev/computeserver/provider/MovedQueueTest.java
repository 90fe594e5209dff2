package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tasks whose queue is not their provider's any more, or nobody's. */
class MovedQueueTest {

  @Test
  void aTaskFollowsItsProviderToAnotherQueue() {
    TestNode first = new TestNode(Map.of("COMPUTE_NODE_ROLES", "api,router"));
    JsonObject task = first.post("/v1/tasks", TestNode.picture(0, new JsonObject())).json();
    assertEquals("fal_queue", task.getString("queue"));
    first.close();
    try (TestNode second = new TestNode(Vertx.vertx(), Map.of("COMPUTE_PROVIDERS_FAL_STANDARD_QUEUE", "luma_queue"), first.database)) {
      JsonObject ended = second.ended(task.getString("id"));
      assertEquals("completed", ended.getString("status"), ended::encodePrettily);
      assertEquals("luma_queue", ended.getString("queue"));
      assertEquals(1, ended.getJsonArray("attempts").size());
    }
  }

  @Test
  void aRunningTaskThatNobodyGoesOnWithEndsAfterItsDeadline() {
    try (TestNode node = new TestNode(Map.of())) {
      String id = node.post("/v1/tasks", TestNode.picture(0, new JsonObject()).put("delay_seconds", 3_600)).json().getString("id");
      TestServers.execute(node.database, "UPDATE task SET status = 'processing', phase = 'submitted', queue = 'gone_queue', attempt = 1,"
          + " external_id = 'job-1', deadline_at = now() - interval '2 minutes'");
      JsonObject task = node.ended(id);
      assertEquals("failed", task.getString("status"));
      assertEquals("deadline_exceeded", task.getJsonObject("error").getString("code"));
      assertTrue(task.getJsonObject("error").getString("message").contains("gone_queue"), task::encodePrettily);
      assertEquals("unknown", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
      assertEquals("job-1", task.getJsonArray("attempts").getJsonObject(0).getString("external_id"));
    }
  }
}
