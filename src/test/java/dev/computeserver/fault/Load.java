package dev.computeserver.fault;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * A client that submits at a steady rate to any node, and sends a request again, under the same idempotency key, until it is
 * accepted. Some tasks want a webhook, some are cancelled.
 */
final class Load implements AutoCloseable {
  private static final int MOST_OPEN = 400;
  private static final Duration PATIENCE = Duration.ofSeconds(6);
  private static final long AGAIN_MILLIS = 300;
  private static final long KEEP_MILLIS = 50;

  /** What was accepted, by task id. */
  final Map<String, Wish> accepted = new ConcurrentHashMap<>();
  final AtomicInteger open = new AtomicInteger();
  final AtomicInteger resent = new AtomicInteger();
  /** Answers that are neither an accept nor a wish to come back later with the time when. */
  final AtomicInteger unclear = new AtomicInteger();
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).version(HttpClient.Version.HTTP_1_1).build();
  private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
  private final List<ClusterNode> nodes;
  private final String hook;
  private final Random random;
  private int made;

  /** A task that was wanted: its prompt names it at the provider. */
  record Wish(String prompt, boolean hooked, boolean cancelled) {
  }

  Load(List<ClusterNode> nodes, String hook, long seed) {
    this.nodes = nodes;
    this.hook = hook;
    this.random = new Random(seed + 7);
  }

  void start(int rate) {
    clock.scheduleAtFixedRate(this::next, 0, 1_000_000 / rate, TimeUnit.MICROSECONDS);
  }

  /** Keeps so many tasks unfinished from now on, whatever becomes of them. */
  void keep(int unfinished, IntSupplier ended) {
    clock.scheduleAtFixedRate(() -> {
      for (int missing = unfinished - (accepted.size() + open.get() - ended.getAsInt()); missing > 0; missing--) {
        next();
      }
    }, 0, KEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Submits no more; what is not accepted yet is sent on. */
  void stop() {
    made = Integer.MIN_VALUE;
  }

  private synchronized void next() {
    if (made < 0 || open.get() >= MOST_OPEN) {
      return;
    }
    String prompt = "wish-" + made++;
    Wish wish = new Wish(prompt, random.nextInt(5) == 0, random.nextInt(20) == 0);
    JsonObject task = new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", prompt)).put("timeout_seconds", 3_600);
    if (wish.hooked) {
      task.put("webhook", new JsonObject().put("url", hook));
    }
    open.incrementAndGet();
    submit(wish, task.encode(), UUID.randomUUID().toString());
  }

  private void submit(Wish wish, String body, String key) {
    ClusterNode node = nodes.get(random.nextInt(nodes.size()));
    HttpRequest request = HttpRequest.newBuilder(node.uri("/v1/tasks")).timeout(PATIENCE).header("Content-Type", "application/json")
        .header("Idempotency-Key", key).POST(HttpRequest.BodyPublishers.ofString(body)).build();
    http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).whenComplete((answer, failure) -> {
      if (failure == null && (answer.statusCode() == 202 || answer.statusCode() == 200)) {
        accepted(wish, new JsonObject(answer.body()).getString("id"));
      } else if (failure == null && answer.statusCode() != 503 && answer.statusCode() != 429) {
        System.err.println("Refused with " + answer.statusCode() + ": " + answer.body());
        unclear.incrementAndGet();
        open.decrementAndGet();
      } else {
        resent.incrementAndGet();
        unclear.addAndGet(failure == null && answer.headers().firstValue("Retry-After").isEmpty() ? 1 : 0);
        clock.schedule(() -> submit(wish, body, key), AGAIN_MILLIS, TimeUnit.MILLISECONDS);
      }
    });
  }

  private void accepted(Wish wish, String id) {
    accepted.put(id, wish);
    open.decrementAndGet();
    if (wish.cancelled) {
      clock.schedule(() -> cancel(id), 300 + random.nextInt(3_000), TimeUnit.MILLISECONDS);
    }
  }

  private void cancel(String id) {
    HttpRequest request = HttpRequest.newBuilder(nodes.get(random.nextInt(nodes.size())).uri("/v1/tasks/" + id + "/cancel"))
        .timeout(PATIENCE).POST(HttpRequest.BodyPublishers.noBody()).build();
    http.sendAsync(request, HttpResponse.BodyHandlers.discarding());
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
