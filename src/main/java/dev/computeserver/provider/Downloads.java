package dev.computeserver.provider;

import dev.computeserver.media.OutputStore;
import dev.computeserver.outbound.Redirect;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.task.Output;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Fetches the files that providers made into the output store; so many at a time, the rest waits in line. They are paid, so where
 * they cannot be had they are asked for again as long as one download may take, and a few times where the server says that there are none.
 */
final class Downloads {
  private static final int TRIES = 5;
  private static final long FIRST_PAUSE_MILLIS = 250;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final Vertx vertx;
  private final OutputStore store;
  private final Duration patience;
  private final int atOnce;
  private final ArrayDeque<Runnable> line = new ArrayDeque<>();
  private int running;

  Downloads(Vertx vertx, OutputStore store, Duration patience, int atOnce) {
    this.vertx = vertx;
    this.store = store;
    this.patience = patience;
    this.atOnce = atOnce;
  }

  /**
   * All files of a task, in order; fails with {@link Unavailable} where one cannot be had. The line is as long as there are slots.
   *
   * @param fence of the task's owner
   * @param wanted false once nothing is to be tried again
   */
  Future<List<Output>> fetch(UUID task, int fence, List<Media> media, Sender sender, BooleanSupplier wanted) {
    List<Future<Output>> files = new ArrayList<>();
    for (int i = 0; i < media.size(); i++) {
      OutputStore.Place place = new OutputStore.Place(task, fence, i);
      Media file = media.get(i);
      Deadline deadline = new Deadline();
      files.add(persistently(() -> {
        deadline.begin(patience);
        return fetch(place, file, sender);
      }, () -> wanted.getAsBoolean() && !deadline.isOver(), 1));
    }
    return Future.join(files).map(all -> files.stream().map(Future::result).toList())
        .onFailure(failure -> remove(files.stream().filter(Future::succeeded).map(Future::result).toList()));
  }

  /** Removes files that no task names. */
  void remove(List<Output> files) {
    files.forEach(file -> store.remove(file.key())
        .onFailure(failure -> QueueVerticle.LOG.debug("{} stays until its day is removed", file.key(), failure)));
  }

  private Future<Output> persistently(Supplier<Future<Output>> once, BooleanSupplier patient, int tries) {
    return inLine(once).recover(failure -> {
      if (hopeless(failure) || !patient.getAsBoolean() || failure instanceof Unavailable && tries >= TRIES) {
        return Future.failedFuture(failure instanceof Unavailable ? failure : new Unavailable(describe(failure), false));
      }
      long pause = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(tries - 1, TRIES));
      return vertx.timer(pause, TimeUnit.MILLISECONDS).compose(later -> persistently(once, patient, tries + 1));
    });
  }

  private static boolean hopeless(Throwable failure) {
    return failure instanceof UrlGuard.RefusedUrl || failure instanceof OutputStore.TooLong || failure instanceof Unavailable gone && !gone.retryable;
  }

  private Future<Output> inLine(Supplier<Future<Output>> work) {
    Promise<Output> promise = Promise.promise();
    line.add(() -> work.get().onComplete(done -> {
      running--;
      promise.handle(done);
      startNext();
    }));
    startNext();
    return promise.future();
  }

  private void startNext() {
    while (running < atOnce && !line.isEmpty()) {
      running++;
      line.poll().run();
    }
  }

  private Future<Output> fetch(OutputStore.Place place, Media media, Sender sender) {
    Future<OutputStore.Stored> stored = media.here()
        ? store.store(place, new OneBuffer(media.content()), media.contentType())
        : remote(place, media, sender, media.url(), Redirect.MOST);
    return stored.compose(file -> plausible(place.index(), file))
        .map(file -> new Output(place.index(), file.key(), file.contentType(), file.bytes(), media.width(), media.height(), file.sha256()));
  }

  private Future<OutputStore.Stored> remote(OutputStore.Place place, Media media, Sender sender, String url, int redirects) {
    Future<HttpClientRequest> opened = media.authorized() ? sender.open(url) : sender.openElsewhere(url, SILENCE);
    return opened
        .compose(request -> request.send().compose(response -> {
          Optional<String> next = redirects > 0 && media.authorized() && sender.redirectsFiles() ? Redirect.of(response) : Optional.empty();
          return next.isPresent() ? remote(place, media, sender, next.get(), redirects - 1) : take(place, media, response);
        }).timeout(patience.toMillis(), TimeUnit.MILLISECONDS).onFailure(failure -> request.reset()));
  }

  private Future<OutputStore.Stored> take(OutputStore.Place place, Media media, HttpClientResponse response) {
    if (response.statusCode() != 200) {
      // What comes of the rest of an unwanted answer is nobody's business.
      response.exceptionHandler(ignored -> { });
      int status = response.statusCode();
      String message = "the link to output " + place.index() + " answered " + status;
      boolean passing = status == 408 || status == 429 || status >= 500;
      return Future.failedFuture(passing ? new IOException(message) : new Unavailable(message, status == 404));
    }
    response.pause();
    String claimed = media.contentType() == null ? response.getHeader("Content-Type") : media.contentType();
    return store.store(place, response, claimed);
  }

  /** Nothing, or a page, is not what was made, whatever the status says: something stands before the server that has the file. */
  private Future<OutputStore.Stored> plausible(int index, OutputStore.Stored file) {
    if (file.bytes() == 0 || file.contentType().equals("text/html")) {
      return store.remove(file.key())
          .transform(removed -> Future.failedFuture(new IOException("output " + index + " is " + (file.bytes() == 0 ? "empty" : "a web page"))));
    }
    return Future.succeededFuture(file);
  }

  private static String describe(Throwable failure) {
    return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
  }

  /** Begins with the first try, which may have waited in line for long. */
  private static final class Deadline {
    private boolean begun;
    private long end;

    void begin(Duration patience) {
      end = begun ? end : System.nanoTime() + patience.toNanos();
      begun = true;
    }

    boolean isOver() {
      return System.nanoTime() - end >= 0;
    }
  }

  /** A file that is not there; a retryable one may come a little later. */
  static final class Unavailable extends RuntimeException {
    private final boolean retryable;

    Unavailable(String message, boolean retryable) {
      super(message, null, false, false);
      this.retryable = retryable;
    }
  }
}
