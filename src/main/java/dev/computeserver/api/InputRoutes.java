package dev.computeserver.api;

import dev.computeserver.media.FileType;
import dev.computeserver.task.TaskId;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Base64;
import java.util.UUID;

/** Gives a provider an input that its client sent inline, at a signed link that expires. */
final class InputRoutes {
  private final ApiParts parts;

  InputRoutes(ApiParts parts) {
    this.parts = parts;
  }

  void mount(Router router) {
    router.get("/v1/inputs/:task/:field/:until/:token").handler(this::send);
  }

  private void send(RoutingContext context) {
    UUID task = TaskId.parse(context.pathParam("task")).orElse(null);
    String field = context.pathParam("field");
    String until = context.pathParam("until");
    boolean known = task != null && until.matches("\\d{1,12}")
        && parts.tokens().fitsInput(task, field, Long.parseLong(until), context.pathParam("token"), parts.clock().instant());
    if (!known) {
      throw Problem.notFound("this link is not ours or has expired");
    }
    parts.queries().find(task).onComplete(found -> {
      String uri = found.map(each -> each.request().input().getString(field)).orElse("");
      if (!uri.startsWith("data:") || !uri.contains(";base64,")) {
        Answers.failure(context, Problem.notFound("the task has no such inline input"));
        return;
      }
      int comma = uri.indexOf(',');
      Large.read(context.vertx(), uri.length(), () -> Base64.getDecoder().decode(uri.substring(comma + 1))).onComplete(
          bytes -> context.response().putHeader("Content-Type", FileType.of(bytes, uri.substring(5, comma)))
              .putHeader("X-Content-Type-Options", "nosniff").end(Buffer.buffer(bytes)),
          malformed -> Answers.failure(context, Problem.notFound("the task's inline input is not in base64")));
    }, failure -> Answers.failure(context, failure));
  }
}
