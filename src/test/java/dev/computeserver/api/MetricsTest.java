package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.PrometheusText;
import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a node tells Prometheus. */
class MetricsTest {
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "50", "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "50",
        "COMPUTE_TASKS_RECONCILE_SECONDS", "1"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String text() {
    TestNode.Answer answer = node.get("/metrics");
    assertEquals(200, answer.status());
    assertEquals("text/plain; version=0.0.4; charset=utf-8", answer.header("Content-Type"));
    return new String(answer.bytes(), StandardCharsets.UTF_8);
  }

  private static PrometheusText metrics() {
    return PrometheusText.of(text());
  }

  private static double events(PrometheusText metrics, String type) {
    return metrics.count("compute_task_events_total", "type", type, "provider", "fal_standard", "capability", "image_generation");
  }

  @Test
  void countersMoveWithATask() {
    PrometheusText before = metrics();
    assertEquals("completed", node.run(TestNode.picture(50, new JsonObject())).getString("status"));
    assertEquals("failed", node.run(TestNode.picture(50, new JsonObject().put("fault", "submit_422"))).getString("status"));
    PrometheusText after = metrics();
    assertEquals(2, events(after, "accepted") - events(before, "accepted"));
    assertEquals(1, events(after, "completed") - events(before, "completed"));
    assertEquals(1, events(after, "failed") - events(before, "failed"));
    String failures = "compute_task_failures_total";
    assertEquals(1, after.value(failures, "provider", "fal_standard", "code", "invalid_input")
        - before.count(failures, "provider", "fal_standard", "code", "invalid_input"));
    String requests = "compute_provider_requests_seconds_count";
    String[] good = {"provider", "fal_standard", "outcome", "ok"};
    assertTrue(after.value(requests, good) >= before.value(requests, good) + 3);
    assertEquals(1, after.value(requests, "provider", "fal_standard", "outcome", "refused")
        - before.value(requests, "provider", "fal_standard", "outcome", "refused"));
    assertTrue(after.value("compute_provider_requests_seconds_sum", good) > 0);
  }

  @Test
  void aSubmitWhoseReplyWasLostShowsItsDecision() {
    PrometheusText before = metrics();
    JsonObject wish = new JsonObject().put("fault", "submit_503");
    assertEquals("failed", node.run(TestNode.picture(50, wish)).getString("status"));
    PrometheusText after = metrics();
    String[] failed = {"provider", "fal_standard", "decision", "failed"};
    assertEquals(1, after.value("compute_unknown_submissions_total", failed) - before.value("compute_unknown_submissions_total", failed));
    assertEquals(0, after.value("compute_unknown_submissions_total", "provider", "luma", "decision", "failed"));
    assertEquals(1, after.value("compute_task_failures_total", "provider", "fal_standard", "code", "submission_unknown")
        - before.count("compute_task_failures_total", "provider", "fal_standard", "code", "submission_unknown"));
  }

  @Test
  void theStateOfTheNodeIsTold() throws Exception {
    TestNode.Answer running = node.post("/v1/tasks", TestNode.picture(60_000, new JsonObject()));
    try (LiveClient client = new LiveClient(node)) {
      client.send(LiveClient.subscribe(LiveClient.tasks(running.json().getString("id"))));
      assertTrue(client.next().containsKey("subscribed"));
      client.next();
      untilSubmitted(running.json().getString("id"));
      PrometheusText metrics = metrics();
      assertEquals(1, metrics.value("compute_live_subscriptions"));
      assertEquals(1, metrics.value("compute_queue_running", "queue", "fal_queue"));
      assertTrue(metrics.value("compute_queue_slots", "queue", "fal_queue") >= 1);
      assertEquals(1, metrics.value("compute_lease_held"));
      assertEquals(1, metrics.value("compute_redis_connected"));
      assertTrue(metrics.value("compute_uptime_seconds") > 0);
      assertTrue(metrics.value("compute_jvm_heap_used_bytes") > 1_000_000);
      assertTrue(metrics.value("compute_jvm_threads") > 5);
    } finally {
      node.post("/v1/tasks/" + running.json().getString("id") + "/cancel", "");
    }
  }

  /** Asking over HTTP is itself the wait: each answer is a look, and the number of looks is bounded. */
  private static void untilSubmitted(String id) {
    for (int looks = 0; looks < 5_000; looks++) {
      if (node.get("/v1/tasks/" + id).json().getString("external_id") != null) {
        return;
      }
    }
    throw new AssertionError("never submitted");
  }

  @Test
  void noLabelHoldsWhatAClientSent() {
    JsonObject task = node.run(TestNode.picture(0, new JsonObject()).put("model", "fal-ai/my/own-model"));
    assertEquals("failed", node.run(TestNode.picture(0, new JsonObject().put("fault", "submit_422"))).getString("status"));
    String text = text();
    assertFalse(text.contains(task.getString("id")));
    assertFalse(text.contains("own-model"));
    assertFalse(text.contains("://"));
    assertEquals(Set.of("type", "provider", "capability", "code", "outcome", "decision", "queue", "collector", "version"),
        PrometheusText.of(text).labelNames());
  }
}
