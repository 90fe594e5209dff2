package dev.computeserver.provider;

import dev.computeserver.media.FileCheck;
import dev.computeserver.media.OutputStore;
import dev.computeserver.outbound.Troubles;
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
 * take, from a fresh result of the job where that can be had; for a shorter time where the same link keeps refusing it, since it may only be
 * late; and a few times where there is no link. One that cannot be had costs the others nothing.
 */
final class Fetching {
  private static final Duration LONGEST_REFUSED = Duration.ofSeconds(40);
  private static final int MOST_WITHOUT_LINK = 5;
  private static final int MOST_TOLD = 3;
  private static final long FIRST_PAUSE_MILLIS = 250;
  private static final int MOST_DOUBLED = 5;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private final Downloads downloads;
  private final UUID task;
  private final int fence;
  private final FileCheck check;
  private final Sender sender;
  private final BooleanSupplier wanted;
  private final Supplier<Future<List<Media>>> renew;
  /** By the file's number, as are the media; a fresh result may name more or fewer. */
  private final List<Future<Taken>> files = new ArrayList<>();
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
    begin();
    return files.isEmpty() ? Future.succeededFuture(new Fetched(List.of(), List.of(), false, false)) : joined();
  }

  private void begin() {
    while (files.size() < media.size()) {
      files.add(file(files.size(), new Tries(downloads.patience())));
    }
  }

  private Future<Fetched> joined() {
    int begun = files.size();
    return Future.join(List.copyOf(files)).transform(done -> begun < files.size() ? joined() : Future.succeededFuture(sorted()));
  }

  private Fetched sorted() {
    boolean result = files.stream().anyMatch(file -> file.succeeded() && file.result().aside() == null);
    List<Output> outputs = new ArrayList<>();
    List<Output> aside = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      Future<Taken> file = files.get(i);
      if (file.succeeded()) {
        (result ? outputs : aside).add(file.result().output());
      }
      if (i < media.size() && (file.failed() || !result)) {
        missing.add("output " + i + " of " + media.size() + ": " + (file.failed() ? describe(file.cause()) : file.result().aside()));
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
    tries.failed(kind);
    boolean refused = asked.url() == null ? renew == null || tries.atThisLink >= MOST_WITHOUT_LINK : tries.refusedFor(LONGEST_REFUSED);
    if (kind == Kind.FINAL || kind == Kind.STALE && refused || tries.areOver()) {
      return Future.failedFuture(failure);
    }
    if (!wanted.getAsBoolean()) {
      givenUp = true;
      return Future.failedFuture(failure);
    }
    return downloads.pause(pause(tries, failure))
        .compose(later -> kind == Kind.PASSING ? Future.succeededFuture() : renewed(index, asked))
        .compose(renewed -> {
          if (index >= media.size()) {
            return Future.failedFuture(failure);
          }
          String link = media.get(index).url();
          if (link != null && !link.equals(asked.url())) {
            tries.atNewLink();
          }
          return file(index, tries);
        });
  }

  /** As long as is asked for, but not beyond the last moment at which it is worth trying. */
  private static long pause(Tries tries, Throwable failure) {
    long pause = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(tries.all - 1, MOST_DOUBLED));
    String retryAfter = failure instanceof Unavailable known ? known.retryAfter() : null;
    return Math.max(pause, Math.min(tries.millisLeft(), Pauses.atLeast(pause, retryAfter, Instant.now())));
  }

  /** Several that have expired together are asked for once. */
  private Future<Void> renewed(int index, Media asked) {
    if (renew == null || index >= media.size() || media.get(index) != asked) {
      return Future.succeededFuture();
    }
    if (renewing == null || renewing.isComplete()) {
      renewing = renew.get().<Void>map(fresh -> {
        take(fresh);
        return null;
      }).otherwiseEmpty();
    }
    return renewing;
  }

  /** Of as many files each keeps its number. Others take the place of all, as long as none is stored; then only those that are the same do. */
  private void take(List<Media> fresh) {
    boolean stored = files.stream().anyMatch(Future::succeeded);
    if (fresh.size() == media.size() || !stored && !fresh.isEmpty()) {
      media = fresh;
      begin();
    } else {
      media = media.stream().map(old -> fresh.stream().filter(each -> isSame(old, each)).findFirst().orElse(old)).toList();
    }
  }

  /** Links that are signed anew differ in their query. */
  private static boolean isSame(Media old, Media fresh) {
    return old.url() != null && fresh.url() != null && withoutQuery(old.url()).equals(withoutQuery(fresh.url()));
  }

  private static String withoutQuery(String url) {
    int query = url.indexOf('?');
    return query < 0 ? url : url.substring(0, query);
  }

  private static String describe(Throwable failure) {
    return Troubles.words(failure);
  }

  /** The time begins with the first try, which may have waited in line for long; without one it is over. */
  private static final class Tries {
    private final Duration patience;
    private int all;
    private int atThisLink;
    private boolean refused;
    private long refusedSince;
    private long end;

    Tries(Duration patience) {
      this.patience = patience;
    }

    void begin() {
      end = all == 0 ? System.nanoTime() + patience.toNanos() : end;
      all++;
      atThisLink++;
    }

    void failed(Kind kind) {
      refusedSince = refused && kind == Kind.STALE ? refusedSince : System.nanoTime();
      refused = kind == Kind.STALE;
    }

    boolean refusedFor(Duration time) {
      return refused && System.nanoTime() - refusedSince >= time.toNanos();
    }

    void atNewLink() {
      atThisLink = 0;
      refused = false;
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
