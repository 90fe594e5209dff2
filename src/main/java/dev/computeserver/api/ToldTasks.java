package dev.computeserver.api;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskQueries.Seen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Whole tasks for those who hear of them otherwise than by HTTP's answers: big ones are read within the node's memory, in turn, and what is
 * made of them waits for its receiver within a memory of its own. Fails with {@link ByteBudget.Exhausted} where there is none in time.
 */
public final class ToldTasks {
  /** Of the heap: what receivers have not taken yet. */
  private static final double FOR_SENDING = 0.05;
  /** What is not longer needs no share. */
  private static final long SMALL = 64 * 1024;
  /** As it comes from the database, as text, as values and as what is made of it; and twice that while it is sent. */
  private static final int COPIES_READ = 8;
  private static final int COPIES_SENT = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final TaskQueries queries;
  private final TaskView view;
  private final ByteBudget memory;
  private final ByteBudget sending;

  public ToldTasks(Vertx vertx, TaskQueries queries, TaskView view, ByteBudget memory) {
    this(vertx, queries, view, memory, ByteBudget.ofHeap(FOR_SENDING));
  }

  ToldTasks(Vertx vertx, TaskQueries queries, TaskView view, ByteBudget memory, ByteBudget sending) {
    this.vertx = vertx;
    this.queries = queries;
    this.view = view;
    this.memory = memory;
    this.sending = sending;
  }

  /** What {@code writing} makes of a task, or of nothing where there is none; of a big one beside the event loop. */
  <W> Future<W> read(UUID id, Function<Optional<JsonObject>, W> writing) {
    return queries.look(id).compose(seen -> read(seen, writing));
  }

  /** Has that sent; its memory is given back when it is. */
  public <W, T> Future<T> tell(UUID id, Function<Optional<JsonObject>, W> writing, Function<W, Future<T>> send) {
    return queries.look(id).compose(seen -> within(sending, COPIES_SENT, seen, () -> read(seen, writing).compose(send)));
  }

  private <W> Future<W> read(Optional<Seen> seen, Function<Optional<JsonObject>, W> writing) {
    return within(memory, COPIES_READ, seen, () -> task(seen).compose(found -> view.whole(found.stream().toList())).compose(views -> {
      boolean big = seen.filter(Seen::isBig).isPresent();
      Optional<JsonObject> whole = views.stream().findFirst();
      return big ? vertx.executeBlocking(() -> writing.apply(whole), false) : Future.succeededFuture(whole).map(writing);
    }));
  }

  private Future<Optional<Task>> task(Optional<Seen> seen) {
    return seen.filter(Seen::isBig).isPresent() ? queries.find(seen.get().id()) : Future.succeededFuture(seen.map(Seen::small));
  }

  private <T> Future<T> within(ByteBudget budget, int copies, Optional<Seen> seen, Supplier<Future<T>> work) {
    long bytes = seen.map(Seen::bytes).orElse(0L);
    return bytes <= SMALL ? work.get() : budget.take(vertx, Math.min(budget.total(), copies * bytes), PATIENCE)
        .compose(share -> Future.succeededFuture().compose(taken -> work.get()).onComplete(done -> share.close()));
  }
}
