package dev.computeserver.media;

import dev.computeserver.task.TaskId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Keeps files in a folder, by the day their task was made, so that old days can be removed as a whole. */
public final class LocalOutputStore implements OutputStore {
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyy-MM-dd").withZone(ZoneOffset.UTC);

  private final Vertx vertx;
  private final Path folder;
  private final long maxBytes;
  private final boolean fsync;
  private final WorkerExecutor workers;

  public LocalOutputStore(Vertx vertx, Path folder, long maxBytes, boolean fsync) {
    this.vertx = vertx;
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.fsync = fsync;
    this.workers = vertx.createSharedWorkerExecutor("outputs", 4);
  }

  @Override
  public Future<Stored> store(Place place, ReadStream<Buffer> stream, String claimedType) {
    String name = place.task().toString();
    // The last digits are random, the first are the time: a day's files spread evenly over 256 folders.
    String key = DAY.format(TaskId.time(place.task())) + "/" + name.substring(34) + "/" + name + "." + place.fence() + "." + place.index();
    FileSink sink = new FileSink(workers, folder.resolve(key), maxBytes, fsync);
    return sink.take(stream).map(file -> new Stored(key, FileType.of(file.head(), claimedType), file.bytes(), file.sha256()));
  }

  @Override
  public Future<Opened> read(String key, long from, long length) {
    return file(key).compose(file -> vertx.fileSystem().open(file.toString(), new OpenOptions().setRead(true).setWrite(false).setCreate(false)))
        .map(open -> new Opened(open.setReadPos(from).setReadLength(length).setReadBufferSize(64 * 1024), () -> close(open)));
  }

  private static Future<Void> close(AsyncFile open) {
    // A piece may be on its way from the disk, which nobody wants any more.
    open.exceptionHandler(ignored -> { });
    return open.close();
  }

  @Override
  public Future<Void> remove(String key) {
    return file(key).compose(file -> workers.executeBlocking(() -> Files.deleteIfExists(file), false)).mapEmpty();
  }

  private Future<Path> file(String key) {
    Path file = folder.resolve(key).normalize();
    return file.startsWith(folder.normalize()) ? Future.succeededFuture(file)
        : Future.failedFuture(new IllegalArgumentException("not a key of this store"));
  }

  /** Whether the file of a key is there. */
  boolean has(String key) {
    return Files.exists(folder.resolve(key));
  }
}
