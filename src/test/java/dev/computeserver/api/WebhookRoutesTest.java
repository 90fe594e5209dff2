package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A task's webhook deliveries as clients see them. */
class WebhookRoutesTest {
  private static final Signals<JsonObject> HEARD = new Signals<>();
  private static TestNode node;
  private static String receiver;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_GUARD_ALLOW_PRIVATE", "true"));
    HttpServer server = TestStore.await(node.vertx.createHttpServer().requestHandler(request -> request.body().onSuccess(body -> {
      request.response().setStatusCode(204).end();
      HEARD.accept(body.toJsonObject().put("webhook-id", request.getHeader("webhook-id")));
    })).listen(0, "127.0.0.1"));
    receiver = "http://127.0.0.1:" + server.actualPort() + "/hook";
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String task() {
    JsonObject webhook = new JsonObject().put("url", receiver).put("events", new JsonArray().add("completed"));
    return node.run(TestNode.picture(0, new JsonObject()).put("webhook", webhook)).getString("id");
  }

  private static List<JsonObject> heardOf(String task, int amount) {
    return of(task, HEARD.await(all -> of(task, all).size() >= amount));
  }

  private static List<JsonObject> of(String task, List<JsonObject> all) {
    return all.stream().filter(each -> task.equals(each.getJsonObject("data").getString("task_id"))).toList();
  }

  /** Asking over HTTP is itself the wait: a try is written down after the receiver has answered it. */
  private static JsonObject delivered(String task) {
    JsonObject delivery = new JsonObject();
    for (int asked = 0; asked < 5_000 && !"delivered".equals(delivery.getString("status")); asked++) {
      delivery = node.get("/v1/tasks/" + task + "/webhooks").json().getJsonArray("webhooks").getJsonObject(0);
    }
    assertEquals("delivered", delivery.getString("status"), delivery::encodePrettily);
    return delivery;
  }

  @Test
  void aDeliveryIsListedWithItsTriesAndSentAgainWhenAskedTo() {
    String task = task();
    JsonObject first = heardOf(task, 1).get(0);
    JsonObject delivery = delivered(task);
    assertEquals(first.getString("webhook-id"), delivery.getString("id"));
    assertEquals(204, delivery.getJsonArray("tries").getJsonObject(0).getInteger("http_status"));

    TestNode.Answer asked = node.post("/v1/tasks/" + task + "/webhooks/" + delivery.getString("id") + "/redeliver", "");
    assertEquals(202, asked.status());
    List<JsonObject> both = heardOf(task, 2);
    assertEquals(2, both.size());
    assertEquals(first.getString("webhook-id"), both.get(1).getString("webhook-id"));
  }

  @Test
  void whatIsNotThereIsNotFound() {
    String task = task();
    String delivery = heardOf(task, 1).get(0).getString("webhook-id");
    String unknown = "01a205d0-e654-7000-89a6-bcc72785beac";
    for (String path : List.of("/v1/tasks/" + task + "/webhooks/" + unknown, "/v1/tasks/" + unknown + "/webhooks/" + delivery,
        "/v1/tasks/" + task + "/webhooks/none")) {
      TestNode.Answer answer = node.post(path + "/redeliver", "");
      assertEquals(404, answer.status(), path);
      assertTrue(answer.json().getString("detail").contains("no such") || answer.json().getString("detail").contains("no task"),
          answer.json()::encode);
    }
    assertEquals(404, node.get("/v1/tasks/" + unknown + "/webhooks").status());
  }
}
