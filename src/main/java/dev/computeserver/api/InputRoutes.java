package dev.computeserver.api;

import dev.computeserver.media.DataUri;
import dev.computeserver.media.FileType;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskId;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
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
    parts.queries().look(task).compose(seen -> Outgoing.room(context, seen.map(TaskQueries.Seen::bytes).orElse(0L)))
        .compose(room -> parts.queries().find(task)).onComplete(found -> {
      String uri = found.map(each -> each.request().input().getString(field)).orElse("");
      if (!DataUri.is(uri)) {
        Answers.failure(context, Problem.notFound("the task has no such inline input"));
        return;
      }
      Large.read(context.vertx(), uri.length(), () -> DataUri.of(uri)).compose(inline -> Large.read(context.vertx(), uri.length(), inline::bytes)
          .compose(bytes -> {
            context.response().putHeader("Content-Type", FileType.of(bytes, inline.type())).putHeader("X-Content-Type-Options", "nosniff");
            return Outgoing.end(context, Buffer.buffer(bytes));
          }))
          .onFailure(failed -> Answers.failure(context, failed instanceof Problem ? failed : Problem.notFound("the task's inline input cannot be read")));
    }, failure -> Answers.failure(context, failure));
  }
}
