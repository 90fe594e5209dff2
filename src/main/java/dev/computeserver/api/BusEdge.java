package dev.computeserver.api;

import dev.computeserver.async.Isolated;
import dev.computeserver.routing.RouterVerticle.Submit;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskId;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.EncodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** The public addresses of the event bus, for services inside the cluster; they speak JSON by contract. */
public final class BusEdge extends VerticleBase {
  /** Where every event is published, and after a dot and the task's id once more. */
  public static final String EVENTS = "compute.tasks.events";

  private final ApiParts parts;
  private RequestReader reader;
  private ToldTasks tasks;

  public BusEdge(ApiParts parts) {
    this.parts = parts;
  }

  @Override
  public Future<?> start() {
    reader = new RequestReader(new Schemas(), parts.settings().tasks(), parts.guard(), parts.clock());
    tasks = new ToldTasks(vertx, parts.queries(), new TaskView(parts.queries(), parts.log()), parts.memory());
    return serve("compute.tasks.submit", this::submit)
        .compose(served -> serve("compute.tasks.get", this::get))
        .compose(served -> serve("compute.tasks.cancel", this::cancel));
  }

  /** Tells events to everybody on the bus. What nobody announced may be told by several nodes, each of which has found it. */
  public static void publish(Vertx vertx, List<TaskEvent> events) {
    events.forEach(event -> Isolated.run("publishing event " + event.id(), () -> {
      JsonObject json = event.toJson();
      vertx.eventBus().publish(EVENTS, json);
      vertx.eventBus().publish(EVENTS + "." + event.taskId(), json);
    }));
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
    JsonObject body = new JsonObject(new LinkedHashMap<>(ask.getMap()));
    String named = text(body, "tenant");
    String tenant = named == null ? TaskRoutes.TENANT : named;
    String key = text(body, "idempotency_key");
    TaskRoutes.checkName("tenant", tenant);
    TaskRoutes.checkName("idempotency_key", key);
    body.remove("tenant");
    body.remove("idempotency_key");
    Buffer json = encoded(body);
    return Large.read(vertx, json.length(), () -> new Submit(tenant, List.of(reader.one(json)), key, key == null ? null : MeaningHash.of("bus", json)))
        .compose(parts::submit).compose(submitted -> {
      if (submitted.refused() != null) {
        return Future.failedFuture(TaskRoutes.problem(submitted.refused(), 1));
      }
      return submitted.replayed().isEmpty() ? Future.succeededFuture(TaskView.fresh(submitted.tasks().get(0)))
          : whole(submitted.replayed().get(0));
    });
  }

  private static String text(JsonObject body, String field) {
    Object value = body.getValue(field);
    if (value != null && !(value instanceof String)) {
      throw Problem.unreadable(field + " must be a text");
    }
    return (String) value;
  }

  /** The same bytes for the same body; throws {@link Problem} where it cannot be written as JSON, or not without changing it. */
  private Buffer encoded(JsonObject body) {
    try {
      Buffer json = body.toBuffer();
      int most = parts.settings().http().maxBodyBytes();
      if (json.length() > most) {
        throw Problem.of(413, "Content too large", "the message is longer than http.max_body_bytes, " + most + " bytes; give big inputs as URLs");
      }
      if (!isFinite(body)) {
        throw Problem.unreadable("the message holds a number that is not finite; JSON has none");
      }
      return json;
    } catch (EncodeException unwritable) {
      throw Problem.unreadable("the message cannot be written as JSON: it is nested deeper than " + ExactJson.MOST_LEVELS
          + " levels, or holds a value that JSON has no form for");
    }
  }

  private static boolean isFinite(Object value) {
    if (value instanceof JsonObject object) {
      return object.stream().allMatch(each -> isFinite(each.getValue()));
    }
    if (value instanceof JsonArray array) {
      return array.stream().allMatch(BusEdge::isFinite);
    }
    return !(value instanceof Double || value instanceof Float) || Double.isFinite(((Number) value).doubleValue());
  }

  private Future<JsonObject> get(JsonObject ask) {
    return whole(id(ask));
  }

  private Future<JsonObject> cancel(JsonObject ask) {
    UUID id = id(ask);
    return parts.queries().look(id).map(seen -> seen.orElseThrow(() -> notThere(id))).compose(known -> parts.control().cancel(id))
        .compose(cancelled -> cancelled ? whole(id)
            : Future.failedFuture(Problem.of(409, "Not possible now", "the task has ended; it cannot be cancelled any more")));
  }

  private Future<JsonObject> whole(UUID id) {
    return tasks.read(id, found -> found.orElseThrow(() -> notThere(id)));
  }

  private static Problem notThere(UUID id) {
    return Problem.notFound("there is no task " + id);
  }

  private static UUID id(JsonObject ask) {
    return TaskId.parse(ask.getString("id")).orElseThrow(() -> Problem.invalid(List.of(Problem.Fault.at("/id", "must be a task's id"))));
  }
}
