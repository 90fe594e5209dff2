package dev.computeserver.api;

import dev.computeserver.live.LiveHub;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;

/** For probes: whether the process lives, and whether it can serve. */
final class HealthRoutes {
  private static final long PATIENCE_MILLIS = 2_000;

  private final ApiParts parts;
  private final LiveHub hub;

  HealthRoutes(ApiParts parts, LiveHub hub) {
    this.parts = parts;
    this.hub = hub;
  }

  void mount(Router router) {
    router.get("/health/live").handler(context -> Answers.json(context, 200, new JsonObject().put("status", "up")));
    router.get("/health/ready").handler(this::ready);
  }

  /** Without Redis tasks go on, and its subscribers are told later: no reason to take the node out. */
  private void ready(RoutingContext context) {
    parts.log().horizon().timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).onComplete(asked -> {
      boolean feed = hub.end() >= 0;
      boolean draining = parts.draining().getAsBoolean();
      boolean ready = asked.succeeded() && feed && !draining;
      Answers.json(context, ready ? 200 : 503, new JsonObject()
          .put("status", ready ? "up" : draining ? "draining" : "down")
          .put("postgres", asked.succeeded() ? "up" : "down")
          .put("redis", parts.redis().connected() ? "up" : "down")
          .put("events", feed ? "up" : "starting"));
    });
  }
}
