package dev.computeserver.media;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;

/**
 * Writes a stream to a file, a piece of up to 256 KiB at a time on a worker, with the stream paused meanwhile; so a small
 * file costs one hop to a worker and a big one a bounded buffer. The file takes its name only when it is whole.
 */
final class FileSink {
  private static final int PIECE = 256 * 1024;
  private static final Set<OpenOption> FRESH = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final FileAttribute<?> OWNER_ONLY = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<?> OWNER_ENTERS = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final WorkerExecutor workers;
  private final Path target;
  private final Path partial;
  private final long maxBytes;
  private final boolean fsync;
  private final MessageDigest digest = sha256();
  private final Promise<Written> done = Promise.promise();
  private Buffer piece = Buffer.buffer();
  private byte[] head = new byte[0];
  private FileChannel channel;
  private long bytes;
  private boolean writing;
  private boolean ended;
  private boolean failed;

  FileSink(WorkerExecutor workers, Path target, long maxBytes, boolean fsync) {
    this.workers = workers;
    this.target = target;
    this.partial = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".part");
    this.maxBytes = maxBytes;
    this.fsync = fsync;
  }

  /** Takes a paused stream to its end, on the caller's context. */
  Future<Written> take(ReadStream<Buffer> stream) {
    stream.exceptionHandler(this::fail);
    stream.endHandler(end -> {
      ended = !failed;
      if (ended && !writing) {
        write(stream);
      }
    });
    stream.handler(chunk -> {
      bytes += chunk.length();
      if (bytes > maxBytes) {
        fail(new OutputStore.TooLong("the file is longer than outputs.max_bytes, " + maxBytes));
      } else if (!failed) {
        piece.appendBuffer(chunk);
        if (piece.length() >= PIECE && !writing) {
          stream.pause();
          write(stream);
        }
      }
    });
    stream.resume();
    return done.future();
  }

  private void write(ReadStream<Buffer> stream) {
    Buffer next = piece;
    boolean last = ended;
    piece = Buffer.buffer();
    writing = true;
    workers.executeBlocking(() -> store(next.getBytes(), last), false).onComplete(stored -> {
      writing = false;
      if (stored.failed()) {
        fail(stored.cause());
      } else if (last) {
        done.tryComplete(stored.result());
      } else if (failed) {
        discard();
      } else if (ended) {
        write(stream);
      } else {
        stream.resume();
      }
    });
  }

  private Written store(byte[] next, boolean last) throws IOException {
    if (head.length < FileType.HEAD) {
      head = Arrays.copyOf(next, Math.min(next.length, FileType.HEAD));
    }
    digest.update(next);
    if (channel == null) {
      channel = open();
    }
    ByteBuffer rest = ByteBuffer.wrap(next);
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
    if (!last) {
      return null;
    }
    if (fsync) {
      channel.force(true);
    }
    channel.close();
    Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    return new Written(bytes, HexFormat.of().formatHex(digest.digest()), head);
  }

  private FileChannel open() throws IOException {
    try {
      return FileChannel.open(partial, FRESH, OWNER_ONLY);
    } catch (NoSuchFileException newDay) {
      Files.createDirectories(partial.getParent(), OWNER_ENTERS);
      return FileChannel.open(partial, FRESH, OWNER_ONLY);
    }
  }

  private void fail(Throwable cause) {
    failed = true;
    done.tryFail(cause);
    if (!writing) {
      discard();
    }
  }

  private void discard() {
    workers.executeBlocking(() -> {
      if (channel != null) {
        channel.close();
      }
      return Files.deleteIfExists(partial);
    }, false);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** What a file turned out to be. */
  record Written(long bytes, String sha256, byte[] head) {
  }
}
