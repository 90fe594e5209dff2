package dev.computeserver.provider;

import dev.computeserver.media.FileCheck;
import dev.computeserver.media.OutputStore;
import dev.computeserver.provider.Downloads.Taken;
import dev.computeserver.provider.Unavailable.Kind;
import dev.computeserver.task.Output;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The files of one task on their way into the output store. They are paid, so each is asked for again as long as one download may
 * take, from a fresh result of the job where that can be had; and a few times only where the same link keeps saying that there is
 * none. One that cannot be had costs the others nothing.
 */
final class Fetching {
  private static final int MOST_AT_A_LINK = 5;
  private static final int MOST_TOLD = 3;
  private static final long FIRST_PAUSE_MILLIS = 250;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  private final Downloads downloads;
  private final UUID task;
  private final int fence;
  private final FileCheck check;
  private final Sender sender;
  private final BooleanSupplier wanted;
  private final Supplier<Future<List<Media>>> renew;
  private List<Media> media;
  private Future<Void> renewing;
  private boolean givenUp;

  /**
   * @param fence of the task's owner
   * @param wanted false once nothing is to be tried again
   * @param renew asks the job for its files anew; null where there is no job to ask
   */
  Fetching(Downloads downloads, UUID task, int fence, FileCheck check, List<Media> media, Sender sender, BooleanSupplier wanted,
      Supplier<Future<List<Media>>> renew) {
    this.downloads = downloads;
    this.task = task;
    this.fence = fence;
    this.check = check;
    this.media = media;
    this.sender = sender;
    this.wanted = wanted;
    this.renew = renew;
  }

  /** What there is in the end; never fails. */
  Future<Fetched> all() {
    List<Future<Taken>> files = new ArrayList<>();
    for (int i = 0; i < media.size(); i++) {
      files.add(file(i, new Tries(downloads.patience())));
    }
    return files.isEmpty() ? Future.succeededFuture(new Fetched(List.of(), List.of(), false, false))
        : Future.join(files).transform(done -> Future.succeededFuture(sorted(files)));
  }

  private Fetched sorted(List<Future<Taken>> files) {
    boolean result = files.stream().anyMatch(file -> file.succeeded() && file.result().aside() == null);
    List<Output> outputs = new ArrayList<>();
    List<Output> aside = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      Future<Taken> file = files.get(i);
      if (file.succeeded()) {
        (result ? outputs : aside).add(file.result().output());
      }
      if (file.failed() || !result) {
        missing.add("output " + i + " of " + files.size() + ": " + (file.failed() ? describe(file.cause()) : file.result().aside()));
      }
    }
    downloads.remove(aside);
    boolean empty = media.stream().allMatch(each -> each.here() || each.isMissing())
        && files.stream().allMatch(file -> file.succeeded() || file.cause() instanceof Unavailable);
    return new Fetched(outputs, missing, empty, givenUp);
  }

  private Future<Taken> file(int index, Tries tries) {
    Media asked = media.get(index);
    return downloads.inLine(asked, () -> {
      tries.begin();
      return downloads.take(new OutputStore.Place(task, fence, index), asked, sender, check);
    }).recover(failure -> again(index, tries, asked, failure));
  }

  private Future<Taken> again(int index, Tries tries, Media asked, Throwable failure) {
    Kind kind = failure instanceof Unavailable known ? known.kind() : Kind.PASSING;
    boolean hopeless = kind == Kind.FINAL || kind == Kind.STALE && (tries.atThisLink >= MOST_AT_A_LINK || asked.url() == null && renew == null);
    if (hopeless || tries.areOver()) {
      return Future.failedFuture(failure);
    }
    if (!wanted.getAsBoolean()) {
      givenUp = true;
      return Future.failedFuture(failure);
    }
    return downloads.pause(pause(tries, failure))
        .compose(later -> kind == Kind.PASSING ? Future.succeededFuture() : renewed(index, asked))
        .compose(renewed -> {
          String link = media.get(index).url();
          tries.atThisLink = link != null && !link.equals(asked.url()) ? 0 : tries.atThisLink;
          return file(index, tries);
        });
  }

  /** As long as is asked for, but not beyond the last moment at which it is worth trying. */
  private static long pause(Tries tries, Throwable failure) {
    long pause = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(tries.all - 1, MOST_AT_A_LINK));
    String retryAfter = failure instanceof Unavailable known ? known.retryAfter() : null;
    return Math.max(pause, Math.min(tries.millisLeft(), Pauses.atLeast(pause, retryAfter, Instant.now())));
  }

  /** Several that have expired together are asked for once. */
  private Future<Void> renewed(int index, Media asked) {
    if (renew == null || media.get(index) != asked) {
      return Future.succeededFuture();
    }
    if (renewing == null || renewing.isComplete()) {
      renewing = renew.get().<Void>map(fresh -> {
        media = fresh.size() == media.size() ? fresh : media;
        return null;
      }).otherwiseEmpty();
    }
    return renewing;
  }

  private static String describe(Throwable failure) {
    return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
  }

  /** The time begins with the first try, which may have waited in line for long; without one it is over. */
  private static final class Tries {
    private final Duration patience;
    private int all;
    private int atThisLink;
    private long end;

    Tries(Duration patience) {
      this.patience = patience;
    }

    void begin() {
      end = all == 0 ? System.nanoTime() + patience.toNanos() : end;
      all++;
      atThisLink++;
    }

    long millisLeft() {
      return TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }

    boolean areOver() {
      return all == 0 || System.nanoTime() - end >= 0;
    }
  }

  /**
   * What has come of a task's files.
   *
   * @param outputs those in the store, each under the number that it has at the provider
   * @param missing which are not, and why
   * @param empty whether the result itself was to hold them, and those that are missing are not in it
   * @param givenUp whether one was not asked for any more though it might have come
   */
  record Fetched(List<Output> outputs, List<String> missing, boolean empty, boolean givenUp) {
    /** Those that are missing, in words. */
    String words() {
      String rest = missing.size() > MOST_TOLD ? "; and " + (missing.size() - MOST_TOLD) + " more" : "";
      return String.join("; ", missing.subList(0, Math.min(MOST_TOLD, missing.size()))) + rest;
    }
  }
}
