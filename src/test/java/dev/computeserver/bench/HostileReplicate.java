package dev.computeserver.bench;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPOutputStream;

/** Takes jobs as Replicate does and answers the looks in turn with what unfolds to 300 MB and to 16 MB; or each submit with an id of 5 MB. */
final class HostileReplicate implements AutoCloseable {
  private static final int UNFOLDED = 300_000_000;
  private static final int UNFOLDED_LESS = 16_000_000;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Buffer bomb = bomb(UNFOLDED);
  private final Buffer smaller = bomb(UNFOLDED_LESS);
  private int looks;
  private HttpServer server;

  private HostileReplicate() throws IOException {
  }

  private static Buffer bomb(int unfolded) throws IOException {
    ByteArrayOutputStream folded = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(folded)) {
      gzip.write("{\"id\":\"x\",\"status\":\"processing\",\"logs\":\"".getBytes(StandardCharsets.UTF_8));
      byte[] piece = new byte[1_000_000];
      Arrays.fill(piece, (byte) 'a');
      for (int i = 0; i < unfolded / piece.length; i++) {
        gzip.write(piece);
      }
      gzip.write("\"}".getBytes(StandardCharsets.UTF_8));
    }
    return Buffer.buffer(folded.toByteArray());
  }

  static HostileReplicate start() throws Exception {
    HostileReplicate hostile = new HostileReplicate();
    hostile.server = hostile.vertx.createHttpServer().requestHandler(hostile::answer).listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS);
    return hostile;
  }

  int port() {
    return server.actualPort();
  }

  private void answer(HttpServerRequest request) {
    if (request.method() == HttpMethod.GET) {
      request.response().putHeader("Content-Type", "application/json").putHeader("Content-Encoding", "gzip").end(looks++ % 2 == 0 ? bomb : smaller);
      return;
    }
    request.body().onSuccess(body -> {
      boolean longId = body.toString().contains("long id");
      String id = longId ? "x".repeat(5_000_000) : "x" + System.nanoTime();
      String job = "http://127.0.0.1:" + port() + "/v1/predictions/x";
      request.response().setStatusCode(201).putHeader("Content-Type", "application/json")
          .end("{\"id\":\"" + id + "\",\"status\":\"starting\",\"urls\":{\"get\":\"" + job + "\",\"cancel\":\"" + job + "/cancel\"}}");
    });
  }

  @Override
  public void close() {
    try {
      vertx.close().await(10, TimeUnit.SECONDS);
    } catch (TimeoutException slow) {
      System.err.println("The hostile provider did not close within 10 s");
    }
  }
}
