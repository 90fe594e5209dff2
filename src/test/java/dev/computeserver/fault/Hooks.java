package dev.computeserver.fault;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A receiver of webhooks that refuses one call of ten, and remembers which tasks it was told the end of. */
final class Hooks {
  final Set<String> told = ConcurrentHashMap.newKeySet();
  /** How often each delivery arrived. */
  final Map<String, Integer> deliveries = new ConcurrentHashMap<>();
  private final HttpServer server;
  private final String host;

  Hooks(Vertx vertx, String host, long seed) throws Exception {
    Random random = new Random(seed + 13);
    this.host = host;
    server = vertx.createHttpServer().requestHandler(request -> request.body().onSuccess(body -> {
      if (random.nextInt(10) == 0) {
        request.response().setStatusCode(500).end();
        return;
      }
      JsonObject data = body.toJsonObject().getJsonObject("data");
      deliveries.merge(request.getHeader("webhook-id"), 1, Integer::sum);
      if (Set.of("completed", "failed", "cancelled").contains(data.getString("status"))) {
        told.add(data.getString("task_id"));
      }
      request.response().setStatusCode(204).end();
    })).listen(0, host).await(10, TimeUnit.SECONDS);
  }

  String url() {
    return "http://" + host + ":" + server.actualPort() + "/hook";
  }
}
