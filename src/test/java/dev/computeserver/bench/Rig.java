package dev.computeserver.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/** What a program measures: a fresh server and a fresh fake provider, both running, and clients for them. */
final class Rig implements AutoCloseable {

  private static final int READY_SECONDS = 120;
  private static final int STALL_SECONDS = 60;
  /** While thousands of jobs are asked for at once, a plain question may be passed over. */
  private static final int STATS_SECONDS = 10;

  private final FakeFalProcess fake;
  private final ServerProcess server;
  private final Vertx vertx;
  private final Api api;
  private final Api fakeApi;
  private final Live live;

  private Rig(FakeFalProcess fake, ServerProcess server) {
    this.fake = fake;
    this.server = server;
    // One loop: this client shares the cores with what it measures.
    this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    this.api = new Api(vertx, server.port());
    this.fakeApi = new Api(vertx, fake.port());
    this.live = new Live(vertx, server.port());
  }

  /**
   * Starts both and waits until the server is ready.
   *
   * @param jobMillis how long the provider takes for each job
   * @param settings environment variables for the server
   */
  static Rig open(Options options, long jobMillis, Map<String, String> settings) throws Exception {
    FakeFalProcess fake = FakeFalProcess.start(options, jobMillis);
    ServerProcess server;
    try {
      server = ServerProcess.start(options, settings, fake.port());
    } catch (IOException | RuntimeException e) {
      fake.close();
      throw e;
    }
    Rig rig = new Rig(fake, server);
    try {
      rig.awaitReady();
    } catch (Exception e) {
      rig.close();
      throw e;
    }
    return rig;
  }

  int providerPort() {
    return fake.port();
  }

  ServerProcess server() {
    return server;
  }

  Vertx vertx() {
    return vertx;
  }

  Api api() {
    return api;
  }

  Live live() {
    return live;
  }

  /** CPU in ms that the fake provider and this client have spent: it competes with the server for the cores. */
  double ownCpuMillis() {
    return CpuClock.millis(fake.pid()) + CpuClock.millis(ProcessHandle.current().pid());
  }

  /** The fake provider's counts; with arrivals, also when each prompt arrived. */
  JsonObject providerStats(boolean arrivals) throws Exception {
    String uri = arrivals ? "/stats?arrivals=1" : "/stats";
    return await(fakeApi.get(uri).timeout(STATS_SECONDS, TimeUnit.SECONDS).recover(lost -> fakeApi.get(uri))).json();
  }

  long submissions() throws Exception {
    return providerStats(false).getLong("submissions");
  }

  /** The body of one task whose prompt is this; the prompt must hold nothing that JSON escapes. */
  static JsonObject task(String prompt) {
    return new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", prompt));
  }

  static Buffer taskBody(String prompt) {
    return task(prompt).toBuffer();
  }

  <T> T await(Future<T> future) throws Exception {
    return await(future, () -> 0);
  }

  /** Waits as long as {@code progress} changes at least once in {@value #STALL_SECONDS} s and the server lives. */
  <T> T await(Future<T> future, LongSupplier progress) throws Exception {
    while (true) {
      long before = progress.getAsLong();
      try {
        return future.await(STALL_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        server.checkAlive();
        if (progress.getAsLong() == before) {
          throw new IllegalStateException("Nothing happened for " + STALL_SECONDS + " s at " + before
              + ". The server's log ends:\n" + server.logTail(), e);
        }
      }
    }
  }

  /** Warns when the list has a task that did not complete, for then the figures mean less than they say. */
  void checkNothingLeft() throws Exception {
    for (String status : new String[] {"queued", "processing", "failed", "cancelled"}) {
      if (await(api.anyWithStatus(status))) {
        System.err.println("WARNING: the list still has tasks that are " + status);
      }
    }
  }

  @Override
  public void close() {
    live.close();
    server.close();
    fake.close();
    try {
      vertx.close().await(10, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      System.err.println("WARNING: the benchmark's own client did not close within 10 s");
    }
  }

  private void awaitReady() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (System.nanoTime() < deadline) {
      server.checkAlive();
      int status = api.get("/health/ready").map(Api.Answer::status).otherwise(0).await(10, TimeUnit.SECONDS);
      if (status == 200) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
    throw new IllegalStateException("GET /health/ready did not answer 200 within " + READY_SECONDS
        + " s. The server's log ends:\n" + server.logTail());
  }
}
