package dev.computeserver.sandbox;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;

/**
 * The port that the sandbox has between restarts. The links of its jobs hold it, so whoever polls a job after a restart learns
 * that it is gone rather than nothing.
 *
 * @param file null: none is kept
 */
record KeptPort(Path file) {
  static final KeptPort NONE = new KeptPort(null);

  /** The port, or 0 where none is known. */
  Future<Integer> read(Vertx vertx) {
    return file == null ? Future.succeededFuture(0)
        : vertx.fileSystem().readFile(file.toString()).map(KeptPort::number).otherwise(0);
  }

  private static int number(Buffer text) {
    int port = Integer.parseInt(text.toString().strip());
    return port > 0 && port <= 65_535 ? port : 0;
  }

  /** Fails never: without the file only a restart is a little worse. */
  Future<Void> write(Vertx vertx, int port) {
    return file == null ? Future.succeededFuture()
        : vertx.fileSystem().mkdirs(file.toAbsolutePath().getParent().toString())
            .compose(made -> vertx.fileSystem().writeFile(file.toString(), Buffer.buffer(String.valueOf(port)))).otherwiseEmpty();
  }
}
