package dev.computeserver.api;

import dev.computeserver.ops.Metrics;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;

/** For Prometheus: what this node counts and measures. */
final class MetricsRoutes {
  private static final long PATIENCE_MILLIS = 1_000;

  private final ApiParts parts;

  MetricsRoutes(ApiParts parts) {
    this.parts = parts;
  }

  void mount(Router router) {
    router.get("/metrics").handler(this::scrape);
  }

  /** While the store is out all else is still told. */
  private void scrape(RoutingContext context) {
    parts.backlog().fresh().timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).onComplete(counted -> {
      if (!context.response().closed()) {
        context.response().putHeader(HttpHeaders.CONTENT_TYPE, Metrics.CONTENT_TYPE);
        Outgoing.end(context, Buffer.buffer(parts.metrics().text())).onFailure(unsent -> Answers.failure(context, unsent));
      }
    });
  }
}
