package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.MovingFiles;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.TaskId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalOutputStoreTest {
  private static final int MAX = 3_000_000;

  private final Vertx vertx = Vertx.vertx();
  private final UUID task = TaskId.next();
  @TempDir
  private Path folder;

  @AfterEach
  void close() {
    TestStore.await(vertx.close());
  }

  /** Pieces one after the other as long as it is not paused, then the end, or a failure. */
  private static final class Pieces implements ReadStream<Buffer> {
    private final List<Buffer> pieces;
    private final Throwable failure;
    private Handler<Buffer> handler;
    private Handler<Void> end;
    private Handler<Throwable> failed;
    private boolean paused = true;
    private boolean sending;
    private int next;
    /** Bytes given since the taker last asked for more, which it does only when it has written what it had. */
    private int run;
    private int most;

    Pieces(List<Buffer> pieces, Throwable failure) {
      this.pieces = pieces;
      this.failure = failure;
    }

    private void send() {
      if (sending) {
        return;
      }
      sending = true;
      while (!paused && next < pieces.size()) {
        run += pieces.get(next).length();
        most = Math.max(most, run);
        handler.handle(pieces.get(next++));
      }
      sending = false;
      if (!paused && next == pieces.size()) {
        next++;
        if (failure == null) {
          end.handle(null);
        } else {
          failed.handle(failure);
        }
      }
    }

    @Override
    public ReadStream<Buffer> resume() {
      run = 0;
      paused = false;
      send();
      return this;
    }

    @Override
    public ReadStream<Buffer> pause() {
      paused = true;
      return this;
    }

    @Override
    public ReadStream<Buffer> fetch(long amount) {
      return resume();
    }

    @Override
    public ReadStream<Buffer> handler(Handler<Buffer> to) {
      handler = to;
      return this;
    }

    @Override
    public ReadStream<Buffer> endHandler(Handler<Void> to) {
      end = to;
      return this;
    }

    @Override
    public ReadStream<Buffer> exceptionHandler(Handler<Throwable> to) {
      failed = to;
      return this;
    }
  }

  private OutputStore.Stored store(int index, Pieces pieces) {
    return store(new OutputStore.Place(task, 7, index), pieces);
  }

  private OutputStore.Stored store(OutputStore.Place place, Pieces pieces) {
    LocalOutputStore store = new LocalOutputStore(vertx, folder, MAX, true);
    Promise<OutputStore.Stored> stored = Promise.promise();
    Context context = vertx.getOrCreateContext();
    context.runOnContext(run -> store.store(place, pieces, "text/plain").onComplete(stored));
    return TestStore.await(stored.future());
  }

  private static Pieces whole(byte[]... parts) {
    return new Pieces(Stream.of(parts).map(Buffer::buffer).toList(), null);
  }

  private static byte[] noise(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(7).nextBytes(noise);
    return noise;
  }

  private List<Path> files() {
    return MovingFiles.below(folder);
  }

  @Test
  void nobodyElseMayReadAFile() throws IOException {
    Path file = folder.resolve(store(0, new Pieces(List.of(Buffer.buffer("x")), null)).key());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    for (Path each = file.getParent(); !each.equals(folder); each = each.getParent()) {
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(each)));
    }
  }

  @Test
  void keepsEveryByteAndTellsItsLengthAndHash() throws Exception {
    byte[] bytes = noise(2_000_000);
    List<Buffer> parts = Stream.iterate(0, at -> at < bytes.length, at -> at + 10_000).map(at -> Buffer.buffer().appendBytes(bytes, at, 10_000)).toList();
    Pieces pieces = new Pieces(parts, null);
    OutputStore.Stored stored = store(0, pieces);
    assertEquals(bytes.length, stored.bytes());
    assertEquals(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)), stored.sha256());
    assertArrayEquals(bytes, Files.readAllBytes(folder.resolve(stored.key())));
    assertTrue(pieces.most <= 300_000, "held " + pieces.most + " bytes at once");
  }

  @Test
  void aShortFileHasItsTypeFromItsBytes() throws Exception {
    OutputStore.Stored stored = store(3, whole("GIF8".getBytes(), "9a".getBytes()));
    assertEquals("image/gif", stored.contentType());
    assertTrue(stored.key().endsWith(task + ".7.3"), stored.key());
    assertEquals(0, store(4, whole()).bytes());
  }

  @Test
  void tooLongAFileLeavesNothing() throws Exception {
    Throwable failure = assertThrows(Throwable.class, () -> store(0, whole(noise(MAX), noise(1))));
    assertTrue(failure.getMessage().contains("outputs.max_bytes"), failure.getMessage());
    awaitEmpty();
  }

  @Test
  void theEndOfTooLongAFileIsNotWritten() throws Exception {
    WorkerExecutor one = vertx.createSharedWorkerExecutor("one", 1);
    FileSink sink = new FileSink(one, folder.resolve("made"), 10, false);
    Promise<FileSink.Written> written = Promise.promise();
    Context context = vertx.getOrCreateContext();
    context.runOnContext(run -> sink.take(whole(noise(11))).onComplete(written));
    assertThrows(OutputStore.TooLong.class, () -> TestStore.await(written.future()));
    Promise<Object> afterAll = Promise.promise();
    // With one worker this is done when all that the sink has asked for is done.
    context.runOnContext(run -> one.executeBlocking(() -> null, false).onComplete(afterAll));
    TestStore.await(afterAll.future());
    assertEquals(List.of(), files());
  }

  @Test
  void aStreamThatBreaksOffLeavesNothing() throws Exception {
    assertThrows(IOException.class, () -> store(0, new Pieces(List.of(Buffer.buffer(noise(400_000)), Buffer.buffer(noise(10))), new IOException("cut"))));
    awaitEmpty();
  }

  /** What is left is removed on a worker, after the failure has been told. */
  private void awaitEmpty() throws IOException {
    long until = System.nanoTime() + 10_000_000_000L;
    while (!files().isEmpty() && System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    assertEquals(List.of(), files());
  }

  @Test
  void storingAgainReplacesWhatWasThere() throws Exception {
    store(0, whole("first and longer".getBytes()));
    OutputStore.Stored second = store(0, whole("second".getBytes()));
    assertEquals(1, files().size());
    assertEquals("second", Files.readString(folder.resolve(second.key())));
  }

  @Test
  void anEarlierOwnersFileThatComesLateReplacesNothing() throws Exception {
    OutputStore.Stored second = store(new OutputStore.Place(task, 8, 0), whole("second".getBytes()));
    OutputStore.Stored late = store(new OutputStore.Place(task, 7, 0), whole("late".getBytes()));
    assertEquals("second", Files.readString(folder.resolve(second.key())));
    LocalOutputStore store = new LocalOutputStore(vertx, folder, MAX, false);
    TestStore.await(store.remove(late.key()));
    TestStore.await(store.remove(late.key()));
    assertEquals(List.of(folder.resolve(second.key())), files());
    assertThrows(IllegalArgumentException.class, () -> TestStore.await(store.remove("../outside")));
  }

  @Test
  void readsTheAskedPartAndNothingOutside() {
    OutputStore.Stored stored = store(0, whole("0123456789".getBytes()));
    LocalOutputStore store = new LocalOutputStore(vertx, folder, MAX, false);
    Buffer part = Buffer.buffer();
    Future<Void> read = store.read(stored.key(), 3, 4).compose(file -> {
      Promise<Void> end = Promise.promise();
      file.stream().exceptionHandler(end::tryFail).endHandler(end::tryComplete).handler(part::appendBuffer);
      return end.future().eventually(file.close());
    });
    TestStore.await(read);
    assertEquals("3456", part.toString());
    assertThrows(IllegalArgumentException.class, () -> TestStore.await(store.read("../../etc/passwd", 0, 1)));
    assertFalse(store.has("2026-01-01/00/none.0"));
  }
}
