package dev.computeserver.support;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.db.Database;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.Membership;
import dev.computeserver.task.Route;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskRequest;
import dev.computeserver.task.TaskState;
import dev.computeserver.task.TaskStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A store on a database of its own, with what tests do to it again and again. */
public final class TestStore implements AutoCloseable {
  public static final TaskState.Place FAL = new TaskState.Place(ProviderType.FAL_STANDARD, "fal-ai/flux/dev", "fal_queue");
  public static final Route ROUTE = new Route(false, List.of(new Route.Candidate("fal_standard", "fal-ai/flux/dev")), List.of());
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  public final String uri = TestServers.migratedDatabase();
  public final Vertx vertx;
  public final Database database;
  public final TaskQueries queries;
  public final EventLog log;
  /** What the store has told its listener, in the order of telling. */
  public final List<TaskEvent.Batch> told = Collections.synchronizedList(new ArrayList<>());

  public TestStore(Vertx vertx) {
    this.vertx = vertx;
    database = Database.open(vertx, uri, 8, 10);
    queries = new TaskQueries(database);
    log = new EventLog(database);
  }

  /** A store as another node has it; the node is known and alive. */
  public TaskStore node(UUID id) {
    return node(id, database);
  }

  /** The same over another way to the database. */
  public TaskStore node(UUID id, Database way) {
    TaskStore store = new TaskStore(vertx, way, id, told::add);
    await(new Membership(database, id).join("test", Duration.ofMinutes(5)));
    return store;
  }

  public static TaskRequest request(String prompt) {
    return request(prompt, 0, null, null);
  }

  public static TaskRequest request(String prompt, int priority, TaskRequest.Webhook webhook, JsonObject metadata) {
    return new TaskRequest(ProviderCapability.IMAGE_GENERATION, List.of(), false, null, new JsonObject().put("prompt", prompt),
        new JsonObject(), priority, 600, 3, false, webhook, metadata);
  }

  public static TaskStore.Accept accept(TaskRequest... requests) {
    List<Task.New> tasks = new ArrayList<>();
    for (TaskRequest request : requests) {
      tasks.add(new Task.New(TaskId.next(), request, ROUTE, FAL, Instant.now()));
    }
    return new TaskStore.Accept("default", tasks, null, null);
  }

  /** A new task, claimed by the store's node. */
  public Task claimed(TaskStore store, TaskRequest request) {
    UUID id = await(store.accept(accept(request))).ids().get(0);
    if (!await(store.claim(id))) {
      throw new IllegalStateException("the new task could not be claimed");
    }
    return task(id);
  }

  /** Claims waiting tasks of fal.ai in their order. */
  public static List<UUID> claimWaiting(TaskStore store, int most) {
    return await(store.claimWaiting("fal_queue", Map.of(ProviderType.FAL_STANDARD, most), most)).stream().map(TaskStore.Claim::task).toList();
  }

  public Task task(UUID id) {
    return await(queries.find(id)).orElseThrow();
  }

  public String ask(String sql) {
    return TestServers.ask(uri, sql);
  }

  public static <T> T await(Future<T> future) {
    try {
      return future.await(90, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new AssertionError("not done within 90 s", late);
    }
  }

  @Override
  public void close() {
    await(database.close());
    TestServers.drop(uri);
  }
}
