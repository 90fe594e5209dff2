package dev.computeserver.api;

import dev.computeserver.db.Faults;
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
    parts.log().ready().timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).onComplete(asked -> {
      String events = hub.end() < 0 ? "starting" : parts.feed().moves() ? "up" : "down";
      boolean draining = parts.draining().getAsBoolean();
      boolean ready = asked.succeeded() && events.equals("up") && !draining;
      JsonObject body = new JsonObject()
          .put("status", ready ? "up" : draining ? "draining" : "down")
          .put("postgres", asked.succeeded() ? "up" : "down")
          .put("redis", parts.redis().connected() ? "up" : "down")
          .put("events", events);
      Answers.json(context, ready ? 200 : 503, ready || draining ? body : body.put("reason", reason(asked.cause(), events)));
    });
  }

  private static String reason(Throwable postgres, String events) {
    if (postgres == null) {
      return events.equals("starting") ? "the node is starting" : "the node does not come further with the events of others; look at its log";
    }
    return Faults.isOutage(postgres) ? Faults.why(postgres) : "PostgreSQL refuses what the server asks; look at the server's log";
  }
}
