package dev.computeserver.api;

import dev.computeserver.api.Problem.Fault;
import dev.computeserver.inbound.Bodies;
import dev.computeserver.live.LiveHub;
import dev.computeserver.routing.RouterVerticle;
import dev.computeserver.routing.RouterVerticle.Submit;
import dev.computeserver.routing.RouterVerticle.Submitted;
import dev.computeserver.routing.RouterVerticle.Wanted;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;

/** {@code /v1/tasks} and what is below it, but for files. */
final class TaskRoutes {
  /** The only tenant while no keys are configured. */
  static final String TENANT = "default";

  private static final int MOST_WAIT_SECONDS = 120;
  private static final int MOST_NAME = 255;
  private static final int MOST_EVENTS = 10_000;

  private final Vertx vertx;
  private final ApiParts parts;
  private final LiveHub hub;
  private final RequestReader reader;
  private final TaskView view;

  TaskRoutes(Vertx vertx, ApiParts parts, LiveHub hub, RequestReader reader) {
    this.vertx = vertx;
    this.parts = parts;
    this.hub = hub;
    this.reader = reader;
    this.view = new TaskView(parts.queries(), parts.log());
  }

  void mount(Router router) {
    router.post("/v1/tasks").handler(this::create);
    router.post("/v1/tasks/batch").handler(this::createBatch);
    router.get("/v1/tasks").handler(this::list);
    router.get("/v1/tasks/:id").handler(this::get);
    router.post("/v1/tasks/:id/cancel").handler(this::cancel);
    router.post("/v1/tasks/:id/retry").handler(this::retry);
    router.get("/v1/tasks/:id/events").handler(this::events);
    router.get("/v1/tasks/:id/webhooks").handler(this::webhooks);
    router.post("/v1/tasks/:id/webhooks/:delivery/redeliver").handler(this::redeliver);
  }

  private void create(RoutingContext context) {
    Buffer body = context.body().buffer();
    accept(context, body, () -> List.of(reader.one(body))).onComplete(views -> {
      JsonObject task = views.get(0);
      context.response().putHeader("Location", "/v1/tasks/" + task.getString("id"));
      Answers.json(context, replayed(context) ? 200 : 202, task);
    }, failure -> Answers.failure(context, failure));
  }

  private void createBatch(RoutingContext context) {
    Buffer body = context.body().buffer();
    accept(context, body, () -> reader.batch(body)).onComplete(
        views -> Answers.json(context, replayed(context) ? 200 : 202, new JsonObject().put("tasks", new JsonArray(views))),
        failure -> Answers.failure(context, failure));
  }

  private Future<List<JsonObject>> accept(RoutingContext context, Buffer body, Callable<List<Wanted>> read) {
    List<String> keys = context.request().headers().getAll("Idempotency-Key");
    if (keys.size() > 1) {
      throw Problem.invalid(List.of(Fault.parameter("Idempotency-Key", "must not come twice")));
    }
    String key = keys.isEmpty() ? null : keys.get(0);
    checkName("Idempotency-Key", key);
    String path = context.request().path();
    return Large.read(vertx, body.length(), () -> new Submit(TENANT, read.call(), key, key == null ? null : MeaningHash.of(path, body)))
        .compose(submit -> parts.submit(submit).compose(submitted -> answer(context, submitted, submit.tasks().size())));
  }

  /** Refuses what cannot serve as a key or a tenant's name; null is none. */
  static void checkName(String where, String name) {
    if (name != null && (name.isBlank() || name.length() > MOST_NAME || name.indexOf('\u0000') >= 0)) {
      throw Problem.invalid(List.of(Fault.parameter(where, "must have 1 to " + MOST_NAME + " characters, none of them U+0000")));
    }
  }

  private Future<List<JsonObject>> answer(RoutingContext context, Submitted submitted, int size) {
    if (submitted.refused() != null) {
      return Future.failedFuture(problem(submitted.refused(), size));
    }
    if (submitted.replayed().isEmpty()) {
      return Future.succeededFuture(submitted.tasks().stream().map(TaskView::fresh).toList());
    }
    context.response().putHeader("Idempotency-Replayed", "true");
    // What was accepted is read in the place of the body, which nobody needs any more; there may be no room for both.
    Bodies.done(context);
    return parts.queries().bytes(submitted.replayed()).compose(bytes -> Outgoing.room(context, bytes))
        .compose(room -> parts.queries().find(submitted.replayed())).compose(view::whole);
  }

  static Problem problem(RouterVerticle.Refused refused, int size) {
    String which = size > 1 ? "/tasks/" + refused.index() + ": " : "";
    return switch (refused.why()) {
      case NO_PROVIDER -> Problem.of(409, "No provider", which + refused.detail());
      case INVALID -> Problem.invalid(refused.faults().stream()
          .map(fault -> Problem.Fault.at((size > 1 ? "/tasks/" + fault.index() : "") + fault.pointer(), fault.detail())).toList());
      case KEY_REUSED -> Problem.of(422, "Idempotency-Key used before", refused.detail());
      case STORE_OUT -> Problem.unavailable(refused.detail());
      case NOT_STORABLE -> Problem.of(422, "Invalid values", refused.detail());
    };
  }

  private static boolean replayed(RoutingContext context) {
    return context.response().headers().contains("Idempotency-Replayed");
  }

  private void get(RoutingContext context) {
    UUID id = id(context);
    int wait = QueryParameters.of(context).only("wait_seconds").whole("wait_seconds", 0, 0, MOST_WAIT_SECONDS);
    if (wait == 0) {
      show(context, 200, id);
      return;
    }
    Future<Boolean> ended = hub.ended(id, wait * 1_000L, vertx,
        () -> seen(id).map(seen -> TaskStatus.terminal(seen.state().statusWord())));
    ended.onComplete(any -> show(context, 200, id), failure -> Answers.failure(context, failure));
  }

  private void list(RoutingContext context) {
    TaskListQuery query = TaskListQuery.of(context);
    parts.queries().list(TENANT, query.filter(), query.before(), query.limit(), bytes -> Outgoing.room(context, bytes)).compose(page -> {
      List<Task> tasks = page.tasks();
      String cursor = page.more() ? TaskListQuery.cursor(tasks.get(tasks.size() - 1).id()) : null;
      return view.whole(tasks).map(views -> new JsonObject().put("tasks", new JsonArray(views)).put("next_cursor", cursor));
    }).onComplete(body -> Answers.json(context, 200, body), failure -> Answers.failure(context, failure));
  }

  private void cancel(RoutingContext context) {
    UUID id = id(context);
    known(id).compose(known -> parts.control().cancel(id)).onComplete(cancelled -> {
      if (cancelled) {
        show(context, 202, id);
      } else {
        Answers.failure(context, Problem.of(409, "Not possible now", "the task has ended; it cannot be cancelled any more"));
      }
    }, failure -> Answers.failure(context, failure));
  }

  private void retry(RoutingContext context) {
    UUID id = id(context);
    // Whether a provider takes it is decided by its input.
    Future<Task> known = seen(id).compose(seen -> Outgoing.room(context, seen.bytes())).compose(room -> known(id));
    known.compose(any -> parts.control().retry(id)).onComplete(retried -> {
      Outgoing.letGo(context);
      switch (retried) {
        case QUEUED -> show(context, 202, id);
        case NO_PROVIDER -> Answers.failure(context, Problem.of(409, "No provider", "no configured provider can run the task now"));
        default -> Answers.failure(context, Problem.of(409, "Not possible now", "only a failed or cancelled task can be retried"));
      }
    }, failure -> Answers.failure(context, failure));
  }

  private void events(RoutingContext context) {
    UUID id = id(context);
    int after = QueryParameters.of(context).only("cursor").whole("cursor", 0, 0, 999_999_999);
    known(id).compose(known -> parts.log().bytesOfTask(id, after, MOST_EVENTS + 1))
        .compose(bytes -> Outgoing.room(context, bytes)).compose(room -> parts.log().ofTask(id, after, MOST_EVENTS + 1)).onComplete(events -> {
      boolean more = events.size() > MOST_EVENTS;
      List<TaskEvent> page = more ? events.subList(0, MOST_EVENTS) : events;
      Answers.json(context, 200, new JsonObject().put("events", new JsonArray(page.stream().map(TaskEvent::toJson).toList()))
          .put("next_cursor", more ? String.valueOf(page.get(MOST_EVENTS - 1).seq()) : null));
    }, failure -> Answers.failure(context, failure));
  }

  private void webhooks(RoutingContext context) {
    UUID id = id(context);
    QueryParameters.of(context).only();
    known(id).compose(known -> parts.webhooks().bytes(id)).compose(bytes -> Outgoing.room(context, bytes))
        .compose(room -> parts.webhooks().list(id)).onComplete(
        deliveries -> Answers.json(context, 200, new JsonObject().put("webhooks", new JsonArray(deliveries))),
        failure -> Answers.failure(context, failure));
  }

  private void redeliver(RoutingContext context) {
    UUID id = id(context);
    UUID delivery = TaskId.parse(context.pathParam("delivery"))
        .orElseThrow(() -> Problem.notFound("there is no such webhook delivery"));
    known(id).compose(known -> parts.webhooks().redeliver(id, delivery)).onComplete(found -> {
      if (found) {
        Answers.json(context, 202, new JsonObject().put("id", delivery.toString()).put("status", "pending"));
      } else {
        Answers.failure(context, Problem.notFound("there is no such webhook delivery of this task"));
      }
    }, failure -> Answers.failure(context, failure));
  }

  private void show(RoutingContext context, int status, UUID id) {
    seen(id).compose(seen -> seen.isBig() ? Outgoing.room(context, seen.bytes()).compose(room -> task(id)) : shown(seen.small()))
        .compose(task -> view.whole(List.of(task))).onComplete(
        views -> Answers.json(context, status, views.get(0)),
        failure -> Answers.failure(context, failure));
  }

  private Future<TaskQueries.Seen> seen(UUID id) {
    return parts.queries().look(id).map(seen -> seen.orElseThrow(() -> Problem.notFound("there is no task " + id)));
  }

  private static Future<Task> shown(Task task) {
    return task.tenant().equals(TENANT) ? Future.succeededFuture(task) : Future.failedFuture(Problem.notFound("there is no task " + task.id()));
  }

  /** Done where the caller may see the task, whose input is not read for it. */
  private Future<Task> known(UUID id) {
    return seen(id).compose(seen -> seen.isBig() ? parts.queries().findWithoutInput(seen)
        .map(found -> found.orElseThrow(() -> Problem.notFound("there is no task " + id))) : Future.succeededFuture(seen.small()))
        .compose(TaskRoutes::shown);
  }

  /** The task, where the caller may see it. */
  private Future<Task> task(UUID id) {
    return parts.queries().find(id).map(found -> found.filter(task -> task.tenant().equals(TENANT))
        .orElseThrow(() -> Problem.notFound("there is no task " + id)));
  }

  static UUID id(RoutingContext context) {
    String text = context.pathParam("id");
    return TaskId.parse(text).orElseThrow(() -> Problem.notFound("there is no task with that id; an id is a UUID"));
  }
}
