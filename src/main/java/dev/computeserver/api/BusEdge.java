package dev.computeserver.api;

import dev.computeserver.routing.RouterVerticle.Submit;
import dev.computeserver.routing.RouterVerticle.Wanted;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskId;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** The public addresses of the event bus, for services inside the cluster; they speak JSON by contract. */
public final class BusEdge extends VerticleBase {
  /** Where every event is published, and after a dot and the task's id once more. */
  public static final String EVENTS = "compute.tasks.events";

  private final ApiParts parts;
  private RequestReader reader;
  private TaskView view;

  public BusEdge(ApiParts parts) {
    this.parts = parts;
  }

  @Override
  public Future<?> start() {
    reader = new RequestReader(new Schemas(), parts.settings().tasks(), parts.guard(), parts.clock());
    view = new TaskView(parts.queries(), parts.log());
    return serve("compute.tasks.submit", this::submit)
        .compose(served -> serve("compute.tasks.get", this::get))
        .compose(served -> serve("compute.tasks.cancel", this::cancel));
  }

  /** Tells events to everybody on the bus. What nobody announced may be told by several nodes, each of which has found it. */
  public static void publish(Vertx vertx, List<TaskEvent> events) {
    for (TaskEvent event : events) {
      JsonObject json = event.toJson();
      vertx.eventBus().publish(EVENTS, json);
      vertx.eventBus().publish(EVENTS + "." + event.taskId(), json);
    }
  }

  private Future<Void> serve(String address, Function<JsonObject, Future<JsonObject>> answer) {
    MessageConsumer<Object> consumer = vertx.eventBus().consumer(address, message -> Future.succeededFuture(message.body())
        .map(body -> {
          if (body instanceof JsonObject json) {
            return json;
          }
          throw Problem.unreadable("the message is not a JSON object");
        })
        .compose(answer)
        .onComplete(message::reply, failure -> fail(message, address, failure)));
    return consumer.completion();
  }

  private static void fail(Message<?> message, String address, Throwable failure) {
    Problem problem = Answers.problem(failure, address);
    message.fail(problem.status(), problem.getMessage());
  }

  private Future<JsonObject> submit(JsonObject ask) {
    JsonObject body = ask.copy();
    String tenant = body.getString("tenant") == null ? TaskRoutes.TENANT : body.getString("tenant");
    String key = body.getString("idempotency_key");
    TaskRoutes.checkName("tenant", tenant);
    TaskRoutes.checkName("idempotency_key", key);
    body.remove("tenant");
    body.remove("idempotency_key");
    Wanted wanted = reader.one(body.toBuffer());
    Submit submit = new Submit(tenant, List.of(wanted), key, key == null ? null : TaskRoutes.hash("bus", body.toBuffer()));
    return parts.submit(submit).compose(submitted -> {
      if (submitted.refused() != null) {
        return Future.failedFuture(TaskRoutes.problem(submitted.refused(), 1));
      }
      return submitted.replayed().isEmpty() ? Future.succeededFuture(TaskView.fresh(submitted.tasks().get(0)))
          : whole(submitted.replayed().get(0));
    });
  }

  private Future<JsonObject> get(JsonObject ask) {
    return whole(id(ask));
  }

  private Future<JsonObject> cancel(JsonObject ask) {
    UUID id = id(ask);
    return whole(id).compose(known -> parts.control().cancel(id)).compose(cancelled -> cancelled ? whole(id)
        : Future.failedFuture(Problem.of(409, "Not possible now", "the task has ended; it cannot be cancelled any more")));
  }

  private Future<JsonObject> whole(UUID id) {
    return view.whole(id).map(found -> found.orElseThrow(() -> Problem.notFound("there is no task " + id)));
  }

  private static UUID id(JsonObject ask) {
    return TaskId.parse(ask.getString("id")).orElseThrow(() -> Problem.invalid(List.of(Problem.Fault.at("/id", "must be a task's id"))));
  }
}
