package dev.computeserver.media;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.UUID;
import java.util.function.Supplier;

/** Where the files that tasks made are kept. */
public interface OutputStore {

  /**
   * Stores a stream, which the caller has paused. What its owner has stored under the same place is replaced: storing may be
   * repeated. Fails where the stream fails or is longer than the store allows.
   *
   * @param claimedType the media type that the sender named, or null
   */
  Future<Stored> store(Place place, ReadStream<Buffer> stream, String claimedType);

  /** Opens a part of a stored file, which the caller closes; fails where the file is gone. */
  Future<Opened> read(String key, long from, long length);

  /** Removes a stored file; one that is gone is removed already. */
  Future<Void> remove(String key);

  /**
   * Where a file belongs. No two owners of a task share one, so whoever is late replaces nobody's file.
   *
   * @param fence of the task's owner
   * @param index of the file among those of its task
   */
  record Place(UUID task, int fence, int index) {
  }

  /**
   * A part of a file, open.
   *
   * @param close to be called once, whether all was read or not
   */
  record Opened(ReadStream<Buffer> stream, Supplier<Future<Void>> close) {
  }

  /** A file in the store. */
  record Stored(String key, String contentType, long bytes, String sha256) {
  }

  /** The file is longer than {@code outputs.max_bytes}. */
  final class TooLong extends RuntimeException {
    TooLong(String message) {
      super(message, null, false, false);
    }
  }
}
