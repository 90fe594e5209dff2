package dev.computeserver.provider;

import dev.computeserver.media.FileCheck;
import dev.computeserver.provider.Fetching.Fetched;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Output;
import dev.computeserver.task.Phase;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** An attempt's way from a result that the provider has made, and charges, to files in our store and the end of the task. */
final class Storing {
  private final Desk desk;
  private final Attempt attempt;
  private final OwnedTask task;
  private final Sender sender;
  private final Promise<Void> over = Promise.promise();
  private boolean begun;

  Storing(Desk desk, Attempt attempt, OwnedTask task, Sender sender) {
    this.desk = desk;
    this.attempt = attempt;
    this.task = task;
    this.sender = sender;
  }

  /** Ends when the task is over, or given to its next owner. */
  Future<Void> store(Step.Done done, ProviderProcessor processor) {
    begun = true;
    task.made(done.media().size());
    boolean links = !done.media().isEmpty() && done.media().stream().noneMatch(Media::here);
    Future<Void> committed = !links || task.state().phase() == Phase.STORING ? Future.succeededFuture()
        : task.advance(task.state().storing(Documents.document(done, task.state())));
    Supplier<Future<List<Media>>> renew = Documents.knownJob(task.state()).<Supplier<Future<List<Media>>>>map(job -> () -> renewed(processor, job))
        .orElse(null);
    return committed
        .compose(owned -> new Fetching(desk.downloads(), task.id(), task.state().fence(), check(done), done.media(), sender,
            () -> !attempt.isStopped() && !attempt.hasLeft(), renew).all())
        .compose(fetched -> fetched(fetched, done.result()))
        .onComplete(over);
  }

  private FileCheck check(Step.Done done) {
    return new FileCheck(task.present().request().capability().gives(), done.media().size() == 1);
  }

  /** The files as the job names them now: the links of before may have expired. */
  private Future<List<Media>> renewed(ProviderProcessor processor, Job job) {
    Promise<List<Media>> files = Promise.promise();
    new Look(processor, sender).at(job, seen -> {
      if (!(seen instanceof Look.Told told && told.step() instanceof Step.Done again)) {
        return Future.<Void>failedFuture("the provider does not tell its result again");
      }
      task.made(again.media().size());
      files.complete(again.media());
      // What is in the reply itself stays in memory until it is stored.
      return again.media().stream().anyMatch(Media::here) ? over.future() : Future.<Void>succeededFuture();
    }).onFailure(files::tryFail);
    return files.future();
  }

  private Future<Void> fetched(Fetched fetched, JsonObject result) {
    List<Output> outputs = fetched.outputs();
    // Its next owner asks for the files again, or for the result that holds them.
    boolean goesOn = fetched.givenUp() && attempt.isStopped() && task.state().phase() != Phase.SUBMITTING;
    if (goesOn || outputs.isEmpty() && !fetched.missing().isEmpty()) {
      desk.downloads().remove(outputs);
      return goesOn ? attempt.release() : attempt.fail(new Step.Failed(fetched.empty() ? Code.PROVIDER_FAILED : Code.OUTPUT_UNAVAILABLE,
          fetched.words(), false, null, Charged.YES), true);
    }
    Optional<Step.Failed> missing = fetched.missing().isEmpty() ? Optional.empty()
        : Optional.of(new Step.Failed(Code.OUTPUT_UNAVAILABLE, fetched.words(), false, null, Charged.YES));
    return attempt.left(task.complete(outputs, result, missing.map(attempt::error).orElse(null)))
        .onFailure(failure -> notCompleted(outputs, failure));
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

  /** Whether there is a result. */
  boolean hasBegun() {
    return begun;
  }
}
