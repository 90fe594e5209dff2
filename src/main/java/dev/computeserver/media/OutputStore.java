package dev.computeserver.media;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.UUID;

/** Where the files that tasks made are kept. */
public interface OutputStore {

  /**
   * Stores a stream, which the caller has paused, as the task's file {@code index}. What was there under the same place is
   * replaced: storing may be repeated after a crash. Fails where the stream fails or is longer than the store allows.
   *
   * @param claimedType the media type that the sender named, or null
   */
  Future<Stored> store(UUID task, int index, ReadStream<Buffer> stream, String claimedType);

  /** A part of a stored file, to be read by the caller and closed by its end; fails where the file is gone. */
  Future<ReadStream<Buffer>> read(String key, long from, long length);

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
