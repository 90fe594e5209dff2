package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Output;
import dev.computeserver.task.Phase;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.Future;
import java.util.List;

/** An attempt's way from a result that the provider has made, and charges, to files in our store and the end of the task. */
final class Storing {
  private final Desk desk;
  private final Attempt attempt;
  private final OwnedTask task;
  private final Sender sender;
  private boolean begun;

  Storing(Desk desk, Attempt attempt, OwnedTask task, Sender sender) {
    this.desk = desk;
    this.attempt = attempt;
    this.task = task;
    this.sender = sender;
  }

  /** Ends when the task is over, or given to its next owner. */
  Future<Void> store(Step.Done done) {
    begun = true;
    task.made(done.media().size());
    boolean inline = done.media().stream().anyMatch(Media::here);
    boolean direct = done.media().isEmpty() || inline || task.state().phase() == Phase.STORING;
    Future<Void> committed = direct ? Future.succeededFuture() : task.advance(task.state().storing(Documents.document(done)));
    return committed
        .compose(owned -> desk.downloads().fetch(task.id(), task.state().fence(), done.media(), sender,
            () -> !attempt.isStopped() && !attempt.hasLeft()))
        .compose(outputs -> attempt.left(task.complete(outputs, done.result()))
            .onFailure(failure -> notCompleted(outputs, failure)), this::notStored);
  }

  /** A write that is refused stays so: nothing will ever name these files, unless a flow of the same owner has completed with them before. */
  private void notCompleted(List<Output> outputs, Throwable failure) {
    if (failure instanceof OwnedTask.NotOurs && !outputs.isEmpty()) {
      desk.queries().find(task.id()).onSuccess(found -> {
        List<String> named = found.stream().flatMap(present -> present.outputs().stream()).map(Output::key).toList();
        desk.downloads().remove(outputs.stream().filter(output -> !named.contains(output.key())).toList());
      });
    }
  }

  private Future<Void> notStored(Throwable failure) {
    if (!(failure instanceof Downloads.Unavailable gone)) {
      return Future.failedFuture(failure);
    }
    return attempt.isStopped() && task.state().phase() == Phase.STORING ? attempt.release()
        : attempt.fail(new Step.Failed(Code.OUTPUT_UNAVAILABLE, gone.getMessage(), false, null, Charged.YES), true);
  }

  /** Whether there is a result. */
  boolean hasBegun() {
    return begun;
  }
}
