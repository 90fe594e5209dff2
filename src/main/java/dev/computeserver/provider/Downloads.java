package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.media.FileCheck;
import dev.computeserver.media.FileEnds;
import dev.computeserver.media.OutputStore;
import dev.computeserver.outbound.Redirect;
import dev.computeserver.outbound.Responses;
import dev.computeserver.outbound.RetryAfter;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.provider.Unavailable.Kind;
import dev.computeserver.task.Output;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Takes the files that providers made into the output store; so many at a time, the rest waits in line. */
final class Downloads {
  private static final int ACCEPTED = 202;
  private static final Duration SILENCE = Duration.ofSeconds(30);
  /** What a download has in memory: a piece on its way to the disk and what has come since. */
  private static final long BYTES_EACH = 512 * 1024;
  /** What fills the memory has an end by then; a download's own time has not begun. */
  private static final Duration ROOM_PATIENCE = Duration.ofMinutes(10);

  private final Vertx vertx;
  private final OutputStore store;
  private final ByteBudget memory;
  private final Duration patience;
  private final int atOnce;
  private final ArrayDeque<Runnable> line = new ArrayDeque<>();
  private int running;

  Downloads(Vertx vertx, OutputStore store, ByteBudget memory, Duration patience, int atOnce) {
    this.vertx = vertx;
    this.store = store;
    this.memory = memory;
    this.patience = patience;
    this.atOnce = atOnce;
  }

  /** How long one file is worth waiting for. */
  Duration patience() {
    return patience;
  }

  Future<Void> pause(long millis) {
    return vertx.timer(millis, TimeUnit.MILLISECONDS).mapEmpty();
  }

  /** Removes files that no task names. */
  void remove(List<Output> files) {
    files.forEach(file -> store.remove(file.key())
        .onFailure(failure -> QueueVerticle.LOG.debug("{} stays until its day is removed", file.key(), failure)));
  }

  /** Does {@code work} once it is the file's turn and there is memory to fetch it. The line is as long as there are slots. */
  <T> Future<T> inLine(Media file, Supplier<Future<T>> work) {
    Promise<T> promise = Promise.promise();
    line.add(() -> withRoom(file, work).onComplete(done -> {
      running--;
      promise.handle(done);
      startNext();
    }));
    startNext();
    return promise.future();
  }

  /** What is here has its memory already: it must not wait for others that do the same. */
  private <T> Future<T> withRoom(Media file, Supplier<Future<T>> work) {
    return file.url() == null ? work.get()
        : memory.take(vertx, BYTES_EACH, ROOM_PATIENCE).compose(room -> Future.succeededFuture().compose(now -> work.get()).onComplete(done -> room.close()));
  }

  private void startNext() {
    while (running < atOnce && !line.isEmpty()) {
      running++;
      line.poll().run();
    }
  }

  /** A file, stored; fails with {@link Unavailable}, or with whatever else kept it from coming. */
  Future<Taken> take(OutputStore.Place place, Media media, Sender sender, FileCheck check) {
    if (media.isMissing()) {
      return Future.failedFuture(new Unavailable(media.missing(), Kind.STALE));
    }
    if (!media.here()) {
      return remote(place, media, sender, check, media.url(), Redirect.MOST);
    }
    FileCheck.Finding found = check.of(FileEnds.of(media.content()), claims(media, null));
    return found.fit() == FileCheck.Fit.NO_FILE ? Future.failedFuture(new Unavailable(found.why(), Kind.STALE))
        : store.store(place, new OneBuffer(media.content()), found.contentType()).map(stored -> taken(place, media, stored, found));
  }

  private static List<String> claims(Media media, String header) {
    return Arrays.asList(media.contentType(), header).stream().filter(Objects::nonNull).toList();
  }

  private Future<Taken> remote(OutputStore.Place place, Media media, Sender sender, FileCheck check, String url, int redirects) {
    return Future.succeededFuture(url).compose(link -> open(media, sender, link))
        .recover(Downloads::refused)
        .compose(request -> request.putHeader("Accept-Encoding", "identity").send().compose(response -> {
          Optional<String> next = Redirect.of(response);
          if (next.isEmpty()) {
            return received(place, media, check, response);
          }
          return redirects > 0 ? remote(place, media, sender, check, next.get(), redirects - 1)
              : Future.failedFuture(new Unavailable("the link leads on more than " + Redirect.MOST + " times", Kind.STALE));
        }).timeout(patience.toMillis(), TimeUnit.MILLISECONDS).onFailure(failure -> request.reset()));
  }

  private static Future<HttpClientRequest> open(Media media, Sender sender, String link) {
    if (media.authorized()) {
      return sender.open(link);
    }
    // Without a host it is the provider's own, which may want the key; it goes nowhere else.
    return link.startsWith("/") ? sender.open(sender.whole(link)) : sender.openElsewhere(link, SILENCE);
  }

  private static Future<HttpClientRequest> refused(Throwable failure) {
    return Future.failedFuture(failure instanceof UrlGuard.RefusedUrl ? new Unavailable(failure.getMessage(), Kind.FINAL) : failure);
  }

  private Future<Taken> received(OutputStore.Place place, Media media, FileCheck check, HttpClientResponse response) {
    int status = response.statusCode();
    if (!Responses.isWhole(response)) {
      // The rest of an unwanted answer is nobody's business, however long it is.
      response.exceptionHandler(ignored -> { });
      response.request().reset();
      String retryAfter = RetryAfter.in(response.headers());
      return Future.failedFuture(new Unavailable("the link answered " + status, kind(status, retryAfter), retryAfter));
    }
    FileEnds ends = new FileEnds();
    ReadStream<Buffer> body;
    try {
      body = new FileBody(response, ends);
    } catch (IOException packed) {
      return Future.failedFuture(new Unavailable(packed.getMessage(), Kind.STALE));
    }
    List<String> claims = claims(media, response.getHeader("Content-Type"));
    return store.store(place, body, null)
        .recover(failure -> failure instanceof OutputStore.TooLong ? Future.failedFuture(new Unavailable(failure.getMessage(), Kind.FINAL))
            : Future.failedFuture(failure))
        .compose(stored -> judged(place, media, stored, check.of(ends, claims)));
  }

  private static Kind kind(int status, String retryAfter) {
    if (status == 408 || status == 425 || status == 429 || status >= 500) {
      return Kind.PASSING;
    }
    return status == ACCEPTED || retryAfter != null ? Kind.NO_FILE : Kind.STALE;
  }

  /** Something stands before the server that has the file, and answers in its place. */
  private Future<Taken> judged(OutputStore.Place place, Media media, OutputStore.Stored stored, FileCheck.Finding found) {
    return found.fit() != FileCheck.Fit.NO_FILE ? Future.succeededFuture(taken(place, media, stored, found))
        : store.remove(stored.key()).transform(removed -> Future.failedFuture(new Unavailable(found.why(), Kind.NO_FILE)));
  }

  private static Taken taken(OutputStore.Place place, Media media, OutputStore.Stored file, FileCheck.Finding found) {
    Output output = new Output(place.index(), file.key(), found.contentType(), file.bytes(), media.width(), media.height(), file.sha256());
    return new Taken(output, found.fit() == FileCheck.Fit.OTHER_KIND ? found.why() : null);
  }

  /**
   * A file in the store.
   *
   * @param aside why it is no result by itself though it may stand beside one, or null
   */
  record Taken(Output output, String aside) {
  }
}
