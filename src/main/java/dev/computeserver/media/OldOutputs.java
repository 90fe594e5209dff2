package dev.computeserver.media;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Removes from the folder of a {@link LocalOutputStore} what nobody needs any more: piece by piece, on a worker of its own.
 * Several nodes may do so in one folder at a time; whatever is gone already is passed over.
 */
public final class OldOutputs {
  private static final int MOST_REMOVED = 1_000;
  private static final int FOLDERS = 256;
  /** So that each is looked into once a day. */
  private static final int FOLDERS_AN_HOUR = 11;
  /** Longer than any download may take. */
  private static final Duration ABANDONED = Duration.ofDays(2);

  private final Path folder;
  private final WorkerExecutor worker;

  public OldOutputs(Vertx vertx, Path folder) {
    this.folder = folder;
    worker = vertx.createSharedWorkerExecutor("old-outputs", 1);
  }

  /** The days of which there are files, oldest first. */
  public Future<List<LocalDate>> days() {
    return worker.executeBlocking(() -> {
      List<LocalDate> days = new ArrayList<>();
      try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "????-??-??")) {
        for (Path each : all) {
          addDay(each, days);
        }
      } catch (NoSuchFileException | NotDirectoryException none) {
        return List.of();
      }
      days.sort(null);
      return days;
    }, false);
  }

  private static void addDay(Path path, List<LocalDate> days) {
    try {
      LocalDate day = LocalDate.parse(path.getFileName().toString());
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        days.add(day);
      }
    } catch (DateTimeParseException notOurs) {
      // Whatever else somebody keeps there.
    }
  }

  /** Removes all files of the tasks that were made on a day. */
  public Future<Void> remove(LocalDate day) {
    Promise<Void> done = Promise.promise();
    removeNext(folder.resolve(day.toString()), done);
    return done.future();
  }

  private void removeNext(Path day, Promise<Void> done) {
    worker.executeBlocking(() -> removeSome(day), false).onComplete(removed -> {
      if (removed.failed()) {
        done.fail(removed.cause());
      } else if (removed.result() == MOST_REMOVED) {
        removeNext(day, done);
      } else {
        done.complete();
      }
    });
  }

  private static int removeSome(Path day) throws IOException {
    Removal removal = new Removal();
    Files.walkFileTree(day, removal);
    return removal.removed;
  }

  /** Removes what is left of downloads whose node was killed: each call of an hour looks into the same few folders of each day. */
  public Future<Void> removeAbandoned(Instant now) {
    long hour = now.getEpochSecond() / 3600;
    return days().compose(days -> {
      Future<Void> chain = Future.succeededFuture();
      for (LocalDate day : days) {
        chain = chain.compose(before -> worker.executeBlocking(() -> {
          for (int i = 0; i < FOLDERS_AN_HOUR; i++) {
            byte number = (byte) ((hour * FOLDERS_AN_HOUR + i) % FOLDERS);
            removeAbandoned(folder.resolve(day.toString()).resolve(HexFormat.of().toHexDigits(number)), now.minus(ABANDONED));
          }
          return null;
        }, false));
      }
      return chain;
    });
  }

  private static void removeAbandoned(Path part, Instant before) throws IOException {
    try (DirectoryStream<Path> partial = Files.newDirectoryStream(part, "*.part")) {
      for (Path each : partial) {
        if (isOlder(each, before)) {
          Files.deleteIfExists(each);
        }
      }
    } catch (NoSuchFileException gone) {
      // Of many days, not all of the folders are there.
    }
  }

  private static boolean isOlder(Path file, Instant before) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(before);
    } catch (NoSuchFileException whole) {
      return false;
    }
  }

  private static final class Removal extends SimpleFileVisitor<Path> {
    private int removed;

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return ++removed == MOST_REMOVED ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      return passOver(failure);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
      try {
        Files.deleteIfExists(directory);
      } catch (DirectoryNotEmptyException again) {
        // The listing was not complete; the next round has the rest.
      }
      return passOver(failure);
    }

    private static FileVisitResult passOver(IOException failure) throws IOException {
      if (failure != null && !(failure instanceof NoSuchFileException)) {
        throw failure;
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
