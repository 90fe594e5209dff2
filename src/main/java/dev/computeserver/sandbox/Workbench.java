package dev.computeserver.sandbox;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/** What all provider sides share; {@code origin} is the sandbox's own {@code http://127.0.0.1:port}. */
record Workbench(Vertx vertx, WorkerExecutor worker, String origin, SandboxJobs jobs, FaultCounts faults,
                 FileShelf files, Callbacks callbacks, Beat beat) {

  /** Reads a JSON body, a big one on a worker; fails as {@link Submission#read} does. */
  Future<Submission> submission(Buffer body) {
    if (body.length() <= Submission.SMALL) {
      return Future.succeededFuture(body).map(Submission::read);
    }
    return worker.executeBlocking(() -> Submission.read(body), false);
  }

  /** Done when the job is over, for answers that wait for it; looks at each beat. */
  Future<Void> ended(SandboxJob job) {
    if (job.over(jobs.now())) {
      return Future.succeededFuture();
    }
    Promise<Void> ended = Promise.promise();
    Runnable look = () -> {
      if (job.over(jobs.now())) {
        ended.tryComplete();
      }
    };
    beat.add(look);
    return ended.future().onComplete(over -> beat.remove(look));
  }

  /** Reads a job's input, a big one on a worker. */
  <T> Future<T> read(SandboxJob job, Function<JsonObject, T> reader) {
    return read(worker, job, reader);
  }

  static <T> Future<T> read(WorkerExecutor worker, SandboxJob job, Function<JsonObject, T> reader) {
    if (job.inputBytes() <= Submission.SMALL) {
      return Future.succeededFuture(job).map(SandboxJob::input).map(reader);
    }
    return worker.executeBlocking(() -> reader.apply(job.input()), false);
  }
}
