package dev.computeserver.sandbox;

import dev.computeserver.media.DataUri;
import dev.computeserver.outbound.Fetcher;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.sandbox.Unusable.Why;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Gets the bytes behind a job's input URL: inline ones, and those at links that the node itself would follow; 64 MiB at most. */
final class Inputs {

  static final int MAX_BYTES = 64 << 20;

  private final Fetcher fetcher;

  Inputs(Vertx vertx, GuardedClient client) {
    this.fetcher = new Fetcher(vertx, client, MAX_BYTES);
  }

  /** The bytes behind an http(s) URL; fails with {@link Unusable}, and with what the room fails with. */
  Future<byte[]> fetch(String url, int source, Fetcher.Room room) {
    return fetcher.fetch(url, room).map(file -> file.bytes().getBytes())
        .recover(failure -> Future.failedFuture(failure instanceof Fetcher.BadLink bad
            ? new Unusable(bad.isTooLong() ? Why.TOO_LARGE : Why.DOWNLOAD, source, bad.getMessage()) : failure));
  }

  /** The bytes in a data URL; a big one takes a while: for workers. */
  static byte[] decode(String url, int source) {
    try {
      byte[] bytes = DataUri.of(url).bytes();
      if (bytes.length > MAX_BYTES) {
        throw new Unusable(Why.TOO_LARGE, source, "the file is larger than " + MAX_BYTES + " bytes");
      }
      return bytes;
    } catch (DataUri.Malformed malformed) {
      throw new Unusable(Why.DOWNLOAD, source, "the data URL " + malformed.getMessage());
    }
  }
}
